/* SPDX-License-Identifier: MIT */
/* The values for Home Assistant, see ha_discovery.h. */
#include "sink/ha_discovery.h"

#include "core/json_writer.h"
#include "sink/ha_unit.h"
#include "sink/plain_text.h"

#include <string.h>

/* Apparent and reactive power are known in VA and var by every release, in kVA and kvar by new ones
 * only. "m3" is no unit for its energy dashboard. */
struct ha_unit ha_unit_of(enum dsmr_unit unit)
{
    switch (unit) {
    case DSMR_UNIT_M3:
        return (struct ha_unit){"m³", 0};
    case DSMR_UNIT_KVA:
        return (struct ha_unit){"VA", 3};
    case DSMR_UNIT_KVAR:
        return (struct ha_unit){"var", 3};
    default:
        return (struct ha_unit){dsmr_unit_name(unit), 0};
    }
}

/* A longer state would be refused; the whole of it stands in the attributes. */
static void write_text(struct json *json, const struct buffer *text)
{
    static const char ellipsis[] = "…";
    if (plain_text_cut(text, HA_STATE_MAX) == text->size) {
        json_utf8(json, text->at);
        return;
    }
    struct buffer cut = {0};
    buffer_add(&cut, text->at, plain_text_cut(text, HA_STATE_MAX - 1));
    buffer_add_text(&cut, ellipsis);
    json_utf8(json, cut.at);
    buffer_free(&cut);
}

static void write_number(struct json *json, const struct quantity *quantity)
{
    struct dsmr_number number = quantity->number;
    if (dsmr_number_scale(&number, ha_unit_of(quantity->unit).exponent) == DSMR_OK)
        json_number(json, number);
    else
        json_null(json);
}

static void write_value(struct json *json, const struct quantity *quantity)
{
    if (!quantity->present) {
        json_null(json);
    } else if (quantity->enumeration && !quantity->odd) {
        json_text(json, quantity->word);
    } else {
        switch (quantity->type) {
        case DSMR_TYPE_NUMBER:
            write_number(json, quantity);
            break;
        case DSMR_TYPE_TIME:
            json_time(json, &quantity->time);
            break;
        case DSMR_TYPE_TEXT:
            write_text(json, &quantity->text);
            break;
        }
    }
}

void ha_state(struct buffer *out, const struct physical_meter *meter)
{
    struct json json = {.out = out};
    buffer_clear(out);
    json_open(&json, '{');
    json_name(&json, "status");
    json_text(&json, meter->available ? "online" : "offline");
    for (size_t i = 0; i < meter->quantities.count; i++) {
        json_name(&json, meter->quantities.at[i].id);
        write_value(&json, &meter->quantities.at[i]);
    }
    json_close(&json, '}');
}

void ha_message(struct buffer *out, const struct physical_meter *meter)
{
    const struct quantity *message = quantities_find(&meter->quantities, HA_MESSAGE_ID);
    struct json json = {.out = out};
    buffer_clear(out);
    json_open(&json, '{');
    json_name(&json, "text");
    if (message && message->present)
        json_utf8(&json, message->text.at);
    else
        json_null(&json);
    json_close(&json, '}');
}
