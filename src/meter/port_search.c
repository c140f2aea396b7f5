/* SPDX-License-Identifier: MIT */
#include "meter/port_search.h"

#include "core/memory.h"
#include "meter/meter.h"
#include "meter/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One port: a meter of its own with a bus of its own, on which this listens. */
struct probe {
    struct sink sink;
    struct port_search *search;
    struct bus bus;
    struct meter *meter;
    struct port_result result;
};

struct port_search {
    struct port_search_setup setup;
    struct log log; /* nobody's: the results tell */
    struct loop_timer *deadline;
    struct loop_timer *settle; /* the callbacks of a meter are no place to end it */
    int64_t end_ms;
    struct probe **probes;
    size_t count;
};

/* ------------------------------------------------------------------------------------------------
 * What a meter tells
 */

static void learn_origin(struct port_result *result, const struct dsmr_telegram *telegram)
{
    struct dsmr_origin origin;
    struct buffer words = {0};
    dsmr_origin_of(telegram, &origin);
    origin_words(&words, &origin);
    if (words.size > 0)
        result->origin = memory_text(words.at);
    buffer_free(&words);
}

static void take_readings(struct sink *sink, const struct readings *readings)
{
    struct port_result *result = &((struct probe *)sink)->result;
    if (result->identification)
        return;
    result->identification =
        memory_copy(readings->identification.at, readings->identification.size);
    if (readings->telegram)
        learn_origin(result, readings->telegram);
}

static void take_refused(struct sink *sink, const char *meter, const struct dsmr_telegram *telegram)
{
    struct port_result *result = &((struct probe *)sink)->result;
    (void)meter;
    if (telegram->protection != DSMR_PLAIN)
        result->is_encrypted = true;
}

/* The source tells its settings once it is sure of them; those that the user named it tells always. */
static void take_line(struct sink *sink, const struct line_status *status)
{
    struct probe *probe = (struct probe *)sink;
    struct port_result *result = &probe->result;
    result->is_told = true;
    result->is_open = status->connected;
    snprintf(result->state, sizeof result->state, "%s", status->state);
    if (status->settings[0] != '\0' && (status->good > 0 || result->is_encrypted)) {
        result->has_meter = true;
        snprintf(result->settings, sizeof result->settings, "%s", status->settings);
    }
    if (!loop_timer_running(probe->search->settle))
        loop_timer_start(probe->search->settle, 0, 0);
}

/* It is a part of the probe. */
static void free_nothing(struct sink *sink)
{
    (void)sink;
}

static const struct sink_kind probe_kind = {
    .name = "port search",
    .publish = take_readings,
    .line = take_line,
    .refused = take_refused,
    .free = free_nothing,
};

/* ------------------------------------------------------------------------------------------------
 * The search
 */

static void end(struct port_search *search)
{
    loop_timer_stop(search->deadline);
    loop_timer_stop(search->settle);
    search->setup.done(search->setup.context);
}

static void time_is_over(void *context)
{
    end(context);
}

static bool is_settled(const struct port_result *result)
{
    return result->is_told && (result->has_meter || !result->is_open);
}

static void look_whether_settled(void *context)
{
    struct port_search *search = context;
    for (size_t i = 0; i < search->count; i++)
        if (!is_settled(&search->probes[i]->result))
            return;
    if (loop_timer_running(search->deadline))
        end(search);
}

struct port_search *port_search_new(const struct port_search_setup *setup)
{
    struct port_search *search = memory_new(1, sizeof *search);
    search->setup = *setup;
    search->log = (struct log){.level = LOG_ERROR};
    search->deadline = loop_timer_new(setup->loop, time_is_over, search);
    search->settle = loop_timer_new(setup->loop, look_whether_settled, search);
    return search;
}

/* What can never work is told as what is not open. */
static void start_meter(struct probe *probe)
{
    const struct port_search_setup *setup = &probe->search->setup;
    char *error = NULL;
    probe->meter = meter_new(
        &(struct meter_setup){
            .name = "port", /* nobody sees it */
            .port = probe->result.port,
            .fixed = setup->fixed,
            .loop = setup->loop,
            .log = &probe->search->log,
            .bus = &probe->bus,
        },
        &error);
    probe->result.is_told = false; /* that a new port is closed says nothing yet */
    if (!probe->meter)
        take_line(&probe->sink, &(struct line_status){.settings = "", .state = error});
    free(error);
}

bool port_search_add(struct port_search *search, const char *port)
{
    for (size_t i = 0; i < search->count; i++)
        if (strcmp(search->probes[i]->result.port, port) == 0)
            return false;
    struct probe *probe = memory_new(1, sizeof *probe);
    probe->sink.kind = &probe_kind;
    probe->search = search;
    probe->result.port = memory_text(port);
    bus_add(&probe->bus, &probe->sink, NULL);
    search->probes = memory_grow(search->probes, search->count + 1, sizeof(struct probe *));
    search->probes[search->count++] = probe;
    search->end_ms = loop_now(search->setup.loop) + search->setup.wait_ms;
    loop_timer_start(search->deadline, search->setup.wait_ms, 0);
    start_meter(probe);
    return true;
}

size_t port_search_count(const struct port_search *search)
{
    return search->count;
}

const struct port_result *port_search_at(const struct port_search *search, size_t place)
{
    return &search->probes[place]->result;
}

int64_t port_search_left_ms(const struct port_search *search)
{
    int64_t left = search->end_ms - loop_now(search->setup.loop);
    return left > 0 ? left : 0;
}

void port_search_free(struct port_search *search)
{
    if (!search)
        return;
    for (size_t i = 0; i < search->count; i++) {
        struct probe *probe = search->probes[i];
        meter_free(probe->meter);
        bus_free(&probe->bus);
        free(probe->result.port);
        free(probe->result.identification);
        free(probe->result.origin);
        free(probe);
    }
    loop_timer_free(search->deadline);
    loop_timer_free(search->settle);
    free(search->probes);
    free(search);
}
