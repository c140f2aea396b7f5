/* SPDX-License-Identifier: MIT */
#include "meter/telegram_json.h"

static const char *crc_word(enum dsmr_crc crc)
{
    switch (crc) {
    case DSMR_CRC_OK:
        return "ok";
    case DSMR_CRC_WRONG:
        return "wrong";
    default:
        return "none";
    }
}

static void write_obis(struct json *json, struct dsmr_obis obis)
{
    json_name(json, "obis");
    json_obis(json, obis);
}

/* What the meter says in its own way (ON, a clock in octets) is printed as it says it. */
static void write_value(struct json *json, const struct dsmr_reading *reading)
{
    json_name(json, "value");
    if (reading->worded) {
        json_wire_text(json, reading->text);
        return;
    }
    switch (reading->type) {
    case DSMR_TYPE_NUMBER:
        json_number(json, reading->number);
        break;
    case DSMR_TYPE_TIME:
        json_time(json, &reading->time);
        break;
    case DSMR_TYPE_TEXT:
        json_wire_text(json, reading->text);
        break;
    }
}

static void write_spread(struct json *json, const struct spread *spread)
{
    json_name(json, "least");
    json_number(json, spread->least);
    json_name(json, "greatest");
    json_number(json, spread->greatest);
}

/* spread may be NULL. */
static void write_item(struct json *json, const struct dsmr_reading *reading,
                       const struct spread *spread)
{
    json_open(json, '{');
    json_name(json, "id");
    json_word(json, dsmr_item_id(reading->item));
    write_obis(json, reading->object.obis);
    if (reading->channel > 0) {
        json_name(json, "channel");
        json_integer(json, reading->channel);
    }
    write_value(json, reading);
    if (spread)
        write_spread(json, spread);
    if (reading->type == DSMR_TYPE_NUMBER && reading->unit != DSMR_UNIT_NONE) {
        json_name(json, "unit");
        json_word(json, dsmr_unit_name(reading->unit));
    }
    bool own_time = reading->type == DSMR_TYPE_TIME ? reading->worded : reading->has_time;
    if (own_time) {
        json_name(json, "time");
        json_time(json, &reading->time);
    }
    if (reading->superseded) {
        json_name(json, "superseded");
        json_true(json);
    }
    json_close(json, '}');
}

void telegram_json_item(struct json *json, const struct dsmr_reading *reading)
{
    write_item(json, reading, NULL);
}

static void write_leftover_code(struct json *json, const struct leftover *leftover)
{
    const struct dsmr_object *object = &leftover->object;
    if (leftover->status != DSMR_ERR_RANGE || leftover->item != DSMR_ITEM_NONE) {
        write_obis(json, object->obis);
        return;
    }
    json_name(json, "obis"); /* which is out of range */
    json_wire_text(
        json, (struct dsmr_text){object->line.at, (size_t)(object->groups.at - object->line.at)});
}

static void write_unknown(struct json *json, const struct leftover *leftover)
{
    struct dsmr_text group;
    size_t at = 0;
    json_open(json, '{');
    write_leftover_code(json, leftover);
    json_name(json, "groups");
    json_open(json, '[');
    while (dsmr_group_next(&leftover->object, &at, &group) == DSMR_OK)
        json_wire_text(json, group);
    json_close(json, ']');
    json_close(json, '}');
}

/* A value that cannot be read has an item all the same, and is never used. What is no date is no item. */
static bool is_item(const struct leftover *leftover)
{
    return leftover->item != DSMR_ITEM_NONE && leftover->status != DSMR_ERR_TIME;
}

static void write_unreadable(struct json *json, const struct leftover *leftover)
{
    write_item(json,
               &(struct dsmr_reading){
                   .item = leftover->item,
                   .object = leftover->object,
                   .text = leftover->culprit,
                   .channel = leftover->channel,
                   .type = DSMR_TYPE_TEXT,
                   .superseded = true,
               },
               NULL);
}

/* decoded may be NULL. */
static void write_leftovers(struct json *json, const struct decoded *decoded)
{
    json_name(json, "unknown");
    json_open(json, '[');
    for (size_t i = 0; decoded && i < decoded->leftover_count; i++)
        if (decoded->leftovers[i].status != DSMR_ERR_LINE && !is_item(&decoded->leftovers[i]))
            write_unknown(json, &decoded->leftovers[i]);
    json_close(json, ']');
}

static void write_decoded(struct json *json, const struct decoded *decoded)
{
    const struct leftover *leftover = decoded->leftovers;
    const struct leftover *end = leftover + decoded->leftover_count;
    json_name(json, "items");
    json_open(json, '[');
    for (size_t i = 0; i <= decoded->count; i++) {
        for (; leftover < end && leftover->place == i; leftover++)
            if (is_item(leftover))
                write_unreadable(json, leftover);
        if (i < decoded->count)
            write_item(json, &decoded->readings[i], NULL);
    }
    json_close(json, ']');
    write_leftovers(json, decoded);
}

void telegram_json_readings(struct json *json, const struct readings *readings)
{
    const struct spread *spread = readings->spreads;
    const struct spread *end = spread + readings->spread_count;
    json_name(json, "identification");
    json_wire_text(json, readings->identification);
    json_name(json, "crc");
    json_word(json, crc_word(readings->crc));
    json_name(json, "items");
    json_open(json, '[');
    for (size_t i = 0; i < readings->count; i++) {
        bool spreads = spread < end && spread->reading == i;
        write_item(json, &readings->at[i], spreads ? spread++ : NULL);
    }
    json_close(json, ']');
    write_leftovers(json, readings->decoded);
}

void telegram_json(struct buffer *out, const struct dsmr_telegram *telegram,
                   const struct decoded *decoded)
{
    struct json json = {.out = out};
    json_open(&json, '{');
    json_name(&json, "identification");
    json_wire_text(&json, telegram->identification);
    json_name(&json, "crc");
    json_word(&json, crc_word(telegram->crc));
    if (decoded) {
        write_decoded(&json, decoded);
    } else {
        json_name(&json, "error");
        json_text(&json, dsmr_strerror(telegram->status));
    }
    json_close(&json, '}');
}
