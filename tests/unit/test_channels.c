/* SPDX-License-Identifier: MIT */
/*
 * Which M-Bus channel is the gas meter: the device type, then the make or the unit; of two devices of one
 * kind the one with the newest time. What is learnt is kept from telegram to telegram.
 */
#include "kept.h"

#define DEVICE(channel, type, line)                                                                \
    "0-" channel ":24.1.0(" type ")\n0-" channel ":96.1.0(3030" channel ")\n0-" channel            \
    ":24.2.1" line "\n"

static void the_device_type_tells_the_kind(void)
{
    static const struct {
        const char *type;
        const char *unit;
        const char *prefix;
    } types[] = {
        {"002", "kWh", "se"},      {"003", "m3", "g"},       {"004", "GJ", "h"},
        {"012", "GJ", "h"},        {"006", "m3", "w"},       {"007", "m3", "w"},
        {"021", "m3", "w"},        {"022", "m3", "w"},       {"023", "m3", "w"},
        {"040", "m3", "w"},        {"010", "GJ", "c"},       {"011", "GJ", "c"},
        {"013", "GJ", "th"},       {"001", "m3", "generic"}, {"005", "GJ", "generic"},
        {"008", "m3", "generic"},  {"009", "m3", "generic"}, {"014", "m3", "generic"},
        {"015", "kWh", "generic"}, {"020", "GJ", "generic"}, {"024", "m3", "generic"},
        {"032", "m3", "generic"},  {"033", "m3", "generic"}, {"255", "m3", "generic"},
        {"3", "m3", "g"},          {"03", "m3", "g"},        {"0003", "m3", "g"},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char body[256];
        char want[64];
        char id[32];
        snprintf(body, sizeof body, DEVICE("4", "%s", "(161113200000W)(00981.443*%s)"),
                 types[i].type, types[i].unit);
        kept_forget();
        kept_read(body);
        snprintf(want, sizeof want, "981.443 %s at 2016-11-13T20:00:00+01:00", types[i].unit);
        snprintf(id, sizeof id, "%sValue", types[i].prefix);
        KEPT(id, want);
        snprintf(id, sizeof id, "%sValueTS", types[i].prefix);
        KEPT(id, "2016-11-13T20:00:00+01:00");
        snprintf(id, sizeof id, "%sDeviceType", types[i].prefix);
        KEPT(id, types[i].type);
        snprintf(id, sizeof id, "%sEquipmentId", types[i].prefix);
        KEPT(id, "30304");
        LEFT("");
    }
}

static void readings_tell_their_channel(void)
{
    kept_forget();
    kept_read("1-0:1.7.0(00.100*kW)\n" DEVICE("3", "003", "(161113200000W)(00981.443*m3)"));
    SAME(kept.readings[kept_item("gValue")].channel, 3);
    SAME(kept.readings[kept_item("gDeviceType")].channel, 3);
    SAME(kept.readings[kept_item("eActualDelivery")].channel, 0);
}

static void the_type_may_stand_behind_the_value(void)
{
    kept_forget();
    kept_read("0-2:24.2.1(161113200000W)(00981.443*m3)\n0-2:96.1.0(30)\n0-2:24.1.0(007)\n");
    KEPT("wValue", "981.443 m3 at 2016-11-13T20:00:00+01:00");
    KEPT("wEquipmentId", "30");
    KEPT("gValue", "");
}

static void four_kinds_side_by_side(void)
{
    kept_forget();
    kept_read(DEVICE("1", "002", "(161113200000W)(00001.000*kWh)")
                  DEVICE("2", "003", "(161113200000W)(00002.000*m3)")
                      DEVICE("3", "004", "(161113200000W)(00003.00*GJ)")
                          DEVICE("4", "010", "(161113200000W)(00004.00*GJ)"));
    KEPT("seValue", "1.000 kWh at 2016-11-13T20:00:00+01:00");
    KEPT("gValue", "2.000 m3 at 2016-11-13T20:00:00+01:00");
    KEPT("hValue", "3.00 GJ at 2016-11-13T20:00:00+01:00");
    KEPT("cValue", "4.00 GJ at 2016-11-13T20:00:00+01:00");
}

static void without_a_type_the_unit_tells(void)
{
    kept_forget();
    kept_read("0-1:24.2.1(161113200000W)(00001.000*m3)\n0-2:24.2.1(161113200000W)(00002.000*GJ)\n"
              "0-3:24.2.1(161113200000W)(00003.000*kWh)\n");
    KEPT("gValue", "1.000 m3 at 2016-11-13T20:00:00+01:00");
    KEPT("hValue", "2.000 GJ at 2016-11-13T20:00:00+01:00");
    KEPT("seValue", "3.000 kWh at 2016-11-13T20:00:00+01:00");
}

/* m3 beside a known gas meter may be water: a guess is worse than no value. */
static void a_unit_tells_nothing_beside_a_device_of_that_kind(void)
{
    kept_forget();
    kept_read("0-1:24.2.1(161113210000W)(00009.000*m3)\n" DEVICE("2", "003",
                                                                 "(161113200000W)(00002.000*m3)"));
    KEPT("gValue", "2.000 m3 at 2016-11-13T20:00:00+01:00");
    SAME(kept_count("gValue"), 1);
    SAME(kept_count("wValue"), 0);
    KEPT_VOID("genericValue");
    LEFT("");
}

static void an_unpaired_channel_gives_nothing(void)
{
    kept_forget();
    kept_read("0-1:24.1.0(000)\n0-1:96.1.0()\n0-1:24.2.1(0)\n");
    SAME(kept_count("gValue"), 0);
    KEPT_VOID("genericDeviceType");
    KEPT_VOID("genericValue");
}

static void a_type_and_a_unit_that_contradict_are_generic(void)
{
    kept_forget();
    kept_read(DEVICE("1", "012", "(161113200000W)(00001.000*m3)"));
    KEPT("genericValue", "1.000 m3 at 2016-11-13T20:00:00+01:00");
    SAME(kept_count("hValue"), 0);
    SAME(kept_count("gValue"), 0);
}

/* A reading without its unit says nothing against the type. */
static void a_stale_device_stays_of_its_kind(void)
{
    kept_forget();
    kept_read(DEVICE("1", "003", "(632525252525W)(00000.000)"));
    KEPT("gDeviceType", "003");
    kept_read(DEVICE("1", "003", "(161113200000W)(00001.000*m3)"));
    KEPT("gValue", "1.000 m3 at 2016-11-13T20:00:00+01:00");
    kept_read(DEVICE("1", "003", "(700101010000W)(00000000)"));
    KEPT("gDeviceType", "003");
    KEPT_VOID("gValue");
}

static void the_kind_is_remembered(void)
{
    kept_forget();
    kept_read("0-2:24.1.0(007)\n");
    kept_read("0-2:24.2.1(161113200000W)(00981.443*m3)\n");
    KEPT("wValue", "981.443 m3 at 2016-11-13T20:00:00+01:00");
    SAME(kept_count("gValue"), 0);
}

static void a_replaced_device_is_of_its_new_kind(void)
{
    kept_forget();
    kept_read(DEVICE("2", "003", "(161113200000W)(00001.000*m3)"));
    kept_read(DEVICE("2", "007", "(161113210000W)(00002.000*m3)"));
    KEPT("wValue", "2.000 m3 at 2016-11-13T21:00:00+01:00");
    SAME(kept_count("gValue"), 0);
}

/* The first gas meter is dead and still announced; the second lives. */
static void of_two_gas_meters_the_living_one_speaks(void)
{
    static const char body[] =
        "0-1:24.1.0(003)\n0-1:96.1.0()\n0-1:24.2.1(700101010000W)(00000000)\n"
        "0-2:24.1.0(003)\n0-2:96.1.0(4730)\n"
        "0-2:24.2.1(200426223001S)(00246.138*m3)\n";
    kept_forget();
    for (int i = 0; i < 2; i++) {
        kept_read(body);
        KEPT("gValue", "246.138 m3 at 2020-04-26T22:30:01+02:00");
        KEPT("gValueTS", "2020-04-26T22:30:01+02:00");
        KEPT("gEquipmentId", "4730");
        SAME(kept.readings[kept_item("gDeviceType")].channel, 2);
    }
}

static void of_two_gas_meters_the_newer_time_speaks(void)
{
    kept_forget();
    kept_read(DEVICE("1", "003", "(190426223001S)(00999.000*m3)")
                  DEVICE("2", "003", "(200426223001S)(00246.138*m3)"));
    KEPT("gValue", "246.138 m3 at 2020-04-26T22:30:01+02:00");
    SAME(kept_count("gValue"), 2);
    kept_forget();
    kept_read(DEVICE("1", "003", "(200426223001S)(00246.138*m3)")
                  DEVICE("2", "003", "(190426223001S)(00999.000*m3)"));
    KEPT("gValue", "246.138 m3 at 2020-04-26T22:30:01+02:00");
    KEPT("gEquipmentId", "30301");
}

/* A time says nothing when no value stands beside it. */
static void a_time_without_value_does_not_speak(void)
{
    static const char *const empty[] = {"(200426230000S)()", "(200426230000S)(*m3)",
                                        "(200426230000S)"};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        char body[512];
        snprintf(body, sizeof body,
                 DEVICE("1", "003", "(200426220000S)(00001.000*m3)") DEVICE("2", "003", "%s"),
                 empty[i]);
        kept_forget();
        kept_read(body);
        KEPT("gValue", "1.000 m3 at 2020-04-26T22:00:00+02:00");
        KEPT("gEquipmentId", "30301");
    }
}

static void of_two_equal_meters_the_first_with_a_number_speaks(void)
{
    kept_forget();
    kept_read("0-1:24.1.0(003)\n0-1:96.1.0()\n0-2:24.1.0(003)\n0-2:96.1.0(4730)\n");
    KEPT("gEquipmentId", "4730");
    SAME(kept.readings[kept_item("gDeviceType")].channel, 2);
    kept_forget();
    kept_read(DEVICE("1", "007", "(200426223001S)(00001.000*m3)")
                  DEVICE("2", "007", "(200426223001S)(00002.000*m3)"));
    KEPT("wValue", "1.000 m3 at 2020-04-26T22:30:01+02:00");
}

/* Two meters that both live must not take turns in one counter. */
static void who_speaks_does_not_change_while_it_lives(void)
{
    kept_forget();
    kept_read(DEVICE("1", "003", "(200426220000S)(00001.000*m3)")
                  DEVICE("2", "003", "(200426210000S)(00500.000*m3)"));
    KEPT("gValue", "1.000 m3 at 2020-04-26T22:00:00+02:00");
    for (int minute = 0; minute < 60; minute += 5) {
        char body[512];
        char want[64];
        snprintf(body, sizeof body,
                 DEVICE("1", "003", "(2004262205%02dS)(00001.000*m3)")
                     DEVICE("2", "003", "(2004262210%02dS)(00500.000*m3)"),
                 minute, minute);
        snprintf(want, sizeof want, "1.000 m3 at 2020-04-26T22:05:%02d+02:00", minute);
        kept_read(body);
        KEPT("gValue", want);
    }
}

static void who_is_silent_for_a_day_is_replaced(void)
{
    kept_forget();
    kept_read(DEVICE("1", "003", "(200426220000S)(00001.000*m3)"));
    kept_read(DEVICE("1", "003", "(200426220000S)(00001.000*m3)")
                  DEVICE("2", "003", "(200427210000S)(00500.000*m3)"));
    KEPT("gValue", "1.000 m3 at 2020-04-26T22:00:00+02:00");
    kept_read(DEVICE("1", "003", "(200426220000S)(00001.000*m3)")
                  DEVICE("2", "003", "(200427220000S)(00501.000*m3)"));
    KEPT("gValue", "501.000 m3 at 2020-04-27T22:00:00+02:00");
}

static void a_second_device_announced_without_value_changes_nothing(void)
{
    kept_forget();
    kept_read(
        DEVICE("1", "003", "(200426220000S)(00001.000*m3)") "0-2:24.1.0(003)\n0-2:96.1.0()\n");
    KEPT("gValue", "1.000 m3 at 2020-04-26T22:00:00+02:00");
    SAME(kept.readings[kept_item("gDeviceType")].channel, 1);
}

/* The channels of the ACE4000 are fixed, and it sends no types. */
static void the_channels_of_the_ace4000(void)
{
    kept_forget();
    kept_read_as("ACE5ACE4KGPRS", "0-3:96.1.0*255(12345678         )\n0-4:96.1.0*255(4)\n"
                                  "0-5:96.1.0*255(5)\n0-6:96.1.0*255(6)\n");
    KEPT("gEquipmentId", "12345678         ");
    KEPT("hEquipmentId", "4");
    KEPT("wEquipmentId", "5");
    KEPT("cEquipmentId", "6");
}

static void only_m_bus_objects_have_a_channel(void)
{
    kept_forget();
    kept_read("0-1:96.3.10(1)\n0-0:24.4.0(1)\n0-0:96.1.0(11)\n0-10:24.1.0(003)\n");
    KEPT("eSwitchPosition", "1");
    KEPT("eEquipmentId", "11");
    KEPT("eRelayPosition1", "1");
    LEFT("0-10:24.1.0 object unknown to the catalogue");
}

/* 255 stands for any channel in the catalogue, not on the wire. */
static void channel_255_is_no_channel(void)
{
    kept_forget();
    kept_read("0-255:24.1.0(003)\n0-255:24.2.1(161113200000W)(00001.000*m3)\n");
    SAME(kept_count("gValue"), 0);
    LEFT("0-255:24.1.0 object unknown to the catalogue; 0-255:24.2.1 object unknown to the "
         "catalogue");
}

static void settings_out_of_range_are_refused(void)
{
    kept_forget();
    CHECK(!dsmr_channels_set(&kept.channels, DSMR_KIND_NONE, 1));
    CHECK(!dsmr_channels_set(&kept.channels, DSMR_KIND_DEVICE, 1));
    CHECK(!dsmr_channels_set(&kept.channels, DSMR_KIND_ELECTRICITY, 1));
    CHECK(!dsmr_channels_set(&kept.channels, DSMR_KIND_COUNT, 1));
    CHECK(!dsmr_channels_set(&kept.channels, DSMR_KIND_GAS, DSMR_CHANNELS + 1));
    CHECK(dsmr_channels_set(&kept.channels, DSMR_KIND_GAS, DSMR_CHANNELS));
    CHECK(dsmr_channels_set(&kept.channels, DSMR_KIND_GAS, 0));
}

static void every_kind_that_can_be_set_takes_effect(void)
{
    for (enum dsmr_kind kind = DSMR_KIND_GAS; kind < DSMR_KIND_COUNT; kind++) {
        kept_forget();
        if (!dsmr_channels_set(&kept.channels, kind, 5))
            continue;
        kept_read("0-5:96.1.0(55)\n");
        bool taken = false;
        for (dsmr_item item = 0; item < dsmr_item_count(); item++)
            taken = taken || (kept.counts[item] == 1 && dsmr_item_info(item)->kind == kind);
        CHECK(taken);
    }
}

int main(void)
{
    RUN(the_device_type_tells_the_kind);
    RUN(readings_tell_their_channel);
    RUN(the_type_may_stand_behind_the_value);
    RUN(four_kinds_side_by_side);
    RUN(without_a_type_the_unit_tells);
    RUN(a_unit_tells_nothing_beside_a_device_of_that_kind);
    RUN(an_unpaired_channel_gives_nothing);
    RUN(a_type_and_a_unit_that_contradict_are_generic);
    RUN(a_stale_device_stays_of_its_kind);
    RUN(the_kind_is_remembered);
    RUN(a_replaced_device_is_of_its_new_kind);
    RUN(of_two_gas_meters_the_living_one_speaks);
    RUN(of_two_gas_meters_the_newer_time_speaks);
    RUN(a_time_without_value_does_not_speak);
    RUN(of_two_equal_meters_the_first_with_a_number_speaks);
    RUN(who_speaks_does_not_change_while_it_lives);
    RUN(who_is_silent_for_a_day_is_replaced);
    RUN(a_second_device_announced_without_value_changes_nothing);
    RUN(the_channels_of_the_ace4000);
    RUN(only_m_bus_objects_have_a_channel);
    RUN(channel_255_is_no_channel);
    RUN(settings_out_of_range_are_refused);
    RUN(every_kind_that_can_be_set_takes_effect);
    return tap_end();
}
