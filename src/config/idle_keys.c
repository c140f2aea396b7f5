/* SPDX-License-Identifier: MIT */
#include "config/idle_keys.h"

#include "config/key.h"
#include "config/port_form.h"

#include <string.h>

/* Keys that begin so have an effect only beside the other. Those of openHAB are looked at where its
 * items are known. */
static const struct group {
    const char *start;
    enum config_key needed;
} groups[] = {
    {"p1.", CONFIG_P1_LISTEN},   {"mqtt.", CONFIG_MQTT_URL}, {"homeassistant.", CONFIG_MQTT_URL},
    {"homie.", CONFIG_MQTT_URL}, {"push.", CONFIG_PUSH_URL}, {"history.", CONFIG_HISTORY_PATH},
};

/* A meter behind a broker uses the keys of mqtt.url too: user, password, certificates. */
static bool reads_from_broker(const struct config *config)
{
    for (size_t i = 0; i < config_meter_count(config); i++) {
        const char *port = config_meter_text(config, i, CONFIG_PORT);
        if (port != NULL && port_form_broker(port) > 0)
            return true;
    }
    return false;
}

static void look_at(const struct config *config, enum config_key key, struct complaints *complaints)
{
    const char *name = key_facts(key)->name;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        enum config_key needed = groups[i].needed;
        if (strncmp(name, groups[i].start, strlen(groups[i].start)) != 0 || key == needed)
            continue;
        /* One that was given and refused has its complaint already. */
        if (!config->values[needed].set && config->values[needed].first == 0)
            complain(complaints, SEVERITY_WARNING, config->file, config->values[key].line,
                     "key '%s' has no effect without %s=; allowed: %s", name,
                     key_facts(needed)->name, key_facts(needed)->allowed);
    }
}

void idle_keys_check(const struct config *config, struct complaints *complaints)
{
    bool broker = reads_from_broker(config);
    for (enum config_key key = CONFIG_METER_KEY_COUNT; key < CONFIG_KEY_COUNT; key++)
        if (config->values[key].set &&
            !(broker && strncmp(key_facts(key)->name, "mqtt.", strlen("mqtt.")) == 0))
            look_at(config, key, complaints);
}
