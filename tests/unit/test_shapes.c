/* SPDX-License-Identifier: MIT */
/*
 * Shapes never change an answer: every golden telegram is repeated with changed digits and other
 * changes, with its CRC made right again, wrong or left as it was, and goes all ways at once. A quick
 * run here; TELEGRAMS=1000000 in the environment makes it long.
 */
#include "decoding_paths.h"
#include "golden_files.h"
#include "tap.h"

#include <stdlib.h>

enum { STREAM_MAX = 64, QUICK = 40000 };

static struct golden_files golden;
static struct paths paths;

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % limit;
}

static bool is_figure(char c)
{
    return c >= '0' && c <= '9';
}

/* Some digits become others; now and then something else happens. */
static void change(char *text, size_t size)
{
    for (uint32_t count = random_below(30); count > 0; count--) {
        size_t at = random_below((uint32_t)size);
        if (is_figure(text[at]))
            text[at] = (char)('0' + random_below(10));
    }
    uint32_t other = random_below(40);
    size_t at = 1 + random_below((uint32_t)size - 2);
    if (other == 0)
        text[at] = (char)random_below(256);
    else if (other == 1)
        text[at] ^= (char)(1 << random_below(8));
    else if (other == 2)
        text[at] = "()*.-:!/\r\n SW"[random_below(13)];
}

/* The CRC of a telegram that had one, mostly right. */
static void seal(char *text, size_t size)
{
    char digits[8];
    unsigned sum = dsmr_crc16(0, text, size);
    uint32_t how = random_below(30);
    if (how == 0)
        sum ^= 1U << random_below(16);
    snprintf(digits, sizeof digits, how == 1 ? "%04x" : "%04X", sum);
    if (how != 2)
        memcpy(text + size, digits, 4);
}

/* The first good telegram of a file, all of its bytes. */
static struct dsmr_telegram first_telegram(const struct golden *file)
{
    static struct path path;
    struct dsmr_telegram telegram;
    path_open(&path, DSMR_PORTABLE, false);
    dsmr_framer_push(&path.framer, file->bytes, file->size);
    while (dsmr_framer_next(&path.framer, &telegram) != DSMR_MORE)
        if (telegram.status == DSMR_OK && telegram.text.at >= file->bytes &&
            telegram.text.at < file->bytes + file->size)
            return telegram;
    telegram.status = DSMR_MORE;
    return telegram;
}

static size_t repeat(const struct dsmr_telegram *telegram, char *stream)
{
    size_t count = 2 + random_below(STREAM_MAX - 2);
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        char *text = stream + size;
        memcpy(text, telegram->sent.at, telegram->sent.size);
        if (i > 1)
            change(text, telegram->text.size);
        if (telegram->crc == DSMR_CRC_OK && telegram->sent.size == telegram->text.size + 4)
            seal(text, telegram->text.size);
        size += telegram->sent.size;
        memcpy(stream + size, "\r\n", 2);
        size += 2;
    }
    return size;
}

static bool read_on_all_ways(const struct golden *file)
{
    static char stream[STREAM_MAX * (DSMR_TELEGRAM_MAX + 8)];
    struct dsmr_telegram telegram = first_telegram(file);
    if (telegram.status != DSMR_OK)
        return true;
    size_t size = repeat(&telegram, stream);
    paths_open(&paths);
    for (size_t at = 0; at < size && !paths.disagree;) {
        size_t piece = 1 + random_below((uint32_t)size);
        if (piece > size - at)
            piece = size - at;
        paths_push(&paths, stream + at, piece);
        at += piece;
    }
    if (paths.disagree)
        printf("# %s: the ways differ in %s\n", file->name, paths.disagree);
    return !paths.disagree;
}

static void all_ways_give_the_same(void)
{
    const char *wanted = getenv("TELEGRAMS");
    long left = wanted ? strtol(wanted, NULL, 10) : QUICK;
    size_t known = 0;
    bool same = true;
    while (left > 0 && same) {
        for (size_t i = 0; i < golden.count && same; i++) {
            same = read_on_all_ways(&golden.files[i]);
            known += paths.known;
            left -= STREAM_MAX / 2;
        }
    }
    CHECK(same);
    CHECK(known > 1000);
}

static void shapes_are_met_again(void)
{
    size_t met = 0;
    for (size_t i = 0; i < golden.count; i++) {
        struct dsmr_telegram telegram = first_telegram(&golden.files[i]);
        char stream[8 * (DSMR_TELEGRAM_MAX + 8)];
        size_t size = 0;
        if (telegram.status != DSMR_OK)
            continue;
        for (int copy = 0; copy < 6; copy++) {
            memcpy(stream + size, telegram.sent.at, telegram.sent.size);
            size += telegram.sent.size;
            memcpy(stream + size, "\r\n", 2);
            size += 2;
        }
        paths_open(&paths);
        paths_push(&paths, stream, size);
        met += paths.known > 0;
    }
    printf("# %zu of %zu golden telegrams have a shape that can be learnt\n", met, golden.count);
    CHECK(met > golden.count / 2);
}

int main(void)
{
    if (!golden_open(&golden, GOLDEN_FOLDER)) {
        printf("Bail out! no telegrams in " GOLDEN_FOLDER "\n");
        return 1;
    }
    RUN(all_ways_give_the_same);
    RUN(shapes_are_met_again);
    golden_close(&golden);
    return tap_end();
}
