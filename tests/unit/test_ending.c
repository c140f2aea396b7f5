/* SPDX-License-Identifier: MIT */
/* What looks like the end of a telegram and is none, the CRC of each meter, and frames of HDLC. */
#include "lib/internal.h"
#include "stream.h"

/* A telegram of this identification, sealed by the sum of its meter. Returns its size. */
static size_t sealed(const char *identification, bool x25, char *out, size_t size)
{
    int text = snprintf(out, size, "/%s\r\n\r\n1-0:1.8.1(000001.234*kWh)\r\n!", identification);
    uint16_t sum = x25 ? crc16_x25(out, (size_t)text) : dsmr_crc16(0, out, (size_t)text);
    return (size_t)text + (size_t)snprintf(out + text, size - (size_t)text, "%04X\r\n", sum);
}

/* ------------------------------------------------------------------------------------------------
 * The sum of a meter
 */

static void push_sealed(const char *identification, bool x25, const char *want)
{
    char telegram[128];
    size_t size = sealed(identification, x25, telegram, sizeof telegram);
    stream.length = 0;
    stream.events[0] = '\0';
    stream_push(telegram, size);
    CHECK(strncmp(stream.events, want, strlen(want)) == 0);
}

static void early_holley_firmware_sums_as_x25(void)
{
    stream_start(DSMR_TELEGRAM_MAX);
    push_sealed("HLY5/D545-METER", true, "right");
    push_sealed("HLY5/D545-METER", true, "right");
}

static void a_meter_is_held_to_its_sum(void)
{
    stream_start(DSMR_TELEGRAM_MAX);
    push_sealed("HLY5/D545-METER", true, "right");
    push_sealed("HLY5/D545-METER", false, "wrong");
    push_sealed("HLY5/D545-METER", true, "right");
    push_sealed("HLY5/D545-OTHER", false, "right");
    push_sealed("HLY5/D545-OTHER", true, "wrong");
    push_sealed("HLY5/D545-METER", true, "right");
}

static void other_makers_do_not(void)
{
    stream_start(DSMR_TELEGRAM_MAX);
    push_sealed("KFM5KAIFA-METER", true, "wrong");
    push_sealed("KFM5KAIFA-METER", false, "right");
}

static void both_sums_are_told_by_the_one_that_counts(void)
{
    struct dsmr_telegram telegram;
    char text[128];
    size_t size = sealed("HLY5/D545-METER", true, text, sizeof text);
    stream_start(DSMR_TELEGRAM_MAX);
    dsmr_framer_push(&stream.framer, text, size);
    SAME(dsmr_framer_next(&stream.framer, &telegram), DSMR_OK);
    SAME(telegram.crc_sent, telegram.crc_computed);
    SAME(telegram.crc_computed, crc16_x25(telegram.text.at, telegram.text.size));
}

/* ------------------------------------------------------------------------------------------------
 * Marks that are none
 */

/* ((ER11)) with its last bracket changed by one bit. */
static void a_bracket_that_became_a_mark_ends_nothing(void)
{
    EVENTS("/ESO5A\r\n\r\n1-0:0.2.0((ER11)!\r\n1-0:1.8.0(1*kWh)\r\n!\r\n", "good ESO5A @0+48");
}

static void a_text_may_go_on_with_a_slash(void)
{
    EVENTS("/AAA5A\r\n\r\n0-0:96.13.0(see\r\n/etc/motd\r\nor)\r\n!\r\n", "good AAA5A @0+44");
    EVENTS("/AAA5A\r\n\r\n0-0:96.13.0(see\r\n/AAA5B or)\r\n!\r\n", "good AAA5A @0+40");
    EVENTS("/AAA5A\r\n\r\n0-0:96.13.0(a\r\n/\r\n)\r\n!\r\n", "good AAA5A @0+32");
}

static void a_telegram_that_breaks_off_in_a_value_is_cut(void)
{
    EVENTS("/AAA5A\r\n\r\n0-0:96.13.0(see\r\n/BBB5B\r\n\r\n1-0:1.7.0(1*kW)\r\n!\r\n",
           "cut AAA5A @0+27; good BBB5B @27+28");
    EVENTS("/AAA5A\r\n\r\n0-0:96.13.0(see\r\n/LG_E660\r\n\r\n1-0:1.7.0(1*kW)\r\n!\r\n",
           "cut AAA5A @0+27; good LG_E660 @27+30");
    EVENTS("/AAA5A\r\n\r\n0-0:96.13.0(see\r\n/BBB5B\r\n1-0:1.7.0(1*kW)\r\n!\r\n",
           "cut AAA5A @0+27; good BBB5B @27+26");
}

static void behind_a_value_a_slash_always_cuts(void)
{
    EVENTS("/AAA5A\r\n\r\n1-0:1.7.0(1*kW)\r\n/1-0\r\n!\r\n", "cut AAA5A @0+27; good 1-0 @27+7");
}

/* ------------------------------------------------------------------------------------------------
 * HDLC
 */

/* A frame with so many bytes of content. Returns its size. */
static size_t frame(size_t content, char *out)
{
    size_t length = content + 7;
    out[0] = 0x7E;
    out[1] = (char)(0xA0 | length >> 8);
    out[2] = (char)length;
    out[3] = 0x02;
    out[4] = 0x23;
    out[5] = 0x10;
    for (size_t i = 0; i < content; i++)
        out[6 + i] = (char)(0x80 + i % 100);
    uint16_t sum = crc16_x25(out + 1, length - 2);
    out[length - 1] = (char)sum;
    out[length] = (char)(sum >> 8);
    out[length + 1] = 0x7E;
    return length + 2;
}

static void frames_are_named(void)
{
    char bytes[512];
    size_t size = frame(20, bytes);
    EVENTS_OF(bytes, size, "hdlc @0+29");
    size += frame(200, bytes + size);
    EVENTS_OF(bytes, size, "hdlc @0+238");
}

/* Two frames may share the flag between them. */
static void frames_may_touch(void)
{
    char bytes[512];
    size_t size = frame(20, bytes) - 1;
    size += frame(20, bytes + size);
    EVENTS_OF(bytes, size, "hdlc @0+57");
}

static void silence_is_when_they_are_told(void)
{
    char bytes[512];
    size_t size = frame(20, bytes);
    stream_start(DSMR_TELEGRAM_MAX);
    stream_push(bytes, size);
    SAME_TEXT(stream.events, stream.length, "");
    CHECK(dsmr_framer_open(&stream.framer));
    stream_flush(false);
    SAME_TEXT(stream.events, stream.length, "hdlc @0+29");
    CHECK(!dsmr_framer_open(&stream.framer));
}

static void what_only_looks_like_a_frame_is_garbage(void)
{
    char bytes[512];
    size_t size = frame(20, bytes);
    bytes[10] ^= 1;
    EVENTS_OF(bytes, size, "garbage @0+29");
    EVENTS("\x7E\x7E\x7E\x7E", "garbage @0+4");
    EVENTS("\x7E\xA0\x03\x01\x02\x7E", "garbage @0+6");
    EVENTS("\x7E\xA0", "garbage @0+2");
}

static void a_telegram_behind_frames_is_read(void)
{
    char bytes[512];
    size_t size = frame(20, bytes);
    memcpy(bytes + size, "\r\n/AAA5A\r\n\r\n!\r\n", 15);
    EVENTS_OF(bytes, size + 15, "hdlc @0+31; good AAA5A @31+11");
}

int main(void)
{
    RUN(early_holley_firmware_sums_as_x25);
    RUN(a_meter_is_held_to_its_sum);
    RUN(other_makers_do_not);
    RUN(both_sums_are_told_by_the_one_that_counts);
    RUN(a_bracket_that_became_a_mark_ends_nothing);
    RUN(a_text_may_go_on_with_a_slash);
    RUN(a_telegram_that_breaks_off_in_a_value_is_cut);
    RUN(behind_a_value_a_slash_always_cuts);
    RUN(frames_are_named);
    RUN(frames_may_touch);
    RUN(silence_is_when_they_are_told);
    RUN(what_only_looks_like_a_frame_is_garbage);
    RUN(a_telegram_behind_frames_is_read);
    return tap_end();
}
