/* SPDX-License-Identifier: MIT */
/*
 * Each meter remembers the settings that it was started with, so that reading the configuration again
 * touches only those whose settings are others now: no telegram of the rest is lost.
 */
#include "cmd/fleet.h"

#include "cmd/service_mqtt.h"
#include "config/key.h"
#include "config/line_settings.h"
#include "config/meter_keys.h"
#include "config/port_form.h"
#include "core/file_limit.h"
#include "core/memory.h"
#include "meter/meter.h"

#include <stdlib.h>
#include <string.h>

/* Open files: for each meter its port and what it takes to open it, and for everything else. */
enum { FILES_PER_METER = 2, OTHER_FILES = 512 };

struct member {
    char *name;
    char *settings[CONFIG_METER_KEY_COUNT]; /* texts of the keys, NULL where there is none */
    char *identity;              /* to the broker that its telegrams come from; NULL without one */
    struct decryption_keys keys; /* which files may have */
    struct meter *meter;
};

struct fleet {
    struct fleet_setup setup;
    struct member *members; /* in the order of the configuration */
    size_t count;
};

struct fleet *fleet_new(const struct fleet_setup *setup)
{
    struct fleet *fleet = memory_new(1, sizeof *fleet);
    fleet->setup = *setup;
    return fleet;
}

static void free_member(struct member *member)
{
    meter_free(member->meter);
    for (enum config_key key = 0; key < CONFIG_METER_KEY_COUNT; key++) {
        if (member->settings[key] && key_is_secret(key))
            explicit_bzero(member->settings[key], strlen(member->settings[key]));
        free(member->settings[key]);
    }
    service_mqtt_forget(member->identity);
    explicit_bzero(&member->keys, sizeof member->keys);
    free(member->name);
}

void fleet_free(struct fleet *fleet)
{
    if (!fleet)
        return;
    for (size_t i = 0; i < fleet->count; i++)
        free_member(&fleet->members[i]);
    free(fleet->members);
    free(fleet);
}

/* ------------------------------------------------------------------------------------------------
 * Reading the configuration again
 */

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* NULL for a port that is no broker's. To be given to service_mqtt_forget(). */
static char *identity_of(const struct member *member, const struct config *config)
{
    const char *port = member->settings[CONFIG_PORT];
    return port && port_form_broker(port) > 0 ? service_mqtt_identity(config, port) : NULL;
}

/* A file with a key may have changed. */
static bool has_same_keys(const struct member *member, const struct config *config, size_t place)
{
    struct complaints told = {0};
    struct decryption_keys keys;
    meter_keys_read(config, place, &keys, &told);
    bool same_keys = meter_keys_same(&member->keys, &keys);
    explicit_bzero(&keys, sizeof keys);
    complaints_free(&told);
    return same_keys;
}

static bool is_as_configured(const struct member *member, const struct config *config, size_t place)
{
    for (enum config_key key = 0; key < CONFIG_METER_KEY_COUNT; key++)
        if (!same(member->settings[key], config_meter_text(config, place, key)))
            return false;
    char *identity = identity_of(member, config);
    bool alike = same(member->identity, identity);
    service_mqtt_forget(identity);
    return alike && has_same_keys(member, config, place);
}

void fleet_drop(struct fleet *fleet, const struct config *config)
{
    size_t kept = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        struct member *member = &fleet->members[i];
        size_t place = config_meter_find(config, member->name, strlen(member->name));
        bool known = place < config_meter_count(config);
        if (known && is_as_configured(member, config, place)) {
            fleet->members[kept++] = *member;
            continue;
        }
        if (!known)
            log_info(fleet->setup.log, "meter", "%s: no longer read", member->name);
        free_member(member);
    }
    fleet->count = kept;
}

/* ------------------------------------------------------------------------------------------------
 * Starting
 */

void fleet_channels(const struct config *config, size_t place, struct dsmr_channels *channels)
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
        if (config_meter_is_set(config, place, keys[i].key))
            dsmr_channels_set(channels, keys[i].kind,
                              (unsigned)config_meter_number(config, place, keys[i].key));
}

static struct guard_limits limits_of(const struct config *config, size_t place)
{
    return (struct guard_limits){
        .power = config_meter_number(config, place, CONFIG_GUARD_POWER),
        .gas = config_meter_number(config, place, CONFIG_GUARD_GAS),
        .water = config_meter_number(config, place, CONFIG_GUARD_WATER),
        .heat = config_meter_number(config, place, CONFIG_GUARD_HEAT),
    };
}

static void read_keys(const struct fleet *fleet, const struct config *config, size_t place,
                      struct member *member)
{
    struct complaints told = {0};
    meter_keys_read(config, place, &member->keys, &told);
    for (size_t i = 0; i < told.count; i++)
        log_warn(fleet->setup.log, "meter", "%s: %s", member->name, told.at[i].text);
    complaints_free(&told);
}

/* The sinks have no meter to hear it from, and a broker may still keep the "online" of an earlier run. */
static void tell_refused(const struct fleet *fleet, const struct meter_setup *meter,
                         const char *error)
{
    struct line_status line = {
        .meter = meter->name, .port = meter->port, .settings = "", .state = error};
    log_error(fleet->setup.log, "port", "%s", error);
    bus_line(fleet->setup.bus, &line);
}

static struct meter *start_meter(const struct fleet *fleet, const struct member *member,
                                 const struct config *config, size_t place)
{
    const char *zone = member->settings[CONFIG_ZONE];
    const char *settings = member->settings[CONFIG_PORT_SETTINGS];
    char *error = NULL;
    struct meter_setup setup = {
        .name = member->name,
        .port = member->settings[CONFIG_PORT],
        .state_folder = fleet->setup.state_folder,
        .household = place == 0 ? fleet->setup.household : NULL,
        .limits = limits_of(config, place),
        .keys = member->keys,
        .refuse_replays = strcmp(member->settings[CONFIG_DECRYPTION_REPLAY], "refuse") == 0,
        .loop = fleet->setup.loop,
        .log = fleet->setup.log,
        .bus = fleet->setup.bus,
    };
    if (settings)
        line_settings_parse(settings, &setup.fixed);
    setup.has_zone = zone && dsmr_zone_parse((struct dsmr_text){zone, strlen(zone)}, &setup.zone);
    fleet_channels(config, place, &setup.channels);
    char *password = NULL;
    struct mqtt_broker broker;
    if (port_form_broker(setup.port) > 0) {
        broker = service_mqtt_port_broker(config, setup.port, fleet->setup.log, &password);
        setup.broker = &broker;
    }
    struct meter *meter = meter_new(&setup, &error);
    explicit_bzero(&setup.keys, sizeof setup.keys);
    service_mqtt_forget(password);
    if (!meter)
        tell_refused(fleet, &setup, error);
    free(error);
    return meter;
}

/* Returns false when its port can never work. */
static bool start_member(const struct fleet *fleet, const struct config *config, size_t place,
                         struct member *member)
{
    *member = (struct member){.name = memory_text(config_meter_name(config, place))};
    for (enum config_key key = 0; key < CONFIG_METER_KEY_COUNT; key++) {
        const char *text = config_meter_text(config, place, key);
        if (text)
            member->settings[key] = memory_text(text);
    }
    member->identity = identity_of(member, config);
    read_keys(fleet, config, place, member);
    member->meter = start_meter(fleet, member, config, place);
    if (!member->meter)
        free_member(member);
    return member->meter != NULL;
}

static const struct member *find(const struct fleet *fleet, const char *name)
{
    for (size_t i = 0; i < fleet->count; i++)
        if (strcmp(fleet->members[i].name, name) == 0)
            return &fleet->members[i];
    return NULL;
}

bool fleet_could_start(const struct fleet *fleet, const struct config *config)
{
    struct bus nobody = {0};
    struct fleet trial = {.setup = fleet->setup};
    trial.setup.bus = &nobody;
    for (size_t place = 0; place < config_meter_count(config); place++) {
        struct member member;
        const struct member *running = find(fleet, config_meter_name(config, place));
        if (running && is_as_configured(running, config, place))
            return true;
        if (start_member(&trial, config, place, &member)) {
            free_member(&member);
            return true;
        }
    }
    return false;
}

static void allow_files(const struct fleet *fleet, size_t meters)
{
    size_t wanted = meters * FILES_PER_METER + OTHER_FILES;
    size_t allowed = file_limit_raise(wanted);
    if (allowed < wanted)
        log_warn(fleet->setup.log, "meter",
                 "%zu meter%s may need %zu open files, and %zu are allowed: raise the limit "
                 "(LimitNOFILE= of the systemd unit, or ulimit -n)",
                 meters, meters == 1 ? "" : "s", wanted, allowed);
}

size_t fleet_start(struct fleet *fleet, const struct config *config)
{
    size_t wanted = config_meter_count(config);
    struct member *members = memory_new(wanted, sizeof *members);
    size_t count = 0;
    allow_files(fleet, wanted);
    for (size_t place = 0; place < wanted; place++) {
        const char *name = config_meter_name(config, place);
        const struct member *running = find(fleet, name);
        if (fleet->setup.only && strcmp(fleet->setup.only, name) != 0)
            continue;
        if (running) {
            members[count++] = *running;
            meter_tell_line(running->meter);
        } else if (start_member(fleet, config, place, &members[count])) {
            count++;
        }
    }
    free(fleet->members);
    fleet->members = members;
    fleet->count = count;
    fleet->setup.household = NULL; /* by the next time it is of the past */
    return count;
}

void fleet_sum_up(const struct fleet *fleet)
{
    struct meter_counts sum = {0};
    for (size_t i = 0; i < fleet->count; i++) {
        struct meter_counts counts = meter_count(fleet->members[i].meter);
        sum.good += counts.good;
        sum.refused += counts.refused;
    }
    log_info(fleet->setup.log, "meter", "%zu meter%s: %llu telegrams good, %llu refused",
             fleet->count, fleet->count == 1 ? "" : "s", (unsigned long long)sum.good,
             (unsigned long long)sum.refused);
}
