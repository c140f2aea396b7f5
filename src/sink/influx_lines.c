/* SPDX-License-Identifier: MIT */
#include "sink/influx_lines.h"

#include "core/utf8.h"
#include "sink/plain_text.h"

#include <stdio.h>
#include <string.h>

/* A line that is begun with its first field. */
struct line {
    struct buffer *out;
    const char *measurement;
    const char *meter;
    bool begun;
};

void influx_name(struct buffer *out, const char *name)
{
    size_t size = strlen(name);
    if (size == 0)
        buffer_add_text(out, "?");
    for (size_t i = 0; i < size;) {
        size_t character = utf8_character(name + i, size - i);
        bool bad = character == 0 || (unsigned char)name[i] < 0x20 || name[i] == 0x7F;
        if (bad || (i == 0 && name[i] == '#'))
            buffer_add_text(out, "?");
        else if (name[i] == '\\')
            buffer_add_text(out, "/");
        else if (strchr(", =", name[i]) != NULL)
            buffer_print(out, "\\%c", name[i]);
        else
            buffer_add(out, name + i, character);
        i += bad ? 1 : character;
    }
}

void influx_string(struct buffer *out, struct dsmr_text text)
{
    struct buffer plain = {0};
    plain_text(&plain, text);
    buffer_add_text(out, "\"");
    for (size_t i = 0; i < plain.size; i++) {
        if (plain.at[i] == '"' || plain.at[i] == '\\')
            buffer_add_text(out, "\\");
        buffer_add(out, &plain.at[i], 1);
    }
    buffer_add_text(out, "\"");
    buffer_free(&plain);
}

static void add_number(struct buffer *out, struct dsmr_number number)
{
    char printed[DSMR_NUMBER_SIZE];
    buffer_add(out, printed, dsmr_number_print(number, printed));
}

/* The name of a field; what it is follows behind suffix. */
static void begin_field(struct line *line, dsmr_item item, const char *suffix)
{
    if (!line->begun) {
        influx_name(line->out, line->measurement);
        buffer_add_text(line->out, ",meter=");
        influx_name(line->out, line->meter);
    }
    buffer_print(line->out, "%s%s%s=", line->begun ? "," : " ", dsmr_item_id(item), suffix);
    line->begun = true;
}

static void end_line(struct line *line, int64_t unix_s)
{
    if (line->begun)
        buffer_print(line->out, " %lld\n", (long long)unix_s);
    line->begun = false;
}

static void add_value(struct buffer *out, const struct dsmr_reading *reading)
{
    char printed[DSMR_TIME_SIZE];
    switch (reading->type) {
    case DSMR_TYPE_NUMBER:
        add_number(out, reading->number);
        break;
    case DSMR_TYPE_TIME:
        dsmr_time_print(&reading->time, printed);
        buffer_print(out, "\"%s\"", printed);
        break;
    case DSMR_TYPE_TEXT:
        influx_string(out, reading->text);
        break;
    }
}

static const struct spread *spread_of(const struct readings *readings, size_t place)
{
    for (size_t i = 0; i < readings->spread_count; i++)
        if (readings->spreads[i].reading == place)
            return &readings->spreads[i];
    return NULL;
}

static void add_field(struct line *line, const struct readings *readings, size_t place)
{
    const struct dsmr_reading *reading = &readings->at[place];
    const struct spread *spread = spread_of(readings, place);
    begin_field(line, reading->item, "");
    add_value(line->out, reading);
    if (spread == NULL)
        return;
    begin_field(line, reading->item, "_least");
    add_number(line->out, spread->least);
    begin_field(line, reading->item, "_greatest");
    add_number(line->out, spread->greatest);
}

/* Of a device that reads by itself, as gas meters do each hour. */
static bool has_own_time(const struct dsmr_reading *reading)
{
    return reading->channel > 0 && reading->has_time && reading->type != DSMR_TYPE_TIME;
}

static bool is_time_of_telegram(const struct dsmr_reading *reading)
{
    return reading->type == DSMR_TYPE_TIME &&
           strcmp(dsmr_item_id(reading->item), "P1Timestamp") == 0;
}

static bool is_sent_at(const struct readings *readings, size_t place, int64_t unix_s)
{
    const struct dsmr_reading *reading = &readings->at[place];
    return readings_send(readings, place) && has_own_time(reading) &&
           reading->time.unix_s == unix_s;
}

/* All values of that time in one line, when this is the first of them. */
static void add_line_of(struct line *line, const struct readings *readings, size_t place)
{
    int64_t unix_s = readings->at[place].time.unix_s;
    for (size_t i = 0; i < place; i++)
        if (is_sent_at(readings, i, unix_s))
            return;
    for (size_t i = place; i < readings->count; i++)
        if (is_sent_at(readings, i, unix_s))
            add_field(line, readings, i);
    end_line(line, unix_s);
}

void influx_lines(struct buffer *out, const char *measurement, const struct readings *readings)
{
    struct line line = {.out = out, .measurement = measurement, .meter = readings->meter};
    for (size_t i = 0; i < readings->count; i++)
        if (readings_send(readings, i) && !has_own_time(&readings->at[i]) &&
            !is_time_of_telegram(&readings->at[i]))
            add_field(&line, readings, i);
    end_line(&line, readings->has_time ? readings->time.unix_s : readings->received_ms / 1000);
    for (size_t i = 0; i < readings->count; i++)
        if (readings_send(readings, i) && has_own_time(&readings->at[i]))
            add_line_of(&line, readings, i);
}

char *influx_url(const char *url)
{
    static const char name[] = "precision=";
    size_t size = strcspn(url, "#");
    const char *query = memchr(url, '?', size);
    const char *precision = strstr(url, "/api/v3/") != NULL ? "second" : "s";
    struct buffer made = {0};
    buffer_add(&made, url, query != NULL ? (size_t)(query - url) : size);
    buffer_add_text(&made, "?");
    while (query != NULL) {
        const char *part = query + 1;
        size_t length = strcspn(part, "&#");
        if (length > 0 && strncmp(part, name, strlen(name)) != 0) {
            buffer_add(&made, part, length);
            buffer_add_text(&made, "&");
        }
        query = part[length] == '&' ? part + length : NULL;
    }
    buffer_print(&made, "%s%s", name, precision);
    return made.at;
}
