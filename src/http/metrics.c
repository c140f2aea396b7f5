/* SPDX-License-Identifier: MIT */
#include "http/metrics.h"

#include "core/utf8.h"

#include <ctype.h>
#include <string.h>

enum metric_type { COUNTER, GAUGE };

struct metric {
    const char *name; /* without dsmr_ and without its unit */
    const char *unit;
    int factor;
    int power; /* of ten */
    enum metric_type type;
    const char *label; /* "" when there is one item only */
    const char *items;
    const char *help;
};

static const struct metric metrics[] = {
#define METRIC(name, unit, factor, power, type, label, items, help)                                \
    {name, unit, factor, power, type, label, items, help},
#include "http/metrics.def"
#undef METRIC
};

/* ------------------------------------------------------------------------------------------------
 * The text
 */

static void add_escaped(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            buffer_add(out, "\\", 1);
        buffer_add(out, text, 1);
    }
}

/* The older form names samples, and has neither units nor info. */
void metrics_family(const struct metrics_text *text, const char *name, const char *unit,
                    const char *type, const char *help)
{
    struct buffer *out = text->out;
    bool info = strcmp(type, "info") == 0;
    const char *end = strcmp(type, "counter") == 0 ? "_total" : info ? "_info" : "";
    if (!text->older)
        end = "";
    buffer_print(out, "# TYPE %s%s %s\n", name, end, text->older && info ? "gauge" : type);
    if (*unit != '\0' && !text->older)
        buffer_print(out, "# UNIT %s %s\n", name, unit);
    buffer_print(out, "# HELP %s%s ", name, end);
    add_escaped(out, help);
    buffer_add(out, "\n", 1);
}

void metrics_end(const struct metrics_text *text)
{
    if (!text->older)
        buffer_add_text(text->out, "# EOF\n");
}

static void add_character(struct buffer *out, const char *at, size_t size)
{
    unsigned char byte = (unsigned char)*at;
    if (size > 1)
        buffer_add(out, at, size);
    else if (size == 1 && byte == '\n')
        buffer_add(out, "\\n", 2);
    else if (size == 1)
        add_escaped(out, (const char[]){*at, '\0'});
    else
        buffer_add(out, (const char[]){(char)(0xC0 | byte >> 6), (char)(0x80 | (byte & 0x3F))}, 2);
}

void metrics_label(struct buffer *out, const char *text, size_t size)
{
    buffer_add(out, "\"", 1);
    for (size_t i = 0; i < size;) {
        size_t length = utf8_character(text + i, size - i);
        if (length > 0 || (unsigned char)text[i] >= 0x80)
            add_character(out, text + i, length);
        i += length > 0 ? length : 1; /* control characters are left out */
    }
    buffer_add(out, "\"", 1);
}

/* ------------------------------------------------------------------------------------------------
 * Readings
 */

/* The rest of the id where it is a label's value, "" where it is the item itself; NULL for others. */
static const char *rest_of(const struct metric *metric, const char *id)
{
    size_t size = strlen(metric->items);
    if (strncmp(id, metric->items, size) != 0)
        return NULL;
    const char *rest = id + size;
    if (*metric->label == '\0')
        return *rest == '\0' ? rest : NULL;
    const char *digits = strcmp(metric->label, "phase") == 0 && *rest == 'L' ? rest + 1 : rest;
    return *digits != '\0' && digits[strspn(digits, "0123456789")] == '\0' ? rest : NULL;
}

/* In base units. False for what is too large to be true. */
static bool in_base(const struct metric *metric, struct dsmr_number *number)
{
    return !__builtin_mul_overflow(number->mantissa, metric->factor, &number->mantissa) &&
           dsmr_number_scale(number, metric->power) == DSMR_OK;
}

static void add_sample(struct buffer *out, const struct metric *metric, const char *name,
                       const struct board_meter *meter, const struct dsmr_reading *reading)
{
    const char *rest = rest_of(metric, dsmr_item_id(reading->item));
    struct dsmr_number number = reading->number;
    char text[DSMR_NUMBER_SIZE];
    if (!rest || reading->type != DSMR_TYPE_NUMBER || reading->superseded ||
        !in_base(metric, &number) || (metric->type == COUNTER && number.mantissa < 0))
        return;
    dsmr_number_print(number, text);
    buffer_print(out, "%s%s{meter=", name, metric->type == COUNTER ? "_total" : "");
    metrics_label(out, meter->name, strlen(meter->name));
    if (reading->channel > 0)
        buffer_print(out, ",channel=\"%d\"", reading->channel);
    if (*rest != '\0')
        buffer_print(out, ",%s=\"%s\"", metric->label, rest);
    buffer_print(out, "} %s\n", text);
}

static void add_meter(struct buffer *out, const struct metric *metric, const char *name,
                      const struct board_meter *meter, int64_t wall_ms)
{
    const struct snapshot *now = &meter->now;
    if (!now->present || wall_ms - now->received_ms > METRICS_STALE_MS)
        return;
    for (size_t i = 0; i < now->count; i++)
        add_sample(out, metric, name, meter, &now->at[i]);
}

/* A family that no meter has a sample of is left out. */
static void add_metric(const struct metrics_text *text, const struct metric *metric,
                       const struct board *board, int64_t wall_ms)
{
    const struct board_meter *meter;
    struct buffer samples = {0}, name = {0};
    buffer_print(&name, "dsmr_%s%s%s", metric->name, *metric->unit != '\0' ? "_" : "",
                 metric->unit);
    for (size_t place = 0; (meter = board_next(board, &place)) != NULL;)
        add_meter(&samples, metric, name.at, meter, wall_ms);
    if (samples.size > 0) {
        metrics_family(text, name.at, metric->unit, metric->type == COUNTER ? "counter" : "gauge",
                       metric->help);
        buffer_add(text->out, samples.at, samples.size);
    }
    buffer_free(&samples);
    buffer_free(&name);
}

void metrics_readings(const struct metrics_text *text, const struct board *board, int64_t wall_ms)
{
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
        add_metric(text, &metrics[i], board, wall_ms);
}
