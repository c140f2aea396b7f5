/* SPDX-License-Identifier: MIT */
#include "config/idle_keys.h"

#include "config/key.h"

#include <string.h>

/* Keys that begin so have an effect only beside the other. Those of openHAB are looked at where its
 * items are known. */
static const struct group {
    const char *start;
    enum config_key needed;
} groups[] = {
    {"p1.", CONFIG_P1_LISTEN},
    {"mqtt.", CONFIG_MQTT_URL},
    {"homeassistant.", CONFIG_MQTT_URL},
    {"homie.", CONFIG_MQTT_URL},
};

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
    for (enum config_key key = CONFIG_METER_KEY_COUNT; key < CONFIG_KEY_COUNT; key++)
        if (config->values[key].set)
            look_at(config, key, complaints);
}
