/* SPDX-License-Identifier: MIT */
/* What is a telegram: where it begins, what ends it, and what its CRC is held against. */
#include "stream.h"

#define BODY_A "\r\n\r\n1-0:1.7.0(00.123*kW)\r\n!"
#define A "/AAA5A" BODY_A "8C72\r\n"
#define B "/BBB5B\r\n\r\n1-0:2.7.0(00.456*kW)\r\n!5275\r\n"

/* Puts the right CRC behind a text that ends with '!'; returns the size with it. */
static size_t seal(const char *text, size_t size, char *out)
{
    memcpy(out, text, size);
    return size + (size_t)snprintf(out + size, 7, "%04X\r\n", dsmr_crc16(0, text, size));
}

static void a_telegram_with_the_right_crc(void)
{
    EVENTS(A, "right AAA5A @0+33");
    EVENTS(A B, "right AAA5A @0+33; right BBB5B @39+33");
}

static void a_telegram_without_crc(void)
{
    EVENTS("/AAA5A" BODY_A "\r\n", "good AAA5A @0+33");
    EVENTS("/AAA5A" BODY_A "\r\n" B, "good AAA5A @0+33; right BBB5B @35+33");
}

static void a_wrong_crc_is_refused(void)
{
    EVENTS("/AAA5A" BODY_A "8C73\r\n" B, "wrong AAA5A @0+37; right BBB5B @39+33");
    EVENTS("/AAA5A" BODY_A "0000\r\n", "wrong AAA5A @0+37");
}

static void both_crcs_are_told(void)
{
    struct dsmr_telegram telegram;
    stream_start(DSMR_TELEGRAM_MAX);
    dsmr_framer_push(&stream.framer, "/AAA5A" BODY_A "8c7F\r\n", 39);
    SAME(dsmr_framer_next(&stream.framer, &telegram), DSMR_ERR_CRC);
    SAME(telegram.status, DSMR_ERR_CRC);
    SAME(telegram.crc, DSMR_CRC_WRONG);
    SAME(telegram.crc_sent, 0x8C7F);
    SAME(telegram.crc_computed, 0x8C72);
    SAME_TEXT(telegram.identification.at, telegram.identification.size, "AAA5A");
    SAME_TEXT(telegram.text.at, telegram.text.size, "/AAA5A" BODY_A);
    SAME(dsmr_framer_next(&stream.framer, &telegram), DSMR_MORE);
}

static void a_crc_in_lower_case(void)
{
    EVENTS("/AAA5A" BODY_A "8c72\r\n", "right AAA5A @0+33");
}

static void a_crc_without_its_leading_zeros(void)
{
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00.070*kW)\r\n!C5C\r\n", "right AAA5A @0+33");
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00.070*kW)\r\n!0C5C\r\n", "right AAA5A @0+33");
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(09.869*kW)\r\n!C\r\n", "right AAA5A @0+33");
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00.070*kW)\r\n!C5D\r\n", "wrong AAA5A @0+36");
}

static void line_feeds_alone_will_do(void)
{
    EVENTS("/AAA5A\n\n1-0:1.7.0(00.123*kW)\n!BD6F\n", "right AAA5A @0+30");
    EVENTS("/AAA5A\n\n1-0:1.7.0(00.123*kW)\n!\n" B, "good AAA5A @0+30; right BBB5B @31+33");
}

static void the_empty_line_may_be_missing(void)
{
    EVENTS("/AAA5A\r\n1-0:1.7.0(00.123*kW)\r\n!\r\n", "good AAA5A @0+31");
    EVENTS("/AAA5A\r\n!\r\n", "good AAA5A @0+9");
}

static void the_end_may_stand_behind_a_value(void)
{
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00.123*kW)!134F\r\n", "right AAA5A @0+31");
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00.123*kW)!\r\n", "good AAA5A @0+31");
}

static void blanks_may_stand_before_the_end(void)
{
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00.123*kW)\r\n  !\r\n", "good AAA5A @0+35");
}

static void nothing_need_follow_the_end(void)
{
    EVENTS("/AAA5A" BODY_A, "good AAA5A @0+33");
    EVENTS("/AAA5A" BODY_A "8C72", "right AAA5A @0+33");
    EVENTS("/AAA5A" BODY_A "8C7", "wrong AAA5A @0+36");
}

static void the_right_crc_ends_it_before_the_line_end(void)
{
    stream_start(DSMR_TELEGRAM_MAX);
    stream_push("/AAA5A" BODY_A "8C7", 36);
    SAME_TEXT(stream.events, stream.length, "");
    stream_push("2", 1);
    SAME_TEXT(stream.events, stream.length, "right AAA5A @0+33");
}

/* 200 ms of silence: a meter that sends no line end behind the '!'. */
static void silence_completes_what_ended(void)
{
    stream_start(DSMR_TELEGRAM_MAX);
    stream_push("/AAA5A" BODY_A, 33);
    SAME_TEXT(stream.events, stream.length, "");
    CHECK(dsmr_framer_open(&stream.framer));
    stream_flush(false);
    SAME_TEXT(stream.events, stream.length, "good AAA5A @0+33");
    CHECK(!dsmr_framer_open(&stream.framer));
    stream_push("\r\n" B, 41);
    SAME_TEXT(stream.events, stream.length, "good AAA5A @0+33; right BBB5B @35+33");
}

static void silence_does_not_end_what_is_open(void)
{
    stream_start(DSMR_TELEGRAM_MAX);
    stream_push(A, 20);
    stream_flush(false);
    SAME_TEXT(stream.events, stream.length, "");
    CHECK(dsmr_framer_open(&stream.framer));
    stream_push(&(A)[20], sizeof A - 1 - 20);
    SAME_TEXT(stream.events, stream.length, "right AAA5A @0+33");
    CHECK(!dsmr_framer_open(&stream.framer));
}

static void the_end_of_the_stream_cuts_what_is_open(void)
{
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(00.1", "cut AAA5A @0+24");
    EVENTS("/AAA5A", "cut @0+6");
    EVENTS("/", "cut @0+1");
}

static void text_behind_the_right_crc_is_ignored(void)
{
    EVENTS("/AAA5A" BODY_A "8C72 validated\r\n" B, "right AAA5A @0+33; right BBB5B @49+33");
    EVENTS("/AAA5A" BODY_A "8C72F\r\n" B, "right AAA5A @0+33; right BBB5B @40+33");
    EVENTS("/AAA5A" BODY_A "8C72" B, "right AAA5A @0+33; right BBB5B @37+33");
    EVENTS("/AAA5A" BODY_A "8C72 xx" B, "right AAA5A @0+33; right BBB5B @40+33");
}

static void a_mark_in_a_text_is_no_end(void)
{
    EVENTS("/AAA5A\r\n\r\n0-0:96.13.0(wow! 1)\r\n!\r\n", "good AAA5A @0+32");
    EVENTS("/AAA5A\r\n\r\n0-0:96.13.0(wow :)!)\r\n!\r\n", "good AAA5A @0+33");
    EVENTS("/AAA5A\r\n\r\n0-0:96.13.0(wow :)!BAD)\r\n!\r\n", "good AAA5A @0+36");
    EVENTS("/AAA5A\r\n\r\n0-0:96.13.0(wow :)!BEAD1)\r\n!\r\n", "good AAA5A @0+38");
    EVENTS("/AAA5A\r\n\r\n1-0:!.8.1(00.1*kWh!\r\n!\r\n", "good AAA5A @0+32");
    EVENTS("/AAA5A\r\n\r\n!XXX\r\n!\r\n", "good AAA5A @0+17");
    EVENTS("/AAA5A\r\n\r\n!XXXXX\r\n!\r\n", "good AAA5A @0+19");
    EVENTS("/AAA5A\r\n\r\n!GXXX\r\n!\r\n", "good AAA5A @0+18");
}

/* Who publishes a telegram strikes out its CRC. */
static void four_times_x_is_no_crc(void)
{
    EVENTS("/AAA5A\r\n\r\n!XXXX\r\n" B, "good AAA5A @0+11; right BBB5B @17+33");
}

static void slash_and_mark_in_a_text_keep_the_crc(void)
{
    EVENTS("/AAA5A\r\n\r\n0-0:96.13.0(test-/-test !BAD ok!)\r\n!7FFB\r\n", "right AAA5A @0+46");
}

static void a_slash_in_the_identification(void)
{
    EVENTS("/HLY5/D545-METER\r\n\r\n1-0:1.7.0(00.1*kW)\r\n!\r\n", "good HLY5/D545-METER @0+41");
}

static void blanks_and_escapes_in_the_identification(void)
{
    EVENTS("/KMP5 ZABF001\r\n\r\n!\r\n", "good KMP5 ZABF001 @0+18");
    EVENTS("/ISk5\\2MT382-1 000\r\n\r\n!\r\n", "good ISk5\\2MT382-1 000 @0+23");
    EVENTS("/WARMTELINK-VI\\\r\n\r\n!\r\n", "good WARMTELINK-VI\\ @0+20");
}

/* Any byte may stand in a telegram; the CRC says whether it is meant. */
static void raw_bytes_pass_under_a_right_crc(void)
{
    static const char text[] = "/AUX5\\2\xFF\x02X\r\n\r\n0-0:96.13.0(\xFF\xFF\x80\0\x11\x13)\r\n!";
    char sealed[128];
    size_t size = seal(text, sizeof text - 1, sealed);
    EVENTS_OF(sealed, size, "right AUX5\\2\xFF\x02X @0+36");
}

static void an_identification_of_128_bytes_is_the_longest(void)
{
    char telegram[256];
    for (size_t length = DSMR_IDENTIFICATION_MAX - 2; length <= DSMR_IDENTIFICATION_MAX; length++) {
        memset(telegram, 'x', sizeof telegram);
        memcpy(telegram, "/AAA5", 5);
        memcpy(telegram + length, "\r\n\r\n!\r\n", 7);
        const char *events = stream_events(telegram, length + 7, 1000, DSMR_TELEGRAM_MAX);
        CHECK(strncmp(events, "good AAA5xxx", 12) == 0);
    }
    memset(telegram, 'x', sizeof telegram);
    memcpy(telegram, "/AAA5", 5);
    memcpy(telegram + DSMR_IDENTIFICATION_MAX + 1, "\r\n\r\n!\r\n", 7);
    EVENTS_OF(telegram, DSMR_IDENTIFICATION_MAX + 8, "garbage @0+136");
}

static void a_telegram_in_one_piece_is_not_copied(void)
{
    static const char pushed[] = "noise\r\n" A B;
    struct dsmr_telegram telegram;
    stream_start(DSMR_TELEGRAM_MAX);
    dsmr_framer_push(&stream.framer, pushed, sizeof pushed - 1);
    SAME(dsmr_framer_next(&stream.framer, &telegram), DSMR_ERR_GARBAGE);
    SAME_TEXT(telegram.text.at, telegram.text.size, "noise\r\n");
    SAME(dsmr_framer_next(&stream.framer, &telegram), DSMR_OK);
    CHECK(telegram.text.at == pushed + 7);
    SAME(dsmr_framer_next(&stream.framer, &telegram), DSMR_OK);
    CHECK(telegram.text.at == pushed + 7 + 39);
    SAME(dsmr_framer_next(&stream.framer, &telegram), DSMR_MORE);
}

int main(void)
{
    RUN(a_telegram_with_the_right_crc);
    RUN(a_telegram_without_crc);
    RUN(a_wrong_crc_is_refused);
    RUN(both_crcs_are_told);
    RUN(a_crc_in_lower_case);
    RUN(a_crc_without_its_leading_zeros);
    RUN(line_feeds_alone_will_do);
    RUN(the_empty_line_may_be_missing);
    RUN(the_end_may_stand_behind_a_value);
    RUN(blanks_may_stand_before_the_end);
    RUN(nothing_need_follow_the_end);
    RUN(the_right_crc_ends_it_before_the_line_end);
    RUN(silence_completes_what_ended);
    RUN(silence_does_not_end_what_is_open);
    RUN(the_end_of_the_stream_cuts_what_is_open);
    RUN(text_behind_the_right_crc_is_ignored);
    RUN(a_mark_in_a_text_is_no_end);
    RUN(four_times_x_is_no_crc);
    RUN(slash_and_mark_in_a_text_keep_the_crc);
    RUN(a_slash_in_the_identification);
    RUN(blanks_and_escapes_in_the_identification);
    RUN(raw_bytes_pass_under_a_right_crc);
    RUN(an_identification_of_128_bytes_is_the_longest);
    RUN(a_telegram_in_one_piece_is_not_copied);
    return tap_end();
}
