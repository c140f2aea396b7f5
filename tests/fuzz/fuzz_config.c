/* SPDX-License-Identifier: MIT */
/* Any bytes as a dsmr.cfg: no crash, no leak, and what is taken is in its bounds. */
#include "config/config.h"
#include "config/line_settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct config config;
    struct complaints complaints = {0};
    struct line_settings settings;
    config_init(&config);
    /* The name decides how keys of other services are taken. */
    const char *file = size > 0 && bytes[size - 1] == '\t' ? "openhab.cfg" : "dsmr.cfg";
    config_read_text(&config, file, (const char *)bytes, size, &complaints);

    int64_t channel = config_number(&config, CONFIG_GAS_CHANNEL);
    if (config_is_set(&config, CONFIG_GAS_CHANNEL) && (channel < 1 || channel > 9))
        abort();
    const char *text = config_text(&config, CONFIG_PORT_SETTINGS);
    if (text != NULL && !line_settings_parse(text, &settings))
        abort();
    for (size_t i = 0; i < config_meter_count(&config); i++) {
        const char *name = config_meter_name(&config, i);
        if (config_meter_find(&config, name, strlen(name)) != i)
            abort();
    }
    if (config_push_count(&config) > CONFIG_PUSH_MAX + 1)
        abort();
    for (size_t i = 0; i < config_push_count(&config); i++) {
        char key[CONFIG_PUSH_NAME_SIZE];
        config_push_key(&config, i, CONFIG_PUSH_SPOOL_LIMIT, key);
        if (strlen(config_push_name(&config, i)) > CONFIG_METER_NAME_MAX ||
            config_push_value(&config, i, CONFIG_PUSH_FORMAT)->text == NULL)
            abort();
    }
    config_free(&config);
    complaints_free(&complaints);
    return 0;
}
