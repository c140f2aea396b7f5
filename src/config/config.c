/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include "config/destinations.h"
#include "config/key.h"
#include "config/meters.h"
#include "core/memory.h"

#include <stdlib.h>
#include <unistd.h>

void config_set_default(struct config_value *value, enum config_key key)
{
    const char *fallback = key_facts(key)->fallback;
    free(value->text);
    *value = (struct config_value){.first = value->first};
    if (fallback != NULL) {
        value->text = memory_text(fallback);
        key_takes(key, fallback, &value->number);
    }
}

void config_init(struct config *config)
{
    *config = (struct config){0};
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++)
        config_set_default(&config->values[key], key);
}

void config_set(struct config *config, enum config_key key, const char *text)
{
    struct config_value *value = &config->values[key];
    free(value->text);
    *value = (struct config_value){.text = memory_text(text), .set = true};
}

void config_set_port(struct config *config, const char *port)
{
    config_set(config, CONFIG_PORT, port);
}

void config_free(struct config *config)
{
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++)
        free(config->values[key].text);
    meters_free(config);
    destinations_free(config);
    free(config->file);
    *config = (struct config){0};
}

const char *config_place(size_t index)
{
    /* Ours, then openHAB's of today, of version 2, and the one file of version 1. */
    static const char *const places[] = {
        "/etc/dsmr/dsmr.cfg",
        "/etc/openhab/services/dsmr.cfg",
        "/etc/openhab2/services/dsmr.cfg",
        "/etc/openhab/configurations/openhab.cfg",
    };
    return index < sizeof places / sizeof *places ? places[index] : NULL;
}

const char *config_find(void)
{
    const char *place;
    for (size_t i = 0; (place = config_place(i)) != NULL; i++)
        if (access(place, F_OK) == 0)
            break;
    return place;
}

const char *config_text(const struct config *config, enum config_key key)
{
    return config->values[key].text;
}

int64_t config_number(const struct config *config, enum config_key key)
{
    return config->values[key].number;
}

bool config_is_set(const struct config *config, enum config_key key)
{
    return config->values[key].set;
}
