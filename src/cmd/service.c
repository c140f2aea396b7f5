/* SPDX-License-Identifier: MIT */
#include "cmd/service.h"

#include "cmd/fleet.h"
#include "cmd/forget.h"
#include "cmd/service_outlets.h"
#include "cmd/service_past.h"
#include "cmd/service_wishes.h"
#include "core/state_folder.h"
#include "core/systemd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct service {
    struct service_options options;
    struct wishes *wishes;
    struct loop *loop;
    struct log log;
    struct outlets outlets;
    struct household *household; /* for a simulated meter to go on with; NULL without */
    struct fleet *fleet;
    struct systemd *systemd;
    char *state_folder;
};

static void set_log_level(struct service *service)
{
    log_level_parse(config_text(&service->wishes->config, CONFIG_LOG_LEVEL), &service->log.level);
    if (service->options.verbose)
        service->log.level = LOG_DEBUG;
}

/* ------------------------------------------------------------------------------------------------
 * Signals
 */

static void asked_to_stop(void *context, int signal_number)
{
    struct service *service = context;
    (void)signal_number;
    systemd_tell(service->systemd, "STOPPING=1");
    loop_stop(service->loop);
}

/* Starts the meters that do not run yet; false when there is none that can. */
static bool start_meters(struct service *service)
{
    char status[64];
    size_t count = fleet_start(service->fleet, &service->wishes->config);
    if (count == 0)
        return false;
    snprintf(status, sizeof status, "READY=1\nSTATUS=reading %zu meter%s", count,
             count == 1 ? "" : "s");
    systemd_tell(service->systemd, status);
    return true;
}

/* Reads the files again. With mistakes in them everything stays as it was. A port stays open unless
 * something about its meter changed, so that no telegram is lost. */
static void asked_to_reload(void *context, int signal_number)
{
    struct service *service = context;
    (void)signal_number;
    /* The window was closed: without anybody to see it, it would only keep the port from others. */
    if (service->outlets.on_terminal && !isatty(STDOUT_FILENO)) {
        loop_stop(service->loop);
        return;
    }
    struct wishes *fresh =
        service->options.config_file ? wishes_read(&service->options, &service->log) : NULL;
    if (!fresh || !fleet_could_start(service->fleet, &fresh->config)) {
        wishes_free(fresh);
        log_warn(&service->log, "config", "nothing was changed");
        return;
    }
    struct wishes *old = service->wishes;
    outlets_end(&service->outlets, fresh);
    fleet_drop(service->fleet, &fresh->config);
    service->wishes = fresh;
    set_log_level(service);
    outlets_begin(&service->outlets, fresh);
    start_meters(service);
    wishes_free(old);
    log_info(&service->log, "config", "%s was read again", service->options.config_file);
}

static void make_past(struct service *service)
{
    const struct config *config = &service->wishes->config;
    int days = service->options.past_days;
    if (days == 0)
        return;
    service->household = service_past(config, service->outlets.history, days,
                                      loop_wall(service->loop) / 1000, &service->log);
    /* Writing takes a moment. */
    int64_t late =
        service->household ? loop_wall(service->loop) / 1000 - service->household->unix_s : 0;
    if (late > 0)
        household_advance(service->household, late);
}

static bool open_trace(struct service *service)
{
    const char *path = service->options.trace;
    if (path && !(service->outlets.trace = trace_open(path))) {
        log_error(&service->log, "trace", "%s cannot be written: %s", path, strerror(errno));
        return false;
    }
    return true;
}

static void close_trace(struct service *service)
{
    int error = trace_close(service->outlets.trace);
    if (error != 0)
        log_error(&service->log, "trace", "%s is not whole: %s", service->options.trace,
                  strerror(error));
}

/* Instead of running. */
static bool run_forget(struct service *service)
{
    service->loop = loop_new();
    loop_on_signal(service->loop, SIGTERM, asked_to_stop, service);
    loop_on_signal(service->loop, SIGINT, asked_to_stop, service);
    bool good = forget_run(&service->wishes->config, service->loop, &service->log);
    loop_free(service->loop);
    wishes_free(service->wishes);
    return good;
}

/* Puts it together; false when no meter can be read. */
static bool start(struct service *service)
{
    service->loop = loop_new();
    service->outlets.loop = service->loop;
    service->outlets.start = (struct web_start){loop_wall(service->loop), loop_now(service->loop)};
    service->state_folder = state_folder_find();
    loop_on_signal(service->loop, SIGTERM, asked_to_stop, service);
    loop_on_signal(service->loop, SIGINT, asked_to_stop, service);
    loop_on_signal(service->loop, SIGHUP, asked_to_reload, service);
    outlets_begin(&service->outlets, service->wishes);
    make_past(service);
    service->fleet = fleet_new(&(struct fleet_setup){
        .state_folder = service->state_folder,
        .household = service->household,
        .loop = service->loop,
        .log = &service->log,
        .bus = &service->outlets.bus,
    });
    service->systemd = systemd_new(service->loop);
    return start_meters(service);
}

/* Returns false when something hangs that cannot be waited for. */
static bool end(struct service *service)
{
    fleet_free(service->fleet);
    outlets_free(&service->outlets);
    close_trace(service);
    systemd_free(service->systemd);
    bool all_done = loop_free(service->loop);
    wishes_free(service->wishes);
    free(service->state_folder);
    free(service->household);
    return all_done;
}

bool service_run(const struct service_options *options)
{
    struct service service = {.options = *options};
    log_init(&service.log);
    service.log.level = options->verbose ? LOG_DEBUG : LOG_INFO;
    service.outlets.log = &service.log;
    service.outlets.verbose = options->verbose;
    service.outlets.on_terminal = isatty(STDOUT_FILENO);
    service.wishes = wishes_read(options, &service.log);
    if (!service.wishes || (!options->forget && !open_trace(&service))) {
        wishes_free(service.wishes);
        return false;
    }
    set_log_level(&service);
    if (options->forget)
        return run_forget(&service);
    bool started = start(&service);
    if (started) {
        loop_run(service.loop);
        fleet_sum_up(service.fleet);
    }
    bool all_done = end(&service);
    /* A name look-up that hangs in the pool would be waited for at exit(). */
    if (!all_done)
        _exit(started ? EXIT_SUCCESS : EXIT_FAILURE);
    return started;
}
