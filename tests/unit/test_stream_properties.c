/* SPDX-License-Identifier: MIT */
/*
 * What holds for every stream, tried at random on all of tests/golden: pieces do not matter, garbage
 * between two telegrams costs neither of them, and one wrong bit is never believed. The seed is fixed.
 * DSMR_ROUNDS is how many streams are tried of each kind, 1000000 for a long run. Every bit is tried
 * always: of a telegram that is a file by itself in test_properties.c, so here not all, but in a long run.
 */
#include "dsmr/dsmr.h"
#include "golden_files.h"
#include "tap.h"

#include <stdlib.h>

enum { TELEGRAMS_MAX = 1024, STREAM_MAX = 65536, GARBAGE_MAX = 200, ROUNDS = 4000 };

/* A telegram of tests/golden as it stands there, its CRC included. */
struct sample {
    const char *name;
    const char *at;
    size_t size;
    bool crc;
    bool alone; /* nothing else is in its file */
};

static struct golden_files golden;
static struct sample samples[TELEGRAMS_MAX];
static size_t sample_count;

static uint64_t next_random(void)
{
    static uint64_t state = 0x20241027;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t below(size_t limit)
{
    return (size_t)(next_random() % limit);
}

static unsigned long rounds(void)
{
    const char *asked = getenv("DSMR_ROUNDS");
    unsigned long count = asked ? strtoul(asked, NULL, 10) : 0;
    return count > 0 ? count : ROUNDS;
}

/* ------------------------------------------------------------------------------------------------
 * What a stream says
 */

/* All good telegrams of a stream, each as a number that stands for all that it says. */
struct said {
    uint64_t telegrams[64];
    size_t count;
    size_t without_crc;
};

struct reader {
    struct dsmr_framer framer;
    struct said said;
    char buffer[DSMR_TELEGRAM_MAX];
};

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 0x100000001B3U;
    return hash;
}

static uint64_t mix_reading(uint64_t hash, enum dsmr_status status,
                            const struct dsmr_reading *reading)
{
    hash = mix(hash, &status, sizeof status);
    hash = mix(hash, &reading->item, sizeof reading->item);
    hash = mix(hash, &reading->object.obis, sizeof reading->object.obis);
    hash = mix(hash, reading->text.at, reading->text.size);
    hash = mix(hash, reading->object.line.at, reading->object.line.size);
    hash = mix(hash, &reading->number.mantissa, sizeof reading->number.mantissa);
    hash = mix(hash, &reading->time.unix_s, sizeof reading->time.unix_s);
    return mix(hash, &reading->superseded, sizeof reading->superseded);
}

/* Channels are forgotten from telegram to telegram, so that each says the same wherever it stands. */
static uint64_t hash_of(const struct dsmr_telegram *telegram)
{
    struct dsmr_channels channels;
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    enum dsmr_status status;
    uint64_t hash = mix(0xCBF29CE484222325U, telegram->text.at, telegram->text.size);
    dsmr_channels_init(&channels);
    dsmr_decode(&decoder, telegram, &channels, NULL);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END)
        hash = mix_reading(hash, status, &reading);
    return hash;
}

static void take_all(struct reader *reader)
{
    struct dsmr_telegram telegram;
    while (dsmr_framer_next(&reader->framer, &telegram) != DSMR_MORE) {
        if (telegram.status != DSMR_OK || reader->said.count == 64)
            continue;
        reader->said.telegrams[reader->said.count++] = hash_of(&telegram);
        reader->said.without_crc += telegram.crc == DSMR_CRC_NONE;
    }
}

static void start(struct reader *reader)
{
    reader->said = (struct said){0};
    dsmr_framer_init(&reader->framer, reader->buffer, sizeof reader->buffer);
}

static void push(struct reader *reader, const char *bytes, size_t size)
{
    dsmr_framer_push(&reader->framer, bytes, size);
    take_all(reader);
}

static void finish(struct reader *reader)
{
    dsmr_framer_flush(&reader->framer, true);
    take_all(reader);
}

static const struct said *read_whole(struct reader *reader, const char *bytes, size_t size)
{
    start(reader);
    push(reader, bytes, size);
    finish(reader);
    return &reader->said;
}

static bool same_said(const struct said *a, const struct said *b)
{
    return a->count == b->count &&
           memcmp(a->telegrams, b->telegrams, a->count * sizeof a->telegrams[0]) == 0;
}

/* ------------------------------------------------------------------------------------------------
 * Streams
 */

static size_t add(char *stream, size_t size, const char *bytes, size_t count)
{
    memcpy(stream + size, bytes, count);
    return size + count;
}

/* Bytes as a line has them: noise, zeros, letters and digits, or the middle of a telegram. */
static size_t add_garbage(char *stream, size_t size)
{
    static const char printable[] = "0123456789-:.()*kWhm3 \r\nABCDEF";
    size_t count = below(GARBAGE_MAX);
    const struct sample *other = &samples[below(sample_count)];
    size_t from = below(other->size);
    switch (below(4)) {
    case 0:
        for (size_t i = 0; i < count; i++)
            stream[size + i] = (char)(0x80 + below(0x80));
        break;
    case 1:
        memset(stream + size, 0, count);
        break;
    case 2:
        for (size_t i = 0; i < count; i++)
            stream[size + i] = printable[below(sizeof printable - 1)];
        break;
    default:
        count = count < other->size - from ? count : other->size - from;
        memcpy(stream + size, other->at + from, count);
        for (size_t i = size; i < size + count; i++)
            stream[i] = stream[i] == '/' || stream[i] == '!' ? '#' : stream[i];
        break;
    }
    return size + count;
}

static void pieces_do_not_matter(void)
{
    struct reader *reader = calloc(2, sizeof *reader);
    char *stream = malloc(STREAM_MAX);
    unsigned long wrong = 0;
    unsigned long long pieces = 0;
    if (!reader || !stream)
        abort();
    for (unsigned long round = rounds(); round > 0; round--) {
        size_t size = 0;
        for (size_t i = below(3) + 1; i > 0; i--) {
            const struct golden *file = &golden.files[below(golden.count)];
            if (size + file->size < STREAM_MAX)
                size = add(stream, size, file->bytes, file->size);
        }
        size_t most = (size_t)1 << below(12);
        start(reader);
        for (size_t at = 0, count; at < size; at += count) {
            count = below(most) + 1;
            count = count < size - at ? count : size - at;
            push(reader, stream + at, count);
            pieces++;
        }
        finish(reader);
        wrong += !same_said(&reader->said, read_whole(&reader[1], stream, size));
    }
    printf("# %lu streams in %llu pieces\n", rounds(), pieces);
    SAME(wrong, 0);
    free(stream);
    free(reader);
}

/* What stands in front of a telegram ends with its line, or in the middle of one. */
static void garbage_between_telegrams_costs_neither(void)
{
    struct reader *reader = calloc(1, sizeof *reader);
    char *stream = malloc(STREAM_MAX);
    unsigned long wrong = 0;
    if (!reader || !stream)
        abort();
    for (unsigned long round = rounds(); round > 0; round--) {
        const struct sample *pair[2] = {&samples[below(sample_count)],
                                        &samples[below(sample_count)]};
        struct said want = {0};
        for (int i = 0; i < 2; i++)
            want.telegrams[want.count++] =
                read_whole(reader, pair[i]->at, pair[i]->size)->telegrams[0];
        size_t size = add(stream, 0, pair[0]->at, pair[0]->size);
        size = add(stream, size, "\r\n", 2);
        size = add_garbage(stream, size);
        size = add(stream, size, "\r\n", 2);
        size = add(stream, size, pair[1]->at, pair[1]->size);
        bool same = same_said(read_whole(reader, stream, size), &want);
        if (!same && wrong++ < 3)
            printf("# %s, garbage, %s\n", pair[0]->name, pair[1]->name);
    }
    printf("# %lu pairs of telegrams\n", rounds());
    SAME(wrong, 0);
    free(stream);
    free(reader);
}

/* ------------------------------------------------------------------------------------------------
 * Bits
 */

/* Alone, and with the telegram itself behind it, which is then the only one. */
static bool is_refused(struct reader *reader, const char *damaged, const struct sample *sample,
                       uint64_t original, bool followed)
{
    start(reader);
    push(reader, damaged, sample->size);
    push(reader, "\r\n", 2);
    if (followed) {
        push(reader, sample->at, sample->size);
        push(reader, "\r\n", 2);
    }
    finish(reader);
    if (!followed)
        return reader->said.count == 0;
    return reader->said.count == 1 && reader->said.telegrams[0] == original;
}

/* Returns how many bits were tried. */
static size_t flip_every_bit(struct reader *reader, const struct sample *sample)
{
    size_t tried = 0;
    char damaged[DSMR_TELEGRAM_MAX];
    size_t end = sample->size;
    bool all_bits = !sample->alone || getenv("DSMR_ROUNDS") != NULL;
    while (end > 0 && sample->at[end - 1] != '!')
        end--;
    memcpy(damaged, sample->at, sample->size);
    uint64_t original = read_whole(reader, sample->at, sample->size)->telegrams[0];
    for (size_t place = 0; place < end; place++) {
        for (int bit = 0; bit < 8; bit++) {
            if (!all_bits && below(4) != 0)
                continue;
            damaged[place] = (char)(sample->at[place] ^ (1 << bit));
            bool refused = is_refused(reader, damaged, sample, original, below(8) == 0);
            if (!refused)
                printf("# %s: bit %d of byte %zu\n", sample->name, bit, place);
            CHECK(refused);
            tried++;
        }
        damaged[place] = sample->at[place];
    }
    return tried;
}

static void one_wrong_bit_is_never_believed(void)
{
    struct reader *reader = calloc(1, sizeof *reader);
    size_t tried = 0;
    size_t bits = 0;
    if (!reader)
        abort();
    for (size_t i = 0; i < sample_count; i++) {
        if (!samples[i].crc)
            continue;
        bits += flip_every_bit(reader, &samples[i]);
        tried++;
    }
    printf("# %zu bits of %zu telegrams\n", bits, tried);
    CHECK(tried >= 80);
    free(reader);
}

/* ------------------------------------------------------------------------------------------------
 * Samples
 */

static void collect(const struct golden *file)
{
    static char buffer[DSMR_TELEGRAM_MAX];
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    size_t first = sample_count;
    size_t told = 0;
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_framer_push(&framer, file->bytes, file->size);
    for (int pass = 0; pass < 2; pass++) {
        while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE) {
            told++;
            if (telegram.status != DSMR_OK || sample_count == TELEGRAMS_MAX)
                continue;
            samples[sample_count++] =
                (struct sample){file->name, file->bytes + telegram.offset, telegram.sent.size,
                                telegram.crc == DSMR_CRC_OK, false};
        }
        if (pass == 0 && told == 1 && sample_count == first + 1)
            samples[first].alone = true;
        dsmr_framer_flush(&framer, true);
    }
}

int main(void)
{
    if (!golden_open(&golden, GOLDEN_FOLDER)) {
        printf("Bail out! no telegrams in " GOLDEN_FOLDER "\n");
        return 1;
    }
    for (size_t i = 0; i < golden.count; i++)
        collect(&golden.files[i]);
    RUN(pieces_do_not_matter);
    RUN(garbage_between_telegrams_costs_neither);
    RUN(one_wrong_bit_is_never_believed);
    golden_close(&golden);
    return tap_end();
}
