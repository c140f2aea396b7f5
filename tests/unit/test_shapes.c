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

/* ------------------------------------------------------------------------------------------------
 * What changes, and where
 */

/* The telegrams of a file that are repeated: text and CRC digits. */
struct repeated {
    const char *name;
    char bytes[DSMR_TELEGRAM_MAX + 8];
    size_t text, sent;
    bool sealed;
};

static bool repeated_take(struct repeated *repeated, const struct golden *file)
{
    struct dsmr_telegram telegram = first_telegram(file);
    if (telegram.status != DSMR_OK)
        return false;
    repeated->name = file->name;
    repeated->text = telegram.text.size;
    repeated->sent = telegram.sent.size;
    repeated->sealed = telegram.crc == DSMR_CRC_OK && repeated->sent == repeated->text + 4;
    memcpy(repeated->bytes, telegram.sent.at, telegram.sent.size);
    memcpy(repeated->bytes + telegram.sent.size, "\r\n", 2);
    return true;
}

/* Sends it as it is now, with a CRC that is right. */
static void repeated_send(struct repeated *repeated)
{
    char digits[8];
    if (repeated->sealed) {
        snprintf(digits, sizeof digits, "%04X",
                 (unsigned)dsmr_crc16(0, repeated->bytes, repeated->text));
        memcpy(repeated->bytes + repeated->text, digits, 4);
    }
    paths_push(&paths, repeated->bytes, repeated->sent + 2);
}

static void repeated_change(struct repeated *repeated, size_t at)
{
    char *byte = &repeated->bytes[at];
    *byte = (char)('0' + (*byte - '0' + 1 + (int)random_below(9)) % 10);
}

/* Each digit alone, at the edges of words and blocks too; and with it one byte that does not fit,
 * behind it and in front of it, after which the telegram before comes once more. */
static void each_digit_alone(void)
{
    static struct repeated sent, before;
    for (size_t i = 0; i < golden.count && !paths.disagree; i++) {
        if (!repeated_take(&sent, &golden.files[i]))
            continue;
        paths_open(&paths);
        for (int copy = 0; copy < 3; copy++)
            repeated_send(&sent);
        for (size_t at = 1; at < sent.text && !paths.disagree; at++) {
            if (!is_figure(sent.bytes[at]))
                continue;
            repeated_change(&sent, at);
            repeated_send(&sent);
            before = sent;
            repeated_change(&sent, at);
            size_t other = 1 + random_below((uint32_t)sent.text - 2);
            sent.bytes[other] ^= (char)(1 << random_below(7));
            repeated_send(&sent);
            sent = before;
            repeated_send(&sent);
        }
        if (paths.disagree)
            printf("# %s: the ways differ in %s\n", sent.name, paths.disagree);
    }
    CHECK(!paths.disagree);
}

static void all_digits_anew(struct repeated *sent, const struct dsmr_shape *shape)
{
    for (size_t at = 0; at < sent->text; at++)
        if (shape->bytes->slack[at] < 127)
            sent->bytes[at] = (char)('0' + random_below(128U - shape->bytes->slack[at]));
}

/* In between comes one that is found not to fit only half-way, with a CRC that is wrong, and then the
 * telegram before again. */
static void all_digits_at_once(void)
{
    static struct repeated sent, before;
    size_t known = 0;
    for (size_t i = 0; i < golden.count && !paths.disagree; i++) {
        if (!repeated_take(&sent, &golden.files[i]))
            continue;
        paths_open(&paths);
        for (int copy = 0; copy < 3; copy++)
            repeated_send(&sent);
        struct dsmr_shape *shape = &paths.rows[0].room[0];
        for (int copy = 0; copy < 20 && shape->size == sent.text; copy++) {
            all_digits_anew(&sent, shape);
            repeated_send(&sent);
            before = sent;
            all_digits_anew(&sent, shape);
            sent.bytes[1 + random_below((uint32_t)sent.text - 2)] ^= (char)(1 << random_below(7));
            paths_push(&paths, sent.bytes, sent.sent + 2);
            sent = before;
            repeated_send(&sent);
        }
        known += paths.known;
        if (paths.disagree)
            printf("# %s: the ways differ in %s\n", sent.name, paths.disagree);
    }
    CHECK(!paths.disagree);
    CHECK(known > golden.count);
}

/* Now and then one more than there is room for. */
static void meters_that_take_turns(void)
{
    enum { METERS = PATH_SHAPES + 1, ROUNDS = 300 };
    static struct repeated meters[METERS], sent;
    size_t known = 0;
    for (size_t first = 0; first + METERS <= golden.count && !paths.disagree; first += METERS) {
        size_t count = 0;
        for (size_t i = 0; i < METERS; i++)
            count += repeated_take(&meters[count], &golden.files[first + i]);
        paths_open(&paths);
        for (int round = 0; round < ROUNDS && count > 0; round++) {
            sent = meters[random_below((uint32_t)count - (count == METERS && round % 50 > 2))];
            for (uint32_t change = random_below(4); change > 0 && round > 10; change--) {
                size_t at = 1 + random_below((uint32_t)sent.text - 1);
                if (is_figure(sent.bytes[at]))
                    repeated_change(&sent, at);
            }
            repeated_send(&sent);
        }
        known += paths.known;
    }
    CHECK(!paths.disagree);
    printf("# %zu telegrams of meters that take turns had a known shape\n", known);
    CHECK(known > ROUNDS);
}

/* Digits up to the last bytes, in texts of every size that a block can leave over. */
static void every_edge(void)
{
    enum { NAMES = 70, COPIES = 24 };
    size_t known = 0;
    for (int name = 1; name <= NAMES && !paths.disagree; name++) {
        paths_open(&paths);
        for (int copy = 0; copy < COPIES; copy++) {
            char sent[256];
            int size = snprintf(sent, sizeof sent,
                                "/ABC5%0*d\r\n\r\n1-0:1.8.1(%06u.%03u*kWh)\r\n1-0:32.7.0(%03u*V)"
                                "\r\n0-0:96.7.21(%05u)\r\n!",
                                name, 1, random_below(1000000), random_below(1000),
                                random_below(1000), random_below(10000));
            snprintf(sent + size, sizeof sent - (size_t)size, "%04X\r\n",
                     (unsigned)dsmr_crc16(0, sent, (size_t)size));
            paths_push(&paths, sent, (size_t)size + 6);
        }
        known += paths.known;
    }
    CHECK(!paths.disagree);
    CHECK(known >= NAMES * (COPIES - 4) * paths.count);
}

/* What stands at the beginning of a line may be another telegram, as long as its end has not come. */
static void what_may_be_two_is_not_learnt(void)
{
    static const char *const texts[] = {
        "/KFM5KAIFA-METER\r\n\r\n1-0:1.7.0(x 6018\r\n/KFM5KAIFA-METER(00.579*kW)\r\n!",
        "/KFM5KAIFA-METER\r\n\r\n1-0:1.7.0(00.579*kW)\r\n!12 \r\n1-0:2.7.0(00.193*kW)\r\n!",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !paths.disagree; i++) {
        size_t size = strlen(texts[i]);
        char sent[160];
        snprintf(sent, sizeof sent, "%s%04X\r\n", texts[i],
                 (unsigned)dsmr_crc16(0, texts[i], size));
        paths_open(&paths);
        for (int copy = 0; copy < 6; copy++)
            for (size_t at = 0; at < size + 6; at += 37)
                paths_push(&paths, sent + at, size + 6 - at < 37 ? size + 6 - at : 37);
        paths_push(&paths, sent, size + 6);
        CHECK(paths.known == 0);
    }
    CHECK(!paths.disagree);
}

/* ------------------------------------------------------------------------------------------------
 * Two decoders
 */

static bool same_texts(const struct dsmr_reading *a, const struct dsmr_reading *b)
{
    return a->text.size == b->text.size &&
           (a->text.size == 0 || memcmp(a->text.at, b->text.at, a->text.size) == 0);
}

/* A decoder goes on where it was when another telegram of its shape was decoded in between. */
static void two_decoders_at_once(void)
{
    static const char form[] = "/ABC5\\meter\r\n\r\n0-0:1.0.0(2301011200%02dW)\r\n"
                               "1-0:1.8.1(00%04d.120*kWh)\r\n1-0:1.7.0(0%d.193*kW)\r\n!\r\n";
    enum { COPIES = 6 };
    static char stream[COPIES][160];
    static struct path path;
    struct dsmr_telegram telegrams[COPIES];
    path_open(&path, dsmr_processor(), true);
    for (int i = 0; i < COPIES; i++) {
        struct dsmr_decoder decoder;
        struct dsmr_reading reading;
        int size = snprintf(stream[i], sizeof stream[i], form, i, 1000 + i, i);
        dsmr_framer_push(&path.framer, stream[i], (size_t)size);
        CHECK(dsmr_framer_next(&path.framer, &telegrams[i]) == DSMR_OK);
        dsmr_decode(&decoder, &telegrams[i], &path.channels, NULL);
        while (dsmr_decode_next(&decoder, &reading) != DSMR_END)
            ;
        CHECK(dsmr_framer_next(&path.framer, &(struct dsmr_telegram){0}) == DSMR_MORE);
    }
    struct dsmr_decoder old, new;
    struct dsmr_reading a, b;
    int64_t sums[2] = {0, 0};
    dsmr_decode(&old, &telegrams[COPIES - 2], &path.channels, NULL);
    dsmr_decode(&new, &telegrams[COPIES - 1], &path.channels, NULL);
    CHECK(old.shape != NULL && old.shape == new.shape);
    while (dsmr_decode_next(&old, &a) == DSMR_OK && dsmr_decode_next(&new, &b) == DSMR_OK) {
        CHECK(a.item == b.item && !same_texts(&a, &b));
        sums[0] += a.type == DSMR_TYPE_TIME ? a.time.second : a.number.mantissa;
        sums[1] += b.type == DSMR_TYPE_TIME ? b.time.second : b.number.mantissa;
    }
    CHECK(sums[0] == 4 + 1004120 + 4193);
    CHECK(sums[1] == 5 + 1005120 + 5193);
}

int main(void)
{
    if (!golden_open(&golden, GOLDEN_FOLDER)) {
        printf("Bail out! no telegrams in " GOLDEN_FOLDER "\n");
        return 1;
    }
    RUN(all_ways_give_the_same);
    RUN(shapes_are_met_again);
    RUN(each_digit_alone);
    RUN(all_digits_at_once);
    RUN(meters_that_take_turns);
    RUN(every_edge);
    RUN(what_may_be_two_is_not_learnt);
    RUN(two_decoders_at_once);
    golden_close(&golden);
    return tap_end();
}
