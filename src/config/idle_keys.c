/* SPDX-License-Identifier: MIT */
#include "config/idle_keys.h"

#include "config/key.h"
#include "config/port_form.h"

#include <string.h>
#include <strings.h>

/* Keys that begin so have an effect only beside the other. Those of openHAB are looked at where its
 * items are known, those of push with its destinations. */
static const struct group {
    const char *start;
    enum config_key needed;
} groups[] = {
    {"p1.", CONFIG_P1_LISTEN},   {"mqtt.", CONFIG_MQTT_URL}, {"homeassistant.", CONFIG_MQTT_URL},
    {"homie.", CONFIG_MQTT_URL}, {"push.", CONFIG_PUSH_URL}, {"history.", CONFIG_HISTORY_PATH},
};

/* The start of an address, whatever its case. */
static bool begins(const char *text, const char *start)
{
    return text != NULL && strncasecmp(text, start, strlen(start)) == 0;
}

static bool says(const struct config *config, enum config_key key, const char *word)
{
    return strcmp(config_text(config, key), word) == 0;
}

/* Which brokers there are. A meter behind one uses keys of MQTT too: user, password,
 * certificates. */
struct brokers {
    bool publishes; /* at mqtt.url */
    bool reads;     /* a meter's telegrams */
    bool tls;       /* one of them at least */
};

static struct brokers find_brokers(const struct config *config)
{
    struct brokers found = {
        .publishes = config_is_set(config, CONFIG_MQTT_URL),
        .tls = begins(config_text(config, CONFIG_MQTT_URL), "mqtts:"),
    };
    for (size_t i = 0; i < config_meter_count(config); i++) {
        const char *port = config_meter_text(config, i, CONFIG_PORT);
        if (port == NULL || port_form_broker(port) == 0)
            continue;
        found.reads = true;
        found.tls = found.tls || begins(port, "mqtts:");
    }
    return found;
}

/* Where the key is set: it has no effect, because of this. */
static void warn(const struct config *config, enum config_key key, const char *why,
                 struct complaints *complaints)
{
    if (config_is_set(config, key))
        complain(complaints, SEVERITY_WARNING, config->file, config->values[key].line,
                 "key '%s' has no effect%s", key_facts(key)->name, why);
}

static void look_at_mqtt(const struct config *config, const struct brokers *brokers,
                         struct complaints *complaints)
{
    static const enum config_key keys[] = {CONFIG_MQTT_CA, CONFIG_MQTT_CERT, CONFIG_MQTT_KEY};
    for (size_t i = 0; !brokers->tls && i < sizeof keys / sizeof *keys; i++)
        warn(config, keys[i], ": mqtt.url does not begin with mqtts://", complaints);
    if (!config_is_set(config, CONFIG_MQTT_KEY))
        warn(config, CONFIG_MQTT_CERT, " without mqtt.key", complaints);
    if (!config_is_set(config, CONFIG_MQTT_CERT))
        warn(config, CONFIG_MQTT_KEY, " without mqtt.cert", complaints);
    if (!config_is_set(config, CONFIG_MQTT_USER))
        warn(config, CONFIG_MQTT_PASSWORD_FILE, " without mqtt.user", complaints);
    if (brokers->publishes && says(config, CONFIG_MQTT_JSON, "no"))
        warn(config, CONFIG_MQTT_SPOOL, " with mqtt.json=no: it holds the JSON", complaints);
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
    struct brokers brokers = find_brokers(config);
    for (enum config_key key = CONFIG_METER_KEY_COUNT; key < CONFIG_KEY_COUNT; key++)
        if (config->values[key].set &&
            !(brokers.reads && strncmp(key_facts(key)->name, "mqtt.", strlen("mqtt.")) == 0))
            look_at(config, key, complaints);
    if (brokers.publishes || brokers.reads)
        look_at_mqtt(config, &brokers, complaints);
}
