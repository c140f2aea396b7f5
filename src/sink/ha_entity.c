/* SPDX-License-Identifier: MIT */
/* One entity of Home Assistant: its name, ids, class, unit and where its state is. */
#include "sink/ha_entity.h"

#include "config/config.h"
#include "sink/ha_unit.h"

#include <string.h>

static bool matches(const char *id, const char *pattern)
{
    size_t size = strlen(pattern);
    if (pattern[0] == '*') {
        size_t length = strlen(id);
        return length >= size - 1 && strcmp(id + length - (size - 1), pattern + 1) == 0;
    }
    if (pattern[size - 1] == '*')
        return strncmp(id, pattern, size - 1) == 0;
    return strcmp(id, pattern) == 0;
}

static bool matches_any(const char *id, const char *const *patterns)
{
    for (; *patterns; patterns++)
        if (matches(id, *patterns))
            return true;
    return false;
}

/* gValue2 … gValue10: earlier readings, which would make a second total of the same gas. */
static bool is_history(const char *id)
{
    return strncmp(id, "gValue", 6) == 0 && id[6] >= '0' && id[6] <= '9';
}

enum ha_rank ha_rank_of(const struct quantity *quantity)
{
    static const char *const normal[] = {"*Position",    "eRelayPosition*", "eTariffIndicator",
                                         "eTextMessage", "genericValue",    NULL};
    static const char *const first[] = {"eDatePowerFailure1", "eDurationPowerFailure1", NULL};
    static const char *const hidden[] = {
        "P1*",
        "*EquipmentId",
        "*DeviceType",
        "eDatePowerFailure*",
        "eTextCode",
        "eDurationPower*",
        "*ProfileStatus",
        "*RecordingPeriod",
        "*NumberOfValues",
        "gUnit",
        "gValueUncompensated",
        "*EanCode",
        "*Close",
        "*PrevMonth",
        "*PrevMonthTS",
        "eDemandPeak*",
        "eDemandReset*",
        "eFirmware*",
        "eLogicalDeviceName",
        "eMeter*",
        "eMonthCloseTS",
        "ePlStatus*",
        "eProfile*",
        "eTextMessage*",
        NULL,
    };
    if (quantity->net || matches_any(quantity->id, normal))
        return HA_NORMAL;
    if (matches_any(quantity->id, first))
        return HA_DIAGNOSTIC;
    if (matches_any(quantity->id, hidden) || is_history(quantity->id))
        return HA_HIDDEN;
    bool measured = quantity->unit != DSMR_UNIT_NONE && quantity->unit != DSMR_UNIT_S &&
                    quantity->unit != DSMR_UNIT_MIN;
    return measured ? HA_NORMAL : HA_DIAGNOSTIC;
}

bool ha_is_worth_telling(const struct physical_meter *meter)
{
    for (size_t i = 0; i < meter->quantities.count; i++)
        if (ha_rank_of(&meter->quantities.at[i]) != HA_HIDDEN)
            return true;
    return false;
}

static void write_name(struct json *json, const struct ha_style *style,
                       const struct quantity *quantity)
{
    struct buffer text = {0};
    quantity_name(&text, quantity, style->language);
    json_name(json, "name");
    json_utf8(json, text.at);
    buffer_free(&text);
}

/* Lower-case letters, digits and underscores: what entity ids are made of. */
static void add_in_entity_id(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        buffer_add(out, plain ? &c : "_", 1);
    }
}

static void write_ids(struct json *json, const struct physical_meter *meter,
                      const struct quantity *quantity)
{
    char words[ITEM_ID_MAX];
    struct buffer id = {0};
    buffer_print(&id, "dsmr_%s_%s", meter->slug, quantity->id);
    json_name(json, "uniq_id");
    json_text(json, id.at);

    item_id_in_words(quantity->id, '_', words, sizeof words);
    buffer_clear(&id);
    buffer_add_text(&id, "sensor.dsmr_");
    if (strcmp(meter->meter, CONFIG_MAIN_METER) != 0) {
        add_in_entity_id(&id, meter->meter);
        buffer_add_text(&id, "_");
    }
    if (meter->second) {
        add_in_entity_id(&id, meter->slug);
        buffer_add_text(&id, "_");
    }
    buffer_add_text(&id, words);
    json_name(json, "default_entity_id");
    json_text(json, id.at);
    buffer_free(&id);
}

static void write_options(struct json *json, const struct enumeration *enumeration)
{
    const char *word;
    json_name(json, "dev_cla");
    json_text(json, "enum");
    json_name(json, "ops");
    json_open(json, '[');
    for (size_t i = 0; (word = enumeration_word(enumeration, i)) != NULL; i++)
        json_text(json, word);
    json_close(json, ']');
}

static void write_class(struct json *json, const char *name, const char *class)
{
    if (class[0] == '\0')
        return;
    json_name(json, name);
    json_text(json, class);
}

static void write_measure(struct json *json, const struct quantity *quantity)
{
    struct ha_unit unit = ha_unit_of(quantity->unit);
    int decimals = (quantity->info ? quantity->info->decimals : 3) - unit.exponent;
    const char *class = quantity->info ? quantity->info->device_class : "power";
    const char *state_class = quantity->info ? quantity->info->state_class : "measurement";
    write_class(json, "dev_cla", strcmp(class, "enum") == 0 ? "" : class);
    write_class(json, "stat_cla", is_history(quantity->id) ? "" : state_class);
    if (unit.name[0] != '\0') {
        json_name(json, "unit_of_meas");
        json_utf8(json, unit.name);
    }
    if (quantity->type == DSMR_TYPE_NUMBER && !quantity->enumeration) {
        json_name(json, "sug_dsp_prc");
        json_integer(json, decimals > 0 ? decimals : 0);
    }
}

static void write_rank(struct json *json, enum ha_rank rank)
{
    if (rank == HA_NORMAL)
        return;
    json_name(json, "ent_cat");
    json_text(json, "diagnostic");
    if (rank == HA_HIDDEN) {
        json_name(json, "en");
        json_false(json);
    }
}

void ha_entity_write(struct json *json, const struct ha_style *style,
                     const struct physical_meter *meter, const struct quantity *quantity)
{
    struct buffer text = {0};
    write_name(json, style, quantity);
    write_ids(json, meter, quantity);
    if (quantity->enumeration && !quantity->odd)
        write_options(json, quantity->enumeration);
    else
        write_measure(json, quantity);
    write_rank(json, ha_rank_of(quantity));
    buffer_print(&text, "{{ value_json.%s }}", quantity->id);
    json_name(json, "val_tpl");
    json_text(json, text.at);
    if (style->expire_s > 0) {
        json_name(json, "exp_aft");
        json_integer(json, style->expire_s);
    }
    if (strcmp(quantity->id, HA_MESSAGE_ID) == 0) {
        ha_message_topic(&text, style, meter);
        json_name(json, "json_attr_t");
        json_utf8(json, text.at);
    }
    buffer_free(&text);
}
