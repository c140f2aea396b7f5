/* SPDX-License-Identifier: MIT */
#include "sink/ha_discovery.h"

#include "config/config.h"
#include "core/json_writer.h"
#include "sink/ha_entity.h"

#include <string.h>

/* ------------------------------------------------------------------------------------------------
 * Topics
 */

void ha_device_topic(struct buffer *out, const struct ha_style *style,
                     const struct physical_meter *meter)
{
    buffer_clear(out);
    buffer_print(out, "%s/device/dsmr_%s/config", style->prefix, meter->slug);
}

void ha_component_topic(struct buffer *out, const struct ha_style *style,
                        const struct physical_meter *meter, const struct quantity *quantity)
{
    buffer_clear(out);
    buffer_print(out, "%s/sensor/dsmr_%s/%s/config", style->prefix, meter->slug, quantity->id);
}

void ha_state_topic(struct buffer *out, const struct ha_style *style,
                    const struct physical_meter *meter)
{
    mqtt_line_topic(out, style->topics, meter->meter);
    const char *last = strrchr(out->at, '/');
    out->size = last ? (size_t)(last - out->at) : out->size;
    buffer_print(out, "/ha/%s", meter->slug);
}

void ha_message_topic(struct buffer *out, const struct ha_style *style,
                      const struct physical_meter *meter)
{
    ha_state_topic(out, style, meter);
    buffer_add_text(out, "/message");
}

/* ------------------------------------------------------------------------------------------------
 * Devices
 */

static bool has_electricity(const struct physical_meter *meter)
{
    for (size_t i = 0; i < meter->quantities.count; i++)
        if (meter->quantities.at[i].info &&
            meter->quantities.at[i].info->kind == DSMR_KIND_ELECTRICITY)
            return true;
    return false;
}

static void write_device_name(struct json *json, const struct ha_style *style,
                              const struct physical_meter *meter)
{
    struct buffer name = {0};
    bool port_only = meter->kind == DSMR_KIND_ELECTRICITY && !has_electricity(meter);
    buffer_add_text(&name, kind_title(port_only ? DSMR_KIND_DEVICE : meter->kind, style->language));
    if (strcmp(meter->meter, CONFIG_MAIN_METER) != 0)
        buffer_print(&name, " %s", meter->meter);
    if (meter->second && meter->serial.size > 0)
        buffer_print(&name, " %s", meter->serial.at);
    json_name(json, "name");
    json_utf8(json, name.at);
    buffer_free(&name);
}

static void write_identifier(struct json *json, const struct physical_meter *meter)
{
    struct buffer id = {0};
    buffer_print(&id, "dsmr_%s", meter->slug);
    json_text(json, id.at);
    buffer_free(&id);
}

static void write_fact(struct json *json, const char *name, const struct buffer *text)
{
    if (text->size == 0)
        return;
    json_name(json, name);
    json_utf8(json, text->at);
}

static void write_device(struct json *json, const struct ha_style *style,
                         const struct physical_meter *meter, const struct physical_meter *main)
{
    const struct quantity *version = quantities_find(&meter->quantities, "P1VersionOutput");
    json_name(json, "dev");
    json_open(json, '{');
    json_name(json, "ids");
    json_open(json, '[');
    write_identifier(json, meter);
    json_close(json, ']');
    write_device_name(json, style, meter);
    write_fact(json, "mdl", &meter->model);
    write_fact(json, "sn", &meter->serial);
    if (version)
        write_fact(json, "sw", &version->text);
    if (main && main != meter) {
        json_name(json, "via_device");
        write_identifier(json, main);
    }
    json_close(json, '}');
}

static void write_origin(struct json *json)
{
    json_name(json, "o");
    json_open(json, '{');
    json_name(json, "name");
    json_text(json, "dsmr");
    json_name(json, "sw");
    json_text(json, DSMR_VERSION);
    json_close(json, '}');
}

static void write_source(struct json *json, const char *topic, const char *template)
{
    json_open(json, '{');
    json_name(json, "t");
    json_utf8(json, topic);
    if (template) {
        json_name(json, "val_tpl");
        json_text(json, template);
    }
    json_close(json, '}');
}

/* Where the state comes from and what must be online for it to count. */
static void write_topics(struct json *json, const struct ha_style *style,
                         const struct physical_meter *meter)
{
    struct buffer topic = {0};
    json_name(json, "avty");
    json_open(json, '[');
    write_source(json, style->topics->status, NULL);
    mqtt_line_topic(&topic, style->topics, meter->meter);
    write_source(json, topic.at, NULL);
    ha_state_topic(&topic, style, meter);
    write_source(json, topic.at, "{{ value_json.status }}");
    json_close(json, ']');
    json_name(json, "avty_mode");
    json_text(json, "all");
    json_name(json, "stat_t");
    json_utf8(json, topic.at);
    buffer_free(&topic);
}

/* What every message has; it is left open. */
static struct json begin_config(struct buffer *out, const struct ha_style *style,
                                const struct physical_meter *meter,
                                const struct physical_meter *main)
{
    struct json json = {.out = out};
    buffer_clear(out);
    json_open(&json, '{');
    write_device(&json, style, meter, main);
    write_origin(&json);
    write_topics(&json, style, meter);
    return json;
}

void ha_device_config(struct buffer *out, const struct ha_style *style,
                      const struct physical_meter *meter, const struct physical_meter *main)
{
    struct json json = begin_config(out, style, meter, main);
    json_name(&json, "cmps");
    json_open(&json, '{');
    for (size_t i = 0; i < meter->quantities.count; i++) {
        json_name(&json, meter->quantities.at[i].id);
        json_open(&json, '{');
        json_name(&json, "p");
        json_text(&json, "sensor");
        ha_entity_write(&json, style, meter, &meter->quantities.at[i]);
        json_close(&json, '}');
    }
    json_close(&json, '}');
    json_close(&json, '}');
}

void ha_component_config(struct buffer *out, const struct ha_style *style,
                         const struct physical_meter *meter, const struct physical_meter *main,
                         const struct quantity *quantity)
{
    struct json json = begin_config(out, style, meter, main);
    ha_entity_write(&json, style, meter, quantity);
    json_close(&json, '}');
}

bool ha_config_is_ours(const struct ha_style *style, const char *topic, const char *payload,
                       size_t size)
{
    static const char origin[] = "\"o\":{\"name\":\"dsmr\",";
    struct buffer status = {0};
    struct json json = {.out = &status};
    size_t prefix = strlen(style->prefix);
    bool ours = strncmp(topic, style->prefix, prefix) == 0 &&
                (strncmp(topic + prefix, "/device/dsmr_", 13) == 0 ||
                 strncmp(topic + prefix, "/sensor/dsmr_", 13) == 0) &&
                strlen(topic) > 7 && strcmp(topic + strlen(topic) - 7, "/config") == 0;
    write_source(&json, style->topics->status, NULL);
    ours = ours && memmem(payload, size, origin, sizeof origin - 1) &&
           memmem(payload, size, status.at, status.size);
    buffer_free(&status);
    return ours;
}
