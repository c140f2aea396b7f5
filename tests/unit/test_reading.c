/* SPDX-License-Identifier: MIT */
/* Objects become readings: one value, or a value and its time; what is void gives nothing. */
#include "kept.h"

static void power_and_energy_in_the_unit_of_the_catalogue(void)
{
    kept_forget();
    kept_read(
        "1-0:1.8.1(001581.120*kWh)\n1-0:1.8.2(123456789*Wh)\n1-0:1.7.0(01.193*kW)\n"
        "1-0:2.7.0(000123*W)\n1-0:31.7.0(475*mA)\n1-0:32.7.0(230.1*V)\n1-0:21.7.0(4.251kW)\n");
    KEPT("eDeliveryTariff1", "1581.120 kWh");
    KEPT("eDeliveryTariff2", "123456.789 kWh");
    KEPT("eActualDelivery", "1.193 kW");
    KEPT("eActualProduction", "0.123 kW");
    KEPT("eInstantCurrentL1", "0.475 A");
    KEPT("eInstantVoltageL1", "230.1 V");
    KEPT("eInstantPowerDeliveryL1", "4.251 kW");
    LEFT("");
}

static void counters_are_whole_numbers(void)
{
    kept_forget();
    kept_read("0-0:96.7.21(00004)\n0-0:96.7.9(00002)\n1-0:32.32.0(00000)\n1-0:72:36.0(00012)\n");
    KEPT("ePowerFailures", "4");
    KEPT("eLongPowerFailures", "2");
    KEPT("eVoltageSagsL1", "0");
    KEPT("eVoltageSwellsL3", "12");
}

static void texts_are_as_on_the_wire(void)
{
    kept_forget();
    kept_read("1-3:0.2.8(42)\n0-0:96.14.0(0002)\n0-0:96.13.0(test-/-test! (x))\n");
    KEPT("P1VersionOutput", "42");
    KEPT("eTariffIndicator", "0002");
    KEPT("eTextMessage", "test-/-test! (x)");
}

static void an_empty_value_is_no_value_and_no_news(void)
{
    kept_forget();
    kept_read(
        "0-0:96.13.1()\n0-0:96.13.0()\n0-1:24.1.0()\n0-1:96.1.0()\n1-0:1.7.0()\n0-0:1.0.0()\n");
    KEPT("eTextCode", "");
    KEPT("eTextMessage", "");
    KEPT("eActualDelivery", "");
    KEPT("P1Timestamp", "");
}

static void an_impossible_value_is_no_value(void)
{
    kept_forget();
    kept_read("1-0:1.7.0(00.A23*kW)\n1-0:2.7.0(*kW)\n1-0:1.8.1(1234567890123456789*kWh)\n"
              "1-0:1.8.2(00001.000*m3)\n0-0:1.0.0(632525252525W)\n1-0:21.7.0(1.2.3*kW)\n"
              "0-0:96.7.21(4*s)\n0-0:96.3.10(ONE)\n");
    KEPT("eActualDelivery", "");
    KEPT("eDeliveryTariff1", "");
    KEPT("P1Timestamp", "");
    LEFT("1-0:1.7.0 not a number; 1-0:2.7.0 not a number; 1-0:1.8.1 out of range; "
         "1-0:1.8.2 wrong unit; 0-0:1.0.0 not a date; 1-0:21.7.0 not a number; 0-0:96.7.21 wrong "
         "unit; "
         "0-0:96.3.10 not a number");
}

static void an_unknown_object_is_handed_on(void)
{
    kept_forget();
    kept_read(
        "1-0:99.99.9(12*x)(3)\n1-0:1.7.0(00.100*kW)\n1-0:1.4.4(00.052*kW)\n0-1:96.1.9(3746)\n");
    KEPT("eActualDelivery", "0.100 kW");
    LEFT("1-0:99.99.9 object unknown to the catalogue; 1-0:1.4.4 object unknown to the catalogue; "
         "0-1:96.1.9 object unknown to the catalogue");
}

/* One bit wrong, and still a code: 9-0:1.7.0 is not 1-0:1.7.0. */
static void a_code_of_another_medium_is_another_object(void)
{
    kept_forget();
    kept_read("9-0:1.7.0(00.100*kW)\n1-7:1.7.0(00.100*kW)\n1-0:2.72.0(1)\n0-0:1.7.0(00.100*kW)\n");
    KEPT("eActualDelivery", "");
    LEFT("9-0:1.7.0 object unknown to the catalogue; 1-7:1.7.0 object unknown to the catalogue; "
         "1-0:2.72.0 object unknown to the catalogue; 0-0:1.7.0 object unknown to the catalogue");
}

static void a_bad_line_is_told_and_costs_only_itself(void)
{
    kept_forget();
    kept_read("1-0:1.8.1(000001.000*kWh)\n1,0:2.7.0(2)\n1-0:1.8.2(000002.000*kWh)\n");
    KEPT("eDeliveryTariff1", "1.000 kWh");
    KEPT("eDeliveryTariff2", "2.000 kWh");
    LEFT("bad line");
}

static void an_m_bus_value_has_the_devices_own_time(void)
{
    kept_forget();
    kept_read(
        "0-0:1.0.0(161113205757W)\n0-1:24.1.0(003)\n0-1:24.2.1(161113200000W)(00981.443*m3)\n");
    KEPT("P1Timestamp", "2016-11-13T20:57:57+01:00");
    KEPT("gValueTS", "2016-11-13T20:00:00+01:00");
    KEPT("gValue", "981.443 m3 at 2016-11-13T20:00:00+01:00");
}

static void a_value_may_stand_before_its_time(void)
{
    kept_forget();
    kept_read("0-1:24.1.0(003)\n0-1:24.2.1(00981.443*m3)(161113200000W)\n");
    KEPT("gValueTS", "2016-11-13T20:00:00+01:00");
    KEPT("gValue", "981.443 m3 at 2016-11-13T20:00:00+01:00");
}

static void a_value_without_time_is_taken(void)
{
    kept_forget();
    kept_read("0-1:24.1.0(003)\n0-1:24.2.1(00981.443*m3)\n");
    KEPT("gValueTS", "");
    KEPT("gValue", "981.443 m3");
}

/* Unpaired or out of reach: a filler for a time, and a zero that is not one. */
static void a_device_without_a_time_gives_nothing(void)
{
    static const char *const lines[] = {
        "(632525252525W)(00000.000)",
        "(632525252525S)(00000.000*m3)",
        "(000000000000W)(00000.000*m3)",
        "(1234ABC)(00001.234*m3)",
        "()(00000.000*m3)",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char body[128];
        snprintf(body, sizeof body, "0-1:24.1.0(003)\n0-1:24.2.1%s\n", lines[i]);
        kept_forget();
        kept_read(body);
        KEPT("gValue", "");
        KEPT("gValueTS", "");
        KEPT("gDeviceType", "003");
        LEFT("0-1:24.2.1 not a date");
    }
}

/* A clock that was never set is one, and what it stands beside is not to be used. */
static void a_device_without_a_clock_gives_nothing_to_use(void)
{
    static const char *const lines[] = {"(700101010000W)(00000000)",
                                        "(000101000000W)(00000.000*m3)"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char body[128];
        snprintf(body, sizeof body, "0-1:24.1.0(003)\n0-1:24.2.1%s\n", lines[i]);
        kept_forget();
        kept_read(body);
        KEPT_VOID("gValue");
        KEPT_VOID("gValueTS");
        KEPT("gDeviceType", "003");
        LEFT("");
    }
}

/* Not even to a device of which any unit is taken: the letter of the filler is no unit. */
static void a_filler_alone_is_no_value_of_any_device(void)
{
    kept_forget();
    kept_read("0-1:24.1.0(015)\n0-1:24.2.1(632525252525W)\n");
    KEPT("genericValue", "");
    KEPT("genericDeviceType", "015");
    LEFT("0-1:24.2.1 not a date");
}

static void a_number_that_is_missing_leaves_the_time(void)
{
    kept_forget();
    kept_read("0-1:24.1.0(012)\n0-1:24.2.1(220924225855S)(*GJ)\n");
    KEPT("hValueTS", "2022-09-24T22:58:55+02:00");
    KEPT("hValue", "");
}

static void the_24_gas_lines_of_the_ace4000(void)
{
    char body[2048] = "";
    size_t length = 0;
    for (int hour = 0; hour < 24; hour++)
        length += (size_t)snprintf(body + length, sizeof body - length,
                                   "7-0:23.1.0*255(012%02d.740*m3)(19-01-%02d %02d:00:00)\n",
                                   hour < 14 ? 40 + hour : hour, hour < 14 ? 2 : 1, hour);
    kept_forget();
    kept_read_as("ACE5ACE4KGPRS", body);
    SAME(kept_count("gValue"), 24);
    SAME(kept_count("gValueTS"), 24);
    KEPT("gValue", "1253.740 m3 at 2019-01-02T13:00:00+01:00");
    KEPT("gValueTS", "2019-01-02T13:00:00+01:00");
}

static void compensated_gas_of_2_2(void)
{
    kept_forget();
    kept_read("7-0:23.2.0(00981.443*m3)(161113200000)\n7-0:0.0.0(3132)\n7-0:24.4.0(1)\n");
    KEPT("gValueCompensated", "981.443 m3 at 2016-11-13T20:00:00+01:00");
    KEPT("gValueCompensatedTS", "2016-11-13T20:00:00+01:00");
    KEPT("gEquipmentId", "3132");
    KEPT("gValvePosition", "1");
}

static void heat_cold_and_water_of_2_2(void)
{
    kept_forget();
    kept_read(
        "5-0:1.0.0(0012.34*GJ)(161113200000)\n5-0:0.0.0(5)\n6-0:1.0.0(0056.78*GJ)(161113210000)\n"
        "6-0:0.0.0(6)\n8-0:1.0.0(00981.443*m3)(161113220000)\n8-0:0.0.0(8)\n");
    KEPT("hValue", "12.34 GJ at 2016-11-13T20:00:00+01:00");
    KEPT("hValueTS", "2016-11-13T20:00:00+01:00");
    KEPT("hEquipmentId", "5");
    KEPT("cValue", "56.78 GJ at 2016-11-13T21:00:00+01:00");
    KEPT("cValueTS", "2016-11-13T21:00:00+01:00");
    KEPT("cEquipmentId", "6");
    KEPT("wValue", "981.443 m3 at 2016-11-13T22:00:00+01:00");
    KEPT("wValueTS", "2016-11-13T22:00:00+01:00");
    KEPT("wEquipmentId", "8");
}

static void whichever_order_1_7_0_is_used_before_15_7_0(void)
{
    kept_forget();
    kept_read("1-0:15.7.0(000123*W)\n1-0:1.7.0(00.456*kW)\n");
    KEPT("eActualDelivery", "0.456 kW");
    kept_read("1-0:1.7.0(00.456*kW)\n1-0:15.7.0(000123*W)\n");
    KEPT("eActualDelivery", "0.456 kW");
    kept_read("1-0:15.7.0(000123*W)\n");
    KEPT("eActualDelivery", "0.123 kW");
}

static void whichever_order_96_1_1_is_used_before_the_other_numbers(void)
{
    kept_forget();
    kept_read("0-0:96.1.1(111)\n0-0:96.1.0(110)\n0-0:42.0.0(42)\n");
    KEPT("eEquipmentId", "111");
    kept_read("0-0:42.0.0(42)\n0-0:96.1.0(110)\n0-0:96.1.1(111)\n");
    KEPT("eEquipmentId", "111");
    kept_read("0-0:96.1.0(110)\n0-0:42.0.0(42)\n");
    KEPT("eEquipmentId", "110");
    kept_read("0-0:42.0.0(42)\n");
    KEPT("eEquipmentId", "42");
}

static void of_one_code_twice_the_later_is_used(void)
{
    kept_forget();
    kept_read("1-0:1.7.0(00.100*kW)\n1-0:1.7.0(00.200*kW)\n");
    SAME(kept_count("eActualDelivery"), 2);
    KEPT("eActualDelivery", "0.200 kW");
}

static void of_one_device_twice_the_newer_is_used(void)
{
    kept_forget();
    kept_read("0-1:24.1.0(003)\n0-1:24.2.1(161113210000W)(00002.000*m3)\n"
              "0-1:24.2.1(161113200000W)(00001.000*m3)\n");
    KEPT("gValue", "2.000 m3 at 2016-11-13T21:00:00+01:00");
    KEPT("gValueTS", "2016-11-13T21:00:00+01:00");
}

static void the_callers_zone_goes_before_the_identification(void)
{
    kept_forget();
    kept_read_as("ESO5MADE-UP", "0-0:1.0.0(240715120000)\n");
    KEPT("P1Timestamp", "2024-07-15T12:00:00+03:00");
    kept.has_zone = true;
    kept.zone = (struct dsmr_zone){0, true};
    kept_read_as("ESO5MADE-UP", "0-0:1.0.0(240715120000)\n");
    KEPT("P1Timestamp", "2024-07-15T12:00:00+01:00");
    kept.zone = (struct dsmr_zone){0, false};
    kept_read_as("ESO5MADE-UP", "0-0:1.0.0(240715120000)\n");
    KEPT("P1Timestamp", "2024-07-15T12:00:00+00:00");
}

static void a_telegram_of_nothing(void)
{
    kept_forget();
    kept_read("");
    LEFT("");
    for (dsmr_item item = 0; item < dsmr_item_count(); item++)
        SAME(kept.counts[item], 0);
}

int main(void)
{
    RUN(power_and_energy_in_the_unit_of_the_catalogue);
    RUN(counters_are_whole_numbers);
    RUN(texts_are_as_on_the_wire);
    RUN(an_empty_value_is_no_value_and_no_news);
    RUN(an_impossible_value_is_no_value);
    RUN(an_unknown_object_is_handed_on);
    RUN(a_code_of_another_medium_is_another_object);
    RUN(a_bad_line_is_told_and_costs_only_itself);
    RUN(an_m_bus_value_has_the_devices_own_time);
    RUN(a_value_may_stand_before_its_time);
    RUN(a_value_without_time_is_taken);
    RUN(a_device_without_a_time_gives_nothing);
    RUN(a_device_without_a_clock_gives_nothing_to_use);
    RUN(a_filler_alone_is_no_value_of_any_device);
    RUN(a_number_that_is_missing_leaves_the_time);
    RUN(the_24_gas_lines_of_the_ace4000);
    RUN(compensated_gas_of_2_2);
    RUN(heat_cold_and_water_of_2_2);
    RUN(whichever_order_1_7_0_is_used_before_15_7_0);
    RUN(whichever_order_96_1_1_is_used_before_the_other_numbers);
    RUN(of_one_code_twice_the_later_is_used);
    RUN(of_one_device_twice_the_newer_is_used);
    RUN(the_callers_zone_goes_before_the_identification);
    RUN(a_telegram_of_nothing);
    return tap_end();
}
