/* SPDX-License-Identifier: MIT */
/*
 * port=auto: the serial port that a meter is on. All free ports are listened to until one has a meter;
 * its stable name is remembered and its source takes over. When that brings nothing good for a while
 * and there are other ports, they are listened to again.
 */
#include "source/auto.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "meter/port_search.h"
#include "source/found_port.h"
#include "source/found_speed.h"
#include "source/port_name.h"
#include "source/source_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TICK_MS = 3000,        /* between two looks for new ports */
    LOOK_AGAIN_MS = 90000, /* without a good telegram, if there are other ports */
};

struct auto_source {
    struct source source;
    struct source_setup setup;
    const struct serial_roots *roots;
    struct loop_timer *tick;
    struct port_search *search; /* NULL while there is no free port, or a port is read */
    struct source *inner;       /* of the port that is read; NULL while none is */
    char *port;                 /* its name */
    int64_t last_good;          /* loop time of its last good telegram, or when it was taken */
    struct log_repeat fruitless;
    struct log_repeat doubts;
    char *obstacle; /* why no port can be listened to; NULL when some can */
};

static void changed(struct auto_source *source)
{
    source->setup.listener.changed(source->setup.listener.context);
}

/* ------------------------------------------------------------------------------------------------
 * The port that is read
 */

static void drop_port(struct auto_source *source)
{
    if (!source->inner)
        return;
    source->inner->kind->free(source->inner);
    source->inner = NULL;
    source->setup.listener.restart(source->setup.listener.context);
}

/* name may be the source's own. */
static void read_port(struct auto_source *source, const char *name)
{
    char *stable = port_name_of(source->roots->names, name);
    char *port = stable ? stable : memory_text(name);
    char *error = NULL;
    struct source_setup setup = source->setup;
    free(source->port);
    source->port = port;
    setup.port = port;
    source->inner = serial_source.open(&setup, &error);
    free(error);
    source->last_good = loop_now(source->setup.loop);
}

/* ------------------------------------------------------------------------------------------------
 * Looking for it
 */

static const struct port_result *first_meter(const struct port_search *search, size_t *meters)
{
    const struct port_result *first = NULL;
    *meters = 0;
    for (size_t i = 0; i < port_search_count(search); i++) {
        const struct port_result *result = port_search_at(search, i);
        if (!result->has_meter)
            continue;
        *meters += 1;
        if (!first || strverscmp(result->port, first->port) < 0)
            first = result;
    }
    return first;
}

static void tell_others(const struct auto_source *source, const struct port_result *taken)
{
    struct buffer others = {0};
    for (size_t i = 0; i < port_search_count(source->search); i++) {
        const struct port_result *result = port_search_at(source->search, i);
        if (result->has_meter && result != taken)
            buffer_print(&others, "%s%s", others.size > 0 ? ", " : "", result->port);
    }
    log_warn(source->setup.log, "port",
             "auto: there is a meter on %s too; %s is read, the first by name: port= with a name "
             "takes another",
             others.at, taken->port);
    buffer_free(&others);
}

static void take_port(struct auto_source *source, const struct port_result *result, size_t meters)
{
    const char *identification = result->identification;
    log_info(source->setup.log, "port", "auto: found a meter at %s on %s%s%s", result->settings,
             result->port, identification ? ": /" : "", identification ? identification : "");
    if (meters > 1)
        tell_others(source, result);
    log_repeat_reset(&source->fruitless);
    /* Not yet of our own name: the source of the port reads it. */
    read_port(source, result->port);
    found_port_write(source->setup.state_folder, source->port);
    int baud = (int)strtol(result->settings, NULL, 10);
    if (source->setup.fixed.baud == 0)
        found_speed_write(source->setup.state_folder, source->port, baud);
}

static void tell_failure(struct auto_source *source)
{
    uint64_t missed = 0;
    struct buffer text = {0};
    if (!log_repeat_due(&source->fruitless, loop_now(source->setup.loop), &missed))
        return;
    for (size_t i = 0; i < port_search_count(source->search); i++) {
        const struct port_result *result = port_search_at(source->search, i);
        buffer_print(&text, "; %s: %s", result->port, result->state);
    }
    log_warn(source->setup.log, "port", "auto: no meter was found in %d seconds, looking on%s",
             PORT_SEARCH_MS / 1000, text.at);
    buffer_free(&text);
}

static void end_search(void *context)
{
    struct auto_source *source = context;
    size_t meters;
    struct port_search *search = source->search;
    const struct port_result *first = first_meter(search, &meters);
    if (first)
        take_port(source, first, meters);
    else
        tell_failure(source);
    source->search = NULL;
    port_search_free(search);
    changed(source);
}

static void start_search(struct auto_source *source)
{
    if (source->search)
        return;
    source->search = port_search_new(&(struct port_search_setup){
        .wait_ms = PORT_SEARCH_MS,
        .fixed = source->setup.fixed,
        .loop = source->setup.loop,
        .done = end_search,
        .context = source,
    });
}

/* Told when it is news. obstacle is taken over. */
static void note_obstacle(struct auto_source *source, char *obstacle)
{
    bool news = obstacle && (!source->obstacle || strcmp(obstacle, source->obstacle) != 0);
    free(source->obstacle);
    source->obstacle = obstacle;
    if (!news)
        return;
    log_warn(source->setup.log, "port", "auto: %s", obstacle);
    changed(source);
}

static char *describe_obstacle(const struct serial_list *list)
{
    struct buffer text = {0};
    if (list->count == 0)
        return memory_text("there is no serial port: is the cable plugged in? Waiting for one");
    buffer_add_text(&text, "no serial port can be listened to; waiting");
    for (size_t i = 0; i < list->count; i++) {
        const struct serial_entry *entry = &list->at[i];
        if (entry->holder)
            buffer_print(&text, "; %s is in use by %s", entry->path, entry->holder);
        else
            buffer_print(&text, "; %s", entry->obstacle);
    }
    return text.at;
}

/* Ports that were plugged in meanwhile join the search. */
static void look_for_ports(struct auto_source *source)
{
    struct serial_list list = {0};
    size_t added = 0;
    serial_list_read(&list, source->roots);
    for (size_t i = 0; i < list.count; i++) {
        const struct serial_entry *entry = &list.at[i];
        if (!serial_entry_is_free(entry))
            continue;
        start_search(source);
        if (!port_search_add(source->search, serial_entry_name(entry)))
            continue;
        added++;
        log_debug(source->setup.log, "port", "auto: listening on %s", serial_entry_name(entry));
    }
    note_obstacle(source, source->search ? NULL : describe_obstacle(&list));
    serial_list_free(&list);
    if (added > 0)
        changed(source);
}

/* ------------------------------------------------------------------------------------------------
 * Looking again
 */

static bool is_other_port(const struct auto_source *source, const struct serial_entry *entry)
{
    return serial_entry_is_free(entry) && strcmp(serial_entry_name(entry), source->port) != 0;
}

static bool has_other_port(const struct auto_source *source)
{
    bool found = false;
    struct serial_list list = {0};
    serial_list_read(&list, source->roots);
    for (size_t i = 0; i < list.count && !found; i++)
        found = is_other_port(source, &list.at[i]);
    serial_list_free(&list);
    return found;
}

static void doubt_port(struct auto_source *source)
{
    uint64_t missed = 0;
    int64_t now = loop_now(source->setup.loop);
    if (now - source->last_good < LOOK_AGAIN_MS || !has_other_port(source))
        return;
    bool told = log_repeat_due(&source->doubts, now, &missed);
    log_write(source->setup.log, told ? LOG_WARN : LOG_DEBUG, "port",
              "auto: nothing good from %s for %d seconds: listening to all ports", source->port,
              LOOK_AGAIN_MS / 1000);
    drop_port(source);
    look_for_ports(source);
}

static void tick(void *context)
{
    struct auto_source *source = context;
    if (source->inner)
        doubt_port(source);
    else
        look_for_ports(source);
}

/* ------------------------------------------------------------------------------------------------
 * The source
 */

static void take_verdict(struct source *base, enum source_verdict verdict)
{
    struct auto_source *source = (struct auto_source *)base;
    if (!source->inner)
        return;
    if (verdict == SOURCE_GOOD) {
        source->last_good = loop_now(source->setup.loop);
        log_repeat_reset(&source->doubts);
    }
    source->inner->kind->verdict(source->inner, verdict);
}

static void describe_inner(const struct auto_source *source, struct source_status *status)
{
    struct source_status inner;
    source->inner->kind->status(source->inner, &inner);
    *status = inner;
    if (inner.connected)
        snprintf(status->state, sizeof status->state, "%.100s: %.120s", source->port, inner.state);
}

static void get_status(const struct source *base, struct source_status *status)
{
    const struct auto_source *source = (const struct auto_source *)base;
    *status = (struct source_status){0};
    if (source->inner) {
        describe_inner(source, status);
        return;
    }
    size_t count = source->search ? port_search_count(source->search) : 0;
    if (count > 0)
        snprintf(status->state, sizeof status->state, "looking for a meter on %zu port%s: %s%s",
                 count, count == 1 ? "" : "s", port_search_at(source->search, 0)->port,
                 count > 1 ? ", …" : "");
    else
        snprintf(status->state, sizeof status->state, "%s",
                 source->obstacle ? source->obstacle : "looking for a meter");
}

static void free_auto(struct source *base)
{
    struct auto_source *source = (struct auto_source *)base;
    loop_timer_free(source->tick);
    port_search_free(source->search);
    if (source->inner)
        source->inner->kind->free(source->inner);
    free(source->port);
    free(source->obstacle);
    free(source);
}

struct source *auto_source_open(const struct source_setup *setup, const struct serial_roots *roots)
{
    struct auto_source *source = memory_new(1, sizeof *source);
    char *known = found_port_read(setup->state_folder);
    source->source.kind = &auto_source;
    source->setup = *setup;
    source->roots = roots;
    source->tick = loop_timer_new(setup->loop, tick, source);
    if (known) {
        log_info(setup->log, "port", "auto: a meter was on %s before", known);
        read_port(source, known);
    }
    loop_timer_start(source->tick, known ? TICK_MS : 0, TICK_MS);
    free(known);
    return &source->source;
}

static struct source *open_auto(const struct source_setup *setup, char **error)
{
    (void)error;
    return auto_source_open(setup, &serial_system);
}

const struct source_kind auto_source = {
    .scheme = "auto",
    .open = open_auto,
    .verdict = take_verdict,
    .status = get_status,
    .free = free_auto,
};
