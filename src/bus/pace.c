/* SPDX-License-Identifier: MIT */
#include "bus/pace.h"

#include "bus/paced_values.h"
#include "core/buffer.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { GRACE_MS = 1500 }; /* that an interval waits beyond its end for the next telegram */

struct paced_meter {
    struct pace *pace;
    char *name;
    struct paced_values values;
    struct readings last; /* what is known of the last telegram; its arrays are not used */
    struct buffer identification;
    struct loop_timer *timer; /* for PACE_SECONDS: ends the interval without a telegram */
    int64_t due;              /* loop time of the interval's end */
};

struct pace {
    struct pace_rule rule;
    struct loop *loop;
    struct sink *sink;
    struct paced_meter **meters; /* by name */
    size_t count;
    size_t capacity;
    struct pace_room room;
};

/* ------------------------------------------------------------------------------------------------
 * Output
 */

static void hand_on(struct pace *pace, struct paced_meter *meter, struct readings *readings)
{
    if (pace->rule.mode == PACE_CHANGE || pace->rule.deadband.given)
        paced_values_compare(&meter->values, &pace->rule.deadband, pace->rule.mode == PACE_CHANGE,
                             &pace->room, readings);
    pace->sink->kind->publish(pace->sink, readings);
}

static void end_interval(struct paced_meter *meter)
{
    struct pace *pace = meter->pace;
    int64_t now = loop_now(pace->loop);
    struct readings readings = meter->last;
    loop_timer_stop(meter->timer);
    meter->due += (int64_t)pace->rule.seconds * 1000;
    if (meter->due <= now)
        meter->due = now + (int64_t)pace->rule.seconds * 1000;
    paced_values_release(&meter->values, &pace->room, &readings);
    hand_on(pace, meter, &readings);
}

static void on_timer(void *context)
{
    end_interval(context);
}

/* ------------------------------------------------------------------------------------------------
 * Meters
 */

static struct paced_meter *add_meter(struct pace *pace, const char *name)
{
    struct paced_meter *meter = memory_new(1, sizeof *meter);
    meter->pace = pace;
    meter->name = memory_text(name);
    meter->due = loop_now(pace->loop);
    if (pace->rule.mode == PACE_SECONDS)
        meter->timer = loop_timer_new(pace->loop, on_timer, meter);
    return meter;
}

static void free_meter(struct paced_meter *meter)
{
    loop_timer_free(meter->timer);
    paced_values_free(&meter->values);
    buffer_free(&meter->identification);
    free(meter->name);
    free(meter);
}

/* Where a meter of that name stands, or would stand. */
static size_t place_of(const struct pace *pace, const char *name)
{
    size_t low = 0;
    size_t high = pace->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(pace->meters[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct paced_meter *meter_for(struct pace *pace, const char *name)
{
    size_t place = place_of(pace, name);
    if (place < pace->count && strcmp(pace->meters[place]->name, name) == 0)
        return pace->meters[place];
    if (pace->count == pace->capacity) {
        pace->capacity = pace->capacity > 0 ? pace->capacity * 2 : 4;
        pace->meters = memory_grow(pace->meters, pace->capacity, sizeof *pace->meters);
    }
    memmove(&pace->meters[place + 1], &pace->meters[place],
            (pace->count - place) * sizeof *pace->meters);
    pace->meters[place] = add_meter(pace, name);
    pace->count++;
    return pace->meters[place];
}

/* ------------------------------------------------------------------------------------------------
 * Input
 */

static void keep(struct paced_meter *meter, const struct readings *readings)
{
    buffer_clear(&meter->identification);
    buffer_add(&meter->identification, readings->identification.at, readings->identification.size);
    meter->last = *readings;
    meter->last.meter = meter->name;
    meter->last.identification =
        (struct dsmr_text){meter->identification.at, meter->identification.size};
    meter->last.telegram = NULL;
    meter->last.decoded = NULL;
    paced_values_take(&meter->values, readings);
}

void pace_publish(struct pace *pace, const struct readings *readings)
{
    struct paced_meter *meter = meter_for(pace, readings->meter);
    if (pace->rule.mode != PACE_SECONDS) {
        struct readings marked = *readings;
        hand_on(pace, meter, &marked);
        return;
    }
    int64_t now = loop_now(pace->loop);
    keep(meter, readings);
    if (now >= meter->due) {
        end_interval(meter);
    } else if (!loop_timer_running(meter->timer)) {
        int64_t half = (int64_t)pace->rule.seconds * 500;
        loop_timer_start(meter->timer, meter->due - now + (half < GRACE_MS ? half : GRACE_MS), 0);
    }
}

struct pace *pace_new(const struct pace_rule *rule, struct loop *loop, struct sink *sink)
{
    if (rule->mode == PACE_EVERY && !rule->deadband.given)
        return NULL;
    struct pace *pace = memory_new(1, sizeof *pace);
    pace->rule = *rule;
    pace->loop = loop;
    pace->sink = sink;
    return pace;
}

void pace_free(struct pace *pace)
{
    if (!pace)
        return;
    for (size_t i = 0; i < pace->count; i++)
        free_meter(pace->meters[i]);
    free(pace->meters);
    pace_room_free(&pace->room);
    free(pace);
}
