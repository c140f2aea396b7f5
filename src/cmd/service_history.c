/* SPDX-License-Identifier: MIT */
#include "cmd/service_history.h"

#include "core/memory.h"
#include "sink/history.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_S = 86400 };

struct recorder_rules service_history_rules(const struct config *config)
{
    struct recorder_rules rules = recorder_rules_default;
    rules.tiers[0].length = strtol(config_text(config, CONFIG_HISTORY_FINE_STEP), NULL, 10);
    rules.tiers[0].keep_s = config_number(config, CONFIG_HISTORY_FINE_DAYS) * DAY_S;
    rules.tiers[1].keep_s = config_number(config, CONFIG_HISTORY_MINUTE_DAYS) * DAY_S;
    rules.tiers[TIER_QUARTER].keep_s = config_number(config, CONFIG_HISTORY_QUARTER_DAYS) * DAY_S;
    return rules;
}

static struct history_meter_wish *wishes_of(const struct config *config)
{
    size_t count = config_meter_count(config);
    struct history_meter_wish *wishes = memory_new(count + 1, sizeof *wishes);
    for (size_t i = 0; i < count; i++) {
        const char *zone = config_meter_text(config, i, CONFIG_ZONE);
        wishes[i].name = config_meter_name(config, i);
        wishes[i].has_zone =
            zone && dsmr_zone_parse((struct dsmr_text){zone, strlen(zone)}, &wishes[i].zone);
        wishes[i].limits = (struct guard_limits){
            .power = config_meter_number(config, i, CONFIG_GUARD_POWER),
            .gas = config_meter_number(config, i, CONFIG_GUARD_GAS),
            .water = config_meter_number(config, i, CONFIG_GUARD_WATER),
            .heat = config_meter_number(config, i, CONFIG_GUARD_HEAT),
        };
    }
    return wishes;
}

static struct history_setup setup_of(const struct config *config, struct loop *loop,
                                     struct log *log, struct history_meter_wish *wishes)
{
    return (struct history_setup){
        .path = config_text(config, CONFIG_HISTORY_PATH),
        .rules = service_history_rules(config),
        .write_ms = config_number(config, CONFIG_HISTORY_WRITE_SECONDS) * 1000,
        .meters = wishes,
        .meter_count = config_meter_count(config),
        .loop = loop,
        .log = log,
    };
}

struct sink *service_history_new(const struct config *config, struct loop *loop, struct log *log)
{
    if (!config_is_set(config, CONFIG_HISTORY_PATH))
        return NULL;
    struct history_meter_wish *wishes = wishes_of(config);
    struct history_setup setup = setup_of(config, loop, log, wishes);
    struct sink *sink = history_sink_new(&setup);
    free(wishes);
    return sink;
}

void service_history_set(struct sink *sink, const struct config *config, struct loop *loop,
                         struct log *log)
{
    struct history_meter_wish *wishes = wishes_of(config);
    struct history_setup setup = setup_of(config, loop, log, wishes);
    history_sink_set(sink, &setup);
    free(wishes);
}

bool service_history_same(const struct config *a, const struct config *b)
{
    const char *before = config_text(a, CONFIG_HISTORY_PATH);
    const char *after = config_text(b, CONFIG_HISTORY_PATH);
    struct recorder_rules old = service_history_rules(a);
    struct recorder_rules fresh = service_history_rules(b);
    if (!before || !after || strcmp(before, after) != 0)
        return false;
    for (size_t i = 0; i < TIERS; i++)
        if (old.tiers[i].length != fresh.tiers[i].length ||
            old.tiers[i].keep_s != fresh.tiers[i].keep_s)
            return false;
    return true;
}
