/* SPDX-License-Identifier: MIT */
#include "http/meter_json.h"

#include "meter/origin.h"
#include "meter/telegram_json.h"

#include <string.h>

enum { EQUIPMENT_MAX = 128 };

void meter_json_moment(struct json *json, int64_t ms, struct dsmr_zone zone)
{
    struct dsmr_time time;
    dsmr_time_from_unix(ms / 1000, zone, &time);
    json_time(json, &time);
}

/* As far from Greenwich as the meter's own clock is at this moment. */
static struct dsmr_zone zone_now(const struct snapshot *now)
{
    if (now->has_time)
        return (struct dsmr_zone){.offset = now->time.offset};
    return dsmr_zone_default;
}

/* ------------------------------------------------------------------------------------------------
 * The last telegram
 */

void meter_json_now_members(struct json *json, const struct board_meter *meter)
{
    const struct snapshot *now = &meter->now;
    json_name(json, "meter");
    json_utf8(json, meter->name);
    json_name(json, "time");
    if (now->has_time)
        json_time(json, &now->time);
    else
        json_null(json);
    json_name(json, "received");
    meter_json_moment(json, now->received_ms, zone_now(now));
    json_name(json, "identification");
    json_wire_text(json, now->telegram.identification);
    json_name(json, "items");
    json_open(json, '[');
    for (size_t i = 0; i < now->count; i++)
        if (!now->at[i].superseded)
            telegram_json_item(json, &now->at[i]);
    json_close(json, ']');
}

void meter_json_now(struct buffer *out, const struct board_meter *meter)
{
    struct json json = {.out = out};
    json_open(&json, '{');
    meter_json_now_members(&json, meter);
    json_close(&json, '}');
}

/* ------------------------------------------------------------------------------------------------
 * The line
 */

static void write_text(struct json *json, const char *name, const char *text)
{
    json_name(json, name);
    json_utf8(json, text ? text : "");
}

void meter_json_telegrams(struct json *json, const struct board_meter *meter)
{
    json_open(json, '{');
    json_name(json, "good");
    json_integer(json, (long long)meter->good);
    json_name(json, "refused");
    json_integer(json, (long long)meter->refused);
    json_close(json, '}');
}

void meter_json_errors(struct json *json, const struct board_meter *meter)
{
    json_name(json, "errors");
    json_open(json, '{');
    for (size_t reason = 0; reason < BOARD_REASONS; reason++) {
        if (meter->reasons[reason] == 0)
            continue;
        json_name(json, board_reason(reason));
        json_integer(json, (long long)meter->reasons[reason]);
    }
    json_close(json, '}');
}

static void write_line(struct json *json, const struct board_meter *meter)
{
    write_text(json, "port", meter->port);
    write_text(json, "settings", meter->settings);
    json_name(json, "connected");
    if (meter->connected)
        json_true(json);
    else
        json_false(json);
    write_text(json, "state", meter->state);
    json_name(json, "telegrams");
    meter_json_telegrams(json, meter);
    json_name(json, "bytes");
    json_integer(json, (long long)meter->bytes);
}

void meter_json_line(struct buffer *out, const struct board_meter *meter)
{
    struct json json = {.out = out};
    json_open(&json, '{');
    write_text(&json, "meter", meter->name);
    write_line(&json, meter);
    json_close(&json, '}');
}

/* ------------------------------------------------------------------------------------------------
 * The meter
 */

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), wanted = strlen(end);
    return size >= wanted && strcmp(text + size - wanted, end) == 0;
}

/* The number on the device; as it is sent where it is not in hexadecimal digits. */
static void write_equipment(struct json *json, const struct dsmr_reading *reading)
{
    char text[EQUIPMENT_MAX];
    size_t size;
    json_name(json, "equipment");
    if (dsmr_hex_decode(reading->text, text, sizeof text, &size) == DSMR_OK)
        json_wire_text(json, (struct dsmr_text){text, size});
    else
        json_wire_text(json, reading->text);
}

/* A device is there when something of its channel is; its first reading tells the kind. */
static void write_device(struct json *json, const struct snapshot *now, uint8_t channel)
{
    const struct dsmr_reading *equipment = NULL;
    enum dsmr_kind kind = DSMR_KIND_NONE;
    for (size_t i = 0; i < now->count; i++) {
        const struct dsmr_reading *reading = &now->at[i];
        const struct dsmr_item_info *info = dsmr_item_info(reading->item);
        if (reading->channel != channel || !info || info->kind == DSMR_KIND_DEVICE)
            continue;
        if (kind == DSMR_KIND_NONE)
            kind = info->kind;
        if (!equipment && ends_with(info->id, "EquipmentId"))
            equipment = reading;
    }
    if (kind == DSMR_KIND_NONE)
        return;
    json_open(json, '{');
    json_name(json, "channel");
    json_integer(json, channel);
    json_name(json, "kind");
    json_word(json, dsmr_kind_name(kind));
    if (equipment)
        write_equipment(json, equipment);
    json_close(json, '}');
}

static void write_origin(struct json *json, const struct snapshot *now)
{
    struct dsmr_origin origin;
    struct buffer words = {0};
    dsmr_origin_of(&now->telegram, &origin);
    origin_words(&words, &origin);
    json_name(json, "identification");
    json_wire_text(json, now->telegram.identification);
    write_text(json, "origin", words.at);
    write_text(json, "country", origin.country);
    buffer_clear(&words);
    buffer_print(&words, "%s%s%s", dsmr_standard_name(origin.standard),
                 origin.version[0] != '\0' ? " " : "", origin.version);
    write_text(json, "standard", words.at);
    buffer_free(&words);
}

void meter_json_whole(struct json *json, const struct board_meter *meter, const char *zone)
{
    const struct snapshot *now = &meter->now;
    json_open(json, '{');
    write_text(json, "name", meter->name);
    write_line(json, meter);
    write_text(json, "zone", zone);
    if (now->present) {
        write_origin(json, now);
        json_name(json, "last");
        meter_json_moment(json, now->received_ms, zone_now(now));
    }
    json_name(json, "devices");
    json_open(json, '[');
    for (unsigned channel = 0; now->present && channel <= DSMR_CHANNELS; channel++)
        write_device(json, now, (uint8_t)channel);
    json_close(json, ']');
    json_close(json, '}');
}

const char *meter_zone_name(const struct board_meter *meter, const struct config *config)
{
    static const struct {
        const char *country, *zone;
    } zones[] = {
        {"BE", "Europe/Brussels"},   {"LU", "Europe/Luxembourg"}, {"SE", "Europe/Stockholm"},
        {"DK", "Europe/Copenhagen"}, {"AT", "Europe/Vienna"},     {"CH", "Europe/Zurich"},
        {"DE", "Europe/Berlin"},     {"HU", "Europe/Budapest"},   {"PL", "Europe/Warsaw"},
        {"SI", "Europe/Ljubljana"},  {"FI", "Europe/Helsinki"},   {"LT", "Europe/Vilnius"},
        {"IE", "Europe/Dublin"},
    };
    struct dsmr_origin origin = {.country = ""};
    size_t place = config_meter_find(config, meter->name, strlen(meter->name));
    if (place < config_meter_count(config) && config_meter_is_set(config, place, CONFIG_ZONE))
        return config_meter_text(config, place, CONFIG_ZONE);
    if (meter->now.present)
        dsmr_origin_of(&meter->now.telegram, &origin);
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (strcmp(origin.country, zones[i].country) == 0)
            return zones[i].zone;
    return "Europe/Amsterdam";
}

const char *meter_item_kind(const struct dsmr_item_info *info)
{
    if (info->type != DSMR_TYPE_NUMBER)
        return "other";
    if (strcmp(info->state_class, "total_increasing") == 0)
        return "counter";
    return strcmp(info->state_class, "measurement") == 0 ? "fluctuating" : "other";
}
