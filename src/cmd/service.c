/* SPDX-License-Identifier: MIT */
#include "cmd/service.h"

#include "config/config.h"
#include "config/items.h"
#include "core/bus.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/memory.h"
#include "core/meter.h"
#include "sink/journal.h"
#include "sink/live.h"
#include "sink/openhab.h"
#include "source/found_speed.h"

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
    struct log log;
    struct bus bus;
    struct meter *meter;
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

static const char *port_of(const struct service *service, const struct wishes *wishes)
{
    return service->options.port ? service->options.port
                                 : config_text(&wishes->config, CONFIG_PORT);
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
    const char *items = config_text(&wishes->config, CONFIG_OPENHAB_ITEMS);
    if (good && items)
        good = items_read(&wishes->items, items, &complaints);
    log_complaints(&service->log, &complaints);
    good = good && complaints.errors == 0;
    if (!good) {
        log_error(&service->log, "config", "%s cannot be used; dsmr check -c %s tells all of it",
                  file, file);
    } else if (!port_of(service, wishes)) {
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
 * Sinks and the meter
 */

static void add_openhab(struct service *service)
{
    const struct config *config = &service->wishes->config;
    const char *url = config_text(config, CONFIG_OPENHAB_URL);
    const struct bound_items *items = &service->wishes->items;
    if (!url) {
        if (items->count > 0)
            log_warn(&service->log, "openhab",
                     "%zu items are bound, but openhab.url is missing: nothing is sent to openHAB",
                     items->count);
        return;
    }
    if (items->count == 0)
        log_warn(&service->log, "openhab",
                 "no item is bound to a reading: openhab.items names an .items file or a folder");
    struct openhab_setup setup = {
        .url = url,
        .token = config_text(config, CONFIG_OPENHAB_TOKEN),
        .only_changes = strcmp(config_text(config, CONFIG_OPENHAB_UPDATE), "change") == 0,
        .items = items,
        .loop = service->loop,
        .log = &service->log,
    };
    bus_add(&service->bus, openhab_sink_new(&setup));
}

static bool can_show_table(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

/* Whatever is configured; and where nothing is, a person or the log gets to see the values. */
static void add_sinks(struct service *service)
{
    add_openhab(service);
    if (service->bus.count > 0)
        return;
    if (can_show_table() && !service->options.verbose)
        bus_add(&service->bus, live_sink_new(service->loop, &service->log));
    else
        bus_add(&service->bus, journal_sink_new(service->loop, &service->log));
}

static void set_channels(const struct config *config, struct dsmr_channels *channels)
{
    static const struct {
        enum config_key key;
        enum dsmr_kind kind;
    } keys[] = {
        {CONFIG_GAS_CHANNEL, DSMR_KIND_GAS},
        {CONFIG_WATER_CHANNEL, DSMR_KIND_WATER},
        {CONFIG_HEATING_CHANNEL, DSMR_KIND_HEATING},
        {CONFIG_COOLING_CHANNEL, DSMR_KIND_COOLING},
        {CONFIG_GENERIC_CHANNEL, DSMR_KIND_GENERIC},
        {CONFIG_SLAVE_ELECTRICITY_CHANNEL, DSMR_KIND_SLAVE_ELECTRICITY},
    };
    dsmr_channels_init(channels);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (config_is_set(config, keys[i].key))
            dsmr_channels_set(channels, keys[i].kind, (unsigned)config_number(config, keys[i].key));
}

/* As these files want it. NULL with *error set, freed by the caller, when that can never work. */
static struct meter *new_meter(struct service *service, const struct wishes *wishes, char **error)
{
    const struct config *config = &wishes->config;
    const char *zone_name = config_text(config, CONFIG_ZONE);
    const char *settings = config_text(config, CONFIG_PORT_SETTINGS);
    struct meter_setup setup = {
        .name = "main",
        .port = port_of(service, wishes),
        .state_folder = service->state_folder,
        .loop = service->loop,
        .log = &service->log,
        .bus = &service->bus,
    };
    if (settings)
        line_settings_parse(settings, &setup.fixed);
    setup.has_zone =
        zone_name && dsmr_zone_parse((struct dsmr_text){zone_name, strlen(zone_name)}, &setup.zone);
    set_channels(config, &setup.channels);
    return meter_new(&setup, error);
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
    loop_stop(service->loop);
}

/* True when the meter would be read in another way. */
static bool meter_differs(const struct service *service, const struct wishes *other)
{
    static const enum config_key keys[] = {
        CONFIG_PORT_SETTINGS,   CONFIG_ZONE,
        CONFIG_GAS_CHANNEL,     CONFIG_WATER_CHANNEL,
        CONFIG_HEATING_CHANNEL, CONFIG_COOLING_CHANNEL,
        CONFIG_GENERIC_CHANNEL, CONFIG_SLAVE_ELECTRICITY_CHANNEL,
    };
    if (strcmp(port_of(service, service->wishes), port_of(service, other)) != 0)
        return true;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *before = config_text(&service->wishes->config, keys[i]);
        const char *after = config_text(&other->config, keys[i]);
        if (strcmp(before ? before : "", after ? after : "") != 0)
            return true;
    }
    return false;
}

/* NULL when the files, or the port they name, cannot be used; why was logged. */
static struct wishes *read_fresh_wishes(struct service *service, struct meter **meter)
{
    char *error = NULL;
    struct wishes *fresh = service->options.config_file ? read_wishes(service) : NULL;
    *meter = service->meter;
    if (fresh && meter_differs(service, fresh))
        *meter = new_meter(service, fresh, &error);
    if (*meter)
        return fresh;
    log_error(&service->log, "port", "%s", error);
    free(error);
    free_wishes(fresh);
    return NULL;
}

/* Reads the files again. With mistakes in them everything stays as it was. The port stays open unless
 * something about it changed, so that no telegram is lost. */
static void asked_to_reload(void *context, int signal_number)
{
    struct service *service = context;
    struct meter *meter;
    (void)signal_number;
    /* The window was closed: without anybody to see it, it would only keep the port from others. */
    if (service->on_terminal && !isatty(STDOUT_FILENO)) {
        loop_stop(service->loop);
        return;
    }
    struct wishes *old = service->wishes;
    struct wishes *fresh = read_fresh_wishes(service, &meter);
    if (!fresh) {
        log_warn(&service->log, "config", "nothing was changed");
        return;
    }
    bus_free(&service->bus);
    if (meter != service->meter)
        meter_free(service->meter);
    service->meter = meter;
    service->wishes = fresh;
    set_log_level(service);
    add_sinks(service);
    meter_tell_line(meter);
    free_wishes(old);
    log_info(&service->log, "config", "%s was read again", service->options.config_file);
}

bool service_run(const struct service_options *options)
{
    struct service service = {.options = *options, .on_terminal = isatty(STDOUT_FILENO)};
    char *error = NULL;
    log_init(&service.log);
    service.log.level = options->verbose ? LOG_DEBUG : LOG_INFO;
    service.wishes = read_wishes(&service);
    if (!service.wishes)
        return false;
    set_log_level(&service);
    service.loop = loop_new();
    service.state_folder = state_folder_find();
    loop_on_signal(service.loop, SIGTERM, asked_to_stop, &service);
    loop_on_signal(service.loop, SIGINT, asked_to_stop, &service);
    loop_on_signal(service.loop, SIGHUP, asked_to_reload, &service);
    add_sinks(&service);
    service.meter = new_meter(&service, service.wishes, &error);
    bool started = service.meter != NULL;
    if (started)
        loop_run(service.loop);
    meter_free(service.meter);
    bus_free(&service.bus);
    /* Only now: a table would have taken it off the screen. */
    if (!started)
        log_error(&service.log, "port", "%s", error);
    free(error);
    bool all_done = loop_free(service.loop);
    free_wishes(service.wishes);
    free(service.state_folder);
    /* A name look-up that hangs in the pool would be waited for at exit(). */
    if (!all_done)
        _exit(started ? EXIT_SUCCESS : EXIT_FAILURE);
    return started;
}
