/* SPDX-License-Identifier: MIT */
#include "cmd/service_conventions.h"

#include "cmd/stray_lines.h"
#include "sink/homeassistant.h"
#include "sink/homie.h"
#include "sink/mqtt.h"

#include <string.h>

enum {
    EXPIRE_S = 300, /* states that come with every telegram */
    RESTART_SPREAD_MS = 5000,
    SETTLE_MS = 10000,
    READY_MS = 500,
};

static bool says(const struct config *config, enum config_key key, const char *word)
{
    return strcmp(config_text(config, key), word) == 0;
}

static enum language language_of(const struct config *config, enum config_key key)
{
    return says(config, key, "nl") ? LANGUAGE_DUTCH : LANGUAGE_ENGLISH;
}

/* A value that comes when it changes may be old and right. */
static int expire_after(const struct pace_rule *rule)
{
    if (rule->mode == PACE_CHANGE)
        return 0;
    return EXPIRE_S + (rule->mode == PACE_SECONDS ? 3 * rule->seconds : 0);
}

struct mqtt_composer *service_homeassistant(const struct config *config,
                                            const struct pace_rule *rule,
                                            const struct mqtt_topics *topics, struct emit emit,
                                            struct loop *loop, struct log *log)
{
    struct homeassistant_setup setup = {
        .style =
            {
                .topics = topics,
                .prefix = config_text(config, CONFIG_HOMEASSISTANT_PREFIX),
                .language = language_of(config, CONFIG_HOMEASSISTANT_LANGUAGE),
                .expire_s = expire_after(rule),
            },
        .components = says(config, CONFIG_HOMEASSISTANT_FORM, "component"),
        .restart_spread_ms = RESTART_SPREAD_MS,
        .settle_ms = SETTLE_MS,
        .emit = emit,
        .loop = loop,
        .log = log,
    };
    return homeassistant_new(&setup);
}

struct mqtt_composer *service_homie(const struct config *config, struct emit emit,
                                    struct loop *loop, struct log *log)
{
    struct homie_setup setup = {
        .version = says(config, CONFIG_HOMIE_VERSION, "5") ? 5 : 4,
        .device = config_text(config, CONFIG_HOMIE_DEVICE),
        .language = language_of(config, CONFIG_HOMIE_LANGUAGE),
        .ready_ms = READY_MS,
        .emit = emit,
        .loop = loop,
        .log = log,
    };
    return homie_new(&setup);
}

void service_add_conventions(const struct config *config, const struct pace_rule *rule,
                             struct sink *mqtt, struct loop *loop, struct log *log)
{
    struct emit emit = mqtt_sink_emit(mqtt);
    struct mqtt_composer *strays = stray_lines_new(config, mqtt_sink_topics(mqtt), loop, log);
    if (strays)
        mqtt_sink_add(mqtt, strays);
    if (says(config, CONFIG_HOMEASSISTANT_DISCOVERY, "yes"))
        mqtt_sink_add(mqtt,
                      service_homeassistant(config, rule, mqtt_sink_topics(mqtt), emit, loop, log));
    if (!says(config, CONFIG_HOMIE_VERSION, "no"))
        mqtt_sink_add(mqtt, service_homie(config, emit, loop, log));
}
