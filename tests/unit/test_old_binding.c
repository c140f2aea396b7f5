/* SPDX-License-Identifier: MIT */
/*
 * What users of the old openHAB binding rely on, row by row of the list of its behaviours, as far as it
 * is the decoder's part, and its six channel keys.
 */
#include "kept.h"

#define ROW_4 "1-0:1.7.0(00.456*kW)\n1-0:1.8.1(000123.456*kWh)\n0-0:96.13.0(4142)\n"

/* Row 1: an item is a number, a text or a moment; each id of the manual is one of them. */
static void row_1_every_id_is_a_number_a_text_or_a_time(void)
{
    for (dsmr_item item = 0; item < dsmr_item_count(); item++) {
        const struct dsmr_item_info *info = dsmr_item_info(item);
        CHECK(info->type == DSMR_TYPE_NUMBER || info->type == DSMR_TYPE_TEXT ||
              info->type == DSMR_TYPE_TIME);
        CHECK(info->type == DSMR_TYPE_NUMBER || info->unit == DSMR_UNIT_NONE);
    }
}

static void row_1_values_have_the_type_of_their_id(void)
{
    kept_forget();
    kept_read("0-0:1.0.0(161113205757W)\n" ROW_4
              "0-1:24.1.0(003)\n0-1:24.2.1(161113200000W)(1.0*m3)\n");
    for (dsmr_item item = 0; item < dsmr_item_count(); item++)
        if (kept.counts[item] > 0)
            SAME(kept.readings[item].type, dsmr_item_info(item)->type);
    SAME(kept.readings[kept_item("gValue")].type, DSMR_TYPE_NUMBER);
    SAME(kept.readings[kept_item("gValueTS")].type, DSMR_TYPE_TIME);
    SAME(kept.readings[kept_item("eTextMessage")].type, DSMR_TYPE_TEXT);
}

/* Row 4: every telegram gives every value again, also when nothing changed. */
static void row_4_every_telegram_gives_every_value(void)
{
    kept_forget();
    for (int i = 0; i < 3; i++) {
        kept_read(ROW_4);
        SAME(kept_count("eActualDelivery"), 1);
        SAME(kept_count("eDeliveryTariff1"), 1);
        SAME(kept_count("eTextMessage"), 1);
    }
}

static void row_4_values_come_in_the_order_of_the_lines(void)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    static const char text[] = "/T\n" ROW_4 "!";
    static const char *const ids[] = {"eActualDelivery", "eDeliveryTariff1", "eTextMessage"};
    struct dsmr_telegram telegram = {.text = {text, sizeof text - 1}};
    kept_forget();
    dsmr_decode(&decoder, &telegram, &kept.channels, NULL);
    for (size_t i = 0; i < 3; i++) {
        SAME(dsmr_decode_next(&decoder, &reading), DSMR_OK);
        SAME_TEXT(dsmr_item_id(reading.item), strlen(dsmr_item_id(reading.item)), ids[i]);
    }
    SAME(dsmr_decode_next(&decoder, &reading), DSMR_END);
}

/* Row 8: the unit tells the meanings of one code apart. */
static void row_8_unit_separates_A_and_kW_thresholds(void)
{
    kept_forget();
    kept_read("0-0:17.0.0(016*A)\n");
    KEPT("eTreshold", "16 A");
    kept_read("0-0:17.0.0(016.1*kW)\n");
    KEPT("eTreshold", "16.1 kW");
    kept_read("1-0:17.0.0(025*A)\n");
    KEPT("eTreshold", "25 A");
}

static void row_8_unit_separates_m3_GJ_and_kWh_meters(void)
{
    static const struct {
        enum dsmr_kind kind;
        const char *unit;
        const char *id;
    } meters[] = {
        {DSMR_KIND_GAS, "m3", "gValue"},
        {DSMR_KIND_HEATING, "GJ", "hValue"},
        {DSMR_KIND_COOLING, "GJ", "cValue"},
        {DSMR_KIND_WATER, "m3", "wValue"},
        {DSMR_KIND_SLAVE_ELECTRICITY, "kWh", "seValue"},
    };
    static const char *const units[] = {"m3", "GJ", "kWh"};
    for (size_t m = 0; m < sizeof meters / sizeof meters[0]; m++) {
        for (size_t u = 0; u < 3; u++) {
            char body[64];
            char want[64] = "";
            snprintf(body, sizeof body, "0-1:24.2.1(161113200000W)(00001.000*%s)\n", units[u]);
            if (strcmp(units[u], meters[m].unit) == 0)
                snprintf(want, sizeof want, "1.000 %s at 2016-11-13T20:00:00+01:00", units[u]);
            kept_forget();
            dsmr_channels_set(&kept.channels, meters[m].kind, 1);
            kept_read(body);
            KEPT(meters[m].id, want);
        }
    }
}

static void row_8_units_are_compared_without_case_and_scaled(void)
{
    kept_forget();
    kept_read("1-0:1.7.0(00123*w)\n1-0:1.8.1(000123.456*KWH)\n0-0:17.0.0(16000*mA)\n");
    KEPT("eActualDelivery", "0.123 kW");
    KEPT("eDeliveryTariff1", "123.456 kWh");
    KEPT("eTreshold", "16.000 A");
}

/* Row 9: what does not fit costs itself and nothing else. */
static void row_9_bad_group_costs_only_itself(void)
{
    kept_forget();
    kept_read("0-1:24.1.0(003)\n0-1:24.2.1(161113200000W)(00x81.443*m3)\n1-0:1.7.0(00.456*kW)\n");
    KEPT("gValueTS", "2016-11-13T20:00:00+01:00");
    KEPT("gValue", "");
    KEPT("eActualDelivery", "0.456 kW");
    kept_read("0-1:24.1.0(003)\n0-1:24.3.0(090212160000)(\xFF)(x)(1)(c)(m3)(00001.001)\n");
    KEPT("gRecordingPeriod", "");
    KEPT("gValue", "1.001 m3 at 2009-02-12T16:00:00+01:00");
}

static void row_9_surplus_groups_are_ignored(void)
{
    kept_forget();
    kept_read("1-0:1.7.0(00.456*kW)(00.789*kW)\n0-0:96.13.0(41)(42)(43)\n"
              "0-1:24.1.0(003)\n0-1:24.2.1(161113200000W)(00981.443*m3)(00999.000*m3)(x)\n");
    KEPT("eActualDelivery", "0.456 kW");
    SAME(kept_count("eActualDelivery"), 1);
    KEPT("eTextMessage", "41");
    SAME(kept_count("eTextMessage"), 1);
    KEPT("gValue", "981.443 m3 at 2016-11-13T20:00:00+01:00");
    SAME(kept_count("gValue"), 1);
    LEFT("");
}

static void row_9_fewer_groups_are_fine(void)
{
    kept_forget();
    kept_read("1-0:99.97.0(0)\n0-1:24.1.0(003)\n0-1:24.2.1(00981.443*m3)\n");
    KEPT("eNumberOfLogEntries", "0");
    KEPT("gValue", "981.443 m3");
}

/* Row 11: the spelling of the id, and the units it comes in. */
static void row_11_eTreshold_is_A_or_kW_and_nothing_else(void)
{
    static const char *const refused[] = {"016*kVA", "016", "016*V", "x*A", "*A"};
    kept_forget();
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char body[64];
        snprintf(body, sizeof body, "0-0:17.0.0(%s)\n", refused[i]);
        kept_read(body);
        KEPT("eTreshold", "");
    }
    kept_read("0-0:17.0.0(999.9*kW)\n");
    KEPT("eTreshold", "999.9 kW");
    kept_read("0-0:17.0.0*255(0085*A)\n");
    KEPT("eTreshold", "85 A");
    CHECK(dsmr_item_find((struct dsmr_text){"eThreshold", 10}) == DSMR_ITEM_NONE);
}

/* Row 12: users' rules may depend on the raw digits. */
static void row_12_hex_texts_stay_raw(void)
{
    kept_forget();
    kept_read(
        "0-0:96.1.1(4B384547303034303436333935353037)\n0-0:96.13.1(3031)\n0-0:96.13.0(48616C6C6F)\n"
        "0-1:24.1.0(003)\n0-1:96.1.0(3232323241424344313233343536373839)\n");
    KEPT("eEquipmentId", "4B384547303034303436333935353037");
    KEPT("eTextCode", "3031");
    KEPT("eTextMessage", "48616C6C6F");
    KEPT("gEquipmentId", "3232323241424344313233343536373839");
}

static void row_12_hex_texts_can_be_decoded(void)
{
    char out[64];
    size_t length;
    kept_forget();
    kept_read("0-0:96.13.0(48616C6C6F)\n");
    struct dsmr_text text = kept.readings[kept_item("eTextMessage")].text;
    SAME(dsmr_hex_decode(text, out, sizeof out, &length), DSMR_OK);
    SAME_TEXT(out, length, "Hallo");
}

/* Row 13: the manual promises values without any channel set; here the meter itself tells. */
static void row_13_unset_channels_are_found_by_device_type(void)
{
    kept_forget();
    kept_read("0-1:24.1.0(007)\n0-1:24.2.1(161113200000W)(00001.000*m3)\n"
              "0-3:24.1.0(003)\n0-3:24.2.1(161113200000W)(00003.000*m3)\n");
    KEPT("wValue", "1.000 m3 at 2016-11-13T20:00:00+01:00");
    KEPT("gValue", "3.000 m3 at 2016-11-13T20:00:00+01:00");
}

static void row_13_the_manuals_defaults_are_no_defaults(void)
{
    kept_forget();
    kept_read("0-2:24.1.0(003)\n0-2:24.2.1(161113200000W)(00003.000*m3)\n");
    KEPT("gValue", "3.000 m3 at 2016-11-13T20:00:00+01:00");
    KEPT("wValue", "");
}

/* Row 14: where two kinds were given one channel, their order decides. */
static void row_14_of_two_kinds_on_a_channel_the_first_whose_unit_fits(void)
{
    kept_forget();
    dsmr_channels_set(&kept.channels, DSMR_KIND_GAS, 1);
    dsmr_channels_set(&kept.channels, DSMR_KIND_WATER, 1);
    dsmr_channels_set(&kept.channels, DSMR_KIND_HEATING, 1);
    dsmr_channels_set(&kept.channels, DSMR_KIND_COOLING, 1);
    kept_read("0-1:24.2.1(161113200000W)(00003.000*m3)\n");
    KEPT("gValue", "3.000 m3 at 2016-11-13T20:00:00+01:00");
    kept_read("0-1:24.2.1(161113200000W)(00003.000*GJ)\n");
    KEPT("hValue", "3.000 GJ at 2016-11-13T20:00:00+01:00");
}

/* A key overrides whatever the meter says of its devices: type, unit and another device of the kind. */
static void check_key(enum dsmr_kind kind, const char *unit, const char *prefix)
{
    char body[512];
    char want[64];
    char id[32];
    snprintf(
        body, sizeof body,
        "0-1:24.1.0(003)\n0-1:96.1.0(11)\n0-1:24.2.1(161113210000W)(00001.000*m3)\n0-1:24.4.0(0)\n"
        "0-2:24.1.0(099)\n0-2:96.1.0(22)\n0-2:24.2.1(161113200000W)(00002.000*%s)\n0-2:24.4.0(1)\n",
        unit);
    snprintf(want, sizeof want, "2.000 %s at 2016-11-13T20:00:00+01:00", unit);
    kept_forget();
    CHECK(dsmr_channels_set(&kept.channels, kind, 2));
    kept_read(body);
    snprintf(id, sizeof id, "%sValue", prefix);
    KEPT(id, want);
    snprintf(id, sizeof id, "%sValueTS", prefix);
    KEPT(id, "2016-11-13T20:00:00+01:00");
    snprintf(id, sizeof id, "%sEquipmentId", prefix);
    KEPT(id, "22");
    snprintf(id, sizeof id, "%sDeviceType", prefix);
    KEPT(id, "099");
    snprintf(id, sizeof id,
             kind == DSMR_KIND_SLAVE_ELECTRICITY ? "%sSwitchPosition" : "%sValvePosition", prefix);
    KEPT(id, "1");
    SAME(kept.readings[kept_item(id)].channel, 2);
}

static void key_gas_channel(void)
{
    check_key(DSMR_KIND_GAS, "m3", "g");
}

static void key_water_channel(void)
{
    check_key(DSMR_KIND_WATER, "m3", "w");
}

static void key_heating_channel(void)
{
    check_key(DSMR_KIND_HEATING, "GJ", "h");
}

static void key_cooling_channel(void)
{
    check_key(DSMR_KIND_COOLING, "GJ", "c");
}

static void key_generic_channel(void)
{
    check_key(DSMR_KIND_GENERIC, "m3", "generic");
    check_key(DSMR_KIND_GENERIC, "kWh", "generic");
}

static void key_slaveelectricity_channel(void)
{
    check_key(DSMR_KIND_SLAVE_ELECTRICITY, "kWh", "se");
}

static void a_key_of_0_lets_the_meter_tell(void)
{
    kept_forget();
    dsmr_channels_set(&kept.channels, DSMR_KIND_GAS, 2);
    dsmr_channels_set(&kept.channels, DSMR_KIND_GAS, 0);
    kept_read("0-1:24.1.0(003)\n0-1:24.2.1(161113200000W)(00003.000*m3)\n");
    KEPT("gValue", "3.000 m3 at 2016-11-13T20:00:00+01:00");
}

int main(void)
{
    RUN(row_1_every_id_is_a_number_a_text_or_a_time);
    RUN(row_1_values_have_the_type_of_their_id);
    RUN(row_4_every_telegram_gives_every_value);
    RUN(row_4_values_come_in_the_order_of_the_lines);
    RUN(row_8_unit_separates_A_and_kW_thresholds);
    RUN(row_8_unit_separates_m3_GJ_and_kWh_meters);
    RUN(row_8_units_are_compared_without_case_and_scaled);
    RUN(row_9_bad_group_costs_only_itself);
    RUN(row_9_surplus_groups_are_ignored);
    RUN(row_9_fewer_groups_are_fine);
    RUN(row_11_eTreshold_is_A_or_kW_and_nothing_else);
    RUN(row_12_hex_texts_stay_raw);
    RUN(row_12_hex_texts_can_be_decoded);
    RUN(row_13_unset_channels_are_found_by_device_type);
    RUN(row_13_the_manuals_defaults_are_no_defaults);
    RUN(row_14_of_two_kinds_on_a_channel_the_first_whose_unit_fits);
    RUN(key_gas_channel);
    RUN(key_water_channel);
    RUN(key_heating_channel);
    RUN(key_cooling_channel);
    RUN(key_generic_channel);
    RUN(key_slaveelectricity_channel);
    RUN(a_key_of_0_lets_the_meter_tell);
    return tap_end();
}
