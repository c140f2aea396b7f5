/* SPDX-License-Identifier: MIT */
#include "cmd/service_outlets.h"

#include "cmd/leftovers.h"
#include "cmd/service_conventions.h"
#include "cmd/service_history.h"
#include "cmd/service_mqtt.h"
#include "cmd/service_push.h"
#include "core/buffer.h"
#include "sink/journal.h"
#include "sink/live.h"
#include "sink/openhab.h"
#include "sink/openhab_follower.h"
#include "sink/p1.h"
#include "sink/tracer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------------------------
 * Adding them
 */

static struct pace_rule pace_rule_of(const struct config *config, enum config_key update,
                                     enum config_key deadband)
{
    return pace_rule_read(config_text(config, update), config_text(config, deadband));
}

static void add_openhab(struct outlets *outlets)
{
    const struct config *config = &outlets->wishes->config;
    const char *url = config_text(config, CONFIG_OPENHAB_URL);
    const struct bound_items *items = &outlets->wishes->items;
    bool follow = openhab_tells_items(config);
    if (!url) {
        if (follow)
            log_warn(
                outlets->log, "openhab",
                "openhab.items=rest asks openHAB, but openhab.url is missing: nothing is sent");
        else if (items->count > 0)
            log_warn(outlets->log, "openhab",
                     "%zu items are bound, but openhab.url is missing: nothing is sent to openHAB",
                     items->count);
        return;
    }
    if (items->count == 0 && !follow)
        log_warn(outlets->log, "openhab",
                 "no item is bound to a reading: openhab.items names an .items file or a folder");
    struct pace_rule rule = pace_rule_of(config, CONFIG_OPENHAB_UPDATE, CONFIG_OPENHAB_DEADBAND);
    struct openhab_setup setup = {
        .url = url,
        .token = config_text(config, CONFIG_OPENHAB_TOKEN),
        .only_changes = rule.mode == PACE_CHANGE,
        .websocket = strcmp(config_text(config, CONFIG_OPENHAB_WEBSOCKET), "yes") == 0,
        .items = items,
        .loop = outlets->loop,
        .log = outlets->log,
    };
    if (rule.mode == PACE_CHANGE)
        rule.mode = PACE_EVERY; /* the sink knows best what openHAB has */
    struct sink *sink = follow ? openhab_follower_new(&setup, config) : openhab_sink_new(&setup);
    bus_add(&outlets->bus, sink, pace_new(&rule, outlets->loop, sink));
}

static void add_mqtt(struct outlets *outlets)
{
    const struct config *config = &outlets->wishes->config;
    struct pace_rule rule = pace_rule_of(config, CONFIG_MQTT_UPDATE, CONFIG_MQTT_DEADBAND);
    struct sink *sink = service_mqtt_new(config, outlets->loop, outlets->log);
    outlets->mqtt = sink;
    if (!sink)
        return;
    service_add_conventions(config, &rule, sink, outlets->loop, outlets->log);
    bus_add(&outlets->bus, sink, pace_new(&rule, outlets->loop, sink));
}

static void add_push(struct outlets *outlets)
{
    const struct config *config = &outlets->wishes->config;
    _Static_assert(CONFIG_PUSH_MAX + 12 <= BUS_SINKS, "room for them and all others");
    for (size_t i = 0; i < config_push_count(config); i++) {
        struct pace_rule rule =
            pace_rule_read(config_push_value(config, i, CONFIG_PUSH_UPDATE)->text,
                           config_push_value(config, i, CONFIG_PUSH_DEADBAND)->text);
        struct sink *sink = service_push_new(config, i, outlets->loop, outlets->log);
        bus_add(&outlets->bus, sink, pace_new(&rule, outlets->loop, sink));
    }
}

static void add_p1(struct outlets *outlets)
{
    const struct config *config = &outlets->wishes->config;
    struct p1_setup setup = {
        .listen = config_text(config, CONFIG_P1_LISTEN),
        .meter = config_text(config, CONFIG_P1_METER),
        .all = strcmp(config_text(config, CONFIG_P1_ALL), "yes") == 0,
        .decrypted = strcmp(config_text(config, CONFIG_P1_DECRYPTED), "yes") == 0,
        .loop = outlets->loop,
        .log = outlets->log,
    };
    if (!outlets->p1 && setup.listen)
        outlets->p1 = p1_sink_new(&setup);
    if (outlets->p1)
        bus_add(&outlets->bus, outlets->p1, NULL);
}

/* One that was kept knows the fresh configuration already. */
static void add_page(struct outlets *outlets)
{
    if (!outlets->page)
        outlets->page = service_http_new(&outlets->wishes->config, &outlets->bus, outlets->start,
                                         outlets->loop, outlets->log);
    if (outlets->page)
        bus_add(&outlets->bus, outlets->page, NULL);
}

static void add_history(struct outlets *outlets)
{
    const struct config *config = &outlets->wishes->config;
    if (outlets->history)
        service_history_set(outlets->history, config, outlets->loop, outlets->log);
    else
        outlets->history = service_history_new(config, outlets->loop, outlets->log);
    if (outlets->history)
        bus_add(&outlets->bus, outlets->history, NULL);
}

static bool can_show_table(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

static void add_display(struct outlets *outlets)
{
    if (can_show_table() && !outlets->verbose)
        bus_add(&outlets->bus, live_sink_new(outlets->loop, outlets->log), NULL);
    else
        bus_add(&outlets->bus, journal_sink_new(outlets->loop, outlets->log), NULL);
}

/* A person who sees no table shall see that it works. */
static void tell_outlets(struct outlets *outlets)
{
    struct buffer names = {0};
    for (size_t i = 0; i < outlets->bus.count; i++) /* those of one kind stand together */
        if (i == 0 || outlets->bus.sinks[i]->kind != outlets->bus.sinks[i - 1]->kind)
            buffer_print(&names, "%s%s", i > 0 ? ", " : "", outlets->bus.sinks[i]->kind->name);
    log_info(outlets->log, "run", "values go to %s; -v shows them here too, Ctrl+C ends", names.at);
    buffer_free(&names);
}

/* Whatever is configured; and where nothing is, a person or the log gets to see the values. */
static void add_all(struct outlets *outlets)
{
    add_p1(outlets); /* first: its readers count milliseconds */
    add_openhab(outlets);
    add_mqtt(outlets);
    add_push(outlets);
    size_t elsewhere = outlets->bus.count;
    add_history(outlets);
    if (elsewhere == 0)
        add_display(outlets);
    else if (outlets->on_terminal)
        tell_outlets(outlets);
    add_page(outlets);
    if (outlets->trace) /* last: its times are those when all others had the telegram */
        bus_add(&outlets->bus, tracer_sink_new(outlets->trace), NULL);
}

void outlets_begin(struct outlets *outlets, const struct wishes *wishes)
{
    outlets->wishes = wishes;
    add_all(outlets);
    outlets->leftovers =
        leftovers_clean(outlets->leftovers, outlets->mqtt, &wishes->config, outlets->log);
}

/* ------------------------------------------------------------------------------------------------
 * Keeping them
 */

static bool texts_differ(const struct wishes *a, const struct wishes *b, enum config_key key)
{
    const char *before = config_text(&a->config, key);
    const char *after = config_text(&b->config, key);
    return strcmp(before ? before : "", after ? after : "") != 0;
}

/* Programs that read telegrams from us stay connected, unless something about that changed. */
static void keep_p1(struct outlets *outlets, const struct wishes *fresh)
{
    if (texts_differ(outlets->wishes, fresh, CONFIG_P1_LISTEN) ||
        texts_differ(outlets->wishes, fresh, CONFIG_P1_METER) ||
        texts_differ(outlets->wishes, fresh, CONFIG_P1_ALL) ||
        texts_differ(outlets->wishes, fresh, CONFIG_P1_DECRYPTED))
        outlets->p1 = NULL;
    else if (outlets->p1)
        bus_remove(&outlets->bus, outlets->p1);
}

/* Those who look at the page stay connected, unless it moves. */
static void keep_page(struct outlets *outlets, const struct wishes *fresh)
{
    if (!outlets->page)
        return;
    if (texts_differ(outlets->wishes, fresh, CONFIG_HTTP_LISTEN) ||
        !service_http_configure(outlets->page, &fresh->config, outlets->log))
        outlets->page = NULL;
    else
        bus_remove(&outlets->bus, outlets->page);
}

/* It stays open, unless it is to be another file or to have other steps. */
static void keep_history(struct outlets *outlets, const struct wishes *fresh)
{
    if (!outlets->history)
        return;
    if (service_history_same(&outlets->wishes->config, &fresh->config))
        bus_remove(&outlets->bus, outlets->history);
    else
        outlets->history = NULL;
}

void outlets_end(struct outlets *outlets, const struct wishes *fresh)
{
    outlets->leftovers =
        leftovers_take(outlets->leftovers, outlets->mqtt, &outlets->wishes->config);
    keep_p1(outlets, fresh);
    keep_page(outlets, fresh);
    keep_history(outlets, fresh);
    bus_free(&outlets->bus);
}

void outlets_free(struct outlets *outlets)
{
    bus_free(&outlets->bus);
    leftovers_free(outlets->leftovers);
}
