/* SPDX-License-Identifier: MIT */
/* Too long, too many, too small, too fast: nothing grows, nothing is lost, nothing takes for ever. */
#include "stream.h"

#include <time.h>

#define A "/AAA5A\r\n\r\n1-0:1.7.0(00.123*kW)\r\n!8C72\r\n"
#define B "/BBB5B\r\n\r\n1-0:2.7.0(00.456*kW)\r\n!5275\r\n"

enum { MEGABYTE = 1 << 20, SIZE_A = sizeof A - 1, SIZE_B = sizeof B - 1 };

/* '/' to the last digit of the CRC */
enum { WHOLE = 37 };

static char *new_bytes(size_t size)
{
    char *bytes = malloc(size);
    if (!bytes)
        abort();
    return bytes;
}

static void fill(char *bytes, size_t size, const char *pattern)
{
    size_t length = strlen(pattern);
    for (size_t i = 0; i < size; i++)
        bytes[i] = pattern[i % length];
}

/* head, the pattern over and over for size bytes, then tail. */
static const char *surrounded(const char *head, const char *pattern, size_t size, const char *tail,
                              size_t piece)
{
    size_t total = strlen(head) + size + strlen(tail);
    char *bytes = new_bytes(total);
    memcpy(bytes, head, strlen(head));
    fill(bytes + strlen(head), size, pattern);
    memcpy(bytes + strlen(head) + size, tail, strlen(tail));
    stream_events(bytes, total, piece, DSMR_TELEGRAM_MAX);
    free(bytes);
    return stream.events;
}

static void a_line_of_a_megabyte(void)
{
    static const size_t pieces[] = {SIZE_MAX / 2, 4096, 1};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        surrounded("/AAA5A\r\n\r\n0-0:96.13.0(", "x", MEGABYTE, ")\r\n!\r\n" B, pieces[i]);
        SAME_TEXT(stream.events, stream.length,
                  "long AAA5A @0+16384; garbage @16384+1032220; right BBB5B @1048604+33");
        surrounded("", "x", MEGABYTE, "\r\n" B, pieces[i]);
        SAME_TEXT(stream.events, stream.length, "garbage @0+1048578; right BBB5B @1048578+33");
    }
}

static void no_end_for_a_very_long_time(void)
{
    surrounded("/AAA5A\r\n\r\n", "1-0:1.7.0(00.123*kW)\r\n", 22 * 50000, B, 4096);
    SAME_TEXT(stream.events, stream.length,
              "long AAA5A @0+16384; garbage @16384+1083626; right BBB5B @1100010+33");
}

/* A slash inside a line begins nothing, not even where a long telegram was given up just before it. */
static void what_is_left_of_a_long_telegram_is_garbage(void)
{
    surrounded("/AAA5A\r\n\r\n0-0:96.13.0(--", "/1\n-", MEGABYTE, ")\r\n!\r\n" B, 4096);
    SAME_TEXT(stream.events, stream.length,
              "long AAA5A @0+16384; garbage @16384+1032222; right BBB5B @1048606+33");
}

static void a_telegram_as_long_as_the_buffer_is_read(void)
{
    char telegram[DSMR_TELEGRAM_MAX + 8];
    for (size_t size = DSMR_TELEGRAM_MAX - 1; size <= DSMR_TELEGRAM_MAX + 1; size++) {
        fill(telegram, size, "x");
        memcpy(telegram, "/AAA5A\r\n\r\n0-0:96.13.0(", 22);
        memcpy(telegram + size - 8, ")\r\n!", 4);
        snprintf(telegram + size - 4, 7, "%04X\r\n", dsmr_crc16(0, telegram, size - 4));
        char want[64];
        snprintf(want, sizeof want, "right AAA5A @0+%zu", size - 4);
        if (size > DSMR_TELEGRAM_MAX)
            snprintf(want, sizeof want, "long AAA5A @0+16384; garbage @16384+3");
        EVENTS_OF(telegram, size + 2, want);
    }
}

/* With any buffer at all: what fits is read, the rest is refused, and nothing is written beyond it. */
static void buffers_of_every_size(void)
{
    static const char both[] = A "noise\r\n" B;
    static const size_t pieces[] = {1, 2, 5, sizeof both};
    for (size_t capacity = 0; capacity <= 160; capacity++) {
        char *buffer = new_bytes(capacity > 0 ? capacity : 1);
        for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
            stream_start(0);
            dsmr_framer_init(&stream.framer, buffer, capacity);
            for (size_t at = 0; at < sizeof both - 1; at += pieces[p])
                stream_push(both + at,
                            sizeof both - 1 - at < pieces[p] ? sizeof both - 1 - at : pieces[p]);
            stream_flush(true);
            bool read_a = strstr(stream.events, "right AAA5A @0+33") != NULL;
            bool read_b = strstr(stream.events, "right BBB5B @46+33") != NULL;
            CHECK(read_a == (capacity >= WHOLE));
            CHECK(read_b == (capacity >= WHOLE));
        }
        free(buffer);
    }
}

static void count_right(const char *bytes, size_t size, size_t piece, size_t want)
{
    struct dsmr_telegram telegram;
    size_t right = 0;
    size_t others = 0;
    stream_start(DSMR_TELEGRAM_MAX);
    for (size_t at = 0; at < size; at += piece) {
        dsmr_framer_push(&stream.framer, bytes + at, size - at < piece ? size - at : piece);
        while (dsmr_framer_next(&stream.framer, &telegram) != DSMR_MORE) {
            if (telegram.status == DSMR_OK && telegram.crc == DSMR_CRC_OK)
                right++;
            else
                others++;
        }
    }
    SAME(right, want);
    SAME(others, 0);
}

static void ten_thousand_telegrams_in_one_push(void)
{
    char *bytes = new_bytes((size_t)10000 * SIZE_A);
    for (size_t i = 0; i < 10000; i++)
        memcpy(bytes + i * SIZE_A, i % 2 == 0 ? A : B, SIZE_A);
    count_right(bytes, (size_t)10000 * SIZE_A, (size_t)10000 * SIZE_A, 10000);
    count_right(bytes, (size_t)10000 * SIZE_A, 1, 10000);
    count_right(bytes, (size_t)10000 * SIZE_A, 65536, 10000);
    free(bytes);
}

/* Everything that is found is decoded too, as a program would. */
static void decode_all(struct dsmr_channels *channels)
{
    struct dsmr_telegram telegram;
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    while (dsmr_framer_next(&stream.framer, &telegram) != DSMR_MORE) {
        if (telegram.status == DSMR_ERR_GARBAGE)
            continue;
        dsmr_decode(&decoder, &telegram, channels, NULL);
        while (dsmr_decode_next(&decoder, &reading) != DSMR_END)
            ;
    }
}

/* Processor time of reading 2 MB of a pattern and decoding what is in it. */
static double flood_seconds(const char *pattern, size_t piece)
{
    static struct dsmr_channels channels;
    const size_t size = 2 * MEGABYTE;
    char *bytes = new_bytes(size);
    fill(bytes, size, pattern);
    dsmr_channels_init(&channels);
    stream_start(DSMR_TELEGRAM_MAX);
    clock_t start = clock();
    for (size_t at = 0; at < size; at += piece) {
        dsmr_framer_push(&stream.framer, bytes + at, size - at < piece ? size - at : piece);
        decode_all(&channels);
    }
    dsmr_framer_flush(&stream.framer, true);
    decode_all(&channels);
    free(bytes);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* A machine that floods the port must not keep the processor busy: even with sanitizers 2 MB are read in
 * seconds, where anything quadratic needs minutes. */
static void floods_take_no_longer_than_their_length(void)
{
    static const char *const patterns[] = {
        "/",
        "!",
        "(",
        ")",
        "\n",
        " ",
        "0",
        "\xFF",
        ")!0",
        ")!0000",
        "\n!0000\n",
        "/AAA",
        "/AAA5",
        "/AAA5/AAA5",
        "\n/AAA5\n",
        "\n/AAA5\n(",
        "x/AAA5\n\n",
        "x/AAA5\n\n!0000\n",
        "\n/",
        "/\n",
        "x/AAA5\n1-0:1.7.0(\n",
        "\n1-0:1.7.0(",
        "()",
        "((",
        "1-0:1.7.0(1)",
        "\n/A\n1-0:1.7.0(1)\n!\n",
        "0-1:24.3.0(1)\n(2)\n",
        "\n ",
        ")\n(",
        "1-",
        "1 ",
    };
    static const size_t pieces[] = {1 << 22, 4096, 16};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
            double seconds = flood_seconds(patterns[i], pieces[p]);
            if (seconds > 5)
                printf("# %zu: %.1f s in pieces of %zu\n", i, seconds, pieces[p]);
            CHECK(seconds < 5);
        }
    }
}

/* The same inside one telegram after the other, which fills the decoder rather than the framer. */
static void long_telegrams_take_no_longer_than_their_length(void)
{
    static const char *const fillers[] = {
        "\n",
        " ",
        "(",
        ")",
        "0",
        "((((",
        "\n(",
        "\n1",
        "1-0:1.7.0(\n",
        "x/AAA5\n\n",
        "/AAA5",
        "-/",
        "0-1:24.3.0(1)\n(2)\n",
        "\n0-1:24.2.1(\n",
        "(1)",
        "()",
        "\n\n ",
        "x/AAA5\n\n)!0000\n",
    };
    for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++) {
        char *pattern = new_bytes(16001);
        fill(pattern, 16000, fillers[i]);
        memcpy(pattern, "/AAA5A\n\n1-0:99.97.0(", 20);
        memcpy(pattern + 15990, "\n!0000\n\n\n\n", 10);
        pattern[16000] = '\0';
        double seconds = flood_seconds(pattern, 1 << 22);
        free(pattern);
        if (seconds > 5)
            printf("# filler %zu: %.1f s\n", i, seconds);
        CHECK(seconds < 5);
    }
}

int main(void)
{
    RUN(a_line_of_a_megabyte);
    RUN(no_end_for_a_very_long_time);
    RUN(what_is_left_of_a_long_telegram_is_garbage);
    RUN(a_telegram_as_long_as_the_buffer_is_read);
    RUN(buffers_of_every_size);
    RUN(ten_thousand_telegrams_in_one_push);
    RUN(floods_take_no_longer_than_their_length);
    RUN(long_telegrams_take_no_longer_than_their_length);
    return tap_end();
}
