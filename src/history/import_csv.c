/* SPDX-License-Identifier: MIT */
/*
 * CSV of others, told apart by the first line:
 *
 *   entity_id,state,last_changed     Home Assistant, "download data" of the history page
 *   anything else                    DSMR-reader's export of days or hours
 *
 * DSMR-reader's columns have titles in the user's language, so their order counts: day or start of the
 * hour, then what was used of electricity 1 and 2, returned 1 and 2, and gas. Days of newer versions also
 * have readings, of the start of the day: in 18 columns the 13th to 16th and the 18th, behind the time of
 * each; in 16 columns, as before that, the 12th to 16th. Readings are taken where they are; else amounts
 * are added up.
 */
#include "core/memory.h"
#include "history/calendar.h"
#include "history/importer.h"
#include "history/moment.h"
#include "history/recorder.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 32, LINE_MAX_BYTES = 65536, AMOUNTS = 5, GAS = AMOUNTS - 1, METERS = 2 };

struct csv {
    const struct import_setup *setup;
    struct import_counts *counts;
    struct importer *importer;
    struct dsmr_zone zone;
    char *line;
    size_t capacity;
    char *fields[FIELDS_MAX];
    size_t count;
    dsmr_item items[AMOUNTS];
    struct dsmr_number sums[AMOUNTS]; /* what the next readings are without readings */
    bool known[AMOUNTS];
    bool read[METERS]; /* electricity and gas: the sums are readings, not added up from nothing */
    int64_t end;       /* of the last row: the sums are of then */
};

/* ------------------------------------------------------------------------------------------------
 * Lines
 */

/* Ends the field at at, and takes quotes off; returns what stands behind it. */
static char *end_field(char *at)
{
    char *out = at;
    bool quoted = *at == '"';
    if (quoted)
        at++;
    while (*at != '\0' && (quoted || (*at != ',' && *at != ';'))) {
        if (quoted && *at == '"') {
            if (at[1] != '"') {
                quoted = false;
                at++;
                continue;
            }
            at++;
        }
        *out++ = *at++;
    }
    bool more = *at != '\0';
    *out = '\0';
    return more ? at + 1 : NULL;
}

static void split(struct csv *csv)
{
    char *at = csv->line;
    csv->count = 0;
    while (at && csv->count < FIELDS_MAX) {
        csv->fields[csv->count++] = at;
        at = end_field(at);
    }
}

/* The next line that has something in it, split; false at the end. */
static bool next_line(struct csv *csv, FILE *file)
{
    ssize_t size;
    while ((size = getline(&csv->line, &csv->capacity, file)) >= 0) {
        while (size > 0 && strchr("\r\n", csv->line[size - 1]))
            csv->line[--size] = '\0';
        if (size == 0 || size > LINE_MAX_BYTES || strlen(csv->line) != (size_t)size)
            continue;
        split(csv);
        return true;
    }
    return false;
}

/* 22-11-2026 13:00 is as good as 2026-11-22 13:00. */
static bool moment(const struct csv *csv, const char *text, int64_t *at)
{
    char turned[32];
    size_t size = strlen(text);
    bool day_first =
        size >= 10 && size < sizeof turned && strchr("-/.", text[2]) && text[5] == text[2];
    if (!day_first)
        return moment_parse(text, csv->zone, at) && strchr(text, '-');
    snprintf(turned, sizeof turned, "%.4s-%.2s-%.2s%s", text + 6, text + 3, text, text + 10);
    return moment_parse(turned, csv->zone, at);
}

/* ------------------------------------------------------------------------------------------------
 * DSMR-reader
 */

static bool field_number(const struct csv *csv, size_t field, struct dsmr_number *number)
{
    if (field >= csv->count)
        return false;
    const char *text = csv->fields[field];
    return text[0] != '\0' &&
           dsmr_number_parse((struct dsmr_text){text, strlen(text)}, number) == DSMR_OK &&
           number->decimals <= 9 && number->mantissa >= 0;
}

static bool add(struct dsmr_number *sum, struct dsmr_number number)
{
    uint8_t decimals = sum->decimals > number.decimals ? sum->decimals : number.decimals;
    struct dsmr_number total = *sum;
    if (!row_scale(&total.mantissa, total.decimals, decimals) ||
        !row_scale(&number.mantissa, number.decimals, decimals) ||
        __builtin_add_overflow(total.mantissa, number.mantissa, &total.mantissa))
        return false;
    total.decimals = decimals;
    *sum = total;
    return true;
}

/* Whose readings these are: amounts must never be taken for what a meter showed. */
static struct dsmr_reading equipment(const struct csv *csv, size_t meter)
{
    const char *id = meter == 0 ? "eEquipmentId" : "gEquipmentId";
    const char *text = csv->read[meter] ? "" : EQUIPMENT_AMOUNTS;
    return (struct dsmr_reading){
        .item = dsmr_item_find((struct dsmr_text){id, strlen(id)}),
        .type = DSMR_TYPE_TEXT,
        .text = {text, strlen(text)},
    };
}

/* Hands the readings on as of that moment. */
static bool put(struct csv *csv, int64_t at, char **error)
{
    struct dsmr_reading readings[METERS + AMOUNTS] = {0};
    size_t count = 0;
    for (size_t i = 0; i < METERS; i++)
        readings[count++] = equipment(csv, i);
    for (size_t i = 0; i < AMOUNTS; i++) {
        if (!csv->known[i])
            continue;
        readings[count++] = (struct dsmr_reading){
            .item = csv->items[i],
            .type = DSMR_TYPE_NUMBER,
            .number = csv->sums[i],
            .has_time = i == GAS, /* gas meters have times of their own */
            .time = {.unix_s = at},
        };
    }
    return importer_take(csv->importer, &(struct readings){.at = readings, .count = count}, at,
                         error);
}

/* Amounts that are no numbers; what is empty is none. */
static uint64_t useless_cells(const struct csv *csv)
{
    struct dsmr_number number;
    uint64_t count = 0;
    for (size_t i = 1; i <= AMOUNTS; i++)
        count += csv->fields[i][0] != '\0' && !field_number(csv, i, &number) ? 1 : 0;
    return count;
}

/* Where the row has its readings; NULL when it has none. */
static const size_t *reading_fields(const struct csv *csv)
{
    static const size_t timed[AMOUNTS] = {12, 13, 14, 15, 17};
    static const size_t plain[AMOUNTS] = {11, 12, 13, 14, 15};
    return csv->count >= 18 ? timed : csv->count == 16 ? plain : NULL;
}

/* Takes over the readings of a row. Where there were amounts up to now, those end here as a whole. */
static bool take_readings(struct csv *csv, char **error)
{
    const size_t *fields = reading_fields(csv);
    struct dsmr_number reading;
    for (size_t i = 0; fields && i < AMOUNTS; i++) {
        bool *read = &csv->read[i == GAS];
        if (!field_number(csv, fields[i], &reading) || reading.mantissa == 0)
            continue;
        if (csv->known[i] && !*read &&
            (!put(csv, csv->end, error) || !importer_finish(csv->importer, error)))
            return false;
        csv->sums[i] = reading;
        csv->known[i] = *read = true;
    }
    return true;
}

static bool take_row(struct csv *csv, int64_t start, int64_t end, char **error)
{
    struct dsmr_number amount;
    if (csv->end != 0 && csv->end < start && !put(csv, csv->end, error))
        return false;
    if (!take_readings(csv, error))
        return false;
    for (size_t i = 0; i < AMOUNTS; i++)
        csv->known[i] |= field_number(csv, i + 1, &amount);
    if (!put(csv, start, error))
        return false;
    for (size_t i = 0; i < AMOUNTS; i++)
        if (field_number(csv, i + 1, &amount) && !add(&csv->sums[i], amount))
            csv->counts->unusable++;
    csv->end = end;
    return true;
}

/* An hour that the clock shows twice, in autumn: the file does not tell which of the two it is. */
static bool comes_twice(struct dsmr_zone zone, int64_t start)
{
    struct dsmr_time first;
    struct dsmr_time second;
    dsmr_time_from_unix(start, zone, &first);
    dsmr_time_from_unix(start + STEP_HOUR, zone, &second);
    return first.hour == second.hour;
}

static bool take_dsmr_reader(struct csv *csv, FILE *file, char **error)
{
    static const char *const ids[AMOUNTS] = {"eDeliveryTariff1", "eDeliveryTariff2",
                                             "eProductionTariff1", "eProductionTariff2", "gValue"};
    for (size_t i = 0; i < AMOUNTS; i++)
        csv->items[i] = dsmr_item_find((struct dsmr_text){ids[i], strlen(ids[i])});
    do {
        int64_t start;
        if (csv->count < 1 + AMOUNTS || !moment(csv, csv->fields[0], &start)) {
            csv->counts->unusable++;
            continue;
        }
        bool day = strlen(csv->fields[0]) == 10;
        int64_t length = day ? STEP_DAY : STEP_HOUR;
        if (!csv->importer)
            csv->importer = importer_new(csv->setup, length, csv->counts);
        if (!day && start == csv->end - length && comes_twice(csv->zone, start))
            start = csv->end;
        if (start <= csv->end - length) {
            csv->counts->unusable++; /* not in order of time */
            continue;
        }
        int64_t end = calendar_row_end(csv->zone, length, start);
        if (importer_is_future(csv->counts, end))
            continue;
        csv->counts->cells += useless_cells(csv);
        if (!take_row(csv, start, end, error))
            return false;
    } while (next_line(csv, file));
    return !csv->importer || (put(csv, csv->end, error) && importer_finish(csv->importer, error));
}

/* ------------------------------------------------------------------------------------------------
 * Home Assistant
 */

/* One state of a sensor. */
struct state {
    int64_t at;
    dsmr_item item;
    struct dsmr_number number;
};

static int by_time(const void *a, const void *b)
{
    const struct state *x = a;
    const struct state *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static bool take_states(struct csv *csv, struct state *states, size_t count, char **error)
{
    qsort(states, count, sizeof *states, by_time);
    csv->importer = importer_new(csv->setup, STEP_QUARTER, csv->counts);
    for (size_t i = 0; i < count; i++) {
        const struct dsmr_item_info *info = dsmr_item_info(states[i].item);
        bool own_time = info->kind != DSMR_KIND_ELECTRICITY;
        struct dsmr_reading reading = {
            .item = states[i].item,
            .type = DSMR_TYPE_NUMBER,
            .number = states[i].number,
            .has_time = own_time,
            .time = {.unix_s = states[i].at},
        };
        /* Several sensors of one second: the later ones a second later would be wrong, all in one. */
        struct dsmr_reading together[16];
        size_t size = 0;
        together[size++] = reading;
        while (i + 1 < count && states[i + 1].at == states[i].at && size < 16) {
            i++;
            together[size] = reading;
            together[size].item = states[i].item;
            together[size].has_time = dsmr_item_info(states[i].item)->kind != DSMR_KIND_ELECTRICITY;
            together[size++].number = states[i].number;
        }
        if (!importer_take(csv->importer, &(struct readings){.at = together, .count = size},
                           states[i].at, error))
            return false;
    }
    return importer_finish(csv->importer, error);
}

static bool take_homeassistant(struct csv *csv, FILE *file, char **error)
{
    struct state *states = NULL;
    size_t count = 0;
    while (next_line(csv, file)) {
        struct state state;
        state.item = csv->count < 3 ? DSMR_ITEM_NONE : import_item_of(csv->setup, csv->fields[0]);
        if (state.item == DSMR_ITEM_NONE) {
            csv->counts->unknown++;
            continue;
        }
        if (!moment(csv, csv->fields[2], &state.at) ||
            !import_number(csv->fields[1], NULL, state.item, &state.number)) {
            csv->counts->unusable++;
            continue;
        }
        if ((count & (count - 1)) == 0)
            states = memory_grow(states, count == 0 ? 1 : count * 2, sizeof *states);
        states[count++] = state;
    }
    bool good = count == 0 || take_states(csv, states, count, error);
    free(states);
    return good;
}

bool import_csv(const struct import_setup *setup, FILE *file, struct import_counts *counts,
                char **error)
{
    struct csv *csv = memory_new(1, sizeof *csv);
    bool good = true;
    csv->setup = setup;
    csv->counts = counts;
    csv->zone = setup->has_zone ? setup->zone : dsmr_zone_default;
    if (next_line(csv, file)) {
        bool states = csv->count >= 3 && strcmp(csv->fields[0], "entity_id") == 0;
        if (states)
            good = take_homeassistant(csv, file, error);
        else if (next_line(csv, file)) /* behind the titles */
            good = take_dsmr_reader(csv, file, error);
    }
    importer_free(csv->importer);
    free(csv->line);
    free(csv);
    return good;
}
