/* SPDX-License-Identifier: MIT */
#include "cmd/items_listen.h"

#include "bus/bus.h"
#include "cmd/fleet.h"
#include "config/listen.h"
#include "core/log.h"
#include "core/loop.h"
#include "source/serial_port.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ENOUGH = 2, /* telegrams without CRC */
    TICK_MS = 1000,
    SETTLE_MS = 500, /* behind the end of the input: a last telegram may lack its line end */
};

struct listener {
    struct sink sink; /* on the bus, so that the meters are those of dsmr run */
    const struct listen_wish *wish;
    struct seen_meters *seen;
    struct loop *loop;
    size_t meters;
    int64_t end_ms;
    struct loop_timer *deadline; /* NULL before and after */
    char state[200];             /* of a meter that has not told yet */
    bool on_terminal;
    bool stopped;
};

/* ------------------------------------------------------------------------------------------------
 * The port
 */

/* Where a running dsmr with this configuration hands its telegrams on; NULL without. */
static const char *place_for_others(const struct config *config, struct listen_place *place)
{
    const char *list = config_text(config, CONFIG_P1_LISTEN);
    while (list) {
        enum listen_kind kind = listen_next(&list, place);
        if (kind == LISTEN_TCP)
            return place->name;
        if (kind == LISTEN_PTY)
            return place->path;
        if (kind == LISTEN_END || kind == LISTEN_BAD)
            break;
    }
    return NULL;
}

static void advise(const struct config *config)
{
    struct listen_place place;
    const char *known = place_for_others(config, &place);
    if (known)
        fprintf(stderr,
                "dsmr items: a dsmr that runs hands its telegrams on (p1.listen): dsmr items "
                "--port %s\n",
                known);
    else
        fputs("dsmr items: a dsmr that runs can hand its telegrams on: put "
              "p1.listen=tcp://127.0.0.1:2000 into its\n"
              "dsmr.cfg, reload it, then: dsmr items --port tcp://127.0.0.1:2000\n",
              stderr);
}

/* False, told to the user, when waiting for that port would be in vain. */
static bool port_is_free(const struct config *config, const char *port)
{
    struct stat facts;
    char *reason = NULL;
    if (port[0] != '/' || stat(port, &facts) != 0 || !S_ISCHR(facts.st_mode))
        return true;
    int fd = serial_port_open(port, &reason);
    if (fd >= 0) {
        serial_port_close(fd);
        return true;
    }
    bool taken = errno == EBUSY || errno == EWOULDBLOCK;
    fprintf(stderr, "dsmr items: %s\n", reason);
    free(reason);
    if (taken)
        advise(config);
    return false;
}

static bool is_wanted(const struct listen_wish *wish, size_t place)
{
    return !wish->only || strcmp(wish->only, config_meter_name(wish->config, place)) == 0;
}

static bool ports_are_free(const struct listen_wish *wish)
{
    for (size_t i = 0; i < config_meter_count(wish->config); i++)
        if (is_wanted(wish, i) &&
            !port_is_free(wish->config, config_meter_text(wish->config, i, CONFIG_PORT)))
            return false;
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * What the user sees meanwhile
 */

static void clear_line(const struct listener *listener)
{
    if (listener->on_terminal)
        fputs("\r\033[K", stderr);
}

static void show_progress(void *context)
{
    const struct listener *listener = context;
    int64_t left = (listener->end_ms - loop_now(listener->loop) + 999) / 1000;
    if (!listener->on_terminal)
        return;
    clear_line(listener);
    fprintf(stderr, "%.60s … %lld s left", listener->state, (long long)(left > 0 ? left : 0));
    fflush(stderr);
}

static void tell(void *context, enum log_level level, const char *line)
{
    const struct listener *listener = context;
    (void)level;
    clear_line(listener);
    fprintf(stderr, "dsmr items: %s\n", line);
}

/* ------------------------------------------------------------------------------------------------
 * Listening
 */

static bool has_told(const struct listener *listener, const char *name)
{
    const struct seen_meter *meter = seen_find(listener->seen, name);
    return meter && (meter->certain || meter->telegrams >= ENOUGH);
}

static void publish(struct sink *sink, const struct readings *readings)
{
    struct listener *listener = (struct listener *)sink;
    size_t told = 0;
    seen_take(listener->seen, readings->meter, readings->identification, readings->crc,
              readings->at, readings->count);
    for (size_t i = 0; i < listener->seen->count; i++)
        told += has_told(listener, listener->seen->at[i].name);
    if (told == listener->meters)
        loop_stop(listener->loop);
}

/* What has come to its end sends nothing more. */
static bool ends(const char *port)
{
    return strcmp(port, "-") == 0 || strncasecmp(port, "stdin:", 6) == 0 ||
           strncasecmp(port, "file:", 5) == 0;
}

static void note_line(struct sink *sink, const struct line_status *status)
{
    struct listener *listener = (struct listener *)sink;
    if (!has_told(listener, status->meter))
        snprintf(listener->state, sizeof listener->state, "%s: %s", status->port, status->state);
    if (listener->deadline && listener->meters == 1 && !status->connected && ends(status->port))
        loop_timer_start(listener->deadline, SETTLE_MS, 0);
}

/* It is a part of the listener. */
static void free_nothing(struct sink *sink)
{
    (void)sink;
}

static const struct sink_kind listener_kind = {
    .name = "items",
    .publish = publish,
    .line = note_line,
    .free = free_nothing,
};

static void time_is_over(void *context)
{
    loop_stop(context);
}

static void asked_to_stop(void *context, int signal_number)
{
    struct listener *listener = context;
    (void)signal_number;
    listener->stopped = true;
    loop_stop(listener->loop);
}

static void wait_for_meters(struct listener *listener)
{
    struct loop_timer *tick = loop_timer_new(listener->loop, show_progress, listener);
    int64_t wait_ms = (int64_t)listener->wish->wait_s * 1000;
    listener->deadline = loop_timer_new(listener->loop, time_is_over, listener->loop);
    listener->end_ms = loop_now(listener->loop) + wait_ms;
    loop_timer_start(listener->deadline, wait_ms, 0);
    loop_timer_start(tick, 0, TICK_MS);
    loop_run(listener->loop);
    clear_line(listener);
    loop_timer_free(listener->deadline);
    loop_timer_free(tick);
    listener->deadline = NULL;
}

enum items_outcome items_listen(const struct listen_wish *wish, struct seen_meters *seen,
                                bool *stuck)
{
    if (!ports_are_free(wish))
        return ITEMS_NOT_STARTED;
    struct listener listener = {
        .sink = {&listener_kind},
        .wish = wish,
        .seen = seen,
        .loop = loop_new(),
        .on_terminal = isatty(STDERR_FILENO),
    };
    struct log log = {.level = LOG_WARN, .mirror = tell, .mirror_context = &listener};
    struct bus bus = {0};
    bus_add(&bus, &listener.sink, NULL);
    loop_on_signal(listener.loop, SIGINT, asked_to_stop, &listener);
    loop_on_signal(listener.loop, SIGTERM, asked_to_stop, &listener);
    struct fleet *fleet = fleet_new(
        &(struct fleet_setup){.only = wish->only, .loop = listener.loop, .log = &log, .bus = &bus});
    listener.meters = fleet_start(fleet, wish->config);
    if (listener.meters > 0)
        wait_for_meters(&listener);
    fleet_free(fleet);
    bus_free(&bus);
    *stuck = !loop_free(listener.loop);
    if (listener.stopped)
        return ITEMS_STOPPED;
    return listener.meters > 0 ? ITEMS_HEARD : ITEMS_NOT_STARTED;
}
