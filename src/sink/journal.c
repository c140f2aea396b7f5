/* SPDX-License-Identifier: MIT */
#include "sink/journal.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "core/names.h"

#include <stdlib.h>
#include <string.h>

/* A line each ten seconds; with many meters one a second, so that each has its turn. The first few
 * tell all that they have. */
enum { EVERY_MS = 10000, LEAST_APART_MS = 1000, TELL_ALL = 3 };

/* What a person wants to see go by. */
static const char *const main_items[] = {
    "eActualDelivery",
    "eActualProduction",
    "eDeliveryTariff0",
    "eDeliveryTariff1",
    "eDeliveryTariff2",
    "eProductionTariff1",
    "eProductionTariff2",
    "gValue",
    "wValue",
    "hValue",
    "cValue",
};

struct journal {
    struct sink sink;
    struct loop *loop;
    struct log *log;
    struct buffer line;
    struct names meters;
    int64_t *next_ms; /* of each meter: loop time of its next line */
};

static void add_value(struct buffer *line, const struct dsmr_reading *reading)
{
    char printed[DSMR_NUMBER_SIZE];
    buffer_print(line, "%s ", dsmr_item_id(reading->item));
    if (reading->type == DSMR_TYPE_NUMBER) {
        dsmr_number_print(reading->number, printed);
        const char *unit = dsmr_unit_name(reading->unit);
        buffer_print(line, "%s%s%s", printed, unit[0] ? " " : "", unit);
    } else if (reading->type == DSMR_TYPE_TIME) {
        dsmr_time_print(&reading->time, printed);
        buffer_add_text(line, printed);
    } else {
        buffer_add(line, reading->text.at, reading->text.size);
    }
}

static void tell_all(struct journal *journal, const struct readings *readings)
{
    for (size_t i = 0; i < readings->count; i++) {
        if (readings->at[i].superseded)
            continue;
        buffer_clear(&journal->line);
        add_value(&journal->line, &readings->at[i]);
        log_info(journal->log, "values", "%s: %s", readings->meter, journal->line.at);
    }
}

static bool is_main(const struct dsmr_reading *reading)
{
    for (size_t i = 0; i < sizeof main_items / sizeof main_items[0]; i++)
        if (strcmp(dsmr_item_id(reading->item), main_items[i]) == 0)
            return !reading->superseded;
    return false;
}

static void tell_main(struct journal *journal, const struct readings *readings)
{
    buffer_clear(&journal->line);
    for (size_t i = 0; i < readings->count; i++) {
        if (!is_main(&readings->at[i]))
            continue;
        if (journal->line.size > 0)
            buffer_add(&journal->line, ", ", 2);
        add_value(&journal->line, &readings->at[i]);
    }
    if (journal->line.size > 0)
        log_info(journal->log, "values", "%s: %s", readings->meter, journal->line.at);
}

static int64_t pause_ms(const struct journal *journal)
{
    int64_t turns = (int64_t)journal->meters.count * LEAST_APART_MS;
    return turns > EVERY_MS ? turns : EVERY_MS;
}

static void publish(struct sink *sink, const struct readings *readings)
{
    struct journal *journal = (struct journal *)sink;
    int64_t now = loop_now(journal->loop);
    size_t known = journal->meters.count;
    size_t meter = names_number(&journal->meters, readings->meter);
    bool first = meter == known;
    if (first)
        journal->next_ms = memory_grow(journal->next_ms, known + 1, sizeof *journal->next_ms);
    else if (now < journal->next_ms[meter])
        return;
    if (first && meter < TELL_ALL)
        tell_all(journal, readings);
    else
        tell_main(journal, readings);
    journal->next_ms[meter] = now + pause_ms(journal);
}

static void free_journal(struct sink *sink)
{
    struct journal *journal = (struct journal *)sink;
    buffer_free(&journal->line);
    names_free(&journal->meters);
    free(journal->next_ms);
    free(journal);
}

static const struct sink_kind journal_kind = {
    .name = "journal",
    .publish = publish,
    .free = free_journal,
};

struct sink *journal_sink_new(struct loop *loop, struct log *log)
{
    struct journal *journal = memory_new(1, sizeof *journal);
    journal->sink.kind = &journal_kind;
    journal->loop = loop;
    journal->log = log;
    return &journal->sink;
}
