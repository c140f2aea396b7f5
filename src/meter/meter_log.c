/* SPDX-License-Identifier: MIT */
#include "meter/meter_log.h"

#include "meter/origin.h"

#include <stdio.h>

static void print_value(const struct dsmr_reading *reading, char *out, size_t size)
{
    char printed[DSMR_NUMBER_SIZE];
    if (reading->type == DSMR_TYPE_NUMBER) {
        dsmr_number_print(reading->number, printed);
        const char *unit = dsmr_unit_name(reading->unit);
        snprintf(out, size, "%s%s%s", printed, unit[0] ? " " : "", unit);
    } else if (reading->type == DSMR_TYPE_TIME) {
        dsmr_time_print(&reading->time, printed);
        snprintf(out, size, "%s", printed);
    } else {
        snprintf(out, size, "%.*s", (int)reading->text.size, reading->text.at);
    }
}

/* NULL for a reading that is published. */
static const char *why_not_published(const struct decoded *decoded, const struct guard *guard,
                                     size_t place)
{
    const struct dsmr_reading *reading = &decoded->readings[place];
    const char *reason = guard_reason(guard, place);
    return reason || !reading->superseded ? reason : why_not_used(reading);
}

void meter_log_lines(const struct meter_log *to, const struct decoded *decoded,
                     const struct guard *guard)
{
    char value[160];
    if (!log_wants(to->log, LOG_DEBUG))
        return;
    for (size_t i = 0; i < decoded->count; i++) {
        const struct dsmr_reading *reading = &decoded->readings[i];
        print_value(reading, value, sizeof value);
        const char *why_not = why_not_published(decoded, guard, i);
        log_debug(to->log, "meter", "%s: %.*s: %s = %s%s%s%s", to->meter,
                  (int)reading->object.line.size, reading->object.line.at,
                  dsmr_item_id(reading->item), value, why_not ? " (not used: " : "",
                  why_not ? why_not : "", why_not ? ")" : "");
    }
    for (size_t i = 0; i < decoded->leftover_count; i++) {
        const struct leftover *leftover = &decoded->leftovers[i];
        log_debug(to->log, "meter", "%s: %.*s: nothing, %s", to->meter,
                  (int)leftover->object.line.size, leftover->object.line.at,
                  dsmr_strerror(leftover->status));
    }
}

static void print_missed(uint64_t missed, char *out, size_t size)
{
    out[0] = '\0';
    if (missed > 0)
        snprintf(out, size, "; %llu more since this was last told", (unsigned long long)missed);
}

void meter_log_bad_lines(struct meter_log *to, const struct decoded *decoded)
{
    uint64_t missed = 0;
    char more[64];
    for (size_t i = 0; i < decoded->leftover_count; i++) {
        const struct leftover *leftover = &decoded->leftovers[i];
        if (leftover->status != DSMR_ERR_LINE ||
            !log_repeat_due(&to->bad_lines, loop_now(to->loop), &missed))
            continue;
        print_missed(missed, more, sizeof more);
        log_warn(to->log, "meter", "%s: bad line skipped: %.*s%s", to->meter,
                 (int)leftover->object.line.size, leftover->object.line.at, more);
    }
}

void meter_log_refusal(struct meter_log *to, const struct dsmr_telegram *telegram,
                       const char *reason, uint64_t refused, uint64_t all, bool quiet)
{
    uint64_t missed = 0;
    char figures[48] = "";
    char more[64];
    if (telegram->status == DSMR_ERR_CRC)
        snprintf(figures, sizeof figures, " (sent %04X, computed %04X)", telegram->crc_sent,
                 telegram->crc_computed);
    if (quiet || !log_repeat_due(&to->refusals, loop_now(to->loop), &missed)) {
        log_debug(to->log, "meter", "%s: telegram refused: %s%s", to->meter, reason, figures);
        return;
    }
    print_missed(missed, more, sizeof more);
    log_warn(to->log, "meter", "%s: telegram refused: %s%s, %llu of %llu so far%s", to->meter,
             reason, figures, (unsigned long long)refused, (unsigned long long)all, more);
}

void meter_log_first(const struct meter_log *to, const struct dsmr_telegram *telegram)
{
    struct dsmr_origin origin;
    struct buffer words = {0};
    dsmr_origin_of(telegram, &origin);
    origin_words(&words, &origin);
    log_info(to->log, "meter", "%s: first telegram, of /%.*s%s%s", to->meter,
             (int)telegram->identification.size, telegram->identification.at,
             words.size > 0 ? ": " : "", words.size > 0 ? words.at : "");
    buffer_free(&words);
}

bool meter_log_missed(struct meter_log *to, int seconds)
{
    uint64_t missed = 0;
    bool due = log_repeat_due(&to->misses, loop_now(to->loop), &missed);
    if (due)
        log_warn(to->log, "meter", "%s: no good telegram for %d seconds", to->meter, seconds);
    return due;
}
