/* SPDX-License-Identifier: MIT */
#include "http/history_text.h"

#include "core/json_writer.h"

static void write_moment(struct json *json, const char *name, int64_t moment, struct dsmr_zone zone)
{
    struct dsmr_time time;
    dsmr_time_from_unix(moment, zone, &time);
    json_name(json, name);
    json_time(json, &time);
}

/* The edges of the steps: one more than there are. */
static void write_times(struct json *json, const struct history_series *series)
{
    json_name(json, "times");
    json_open(json, '[');
    for (size_t i = 0; i < series->count; i++)
        json_integer(json, series->at[i].start);
    if (series->count > 0)
        json_integer(json, series->at[series->count - 1].end);
    json_close(json, ']');
}

enum column { MEAN, LEAST, GREATEST, USED, READING };

static struct dsmr_number number_of(const struct history_point *point, enum column column)
{
    switch (column) {
    case MEAN:
        return point->mean;
    case LEAST:
        return point->least;
    case GREATEST:
        return point->greatest;
    case USED:
        return point->used;
    case READING:
        break;
    }
    return point->last;
}

static void write_column(struct json *json, const char *name, const struct history_series *series,
                         enum column column)
{
    json_name(json, name);
    json_open(json, '[');
    for (size_t i = 0; i < series->count; i++) {
        if (series->at[i].present)
            json_number(json, number_of(&series->at[i], column));
        else
            json_null(json);
    }
    json_close(json, ']');
}

static void write_series(struct json *json, const struct history_series *series)
{
    json_open(json, '{');
    json_name(json, "id");
    json_word(json, series->item);
    json_name(json, "kind");
    json_word(json, series->kind == HISTORY_COUNTER ? "counter" : "fluctuating");
    json_name(json, "unit");
    json_word(json, dsmr_unit_name(series->unit));
    if (series->kind == HISTORY_COUNTER) {
        write_column(json, "used", series, USED);
        write_column(json, "reading", series, READING);
    } else {
        write_column(json, "mean", series, MEAN);
        write_column(json, "least", series, LEAST);
        write_column(json, "greatest", series, GREATEST);
    }
    json_close(json, '}');
}

void history_json(struct buffer *out, const struct history_head *head,
                  const struct history_answer *answer)
{
    struct json json = {.out = out};
    json_open(&json, '{');
    json_name(&json, "meter");
    json_utf8(&json, head->meter);
    json_name(&json, "zone");
    json_utf8(&json, head->zone);
    json_name(&json, "step");
    json_word(&json, head->step);
    write_moment(&json, "from", head->from, answer->zone);
    write_moment(&json, "to", head->to, answer->zone);
    write_times(&json, &answer->series[0]);
    json_name(&json, "series");
    json_open(&json, '[');
    for (size_t i = 0; i < answer->count; i++)
        write_series(&json, &answer->series[i]);
    json_close(&json, ']');
    json_close(&json, '}');
}

/* ------------------------------------------------------------------------------------------------
 * CSV, as RFC 4180 has it: nothing here needs quotation marks
 */

static void add_headings(struct buffer *out, const struct history_series *series)
{
    const char *unit = dsmr_unit_name(series->unit);
    const char *between = *unit != '\0' ? " " : "";
    static const char *const counter[] = {"used", "reading", NULL};
    static const char *const fluctuating[] = {"mean", "least", "greatest", NULL};
    const char *const *names = series->kind == HISTORY_COUNTER ? counter : fluctuating;
    for (; *names; names++)
        buffer_print(out, ",%s %s%s%s", series->item, *names, between, unit);
}

static void add_cells(struct buffer *out, const struct history_series *series, size_t place)
{
    bool counter = series->kind == HISTORY_COUNTER;
    const struct history_point *point = &series->at[place];
    for (enum column column = counter ? USED : MEAN; column <= (counter ? READING : GREATEST);
         column++) {
        char text[DSMR_NUMBER_SIZE] = "";
        if (point->present)
            dsmr_number_print(number_of(point, column), text);
        buffer_print(out, ",%s", text);
    }
}

void history_csv(struct buffer *out, const struct history_answer *answer)
{
    buffer_add_text(out, "time");
    for (size_t i = 0; i < answer->count; i++)
        add_headings(out, &answer->series[i]);
    buffer_add_text(out, "\r\n");
    for (size_t place = 0; place < answer->series[0].count; place++) {
        struct dsmr_time time;
        char text[DSMR_TIME_SIZE];
        dsmr_time_from_unix(answer->series[0].at[place].start, answer->zone, &time);
        dsmr_time_print(&time, text);
        buffer_add_text(out, text);
        for (size_t i = 0; i < answer->count; i++)
            add_cells(out, &answer->series[i], place);
        buffer_add_text(out, "\r\n");
    }
}
