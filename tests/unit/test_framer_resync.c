/* SPDX-License-Identifier: MIT */
/*
 * A stream that is not to be trusted: it starts in the middle, bytes are lost, telegrams break off. No
 * telegram that is whole may be lost, whatever came before it.
 */
#include "stream.h"

#define A "/AAA5A\r\n\r\n1-0:1.7.0(00.123*kW)\r\n!8C72\r\n"
#define B "/BBB5B\r\n\r\n1-0:2.7.0(00.456*kW)\r\n!5275\r\n"
#define A_WITHOUT_CRC "/AAA5A\r\n\r\n1-0:1.7.0(00.123*kW)\r\n!\r\n"

static void garbage_is_reported_with_its_place(void)
{
    EVENTS("noise\r\n" A, "garbage @0+7; right AAA5A @7+33");
    EVENTS(A "noise\r\n" B, "right AAA5A @0+33; garbage @39+7; right BBB5B @46+33");
    EVENTS(A "noise", "right AAA5A @0+33; garbage @39+5");
    EVENTS("noise", "garbage @0+5");
    EVENTS("", "");
}

static void the_first_bytes_of_garbage_are_shown(void)
{
    static const char pushed[] = "0123456789abcdefghij\r\n" A;
    struct dsmr_telegram telegram;
    stream_start(DSMR_TELEGRAM_MAX);
    dsmr_framer_push(&stream.framer, pushed, sizeof pushed - 1);
    SAME(dsmr_framer_next(&stream.framer, &telegram), DSMR_ERR_GARBAGE);
    SAME(telegram.skipped, 22);
    SAME(telegram.identification.size, 0);
    SAME_TEXT(telegram.text.at, telegram.text.size, "0123456789abcdef");
}

static void blanks_between_telegrams_are_no_garbage(void)
{
    EVENTS("\r\n\r\n" A "\r\n  \r\n" B "\0\0\r\n", "right AAA5A @4+33; right BBB5B @49+33");
}

static void leading_nuls_do_not_hide_a_telegram(void)
{
    EVENTS("\0\0\0" A, "right AAA5A @3+33");
    EVENTS("\0\xFF\0" A, "garbage @1+2; right AAA5A @3+33");
}

static void a_byte_order_mark_does_not_hide_a_telegram(void)
{
    EVENTS("\xEF\xBB\xBF" A, "garbage @0+3; right AAA5A @3+33");
}

static void the_stream_may_start_in_the_middle(void)
{
    EVENTS("23*kW)\r\n!8C72\r\n" B, "garbage @0+15; right BBB5B @15+33");
    EVENTS("8C72\r\n" B, "garbage @0+6; right BBB5B @6+33");
    EVENTS("AA5A\r\n\r\n1-0:1.7.0(00.123*kW)\r\n!8C72\r\n" B, "garbage @0+37; right BBB5B @37+33");
}

/* Wherever a telegram breaks off, the next one is whole. */
static void a_cut_costs_no_other_telegram(void)
{
    static const char both[] = A B;
    const size_t size = sizeof A - 1;
    char cut_short[sizeof both];
    for (size_t left = 1; left < size - 6; left++) {
        memcpy(cut_short, both, left);
        memcpy(cut_short + left, "\r\n", 2);
        memcpy(cut_short + left + 2, both + size, size);
        stream_events(cut_short, left + 2 + size, 11, DSMR_TELEGRAM_MAX);
        char want[64];
        snprintf(want, sizeof want, "right BBB5B @%zu+33", left + 2);
        CHECK(strstr(stream.events, want) != NULL);
        CHECK(strncmp(stream.events, "cut", 3) == 0);
    }
}

/* The same with the line end lost as well: the next one starts inside a line. */
static void a_cut_inside_a_line_costs_no_other_telegram(void)
{
    static const char both[] = A B;
    const size_t size = sizeof A - 1;
    char cut_short[sizeof both];
    for (size_t left = 1; left < size - 6; left++) {
        memcpy(cut_short, both, left);
        memcpy(cut_short + left, both + size, size);
        stream_events(cut_short, left + size, 11, DSMR_TELEGRAM_MAX);
        char want[64];
        snprintf(want, sizeof want, "right BBB5B @%zu+33", left);
        CHECK(strstr(stream.events, want) != NULL);
    }
}

/* … and without a CRC to tell which is whole. */
static void a_cut_inside_a_line_is_seen_without_crc(void)
{
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00./BBB5B\r\n\r\n1-0:2.7.0(00.456*kW)\r\n!\r\n",
           "cut AAA5A @0+23; good BBB5B @23+33");
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00./BBB5B\r\n1-0:2.7.0(00.456*kW)\r\n!\r\n",
           "cut AAA5A @0+23; good BBB5B @23+31");
    EVENTS("/AA/BBB5B\r\n\r\n1-0:2.7.0(00.456*kW)\r\n!\r\n", "cut AA @0+3; good BBB5B @3+33");
}

static void three_in_a_row_cut_inside_lines(void)
{
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00./CCC5C\r\n\r\n1-0:1./DDD5D\r\n\r\n0-0/"
           "AAA5A\r\n\r\n"
           "1-0:1.7.0(00.123*kW)\r\n!8C72\r\n" B,
           "cut AAA5A @0+52; right AAA5A @52+33; right BBB5B @91+33");
}

static void a_telegram_may_begin_behind_garbage_in_its_line(void)
{
    EVENTS("xx" A, "garbage @0+2; right AAA5A @2+33");
    EVENTS("(0-1:24." A, "garbage @0+8; right AAA5A @8+33");
    EVENTS("x/1 /ab /AA1 " A, "garbage @0+13; right AAA5A @13+33");
    EVENTS("xx/yyy" A, "garbage @0+2; garbage @2+4; right AAA5A @6+33");
}

/* Without an end the next identification tells that it is missing. */
static void a_missing_end_costs_one_telegram(void)
{
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00.123*kW)\r\n" B, "cut AAA5A @0+32; right BBB5B @32+33");
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00.123*kW)\r\n/CCC5C\r\n\r\n" B,
           "cut AAA5A @0+32; cut CCC5C @32+10; right BBB5B @42+33");
}

static void a_lost_line_end_behind_the_mark(void)
{
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00.123*kW)\r\n!" B, "good AAA5A @0+33; right BBB5B @33+33");
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00.123*kW)\r\n!8C7" B, "cut AAA5A @0+36; right BBB5B @36+33");
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00.999*kW)\r\n!8C72" B, "cut AAA5A @0+37; right BBB5B @37+33");
}

static void a_wrong_crc_inside_another_telegram(void)
{
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00./BBB5B\r\n\r\n1-0:2.7.0(00.457*kW)\r\n!5275\r\n" A,
           "wrong AAA5A @0+60; right AAA5A @62+33");
}

static void a_repeated_identification_line(void)
{
    EVENTS("/AAA5A\r\n" A, "cut AAA5A @0+8; right AAA5A @8+33");
}

/* A slash at the beginning of a line is a telegram until the line shows that it is not. */
static void a_stray_slash_costs_nothing(void)
{
    EVENTS("/\r\n" A, "cut @0+3; right AAA5A @3+33");
    EVENTS("//" A, "cut / @0+2; right AAA5A @2+33");
}

static void a_telegram_without_crc_in_a_row_of_them(void)
{
    EVENTS(A_WITHOUT_CRC A_WITHOUT_CRC A_WITHOUT_CRC,
           "good AAA5A @0+33; good AAA5A @35+33; good AAA5A @70+33");
}

/* What is handed out lies within what was pushed, whatever it is called. */
static void texts_of_a_refused_telegram_are_inside_it(void)
{
    static const char pushed[] =
        "/AA/BBB5B-LONG-IDENTIFICATION\r\n\r\n1-0:2.7.0(00.456*kW)\r\n!\r\n";
    struct dsmr_telegram telegram;
    stream_start(DSMR_TELEGRAM_MAX);
    dsmr_framer_push(&stream.framer, pushed, sizeof pushed - 1);
    SAME(dsmr_framer_next(&stream.framer, &telegram), DSMR_ERR_CUT);
    SAME_TEXT(telegram.text.at, telegram.text.size, "/AA");
    SAME_TEXT(telegram.identification.at, telegram.identification.size, "AA");
    SAME(dsmr_framer_next(&stream.framer, &telegram), DSMR_OK);
    SAME_TEXT(telegram.identification.at, telegram.identification.size,
              "BBB5B-LONG-IDENTIFICATION");
}

/* A meter is plugged in again: what the end of the stream left behind does not matter. */
static void a_stream_goes_on_after_its_end(void)
{
    stream_start(DSMR_TELEGRAM_MAX);
    stream_push(A, 20);
    stream_flush(true);
    SAME_TEXT(stream.events, stream.length, "cut AAA5A @0+20");
    stream_push(B, sizeof B - 1);
    SAME_TEXT(stream.events, stream.length, "cut AAA5A @0+20; right BBB5B @20+33");
}

int main(void)
{
    RUN(garbage_is_reported_with_its_place);
    RUN(the_first_bytes_of_garbage_are_shown);
    RUN(blanks_between_telegrams_are_no_garbage);
    RUN(leading_nuls_do_not_hide_a_telegram);
    RUN(a_byte_order_mark_does_not_hide_a_telegram);
    RUN(the_stream_may_start_in_the_middle);
    RUN(a_cut_costs_no_other_telegram);
    RUN(a_cut_inside_a_line_costs_no_other_telegram);
    RUN(a_cut_inside_a_line_is_seen_without_crc);
    RUN(three_in_a_row_cut_inside_lines);
    RUN(a_telegram_may_begin_behind_garbage_in_its_line);
    RUN(a_missing_end_costs_one_telegram);
    RUN(a_lost_line_end_behind_the_mark);
    RUN(a_wrong_crc_inside_another_telegram);
    RUN(a_repeated_identification_line);
    RUN(a_stray_slash_costs_nothing);
    RUN(a_telegram_without_crc_in_a_row_of_them);
    RUN(texts_of_a_refused_telegram_are_inside_it);
    RUN(a_stream_goes_on_after_its_end);
    return tap_end();
}
