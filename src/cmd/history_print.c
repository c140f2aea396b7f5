/* SPDX-License-Identifier: MIT */
#include "cmd/history_print.h"

#include "core/buffer.h"
#include "core/json_writer.h"

#include <stdio.h>
#include <string.h>

static void print_time(struct buffer *out, int64_t at, struct dsmr_zone zone, char gap)
{
    struct dsmr_time time;
    char text[DSMR_TIME_SIZE];
    dsmr_time_from_unix(at, zone, &time);
    dsmr_time_print(&time, text);
    if (gap != 'T') { /* for people: no T, no offset */
        text[10] = gap;
        text[19] = '\0';
    }
    buffer_add_text(out, text);
}

static void print_number(struct buffer *out, struct dsmr_number number)
{
    char text[DSMR_NUMBER_SIZE];
    dsmr_number_print(number, text);
    buffer_add_text(out, text);
}

/* ------------------------------------------------------------------------------------------------
 * For people
 */

static int width_of(const struct history_series *series)
{
    int size = (int)strlen(series->item);
    return size < 12 ? 12 : size;
}

static void head_of_table(struct buffer *out, const struct history_answer *answer)
{
    buffer_print(out, "%-19s", "from");
    for (size_t i = 0; i < answer->count; i++)
        buffer_print(out, "  %*s", width_of(&answer->series[i]), answer->series[i].item);
    buffer_print(out, "\n%-19s", "");
    for (size_t i = 0; i < answer->count; i++)
        buffer_print(out, "  %*s", width_of(&answer->series[i]),
                     dsmr_unit_name(answer->series[i].unit));
    buffer_add_text(out, "\n");
}

static bool is_empty(const struct history_answer *answer, size_t place)
{
    for (size_t i = 0; i < answer->count; i++)
        if (answer->series[i].at[place].present)
            return false;
    return true;
}

static void row_of_table(struct buffer *out, const struct history_answer *answer, size_t place)
{
    if (is_empty(answer, place))
        return;
    print_time(out, answer->series[0].at[place].start, answer->zone, ' ');
    for (size_t i = 0; i < answer->count; i++) {
        const struct history_series *series = &answer->series[i];
        const struct history_point *point = &series->at[place];
        char text[DSMR_NUMBER_SIZE] = "-";
        if (point->present)
            dsmr_number_print(series->kind == HISTORY_COUNTER ? point->used : point->mean, text);
        buffer_print(out, "  %*s", width_of(series), text);
    }
    buffer_add_text(out, "\n");
}

/* ------------------------------------------------------------------------------------------------
 * For programs
 */

static void head_of_csv(struct buffer *out, const struct history_answer *answer)
{
    buffer_add_text(out, "start,end");
    for (size_t i = 0; i < answer->count; i++) {
        const struct history_series *series = &answer->series[i];
        if (series->kind == HISTORY_COUNTER)
            buffer_print(out, ",%s used,%s first,%s last", series->item, series->item,
                         series->item);
        else
            buffer_print(out, ",%s mean,%s least,%s greatest", series->item, series->item,
                         series->item);
    }
    buffer_add_text(out, "\n");
}

static void row_of_csv(struct buffer *out, const struct history_answer *answer, size_t place)
{
    print_time(out, answer->series[0].at[place].start, answer->zone, 'T');
    buffer_add_text(out, ",");
    print_time(out, answer->series[0].at[place].end, answer->zone, 'T');
    for (size_t i = 0; i < answer->count; i++) {
        const struct history_point *point = &answer->series[i].at[place];
        bool counter = answer->series[i].kind == HISTORY_COUNTER;
        if (!point->present) {
            buffer_add_text(out, ",,,");
            continue;
        }
        buffer_add_text(out, ",");
        print_number(out, counter ? point->used : point->mean);
        buffer_add_text(out, ",");
        print_number(out, counter ? point->first : point->least);
        buffer_add_text(out, ",");
        print_number(out, counter ? point->last : point->greatest);
    }
    buffer_add_text(out, "\n");
}

static void member(struct json *json, const char *name, struct dsmr_number number)
{
    json_name(json, name);
    json_number(json, number);
}

static void row_of_json(struct buffer *out, const struct history_answer *answer, size_t place)
{
    struct json json = {.out = out};
    struct dsmr_time time;
    json_open(&json, '{');
    json_name(&json, "start");
    dsmr_time_from_unix(answer->series[0].at[place].start, answer->zone, &time);
    json_time(&json, &time);
    json_name(&json, "end");
    dsmr_time_from_unix(answer->series[0].at[place].end, answer->zone, &time);
    json_time(&json, &time);
    for (size_t i = 0; i < answer->count; i++) {
        const struct history_point *point = &answer->series[i].at[place];
        bool counter = answer->series[i].kind == HISTORY_COUNTER;
        json_name(&json, answer->series[i].item);
        if (!point->present) {
            json_null(&json);
            continue;
        }
        json_open(&json, '{');
        member(&json, counter ? "used" : "mean", counter ? point->used : point->mean);
        member(&json, counter ? "first" : "least", counter ? point->first : point->least);
        member(&json, counter ? "last" : "greatest", counter ? point->last : point->greatest);
        json_close(&json, '}');
    }
    json_close(&json, '}');
    buffer_add_text(out, "\n");
}

void history_print(const struct history_answer *answer, enum history_format format)
{
    struct buffer out = {0};
    if (answer->count == 0)
        return;
    if (format == HISTORY_TABLE)
        head_of_table(&out, answer);
    else if (format == HISTORY_CSV)
        head_of_csv(&out, answer);
    for (size_t i = 0; i < answer->series[0].count; i++) {
        if (format == HISTORY_TABLE)
            row_of_table(&out, answer, i);
        else if (format == HISTORY_CSV)
            row_of_csv(&out, answer, i);
        else
            row_of_json(&out, answer, i);
        if (out.size > 0)
            fwrite(out.at, 1, out.size, stdout);
        buffer_clear(&out);
    }
    buffer_free(&out);
}

void history_print_extent(const struct history_extent *extent, const char *path)
{
    printf("%s: %.1f MB\n", path, (double)extent->bytes / 1e6);
    for (size_t i = 0; i < extent->meter_count; i++) {
        const struct history_meter *meter = &extent->meters[i];
        struct buffer text = {0};
        print_time(&text, meter->first, meter->zone, ' ');
        buffer_add_text(&text, " to ");
        print_time(&text, meter->last, meter->zone, ' ');
        buffer_print(&text, ", %zu items:", meter->item_count);
        for (size_t k = 0; k < meter->item_count; k++)
            buffer_print(&text, " %s", meter->items[k].id);
        printf("%s: %s\n", meter->name, text.at);
        buffer_free(&text);
    }
}
