/* SPDX-License-Identifier: MIT */
/*
 * Encrypted telegrams, decrypted with OpenSSL: frames of every form, and a stream that is not to be
 * trusted. No frame that is whole may be lost, and none that was changed may be believed.
 */
#include "frames.h"
#include "stream.h"

#include <stdint.h>

#define A "/AAA5A\r\n\r\n1-0:1.7.0(00.123*kW)\r\n!8C72\r\n"
#define B "/BBB5B\r\n\r\n1-0:2.7.0(00.456*kW)\r\n!5275\r\n"
#define A_WITHOUT_CRC "/AAA5A\r\n\r\n1-0:1.7.0(00.123*kW)\r\n!\r\n"

static struct frames frames;
static struct decryption *decryption;

/* Streams are read with these keys from now on; without any when key is NULL. */
static void use_keys(const char *key, const char *authkey)
{
    struct decryption_keys keys = {0};
    if (key)
        keys = frames_keys(key, authkey);
    decryption_free(decryption);
    decryption = decryption_new(&keys);
    stream_cipher = decryption_cipher(decryption);
}

static void add(const char *telegram)
{
    frames_add(&frames, telegram, strlen(telegram));
}

/* Two frames: A and B. */
static void make_two(const char *authkey)
{
    frames_end(&frames);
    frames_start(&frames, authkey, LENGTH_82);
    add(A);
    add(B);
}

#define FRAMES_GIVE(want) EVENTS_OF((const char *)frames.bytes, frames.size, want)

/* ------------------------------------------------------------------------------------------------
 * Frames as they should be
 */

/* Made by other programs than ours. */
static void the_worked_example_of_the_reference(void)
{
    static const char hex[] = "DB08534147677000123482006C3000000102B5A636CDC0C9E08CC252B99504E7"
                              "B956375287367EB8C0D7CCA6DA3BE27C1C4CE2480C119B568C6B1E84FAD747B3"
                              "4F0038998D435662390E2DF855085A6160AF7B053F7C580C1C152C396827B52A"
                              "5B0CF3BE184193729BDC824186316F386B7316B037E10CBD7B";
    char frame[128];
    size_t size = 0;
    struct dsmr_telegram telegram;
    for (const char *at = hex; *at != '\0'; at += 2) {
        unsigned byte = 0;
        sscanf(at, "%2x", &byte);
        frame[size++] = (char)byte;
    }
    SAME(size, 121);
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    EVENTS_OF(frame, size, "proved Lux5\\123456789_D @0+85");
    use_keys(FRAMES_KEY, NULL);
    EVENTS_OF(frame, size, "opened Lux5\\123456789_D @0+85");
    stream_start(DSMR_TELEGRAM_MAX);
    dsmr_framer_push(&stream.framer, frame, size);
    SAME(dsmr_framer_next(&stream.framer, &telegram), DSMR_OK);
    SAME(telegram.crc_sent, 0x133C);
    SAME(telegram.counter, 0x102);
    CHECK(telegram.tagged);
    SAME_TEXT(telegram.title.at, 3, "SAG");
    SAME(telegram.title.size, DSMR_TITLE_SIZE);
    SAME(telegram.sent.size, size);
    CHECK(memcmp(telegram.sent.at, frame, size) == 0);
    SAME(telegram.whole.size, 89);
    SAME_TEXT(telegram.whole.at + 84, 5, "!133C");
}

static void every_form_of_length_with_and_without_tag(void)
{
    static const char *const authkeys[] = {NULL, FRAMES_AUTHKEY};
    for (enum length_form form = LENGTH_SHORTEST; form <= LENGTH_84; form++)
        for (size_t i = 0; i < 2; i++) {
            frames_end(&frames);
            frames_start(&frames, authkeys[i], form);
            add(A);
            size_t second = frames.size;
            add(B);
            char want[128];
            const char *word = i == 1 ? "proved" : "opened";
            snprintf(want, sizeof want, "%s AAA5A @0+33; %s BBB5B @%zu+33", word, word, second);
            use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
            FRAMES_GIVE(want);
        }
}

static void nuls_behind_a_frame_are_no_garbage(void)
{
    frames_end(&frames);
    frames_start(&frames, NULL, LENGTH_SHORTEST);
    add(A);
    frames_add_bytes(&frames, "\0\0\0\0\0", 5);
    add(B);
    use_keys(FRAMES_KEY, NULL);
    FRAMES_GIVE("opened AAA5A @0+33; opened BBB5B @60+33");
}

static void text_and_frames_in_turn(void)
{
    frames_end(&frames);
    frames_start(&frames, FRAMES_AUTHKEY, LENGTH_82);
    frames_add_bytes(&frames, A, sizeof A - 1);
    add(B);
    frames_add_bytes(&frames, A, sizeof A - 1);
    add(A);
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    FRAMES_GIVE(
        "right AAA5A @0+33; proved BBB5B @39+33; right AAA5A @108+33; proved AAA5A @147+33");
    use_keys(NULL, NULL);
    FRAMES_GIVE("right AAA5A @0+33; locked @39+69; right AAA5A @108+33; locked @147+69");
}

static void a_telegram_without_crc_has_to_be_text(void)
{
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    frames_end(&frames);
    frames_start(&frames, NULL, LENGTH_82);
    add(A_WITHOUT_CRC);
    FRAMES_GIVE("opened AAA5A @0+33");
    frames_end(&frames);
    frames_start(&frames, NULL, LENGTH_82);
    add("/AAA5A\r\n\r\n1-0:1.7.0(\xFF)\r\n!\r\n");
    FRAMES_GIVE("unreadable @0+45");
    frames_end(&frames);
    frames_start(&frames, NULL, LENGTH_82);
    add("/AAA5A\r\n!\n1-0:1.7.0(00.123*kW)\r\n!8C72\r\n");
    FRAMES_GIVE("unreadable @0+57");
    frames_end(&frames);
    frames_start(&frames, FRAMES_AUTHKEY, LENGTH_82); /* the tag vouches for anything */
    add("/AAA5A\r\n\r\n1-0:1.7.0(\xFF)\r\n!\r\n");
    FRAMES_GIVE("proved AAA5A @0+25");
}

static void a_wrong_crc_inside_is_told_as_that(void)
{
    static const char wrong[] = "/AAA5A\r\n\r\n1-0:1.7.0(00.124*kW)\r\n!8C72\r\n";
    frames_end(&frames);
    frames_start(&frames, FRAMES_AUTHKEY, LENGTH_82);
    add(wrong);
    add(B);
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    FRAMES_GIVE("wrong AAA5A @0+69; proved BBB5B @69+33");
    use_keys(FRAMES_KEY, NULL);
    FRAMES_GIVE("wrong AAA5A @0+69; opened BBB5B @69+33");
}

/* ------------------------------------------------------------------------------------------------
 * Keys
 */

static void without_a_key_frames_are_counted(void)
{
    make_two(FRAMES_AUTHKEY);
    use_keys(NULL, NULL);
    FRAMES_GIVE("locked @0+69; locked @69+69");
}

static void wrong_keys_are_told_apart(void)
{
    make_two(FRAMES_AUTHKEY);
    use_keys(FRAMES_OTHER_KEY, NULL);
    FRAMES_GIVE("unreadable @0+69; unreadable @69+69");
    use_keys(FRAMES_OTHER_KEY, FRAMES_AUTHKEY);
    FRAMES_GIVE("unreadable @0+69; unreadable @69+69");
    use_keys(FRAMES_KEY, FRAMES_OTHER_AUTHKEY);
    FRAMES_GIVE("unproved @0+69; unproved @69+69");
}

static void without_authentication_key_tags_are_not_looked_at(void)
{
    make_two(FRAMES_AUTHKEY);
    frames.bytes[frames.size - 1] ^= 1;
    use_keys(FRAMES_KEY, NULL);
    FRAMES_GIVE("opened AAA5A @0+33; opened BBB5B @69+33");
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    FRAMES_GIVE("proved AAA5A @0+33; unproved @69+69");
}

static void a_frame_that_does_not_fit_is_told(void)
{
    static struct dsmr_cipher small;
    make_two(NULL);
    use_keys(FRAMES_KEY, NULL);
    small = *decryption_cipher(decryption);
    small.size = 38;
    stream_cipher = &small;
    FRAMES_GIVE("large @0+57; large @57+57");
    small.size = 39;
    FRAMES_GIVE("opened AAA5A @0+33; opened BBB5B @57+33");
    stream_check((const char *)frames.bytes, frames.size, 57,
                 "opened AAA5A @0+33; opened BBB5B @57+33", __FILE__, __LINE__);
}

/* ------------------------------------------------------------------------------------------------
 * A stream that is not to be trusted
 */

static bool told(const char *event)
{
    return strstr(stream.events, event) != NULL;
}

static void wherever_the_stream_starts_the_next_frame_is_read(void)
{
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    make_two(FRAMES_AUTHKEY);
    for (size_t start = 1; start <= 69; start++) {
        char want[64];
        snprintf(want, sizeof want, "proved BBB5B @%zu+33", 69 - start);
        for (size_t piece = 1; piece <= 64; piece *= 4) {
            stream_events((const char *)frames.bytes + start, frames.size - start, piece,
                          DSMR_TELEGRAM_MAX);
            CHECK(told(want));
        }
    }
}

static void wherever_a_frame_breaks_off_the_next_one_is_read(void)
{
    struct frames cut = {0};
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    make_two(FRAMES_AUTHKEY);
    for (size_t left = 0; left < 69; left++) {
        char want[64];
        cut.size = 0;
        frames_add_bytes(&cut, frames.bytes, left);
        frames_add_bytes(&cut, frames.bytes + 69, 69);
        snprintf(want, sizeof want, "proved BBB5B @%zu+33", left);
        stream_events((const char *)cut.bytes, cut.size, 11, DSMR_TELEGRAM_MAX);
        CHECK(told(want));
        CHECK(!told("AAA5A"));
    }
}

/* Bytes are lost inside a frame: it takes its missing ones from the next. */
static void lost_bytes_cost_one_frame(void)
{
    struct frames lossy = {0};
    use_keys(FRAMES_KEY, NULL);
    make_two(FRAMES_AUTHKEY);
    for (size_t lost = 1; lost < 30; lost++) {
        char want[64];
        lossy.size = 0;
        frames_add_bytes(&lossy, frames.bytes, 30);
        frames_add_bytes(&lossy, frames.bytes + 30 + lost, frames.size - 30 - lost);
        snprintf(want, sizeof want, "opened BBB5B @%zu+33", 69 - lost);
        stream_events((const char *)lossy.bytes, lossy.size, 5, DSMR_TELEGRAM_MAX);
        CHECK(told(want));
    }
}

/* True when what the stream gives is nothing but A and B themselves. */
static bool gives_nothing_else(const uint8_t *bytes, size_t size)
{
    struct dsmr_telegram telegram;
    bool good = true;
    stream_start(DSMR_TELEGRAM_MAX);
    dsmr_framer_push(&stream.framer, bytes, size);
    for (int end = 0; end < 2; end++) {
        while (dsmr_framer_next(&stream.framer, &telegram) != DSMR_MORE)
            if (telegram.status == DSMR_OK)
                good &= telegram.text.size == 33 && (memcmp(telegram.text.at, A, 33) == 0 ||
                                                     memcmp(telegram.text.at, B, 33) == 0);
        dsmr_framer_flush(&stream.framer, true);
    }
    return good;
}

/* All values of every byte. */
static void a_changed_byte_never_gives_another_telegram(void)
{
    static const char *const authkeys[] = {NULL, FRAMES_AUTHKEY};
    for (size_t i = 0; i < 2; i++) {
        make_two(FRAMES_AUTHKEY);
        use_keys(FRAMES_KEY, authkeys[i]);
        for (size_t at = 0; at < frames.size; at++)
            for (unsigned change = 1; change < 256; change++) {
                frames.bytes[at] ^= (uint8_t)change;
                CHECK(gives_nothing_else(frames.bytes, frames.size));
                frames.bytes[at] ^= (uint8_t)change;
            }
    }
}

/* With the tag, a changed frame gives no telegram at all, and the one behind it is read. Only where the
 * security byte says that there is no tag, none is checked; and that is told. */
static void a_changed_byte_under_a_tag_costs_that_frame_only(void)
{
    make_two(FRAMES_AUTHKEY);
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    for (size_t at = 0; at < 69; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            frames.bytes[at] ^= (uint8_t)(1u << bit);
            stream_events((const char *)frames.bytes, frames.size, 17, DSMR_TELEGRAM_MAX);
            bool no_tag = frames.bytes[13] == 0x20;
            CHECK(!told("proved AAA5A"));
            CHECK(told("opened AAA5A") == no_tag);
            CHECK(told("proved BBB5B @69+33"));
            frames.bytes[at] ^= (uint8_t)(1u << bit);
        }
}

/* Makes a frame of identification CCC5C whose encrypted bytes hold these from place on: the telegram
 * has what becomes of them under the key. */
static void add_with_inside(const void *inside, size_t size, size_t place)
{
    char telegram[512];
    char value[256];
    uint8_t nothing[512] = {0};
    uint8_t stream_of_key[512];
    uint8_t nonce[DSMR_NONCE_SIZE];
    memset(value, '3', sizeof value);
    size_t total = frames_telegram(telegram, sizeof telegram, "CCC5C", value, sizeof value);
    struct frames probe = {0};
    frames_start(&probe, FRAMES_AUTHKEY, LENGTH_82);
    for (size_t i = 0; i * 69 < frames.size; i++) /* as many as stand in front of it */
        frames_add(&probe, A, sizeof A - 1);
    frames_add(&probe, telegram, total);
    memcpy(nonce, probe.bytes + probe.last + 2, 8);
    memcpy(nonce + 8, probe.bytes + probe.last + 14, 4);
    struct aes_gcm *gcm = aes_gcm_new(frames.form.keys.key);
    struct dsmr_gcm message = {.nonce = nonce, .in = nothing, .size = total};
    aes_gcm_encrypt(gcm, &message, stream_of_key, NULL);
    aes_gcm_free(gcm);
    frames_end(&probe);
    size_t start = strlen("/CCC5C\r\n\r\n0-0:96.13.0(");
    for (size_t i = 0; i < size; i++)
        value[place + i] = (char)(((const uint8_t *)inside)[i] ^ stream_of_key[start + place + i]);
    total = frames_telegram(telegram, sizeof telegram, "CCC5C", value, sizeof value);
    frames_add(&frames, telegram, total);
}

static const uint8_t a_header[] = {0xDB, 8,    'S',  'A',  'G',  1, 2, 3, 4,
                                   5,    0x82, 0x01, 0x80, 0x30, 0, 0, 0, 9};

static void the_header_of_a_frame_inside_a_frame(void)
{
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    frames_end(&frames);
    frames_start(&frames, FRAMES_AUTHKEY, LENGTH_82);
    add(A);
    add_with_inside(a_header, sizeof a_header, 40);
    size_t place = frames.last + 18 + 22 + 40;
    CHECK(memcmp(frames.bytes + place, a_header, sizeof a_header) == 0);
    size_t behind = frames.size;
    add(B);
    char want[128];
    snprintf(want, sizeof want, "proved AAA5A @0+33; proved CCC5C @69+282; proved BBB5B @%zu+33",
             behind);
    FRAMES_GIVE(want);
    /* A stream that starts in front of it: what it takes along is given back. */
    for (size_t start = place - 5; start <= place; start++) {
        stream_events((const char *)frames.bytes + start, frames.size - start, 13,
                      DSMR_TELEGRAM_MAX);
        snprintf(want, sizeof want, "proved BBB5B @%zu+33", behind - start);
        CHECK(told(want));
    }
}

/* A header by chance says that much is to come: when the line is silent, what is whole counts. */
static void silence_ends_what_was_no_frame(void)
{
    static const uint8_t large[] = {0xDB, 8,    'S',  'A',  'G',  1, 2, 3, 4,
                                    5,    0x82, 0x1F, 0x80, 0x30, 0, 0, 0, 9};
    struct frames misled = {0};
    make_two(FRAMES_AUTHKEY);
    frames_add_bytes(&misled, large, sizeof large);
    frames_add_bytes(&misled, frames.bytes, frames.size);
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    stream_start(DSMR_TELEGRAM_MAX);
    stream_push((const char *)misled.bytes, misled.size);
    SAME_TEXT(stream.events, stream.length, "");
    stream_flush(false);
    SAME_TEXT(stream.events, stream.length, "cut @0+18; proved AAA5A @18+33; proved BBB5B @87+33");
    use_keys(NULL, NULL);
    stream_start(DSMR_TELEGRAM_MAX);
    stream_push((const char *)misled.bytes, misled.size);
    stream_flush(false);
    CHECK(told("locked @87+69"));
}

/* Silence inside a frame costs nothing: a network may stop for a moment. */
static void silence_inside_a_frame_costs_nothing(void)
{
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    make_two(FRAMES_AUTHKEY);
    for (size_t left = 1; left < 69; left++) {
        stream_start(DSMR_TELEGRAM_MAX);
        stream_push((const char *)frames.bytes, left);
        stream_flush(false);
        stream_push((const char *)frames.bytes + left, frames.size - left);
        SAME_TEXT(stream.events, stream.length, "proved AAA5A @0+33; proved BBB5B @69+33");
    }
}

/* In the middle of a frame chance makes the beginning of a telegram: it must not take the frames that
 * follow along. */
static void the_beginning_of_a_telegram_inside_a_frame(void)
{
    static const char beginning[] = "\r\n/XXX5\r\n";
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    frames_end(&frames);
    frames_start(&frames, FRAMES_AUTHKEY, LENGTH_82);
    add(A);
    add_with_inside(beginning, sizeof beginning - 1, 100);
    size_t place = frames.last + 18 + 22 + 100;
    size_t behind = frames.size;
    add(B);
    char want[128];
    snprintf(want, sizeof want, "proved BBB5B @%zu+33", behind - place);
    stream_events((const char *)frames.bytes + place, frames.size - place, 13, DSMR_TELEGRAM_MAX);
    CHECK(told(want));
    CHECK(told("cut XXX5 @2"));
    stream_start(DSMR_TELEGRAM_MAX); /* … nor keep them waiting */
    stream_push((const char *)frames.bytes + place, frames.size - place);
    stream_flush(false);
    CHECK(told(want));
}

/* … or inside a line, where the identification is looked at more closely. */
static void a_frame_behind_the_beginning_of_a_telegram_inside_a_line(void)
{
    use_keys(FRAMES_KEY, FRAMES_AUTHKEY);
    frames_end(&frames);
    frames_start(&frames, FRAMES_AUTHKEY, LENGTH_82);
    frames_add_bytes(&frames, "x/XXX5", 6);
    add_with_inside("\r\n", 2, 0);
    FRAMES_GIVE("garbage @0+1; garbage @1+5; proved CCC5C @6+282");
}

/* ------------------------------------------------------------------------------------------------
 * Pieces
 */

static uint64_t random_state;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(random_state >> 33) % limit;
}

/* A stream of frames, text, garbage, cut and changed frames. */
static void make_mixture(void)
{
    static const uint8_t marks[8] = {0xDB, 8, 0x82, 0x30, '/', '!', '\r', '\n'};
    uint8_t noise[64];
    frames_end(&frames);
    frames_start(&frames, random_below(2) ? FRAMES_AUTHKEY : NULL,
                 (enum length_form)random_below(LENGTH_84 + 1));
    for (int i = 0; i < 12; i++) {
        for (size_t j = 0; j < sizeof noise; j++)
            noise[j] = random_below(3) > 0 ? (uint8_t)random_below(256) : marks[j % 8];
        unsigned kind = random_below(6);
        if (kind < 3)
            add(random_below(2) ? A : B);
        else if (kind == 3)
            frames_add_bytes(&frames, A, sizeof A - 1);
        else if (kind == 4)
            frames_add_bytes(&frames, noise, random_below(sizeof noise));
        else if (frames.size > frames.last)
            frames.size -= random_below((unsigned)(frames.size - frames.last));
        if (random_below(8) == 0 && frames.size > 0)
            frames.bytes[random_below((unsigned)frames.size)] ^= (uint8_t)(1u << random_below(8));
    }
}

static void the_pieces_of_a_stream_do_not_matter(void)
{
    static char whole[sizeof stream.events];
    static const char *const keys[] = {FRAMES_KEY, FRAMES_KEY, FRAMES_OTHER_KEY, NULL};
    random_state = 42;
    for (int round = 0; round < 400; round++) {
        make_mixture();
        use_keys(keys[round % 4], round % 4 == 1 ? FRAMES_AUTHKEY : NULL);
        size_t capacity = round % 3 == 0 ? 40 + random_below(200) : DSMR_TELEGRAM_MAX;
        stream_events((const char *)frames.bytes, frames.size, SIZE_MAX / 2, capacity);
        memcpy(whole, stream.events, stream.length + 1);
        for (int split = 0; split < 4; split++) {
            unsigned most = split == 0 ? 1 : 1u << (2 * split);
            stream_start(capacity);
            for (size_t at = 0, size; at < frames.size; at += size) {
                size = 1 + random_below(most);
                size = size < frames.size - at ? size : frames.size - at;
                stream_push((const char *)frames.bytes + at, size);
            }
            stream_flush(true);
            SAME_TEXT(stream.events, stream.length, whole);
        }
    }
}

/* ------------------------------------------------------------------------------------------------
 * Headers
 */

static void a_header_is_told_from_noise(void)
{
    size_t size = 0;
    SAME(dsmr_frame_look(a_header, sizeof a_header, &size), DSMR_OK);
    SAME(size, 13 + 0x180);
    for (size_t i = 0; i < sizeof a_header; i++) {
        SAME(dsmr_frame_look(a_header, i, &size), DSMR_MORE);
        if (i < 2 || i == 10 || i == 13) {
            uint8_t other[sizeof a_header];
            memcpy(other, a_header, sizeof other);
            other[i] ^= 0x15;
            SAME(dsmr_frame_look(other, sizeof other, &size), DSMR_ERR_GARBAGE);
        }
    }
}

static void lengths_out_of_bounds_are_no_frames(void)
{
    static const char *const lengths[] = {
        "\x80", "\x85", "\xFF", "\x82\x20\x01", "\x84\x01\x00\x00\x00", "\x05", "\x11"};
    static const size_t sizes[] = {1, 1, 1, 3, 5, 1, 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t header[24] = {0xDB, 8, 'S', 'A', 'G', 1, 2, 3, 4, 5};
        size_t size = 0;
        memcpy(header + 10, lengths[i], sizes[i]);
        header[10 + sizes[i]] = 0x30;
        SAME(dsmr_frame_look(header, sizeof header, &size), DSMR_ERR_GARBAGE);
    }
}

static void keys_are_read_in_the_forms_that_people_have(void)
{
    uint8_t key[DSMR_KEY_SIZE];
    CHECK(decryption_key_parse("000102030405060708090a0b0c0d0e0f", key));
    SAME(key[15], 15);
    CHECK(decryption_key_parse("00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E FF", key));
    SAME(key[15], 255);
    CHECK(decryption_key_parse("00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F", key));
    CHECK(!decryption_key_parse("", key));
    CHECK(!decryption_key_parse("000102030405060708090a0b0c0d0e0", key));
    CHECK(!decryption_key_parse("000102030405060708090a0b0c0d0e0f0", key));
    CHECK(!decryption_key_parse("000102030405060708090a0b0c0d0e0f00", key));
    CHECK(!decryption_key_parse("000102030405060708090a0b0c0d0e0g", key));
}

int main(void)
{
    RUN(the_worked_example_of_the_reference);
    RUN(every_form_of_length_with_and_without_tag);
    RUN(nuls_behind_a_frame_are_no_garbage);
    RUN(text_and_frames_in_turn);
    RUN(a_telegram_without_crc_has_to_be_text);
    RUN(a_wrong_crc_inside_is_told_as_that);
    RUN(without_a_key_frames_are_counted);
    RUN(wrong_keys_are_told_apart);
    RUN(without_authentication_key_tags_are_not_looked_at);
    RUN(a_frame_that_does_not_fit_is_told);
    RUN(wherever_the_stream_starts_the_next_frame_is_read);
    RUN(wherever_a_frame_breaks_off_the_next_one_is_read);
    RUN(lost_bytes_cost_one_frame);
    RUN(a_changed_byte_never_gives_another_telegram);
    RUN(a_changed_byte_under_a_tag_costs_that_frame_only);
    RUN(the_header_of_a_frame_inside_a_frame);
    RUN(silence_ends_what_was_no_frame);
    RUN(silence_inside_a_frame_costs_nothing);
    RUN(the_beginning_of_a_telegram_inside_a_frame);
    RUN(a_frame_behind_the_beginning_of_a_telegram_inside_a_line);
    RUN(the_pieces_of_a_stream_do_not_matter);
    RUN(a_header_is_told_from_noise);
    RUN(lengths_out_of_bounds_are_no_frames);
    RUN(keys_are_read_in_the_forms_that_people_have);
    frames_end(&frames);
    decryption_free(decryption);
    return tap_end();
}
