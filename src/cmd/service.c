/* SPDX-License-Identifier: MIT */
#include "cmd/service.h"

#include "cmd/fleet.h"
#include "cmd/forget.h"
#include "cmd/leftovers.h"
#include "cmd/loops.h"
#include "cmd/own_topics.h"
#include "cmd/service_conventions.h"
#include "cmd/service_history.h"
#include "cmd/service_http.h"
#include "cmd/service_mqtt.h"
#include "cmd/service_past.h"
#include "cmd/service_push.h"
#include "config/config.h"
#include "config/http_listen.h"
#include "config/items.h"
#include "core/buffer.h"
#include "core/bus.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/memory.h"
#include "core/systemd.h"
#include "sink/journal.h"
#include "sink/live.h"
#include "sink/openhab.h"
#include "sink/openhab_follower.h"
#include "sink/p1.h"
#include "sink/tracer.h"
#include "source/found_speed.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What was read from the user's files. */
struct wishes {
    struct config config;
    struct bound_items items;
};

struct service {
    struct service_options options;
    struct wishes *wishes;
    struct loop *loop;
    struct web_start start; /* when it was started */
    struct log log;
    struct bus bus;
    struct sink *p1;             /* on the bus; NULL without */
    struct sink *mqtt;           /* the same */
    struct leftovers *leftovers; /* of its broker, after a reload; NULL without */
    struct sink *history;        /* on the bus; NULL without */
    struct sink *page;           /* the same */
    struct household *household; /* for a simulated meter to go on with; NULL without */
    struct trace *trace;         /* NULL when none is wanted */
    struct fleet *fleet;
    struct systemd *systemd;
    char *state_folder;
    bool on_terminal; /* a person looks at it */
};

/* ------------------------------------------------------------------------------------------------
 * The user's files
 */

static void free_wishes(struct wishes *wishes)
{
    if (!wishes)
        return;
    items_free(&wishes->items);
    config_free(&wishes->config);
    free(wishes);
}

static void log_complaints(struct log *log, const struct complaints *complaints)
{
    for (size_t i = 0; i < complaints->count; i++) {
        const struct complaint *complaint = &complaints->at[i];
        enum log_level level = complaint->severity == SEVERITY_ERROR ? LOG_ERROR : LOG_WARN;
        if (complaint->line > 0)
            log_write(log, level, "config", "%s:%d: %s", complaint->file, complaint->line,
                      complaint->text);
        else
            log_write(log, level, "config", "%s: %s", complaint->file, complaint->text);
    }
}

/* NULL when the files do not allow to start; why was logged. */
static struct wishes *read_wishes(struct service *service)
{
    struct wishes *wishes = memory_new(1, sizeof *wishes);
    struct complaints complaints = {0};
    const char *file = service->options.config_file;
    bool good = true;
    config_init(&wishes->config);
    if (file)
        good = config_read(&wishes->config, file, &complaints);
    if (service->options.port)
        config_set_port(&wishes->config, service->options.port);
    if (service->options.http)
        config_set(&wishes->config, CONFIG_HTTP_LISTEN, service->options.http);
    if (service->options.history)
        config_set(&wishes->config, CONFIG_HISTORY_PATH, service->options.history);
    http_keys_check(&wishes->config, &complaints);
    const char *items = config_text(&wishes->config, CONFIG_OPENHAB_ITEMS);
    if (good && items && !openhab_tells_items(&wishes->config))
        good = items_read(&wishes->items, items, &complaints);
    items_keep_known(&wishes->items, &wishes->config, &complaints);
    loops_check(&wishes->config, &complaints);
    own_topics_check(&wishes->config, &complaints);
    log_complaints(&service->log, &complaints);
    good = good && complaints.errors == 0;
    if (!good && file) {
        log_error(&service->log, "config", "%s cannot be used; dsmr check -c %s tells all of it",
                  file, file);
    } else if (good && config_meter_count(&wishes->config) == 0) {
        log_error(&service->log, "config",
                  "%s names no port: add port=/dev/ttyUSB0, or run "
                  "dsmr run --port …",
                  file);
        good = false;
    }
    complaints_free(&complaints);
    if (good)
        return wishes;
    free_wishes(wishes);
    return NULL;
}

/* ------------------------------------------------------------------------------------------------
 * Sinks
 */

static struct pace_rule pace_rule_of(const struct config *config, enum config_key update,
                                     enum config_key deadband)
{
    return pace_rule_read(config_text(config, update), config_text(config, deadband));
}

static void add_openhab(struct service *service)
{
    const struct config *config = &service->wishes->config;
    const char *url = config_text(config, CONFIG_OPENHAB_URL);
    const struct bound_items *items = &service->wishes->items;
    bool follow = openhab_tells_items(config);
    if (!url) {
        if (follow)
            log_warn(
                &service->log, "openhab",
                "openhab.items=rest asks openHAB, but openhab.url is missing: nothing is sent");
        else if (items->count > 0)
            log_warn(&service->log, "openhab",
                     "%zu items are bound, but openhab.url is missing: nothing is sent to openHAB",
                     items->count);
        return;
    }
    if (items->count == 0 && !follow)
        log_warn(&service->log, "openhab",
                 "no item is bound to a reading: openhab.items names an .items file or a folder");
    struct pace_rule rule = pace_rule_of(config, CONFIG_OPENHAB_UPDATE, CONFIG_OPENHAB_DEADBAND);
    struct openhab_setup setup = {
        .url = url,
        .token = config_text(config, CONFIG_OPENHAB_TOKEN),
        .only_changes = rule.mode == PACE_CHANGE,
        .websocket = strcmp(config_text(config, CONFIG_OPENHAB_WEBSOCKET), "yes") == 0,
        .items = items,
        .loop = service->loop,
        .log = &service->log,
    };
    if (rule.mode == PACE_CHANGE)
        rule.mode = PACE_EVERY; /* the sink knows best what openHAB has */
    struct sink *sink = follow ? openhab_follower_new(&setup, config) : openhab_sink_new(&setup);
    bus_add(&service->bus, sink, pace_new(&rule, service->loop, sink));
}

static void add_mqtt(struct service *service)
{
    const struct config *config = &service->wishes->config;
    struct pace_rule rule = pace_rule_of(config, CONFIG_MQTT_UPDATE, CONFIG_MQTT_DEADBAND);
    struct sink *sink = service_mqtt_new(config, service->loop, &service->log);
    service->mqtt = sink;
    if (!sink)
        return;
    service_add_conventions(config, &rule, sink, service->loop, &service->log);
    bus_add(&service->bus, sink, pace_new(&rule, service->loop, sink));
}

static void add_push(struct service *service)
{
    const struct config *config = &service->wishes->config;
    _Static_assert(CONFIG_PUSH_MAX + 12 <= BUS_SINKS, "room for them and all others");
    for (size_t i = 0; i < config_push_count(config); i++) {
        struct pace_rule rule =
            pace_rule_read(config_push_value(config, i, CONFIG_PUSH_UPDATE)->text,
                           config_push_value(config, i, CONFIG_PUSH_DEADBAND)->text);
        struct sink *sink = service_push_new(config, i, service->loop, &service->log);
        bus_add(&service->bus, sink, pace_new(&rule, service->loop, sink));
    }
}

static void add_p1(struct service *service)
{
    const struct config *config = &service->wishes->config;
    struct p1_setup setup = {
        .listen = config_text(config, CONFIG_P1_LISTEN),
        .meter = config_text(config, CONFIG_P1_METER),
        .all = strcmp(config_text(config, CONFIG_P1_ALL), "yes") == 0,
        .decrypted = strcmp(config_text(config, CONFIG_P1_DECRYPTED), "yes") == 0,
        .loop = service->loop,
        .log = &service->log,
    };
    if (!service->p1 && setup.listen)
        service->p1 = p1_sink_new(&setup);
    if (service->p1)
        bus_add(&service->bus, service->p1, NULL);
}

/* One that was kept knows the fresh configuration already. */
static void add_page(struct service *service)
{
    if (!service->page)
        service->page = service_http_new(&service->wishes->config, &service->bus, service->start,
                                         service->loop, &service->log);
    if (service->page)
        bus_add(&service->bus, service->page, NULL);
}

static void add_history(struct service *service)
{
    const struct config *config = &service->wishes->config;
    if (service->history)
        service_history_set(service->history, config, service->loop, &service->log);
    else
        service->history = service_history_new(config, service->loop, &service->log);
    if (service->history)
        bus_add(&service->bus, service->history, NULL);
}

static bool can_show_table(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

static void add_display(struct service *service)
{
    if (can_show_table() && !service->options.verbose)
        bus_add(&service->bus, live_sink_new(service->loop, &service->log), NULL);
    else
        bus_add(&service->bus, journal_sink_new(service->loop, &service->log), NULL);
}

/* A person who sees no table shall see that it works. */
static void tell_outlets(struct service *service)
{
    struct buffer names = {0};
    for (size_t i = 0; i < service->bus.count; i++) /* those of one kind stand together */
        if (i == 0 || service->bus.sinks[i]->kind != service->bus.sinks[i - 1]->kind)
            buffer_print(&names, "%s%s", i > 0 ? ", " : "", service->bus.sinks[i]->kind->name);
    log_info(&service->log, "run", "values go to %s; -v shows them here too, Ctrl+C ends",
             names.at);
    buffer_free(&names);
}

/* Whatever is configured; and where nothing is, a person or the log gets to see the values. */
static void add_sinks(struct service *service)
{
    add_p1(service); /* first: its readers count milliseconds */
    add_openhab(service);
    add_mqtt(service);
    add_push(service);
    size_t outlets = service->bus.count;
    add_history(service);
    if (outlets == 0)
        add_display(service);
    else if (service->on_terminal)
        tell_outlets(service);
    add_page(service);
    if (service->trace) /* last: its times are those when all others had the telegram */
        bus_add(&service->bus, tracer_sink_new(service->trace), NULL);
}

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

static bool texts_differ(const struct wishes *a, const struct wishes *b, enum config_key key)
{
    const char *before = config_text(&a->config, key);
    const char *after = config_text(&b->config, key);
    return strcmp(before ? before : "", after ? after : "") != 0;
}

/* Programs that read telegrams from us stay connected, unless something about that changed. */
static void keep_p1(struct service *service, const struct wishes *fresh)
{
    if (texts_differ(service->wishes, fresh, CONFIG_P1_LISTEN) ||
        texts_differ(service->wishes, fresh, CONFIG_P1_METER) ||
        texts_differ(service->wishes, fresh, CONFIG_P1_ALL) ||
        texts_differ(service->wishes, fresh, CONFIG_P1_DECRYPTED))
        service->p1 = NULL;
    else if (service->p1)
        bus_remove(&service->bus, service->p1);
}

/* Those who look at the page stay connected, unless it moves. */
static void keep_page(struct service *service, const struct wishes *fresh)
{
    if (!service->page)
        return;
    if (texts_differ(service->wishes, fresh, CONFIG_HTTP_LISTEN) ||
        !service_http_configure(service->page, &fresh->config, &service->log))
        service->page = NULL;
    else
        bus_remove(&service->bus, service->page);
}

/* It stays open, unless it is to be another file or to have other steps. */
static void keep_history(struct service *service, const struct wishes *fresh)
{
    if (!service->history)
        return;
    if (service_history_same(&service->wishes->config, &fresh->config))
        bus_remove(&service->bus, service->history);
    else
        service->history = NULL;
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
    if (service->on_terminal && !isatty(STDOUT_FILENO)) {
        loop_stop(service->loop);
        return;
    }
    struct wishes *fresh = service->options.config_file ? read_wishes(service) : NULL;
    if (!fresh || !fleet_could_start(service->fleet, &fresh->config)) {
        free_wishes(fresh);
        log_warn(&service->log, "config", "nothing was changed");
        return;
    }
    struct wishes *old = service->wishes;
    struct leftovers *leftovers = leftovers_take(service->leftovers, service->mqtt, &old->config);
    keep_p1(service, fresh);
    keep_page(service, fresh);
    keep_history(service, fresh);
    bus_free(&service->bus);
    fleet_drop(service->fleet, &fresh->config);
    service->wishes = fresh;
    set_log_level(service);
    add_sinks(service);
    service->leftovers = leftovers_clean(leftovers, service->mqtt, &fresh->config, &service->log);
    start_meters(service);
    free_wishes(old);
    log_info(&service->log, "config", "%s was read again", service->options.config_file);
}

static void make_past(struct service *service)
{
    const struct config *config = &service->wishes->config;
    int days = service->options.past_days;
    if (days == 0)
        return;
    service->household = service_past(config, service->history, days,
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
    if (path && !(service->trace = trace_open(path))) {
        log_error(&service->log, "trace", "%s cannot be written: %s", path, strerror(errno));
        return false;
    }
    return true;
}

static void close_trace(struct service *service)
{
    int error = trace_close(service->trace);
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
    free_wishes(service->wishes);
    return good;
}

bool service_run(const struct service_options *options)
{
    struct service service = {.options = *options, .on_terminal = isatty(STDOUT_FILENO)};
    log_init(&service.log);
    service.log.level = options->verbose ? LOG_DEBUG : LOG_INFO;
    service.wishes = read_wishes(&service);
    if (!service.wishes || (!options->forget && !open_trace(&service))) {
        free_wishes(service.wishes);
        return false;
    }
    set_log_level(&service);
    if (options->forget)
        return run_forget(&service);
    service.loop = loop_new();
    service.start = (struct web_start){loop_wall(service.loop), loop_now(service.loop)};
    service.state_folder = state_folder_find();
    loop_on_signal(service.loop, SIGTERM, asked_to_stop, &service);
    loop_on_signal(service.loop, SIGINT, asked_to_stop, &service);
    loop_on_signal(service.loop, SIGHUP, asked_to_reload, &service);
    add_sinks(&service);
    make_past(&service);
    service.fleet = fleet_new(&(struct fleet_setup){
        .state_folder = service.state_folder,
        .household = service.household,
        .loop = service.loop,
        .log = &service.log,
        .bus = &service.bus,
    });
    service.systemd = systemd_new(service.loop);
    bool started = start_meters(&service);
    if (started) {
        loop_run(service.loop);
        fleet_sum_up(service.fleet);
    }
    fleet_free(service.fleet);
    bus_free(&service.bus);
    close_trace(&service);
    systemd_free(service.systemd);
    bool all_done = loop_free(service.loop);
    free_wishes(service.wishes);
    free(service.state_folder);
    free(service.household);
    leftovers_free(service.leftovers);
    /* A name look-up that hangs in the pool would be waited for at exit(). */
    if (!all_done)
        _exit(started ? EXIT_SUCCESS : EXIT_FAILURE);
    return started;
}
