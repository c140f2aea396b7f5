/* SPDX-License-Identifier: MIT */
/*
 * How fast the library decodes DSMR 5.0, each way through it beside a plain table CRC and a copy of the
 * same bytes, in turn and in one run, so that the ratios can be compared between machines. The
 * telegrams are those of a simulated household, a second apart, with the values that vary in a real
 * house; every CRC is checked and every reading made. Before anything is measured, all ways are
 * held against the exact one, reading by reading.
 *
 * The last lines are one JSON object for each figure: medians of RUNS runs on one core. Those called
 * scattered/… are of the same telegrams with all numbers made up.
 */
#include "core/buffer.h"
#include "decoding_paths.h"
#include "simulate/simulated_meter.h"
#include "simulate/standard.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { TELEGRAMS = 100000, RUNS = 7, PIECE = 1 << 20, LOG_ENTRIES = 2, LARGE_PAGE = 2 << 20 };

/* What a run made of the stream: the same on every way. */
struct outcome {
    size_t telegrams;
    size_t readings;
    int64_t sum; /* of all numbers and times */
};

struct route {
    const char *name;
    unsigned processor;
    bool shapes, rows;
    double seconds[RUNS];
};

/* ------------------------------------------------------------------------------------------------
 * The telegrams
 */

/* Memory in large pages where the system gives them, for all that is measured: in small ones looking up
 * pages takes a good part of reading and copying. */
static char *large_pages(size_t size)
{
    size = (size + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    char *memory = aligned_alloc(LARGE_PAGE, size);
#ifdef MADV_HUGEPAGE
    if (memory != NULL)
        madvise(memory, size, MADV_HUGEPAGE); /* only a wish */
#endif
    return memory;
}

static void move_to_large_pages(struct buffer *stream)
{
    char *memory = large_pages(stream->size);
    if (memory == NULL)
        return;
    memcpy(memory, stream->at, stream->size);
    free(stream->at);
    stream->at = memory;
}

/* A household that was years without a failure of more than three minutes: a full log would only make
 * the telegram longer by bytes that never vary. */
static void cut_log(struct buffer *telegram)
{
    static const char log_code[] = "1-0:99.97.0(";
    char *log = strstr(telegram->at, log_code);
    if (log == NULL)
        return;
    char *end = strchr(log, '\r');
    char *entry = log;
    for (int group = 0; group < 2 + 2 * LOG_ENTRIES && entry < end; group++)
        entry = strchr(entry + 1, ')');
    if (entry >= end)
        return;
    size_t cut = (size_t)(end - entry - 1);
    memmove(entry + 1, end, telegram->size - (size_t)(end - telegram->at) + 1);
    telegram->size -= cut;
    char *count = log + sizeof log_code - 1;
    char *behind = strchr(count, ')');
    memmove(count + 1, behind, telegram->size - (size_t)(behind - telegram->at) + 1);
    telegram->size -= (size_t)(behind - count - 1);
    *count = '0' + LOG_ENTRIES;
}

static void add_telegram(struct buffer *stream, const struct transmission *transmission)
{
    struct buffer telegram = {0};
    buffer_add(&telegram, (const char *)transmission->bytes, transmission->size);
    buffer_add(&telegram, "", 1);
    telegram.size--;
    cut_log(&telegram);
    size_t text = (size_t)(strrchr(telegram.at, '!') + 1 - telegram.at);
    buffer_add(stream, telegram.at, text);
    buffer_print(stream, "%04X\r\n", dsmr_crc16(0, telegram.at, text));
    buffer_free(&telegram);
}

static struct buffer simulate(void)
{
    const struct simulated_setup setup = {.standard = standard_find("5.0"),
                                          .seed = 1,
                                          .start = 1700000000,
                                          .step_ms = 1000,
                                          .devices = 1U << DEVICE_GAS};
    struct simulated_meter *meter = simulated_meter_new(&setup);
    struct buffer stream = {0};
    for (int i = 0; i < TELEGRAMS; i++) {
        struct transmission transmission;
        simulated_meter_next(meter, &transmission);
        add_telegram(&stream, &transmission);
    }
    simulated_meter_free(meter);
    return stream;
}

/* The same telegrams with every digit of every number another one, as no meter sends them: what is the
 * same as before cannot be passed over. */
static void scatter(const struct dsmr_shape *shape, char *text, uint32_t *random)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct dsmr_column *column = &shape->columns[i];
        if (column->value >= DSMR_SHAPE_NUMBERS)
            continue;
        char *at = text + column->text.at;
        for (char *end = at + column->text.size; at < end && *at != '*'; at++) {
            *random = *random * 1664525 + 1013904223;
            if (*at >= '0' && *at <= '9')
                *at = (char)('0' + (*random >> 8) % 10);
        }
    }
}

static void scatter_all(struct buffer *stream)
{
    static struct path path;
    struct dsmr_telegram telegram;
    struct dsmr_row row;
    uint32_t random = 1;
    path_open(&path, DSMR_PORTABLE, true);
    dsmr_framer_push(&path.framer, stream->at, stream->size);
    while (dsmr_framer_next(&path.framer, &telegram) != DSMR_MORE) {
        char digits[8];
        char *text = stream->at + telegram.offset;
        if (dsmr_row_read(&row, &telegram, &path.channels, NULL) == DSMR_OK) {
            scatter(row.shape, text, &random);
            snprintf(digits, sizeof digits, "%04X",
                     (unsigned)dsmr_crc16(0, text, telegram.text.size));
            memcpy(text + telegram.text.size, digits, 4);
        } else {
            dsmr_channels_learn(&path.channels, &telegram, NULL);
        }
    }
}

static bool ways_agree(const struct buffer *stream)
{
    static struct paths paths;
    paths_open(&paths);
    for (size_t at = 0; at < stream->size && !paths.disagree; at += PIECE)
        paths_push(&paths, stream->at + at, stream->size - at < PIECE ? stream->size - at : PIECE);
    if (paths.disagree)
        printf("The ways differ in %s: nothing is measured.\n", paths.disagree);
    return !paths.disagree;
}

/* ------------------------------------------------------------------------------------------------
 * What is measured
 */

static void take_readings(struct outcome *outcome, const struct dsmr_telegram *telegram,
                          struct dsmr_channels *channels)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    enum dsmr_status status;
    dsmr_decode(&decoder, telegram, channels, NULL);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END) {
        outcome->readings += status == DSMR_OK;
        outcome->sum +=
            reading.type == DSMR_TYPE_TIME ? reading.time.unix_s : reading.number.mantissa;
    }
}

enum { VALUES = DSMR_SHAPE_NUMBERS + DSMR_SHAPE_TIMES };

/* What the columns of a shape are for is worked out once, as whoever writes rows to a table would; he too
 * would copy values that stand side by side at once. */
struct table {
    const struct dsmr_shape *shape;
    uint64_t serial;
    size_t readings;
    int64_t fixed; /* sum of what never varies */
    size_t count;
    struct run {
        uint16_t first, count;
    } runs[VALUES]; /* of values that vary and stand side by side */
};

static void find_runs(struct table *table, const bool varies[VALUES])
{
    for (size_t i = 0; i < VALUES; i++)
        if (varies[i] && i > 0 && varies[i - 1])
            table->runs[table->count - 1].count++;
        else if (varies[i])
            table->runs[table->count++] = (struct run){(uint16_t)i, 1};
}

static void work_out(struct table *table, const struct dsmr_shape *shape)
{
    bool varies[VALUES] = {false};
    *table = (struct table){.shape = shape, .serial = shape->serial};
    for (size_t i = 0; i < shape->count; i++) {
        const struct dsmr_column *column = &shape->columns[i];
        const struct dsmr_reading *known = &column->reading;
        table->readings += column->status == DSMR_OK;
        if (column->value != DSMR_COLUMN_NONE)
            varies[column->value] = true;
        else
            table->fixed +=
                known->type == DSMR_TYPE_TIME ? known->time.unix_s : known->number.mantissa;
    }
    find_runs(table, varies);
}

/* Four sums, none of which waits for another. */
static int64_t sum_run(const int64_t *values, size_t count)
{
    int64_t sums[4] = {0};
    size_t i = 0;
    for (; i + 4 <= count; i += 4)
        for (size_t j = 0; j < 4; j++)
            sums[j] += values[i + j];
    for (; i < count; i++)
        sums[0] += values[i];
    return sums[0] + sums[1] + sums[2] + sums[3];
}

static void take_row(struct outcome *outcome, const struct dsmr_row *row, struct table *table)
{
    if (table->serial != row->shape->serial || table->shape != row->shape)
        work_out(table, row->shape);
    int64_t sum = table->fixed;
    for (size_t i = 0; i < table->count; i++)
        sum += sum_run(&row->values[table->runs[i].first], table->runs[i].count);
    outcome->readings += table->readings;
    outcome->sum += sum;
}

static struct outcome decode(const struct buffer *stream, const struct route *way)
{
    static struct path path;
    struct dsmr_row row;
    struct table table = {0};
    struct outcome outcome = {0};
    struct dsmr_telegram telegram;
    path_open(&path, way->processor, way->shapes);
    for (size_t at = 0; at < stream->size; at += PIECE) {
        size_t rest = stream->size - at;
        dsmr_framer_push(&path.framer, stream->at + at, rest < PIECE ? rest : PIECE);
        while (dsmr_framer_next(&path.framer, &telegram) != DSMR_MORE) {
            if (telegram.status != DSMR_OK)
                continue;
            outcome.telegrams++;
            if (way->rows && dsmr_row_read(&row, &telegram, &path.channels, NULL) == DSMR_OK)
                take_row(&outcome, &row, &table);
            else
                take_readings(&outcome, &telegram, &path.channels);
        }
    }
    return outcome;
}

static uint16_t plain_table_crc(const struct buffer *stream)
{
    static uint16_t table[256];
    for (unsigned i = 0; i < 256; i++) {
        uint16_t entry = (uint16_t)i;
        for (int bit = 0; bit < 8; bit++)
            entry = (uint16_t)((entry & 1) != 0 ? entry >> 1 ^ 0xA001 : entry >> 1);
        table[i] = entry;
    }
    uint16_t crc = 0;
    for (size_t i = 0; i < stream->size; i++)
        crc = (uint16_t)(crc >> 8 ^ table[(crc ^ (uint8_t)stream->at[i]) & 0xFF]);
    return crc;
}

/* ------------------------------------------------------------------------------------------------
 * The figures
 */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double seconds[RUNS])
{
    qsort(seconds, RUNS, sizeof *seconds, by_size);
    return seconds[RUNS / 2];
}

static void print_figure(const struct buffer *stream, const char *name, double seconds, double crc)
{
    printf("{\"name\":\"%s\",\"telegrams_per_s\":%.0f,\"ns\":%.1f,\"gb_per_s\":%.2f,"
           "\"ratio_to_table_crc\":%.2f}\n",
           name, TELEGRAMS / seconds, seconds / TELEGRAMS * 1e9,
           (double)stream->size / seconds * 1e-9, crc / seconds);
}

static bool measure(const struct buffer *stream, struct route *ways, size_t count)
{
    double crc[RUNS], copy[RUNS];
    const struct route exact = {.processor = DSMR_PORTABLE};
    struct outcome wanted = decode(stream, &exact);
    char *room = large_pages(stream->size);
    bool same = room != NULL;
    unsigned check = 0;
    for (int run = 0; run < RUNS && same; run++) {
        double start = now();
        check += plain_table_crc(stream);
        crc[run] = now() - start;
        start = now();
        memcpy(room, stream->at, stream->size);
        copy[run] = now() - start;
        check += (unsigned char)room[check % stream->size];
        for (size_t i = 0; i < count; i++) {
            start = now();
            struct outcome got = decode(stream, &ways[i]);
            ways[i].seconds[run] = now() - start;
            same = same && got.telegrams == TELEGRAMS && got.readings == wanted.readings &&
                   got.sum == wanted.sum;
        }
    }
    free(room);
    if (!same) {
        printf("The ways do not give the same.\n");
        return false;
    }
    printf("%d telegrams of %zu bytes and %zu readings; check %u\n", TELEGRAMS,
           stream->size / TELEGRAMS, wanted.readings / TELEGRAMS, check);
    double table = median(crc);
    print_figure(stream, "table-crc", table, table);
    print_figure(stream, "memcpy", median(copy), table);
    for (size_t i = 0; i < count; i++)
        print_figure(stream, ways[i].name, median(ways[i].seconds), table);
    return true;
}

int main(void)
{
    unsigned processor = dsmr_processor();
    struct route ways[] = {
        {.name = "decode/exact", .processor = DSMR_PORTABLE},
        {.name = "decode/portable", .processor = DSMR_PORTABLE, .shapes = true},
        {.name = "decode/native", .processor = processor, .shapes = true},
        {.name = "decode/bulk-portable", .processor = DSMR_PORTABLE, .shapes = true, .rows = true},
        {.name = "decode/bulk-native", .processor = processor, .shapes = true, .rows = true},
    };
    struct route scattered[] = {
        {.name = "scattered/portable", .processor = DSMR_PORTABLE, .shapes = true},
        {.name = "scattered/native", .processor = processor, .shapes = true},
        {.name = "scattered/bulk-portable",
         .processor = DSMR_PORTABLE,
         .shapes = true,
         .rows = true},
        {.name = "scattered/bulk-native", .processor = processor, .shapes = true, .rows = true},
    };
    struct buffer stream = simulate(), other = {0};
    buffer_add(&other, stream.at, stream.size);
    move_to_large_pages(&stream);
    move_to_large_pages(&other);
    scatter_all(&other);
    bool good = ways_agree(&stream) && ways_agree(&other) &&
                measure(&other, scattered, sizeof scattered / sizeof scattered[0]) &&
                measure(&stream, ways, sizeof ways / sizeof ways[0]);
    buffer_free(&stream);
    buffer_free(&other);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
