/* SPDX-License-Identifier: MIT */
/* *.items files as people have them, of openHAB 1 to 5, and every way to get one wrong. */
#include "config/items.h"
#include "core/memory.h"
#include "told.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the tests read. */
struct reading {
    struct bound_items items;
    struct complaints complaints;
};

static struct reading read_bytes(const char *text, size_t size)
{
    struct reading reading = {0};
    items_read_text(&reading.items, "p1.items", text, size, &reading.complaints);
    return reading;
}

static struct reading read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static void forget(struct reading *reading)
{
    items_free(&reading->items);
    complaints_free(&reading->complaints);
}

/* One line an item: "5 Number:Energy P1 eDeliveryTariff1 'label'". Freed by the caller. */
static char *list(const struct bound_items *items)
{
    static const char *const types[] = {"Number", "String", "DateTime"};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    for (size_t i = 0; i < items->count; i++) {
        const struct bound_item *item = &items->at[i];
        fprintf(stream, "%d %s%s%s %s %s", item->line, types[item->type],
                item->dimension != NULL ? ":" : "", item->dimension != NULL ? item->dimension : "",
                item->name, dsmr_item_id(item->reading));
        if (item->part != PACE_MEAN)
            fprintf(stream, " (%s)", pace_part_word(item->part));
        if (item->label != NULL)
            fprintf(stream, " '%s'", item->label);
        fputc('\n', stream);
    }
    fclose(stream);
    return text;
}

/* Reads the text: these items must be in it, and this be complained about. */
static void assert_items(const char *text, const char *wanted, const char *told)
{
    struct reading reading = read_text(text);
    char *found = list(&reading.items);
    assert_string_equal(found, wanted);
    free(found);
    assert_int_equal(reading.complaints.errors, 0);
    assert_told(&reading.complaints, told);
    forget(&reading);
}

static void test_manual_examples(void **state)
{
    (void)state;
    assert_items("Number P1_Actual_Delivery \"Actual usage [%.3f kW]\" {dsmr=\"eActualDelivery\"}\n"
                 "Number P1_Meter_DeliveryLow \"Meterstand reading low tariff [%.3f kWh]\" "
                 "{dsmr=\"eDeliveryTariff1\"}\n"
                 "Number P1_Meter_DeliveryNormal \"Meter reading normal tariff[%.3f kWh]\" "
                 "{dsmr=\"eDeliveryTariff2\"}\n",
                 "1 Number P1_Actual_Delivery eActualDelivery 'Actual usage [%.3f kW]'\n"
                 "2 Number P1_Meter_DeliveryLow eDeliveryTariff1 'Meterstand reading low tariff "
                 "[%.3f kWh]'\n"
                 "3 Number P1_Meter_DeliveryNormal eDeliveryTariff2 'Meter reading normal "
                 "tariff[%.3f kWh]'\n",
                 "");
}

static void test_the_three_item_types(void **state)
{
    (void)state;
    assert_items("Number Gas {dsmr=\"gValue\"}\n"
                 "String Tariff {dsmr=\"eTariffIndicator\"}\n"
                 "DateTime Gas_At {dsmr=\"gValueTS\"}\n"
                 "String Gas_Text {dsmr=\"gValue\"}\n"
                 "String Gas_At_Text {dsmr=\"gValueTS\"}\n"
                 "Number Tariff_Number {dsmr=\"eTariffIndicator\"}\n"
                 "Number Gas_Type {dsmr=\"gDeviceType\"}\n",
                 "1 Number Gas gValue\n"
                 "2 String Tariff eTariffIndicator\n"
                 "3 DateTime Gas_At gValueTS\n"
                 "4 String Gas_Text gValue\n"
                 "5 String Gas_At_Text gValueTS\n"
                 "6 Number Tariff_Number eTariffIndicator\n"
                 "7 Number Gas_Type gDeviceType\n",
                 "");
}

static void test_style_of_openhab_1(void **state)
{
    (void)state;
    assert_items(
        "/* Groups */\n"
        "Group All\n"
        "Group gP1 \"Smart meter\" <energy> (All)\n"
        "Group:Switch:OR(ON, OFF) Lights \"All Lights [(%d)]\" (All)\n"
        "Group:Number:AVG gTemp \"Average [%.1f °C]\" <temperature> (All)\n"
        "Group:Contact:AND(CLOSED,OPEN)\tDoors\t(All)\n"
        "Group:Number:COUNT(.*) Things (All)\n"
        "\n"
        "Switch Light_Hall \"Hall\" (Lights) {knx=\"1/0/15+0/0/15\", autoupdate=\"false\"}\n"
        "Dimmer Light_Living <slider> (Lights) { zwave=\"3:command=switch_multilevel\" }\n"
        "Number Temp_Out \"Outside [%.1f °C]\" <temperature> (gTemp) "
        "{ http=\"<[http://weather.local/?id=1:60000:JS(get.js)]\" }\n"
        "Number\tP1_Gas\t\"Gas [%.3f m3]\"\t<gas>\t(gP1,All)\t{dsmr=\"gValue\"}\n"
        "Number P1_Power \"Power [%.0f "
        "W]\"(gP1){dsmr=\"eActualDelivery\",mqtt=\">[broker:p1:state:*:"
        "default]\"}\n"
        "String P1_Message \"Message [%s]\" (gP1) { dsmr = \"eTextMessage\" }\n"
        "DateTime P1_Gas_TS \"Gas at [%1$td.%1$tm.%1$tY %1$tH:%1$tM]\" <clock> (gP1) "
        "{dsmr=\" gValueTS \"}\n"
        "Rollershutter Shade \"Shade\" {rfxcom=\">1.0:LIGHTING5.LIGHTWAVERF:Command\"}\n"
        "Contact Door \"Door [MAP(en.map):%s]\" (Doors) // the front one\n"
        "//Number P1_Old \"Old\" {dsmr=\"eDeliveryTariff1\"}\n"
        "Color Lamp \"Lamp\" {hue=\"1\"}\n",
        "12 Number P1_Gas gValue 'Gas [%.3f m3]'\n"
        "13 Number P1_Power eActualDelivery 'Power [%.0f W]'\n"
        "14 String P1_Message eTextMessage 'Message [%s]'\n"
        "15 DateTime P1_Gas_TS gValueTS 'Gas at [%1$td.%1$tm.%1$tY %1$tH:%1$tM]'\n",
        "");
}

static void test_style_of_today(void **state)
{
    (void)state;
    assert_items(
        "Group:Number:Energy:SUM gEnergy \"Energy\" <iconify:mdi:home-lightning-bolt> "
        "[\"Equipment\"]\n"
        "Group:Number:Power:MAX(5) gPower <\"f7:bolt\"> (gEnergy)\n"
        "Number:Energy P1_Import_1 \"Import low [%.3f %unit%]\" <energy> (gEnergy, gP1)\n"
        "    [\"Measurement\", \"Energy\", Tag-With-Dashes, \"A tag\"]\n"
        "{\n"
        "    unit=\"kWh\",\n"
        "    stateDescription=\" \" [ pattern=\"%.3f %unit%\", min=0, max=999999.999, "
        "readOnly=true ],\n"
        "    dsmr=\"eDeliveryTariff1\" [ note=\"none\" ],\n"
        "    channel=\"a:b:c:d\" [ profile=\"transform:JS\", toItem=\"f(x) { return [x]; }\" ],\n"
        "    channel=\"a:b:c:e\",\n"
        "    alexa=\"Sensor\" [ name=\"P1\", a=1,2,-3.5 ], expire=\"5m,state=UNDEF\"\n"
        "}\n"
        "Number:Power P1_Power \"Power\" { dsmr=\"eActualDelivery\", listWidget=\"oh-label\" [ "
        "subtitle=\"=items.x.state\" ] }\n"
        "Number:Volume P1_Gas { dsmr=\"gValue\", unit=\"m³\" }\n"
        "Number:Energy P1_Heat { dsmr=\"hValue\", unit=\"GJ\" }\n"
        "Number:ElectricCurrent P1_I1 { dsmr=\"eInstantCurrentL1\" }\n"
        "Number:ElectricPotential P1_U1 { dsmr=\"eInstantVoltageL1\" }\n"
        "Number:Time P1_Failure { dsmr=\"eDurationPowerFailure1\" }\n"
        "Number:Dimensionless P1_Sags { dsmr=\"eVoltageSagsL1\" }\n"
        "Number:Power P1_Treshold { dsmr=\"eTreshold\" }\n"
        "Number:ElectricCurrent P1_Treshold_A { dsmr=\"eTreshold\" }\n"
        "Number:Volume P1_Generic { dsmr=\"genericValue\" }\n"
        "Location Home \"Home\" { channel=\"gps:x\" } Image Camera { channel=\"ip:y\" }\n"
        "Number A1 (g) Number A2 (g) {dsmr=\"eDeliveryTariff2\"} Player Radio\n"
        "Call Phone Call Phone2\n",
        "3 Number:Energy P1_Import_1 eDeliveryTariff1 'Import low [%.3f %unit%]'\n"
        "13 Number:Power P1_Power eActualDelivery 'Power'\n"
        "14 Number:Volume P1_Gas gValue\n"
        "15 Number:Energy P1_Heat hValue\n"
        "16 Number:ElectricCurrent P1_I1 eInstantCurrentL1\n"
        "17 Number:ElectricPotential P1_U1 eInstantVoltageL1\n"
        "18 Number:Time P1_Failure eDurationPowerFailure1\n"
        "19 Number:Dimensionless P1_Sags eVoltageSagsL1\n"
        "20 Number:Power P1_Treshold eTreshold\n"
        "21 Number:ElectricCurrent P1_Treshold_A eTreshold\n"
        "22 Number:Volume P1_Generic genericValue\n"
        "24 Number A2 eDeliveryTariff2\n",
        "");
}

static void test_comments_anywhere(void **state)
{
    (void)state;
    assert_items("/**/Number/* a */P1 // b\n"
                 " \"a /* no comment */ // nor this\" /* c\n"
                 " Number P2 {dsmr=\"gValue\"}\n"
                 " */ { // d\n"
                 "  /* e */ dsmr /* f */ = /* g */ \"gValue\" /* h */ // , dsmr=\"hValue\"\n"
                 " } // i",
                 "1 Number P1 gValue 'a /* no comment */ // nor this'\n", "");
}

static void test_strings(void **state)
{
    (void)state;
    assert_items(
        "Number P1 \"The \\\"big\\\" one \\\\ [%.3f]\" {dsmr='gValue', x=\"\\\"}\\\"\"}\n"
        "Number P2 'it''s' \n"
        "Number P3 \"it's\" {dsmr=\"gValue\"}\n"
        "Number P4 \"two\n"
        "  lines\" {dsmr=\"gValue\"}\n"
        "Number P5 \"\" {dsmr=\"gValue\"}\n",
        "1 Number P1 gValue 'The \"big\" one \\ [%.3f]'\n"
        "3 Number P3 gValue 'it's'\n"
        "4 Number P4 gValue 'two\n  lines'\n"
        "6 Number P5 gValue ''\n",
        "p1.items:2: error: item 'P2': the text \"s\" stands where a part of an item or the "
        "next item belongs\n");
}

static void test_windows_and_foreign_bytes(void **state)
{
    (void)state;
    assert_items("\xEF\xBB\xBFNumber P1 \"Z\xE4hler\" {dsmr=\"gValue\"}\r\n"
                 "\r\n"
                 "Number\tP2\r\n\t{\r\n\tdsmr=\"gValue\"\r\n}\r\n",
                 "1 Number P1 gValue 'Z\xE4hler'\n"
                 "3 Number P2 gValue\n",
                 "");
}

static void test_nothing(void **state)
{
    (void)state;
    assert_items("", "", "");
    assert_items("\n \t\r\n// nothing\n/* nothing */", "", "");
}

static void test_others_are_left_in_peace(void **state)
{
    (void)state;
    assert_items("Widget:Thing Foo \"x\" <y> (z) {other=\"dsmr\", dsmrx=\"eActualDelivery\"}\n"
                 "Number Bar \"dsmr\" (dsmr) [\"dsmr=\"] {channel=\"dsmr:x\", mydsmr=\"y\"}\n"
                 "Number Baz {}\n"
                 "Number Last {dsmr=\"gValue\",}\n",
                 "4 Number Last gValue\n", "");
}

static void test_only_three_types_can_be_bound(void **state)
{
    (void)state;
    assert_items(
        "Switch A {dsmr=\"eSwitchPosition\"}\n"
        "Group:Number:SUM B {dsmr=\"gValue\"}\n"
        "numbr C {dsmr=\"gValue\"}\n"
        "String:Energy D {dsmr=\"gValue\"}\n"
        "Frobnicator E {dsmr=\"gValue\"}\n"
        "Number F {dsmr=\"gValue\"}\n",
        "6 Number F gValue\n",
        "p1.items:1: error: item 'A': type 'Switch' cannot be bound; allowed: Number, "
        "String, DateTime\n"
        "p1.items:2: error: item 'B': type 'Group:Number' cannot be bound; allowed: Number, "
        "String, DateTime\n"
        "p1.items:3: error: item 'C': type 'numbr' cannot be bound; allowed: Number, "
        "String, DateTime; did you mean 'Number'?\n"
        "p1.items:4: error: item 'D': type 'String:Energy' cannot be bound; allowed: "
        "Number, String, DateTime\n"
        "p1.items:5: error: item 'E': type 'Frobnicator' cannot be bound; allowed: Number, "
        "String, DateTime\n");
}

static void test_ids(void **state)
{
    (void)state;
    assert_items(
        "Number A\n"
        "  { dsmr=\"eActualDelivry\" }\n"
        "Number B { dsmr=\"eactualdelivery\" }\n"
        "Number C { dsmr=\"zzz\" }\n"
        "Number D { dsmr=\"\" }\n"
        "Number E { dsmr=\" \\t\" }\n"
        "Number F { dsmr=\" \t\n gValue\r\n\" }\n"
        "Number G { dsmr=\"gValue\", dsmr=\"gValueTS\" }\n"
        "Number H { dsmr=gValue }\n"
        "Number I { DSMR=\"gValue\" }\n"
        "Number J { dsmr=\"[gValue]\" }\n",
        "7 Number F gValue\n",
        "p1.items:2: error: item 'A': id 'eActualDelivry' is unknown; did you mean "
        "'eActualDelivery'?\n"
        "p1.items:3: error: item 'B': id 'eactualdelivery' is unknown; did you mean "
        "'eActualDelivery'?\n"
        "p1.items:4: error: item 'C': id 'zzz' is unknown\n"
        "p1.items:5: error: item 'D': dsmr=\"\" names no id; allowed: an id such as "
        "eActualDelivery\n"
        "p1.items:6: error: item 'E': id '\\t' is unknown\n"
        "p1.items:10: error: item 'G': bound twice; allowed: one dsmr=\"…\"\n"
        "p1.items:11: error: item 'H': 'gValue' stands where an id in quotation marks, as "
        "in dsmr=\"eActualDelivery\", belongs\n"
        "p1.items:12: warning: binding 'DSMR' is not taken; did you mean 'dsmr'?\n"
        "p1.items:13: error: item 'J': id '[gValue]' is unknown; did you mean 'gValue'?\n");
}

static void test_the_least_and_the_greatest_of_an_interval(void **state)
{
    (void)state;
    assert_items(
        "Number A { dsmr=\"eActualDelivery:greatest\" }\n"
        "Number:ElectricPotential B { dsmr=\" garage : eInstantVoltageL1 : least \", unit=\"V\" }\n"
        "Number C { dsmr=\"eDeliveryTariff1:greatest\" }\n"
        "Number D { dsmr=\"eActualDelivery:most\" }\n"
        "Number E { dsmr=\":least\" }\n"
        "Number F { dsmr=\"eActualDelivry:least\" }\n"
        "Number:Energy G { dsmr=\"eActualDelivery:greatest\" }\n",
        "1 Number A eActualDelivery (greatest)\n"
        "2 Number:ElectricPotential B eInstantVoltageL1 (least)\n",
        "p1.items:3: error: item 'C': 'eDeliveryTariff1' has no greatest, only power, voltage and "
        "current have; did you mean 'eDeliveryTariff1'?\n"
        "p1.items:4: error: item 'D': id 'most' is unknown; allowed behind a power, voltage or "
        "current: :least, :greatest\n"
        "p1.items:5: error: item 'E': dsmr=\"\" names no id; allowed: an id such as "
        "eActualDelivery\n"
        "p1.items:6: error: item 'F': id 'eActualDelivry' is unknown; did you mean "
        "'eActualDelivery'?\n"
        "p1.items:7: error: item 'G': type 'Number:Energy' cannot hold 'eActualDelivery', which is "
        "in kW; allowed: Number, Number:Power\n");
}

/* Whatever the file says: without a pace in seconds there is nothing to send. */
static void test_a_least_needs_a_pace_in_seconds(void **state)
{
    static const char text[] = "Number A { dsmr=\"eActualDelivery\" }\n"
                               "Number B { dsmr=\"eActualDelivery:least\" }\n";
    static const char *const paces[] = {"every", "change", "10"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct reading reading = read_text(text);
        struct config config;
        char lines[80];
        char told[200] = "";
        snprintf(lines, sizeof lines, "port=/dev/p1\nopenhab.update=%s\n", paces[i]);
        config_init(&config);
        config_read_text(&config, "dsmr.cfg", lines, strlen(lines), &reading.complaints);
        items_keep_known(&reading.items, &config, &reading.complaints);
        if (i < 2)
            snprintf(told, sizeof told,
                     "p1.items:2: error: item 'B': 'eActualDelivery:least' is of an interval, and "
                     "openhab.update is '%s'; allowed there: seconds, as in openhab.update=10\n",
                     paces[i]);
        assert_told(&reading.complaints, told);
        assert_int_equal(reading.items.count, i < 2 ? 1 : 2);
        config_free(&config);
        forget(&reading);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_items(
        "Number A { dsmr=\"gValue\" }\n"
        "Switch A { knx=\"1/1/1\" }\n"
        "String A { dsmr=\"gValue\" }\n"
        "Number a-b { dsmr=\"gValue\" }\n"
        "Number Gas_1 { dsmr=\"gValue\" }\n"
        "Number a { dsmr=\"gValue\" }\n",
        "1 Number A gValue\n"
        "5 Number Gas_1 gValue\n"
        "6 Number a gValue\n",
        "p1.items:3: error: item 'A': the name stands in p1.items:1 already; the first one "
        "counts\n"
        "p1.items:4: error: item 'a-b': openHAB does not take this name; allowed: letters, "
        "digits and _\n");
}

static void test_types_that_cannot_show_the_reading(void **state)
{
    (void)state;
    assert_items(
        "Number A { dsmr=\"gValueTS\" }\n"
        "Number B { dsmr=\"eTextMessage\" }\n"
        "DateTime C { dsmr=\"gValue\" }\n"
        "DateTime D { dsmr=\"eEquipmentId\" }\n",
        "1 Number A gValueTS\n"
        "2 Number B eTextMessage\n"
        "3 DateTime C gValue\n"
        "4 DateTime D eEquipmentId\n",
        "p1.items:1: warning: item 'A': type 'Number' cannot show 'gValueTS', which is a "
        "time; allowed: DateTime, String\n"
        "p1.items:2: warning: item 'B': type 'Number' cannot show 'eTextMessage', which is "
        "text; allowed: String\n"
        "p1.items:3: warning: item 'C': type 'DateTime' cannot show 'gValue', which is a "
        "number; allowed: Number, String\n"
        "p1.items:4: warning: item 'D': type 'DateTime' cannot show 'eEquipmentId', which "
        "is text; allowed: String\n");
}

static void test_dimensions_that_do_not_fit(void **state)
{
    (void)state;
    assert_items(
        "Number:Power A { dsmr=\"eDeliveryTariff1\" }\n"
        "Number:energy B { dsmr=\"eDeliveryTariff1\" }\n"
        "Number:Volume C { dsmr=\"eTreshold\" }\n"
        "Number:Energy D { dsmr=\"ePowerFailures\" }\n"
        "Number:Energy E { dsmr=\"gValue\" }\n",
        "",
        "p1.items:1: error: item 'A': type 'Number:Power' cannot hold 'eDeliveryTariff1', "
        "which is in kWh; allowed: Number, Number:Energy\n"
        "p1.items:2: error: item 'B': type 'Number:energy' cannot hold 'eDeliveryTariff1', "
        "which is in kWh; allowed: Number, Number:Energy\n"
        "p1.items:3: error: item 'C': type 'Number:Volume' cannot hold 'eTreshold', which "
        "is in kW or in A; allowed: Number, Number:Power, Number:ElectricCurrent\n"
        "p1.items:4: error: item 'D': type 'Number:Energy' cannot hold 'ePowerFailures', "
        "which is without unit; allowed: Number, Number:Dimensionless\n"
        "p1.items:5: error: item 'E': type 'Number:Energy' cannot hold 'gValue', which is "
        "in m3; allowed: Number, Number:Volume\n");
}

/* Each fault costs its own item, and the good one behind it is taken. */
static void assert_fault(const char *fault, const char *told)
{
    char *text = memory_print("%s\nNumber Good \"good\" { dsmr=\"gValue\" }\n", fault);
    struct reading reading = read_text(text);
    if (reading.items.count != 1 || strcmp(reading.items.at[0].name, "Good") != 0)
        fail_msg("after '%s' the good item is not taken", fault);
    assert_true(reading.complaints.mistakes > 0);
    assert_told(&reading.complaints, told);
    forget(&reading);
    free(text);
}

static void test_quotation_marks_that_are_not_closed(void **state)
{
    (void)state;
    static const char told[] =
        "p1.items:1: error: item 'A': a quotation mark (\") is opened here and not closed\n";
    assert_fault("Number A \"label {dsmr=\"gValue\"}", told);
    assert_fault("Number A label\" {dsmr=\"gValue\"}", told);
    assert_fault("Number A \"label\" {dsmr=\"gValue}", told);
    assert_fault("Number A \"label\" {dsmr=gValue\"}", told);
    assert_fault("Number A \"label", told);
    assert_fault("Number A \"label\n (g)\n {dsmr=\"gValue\"}", told);
    assert_fault("Number A <\"icon> {dsmr=\"gValue\"}", told);
    assert_fault("Number A [\"tag] {dsmr=\"gValue\"}", told);
    assert_fault("Number A {x=\"http://y, dsmr=\"gValue\"}", told);
    assert_fault("Switch A \"label { knx=\"1\" }", told);
    assert_fault("Number A 'label",
                 "p1.items:1: error: item 'A': a quotation mark (') is opened here and not "
                 "closed\n");
    assert_fault("Number A\n  \"label\"\n  {dsmr=\"gValue}",
                 "p1.items:3: error: item 'A': a quotation mark (\") is opened here and not "
                 "closed\n");
}

static void test_brackets_that_are_not_closed(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        const char *told;
    } cases[] = {
        {"Number A \"x\" {dsmr=\"gValue\"",
         "1: error: item 'A': '{' is opened here and not closed"},
        {"Number A \"x\" {dsmr=\"gValue\",",
         "1: error: item 'A': '{' is opened here and not closed"},
        {"Number A \"x\"\n{\n dsmr=",
         "3: error: item 'A': the item ends where an id in quotation marks, as in "
         "dsmr=\"eActualDelivery\", belongs"},
        {"Number A \"x\" {", "1: error: item 'A': '{' is opened here and not closed"},
        {"Number A\n (g1, g2 {dsmr=\"gValue\"}",
         "2: error: item 'A': '(' is opened here and not closed"},
        {"Number A <energy (g) {dsmr=\"gValue\"}",
         "1: error: item 'A': '<' is opened here and not closed"},
        {"Number A [tag {dsmr=\"gValue\"}",
         "1: error: item 'A': '[' is opened here and not closed"},
        {"Number A {dsmr=\"gValue\" [a=1}",
         "1: error: item 'A': '[' is opened here and not closed"},
        {"Group:Switch:OR(ON,OFF g", "1: error: '(' is opened here and not closed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *told = memory_print("p1.items:%s\n", cases[i].told);
        assert_fault(cases[i].fault, told);
        free(told);
    }
}

static void test_other_faults(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        const char *told;
    } cases[] = {
        {"}", "1: error: '}' stands where an item belongs"},
        {"# a comment of another language", "1: error: '#' stands where an item belongs"},
        {"\"text\"", "1: error: the text \"text\" stands where an item belongs"},
        {"Number {dsmr=\"gValue\"}", "1: error: '{' stands where the name of the item belongs"},
        {"Number", "1: error: the item ends where the name of the item belongs"},
        {"Number: A", "1: error: the item ends where the name of the item belongs"},
        {"Number:: A", "1: error: ':' stands where a word behind the colon belongs"},
        {"String {something is wrong} A \"Test [%s]\" { channel=\"test\" }",
         "1: error: '{' stands where the name of the item belongs"},
        {"Number A \"x\" \"y\" {dsmr=\"gValue\"}",
         "1: error: item 'A': the text \"y\" stands where a "
         "part of an item or the next item belongs"},
        {"Number A \"x\" energy {dsmr=\"gValue\"}", "1: error: item 'A': 'energy' stands where a "
                                                    "part of an item or the next item belongs"},
        {"Number A {dsmr=\"gValue\"};", "1: error: item 'A': ';' stands where a part of an item or "
                                        "the next item belongs"},
        {"Number A {dsmr \"gValue\"}", "1: error: item 'A': the text \"gValue\" stands where = "
                                       "belongs"},
        {"Number A {\"gValue\"}", "1: error: item 'A': the text \"gValue\" stands where a binding "
                                  "belongs"},
        {"Number A {x=\"y\" [a=1] dsmr=\"gValue\"}",
         "1: error: item 'A': 'dsmr' stands where a comma "
         "or } belongs"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *told = memory_print("p1.items:%s\n", cases[i].told);
        assert_fault(cases[i].fault, told);
        free(told);
    }
}

static void test_faults_at_the_end(void **state)
{
    (void)state;
    assert_items("Number A {dsmr=\"gValue\"}\n/* Number B\nNumber C {dsmr=\"gValue\"}\n",
                 "1 Number A gValue\n",
                 "p1.items:2: error: a comment (/*) is opened here and not closed\n");
    assert_items("Number A {dsmr=", "",
                 "p1.items:1: error: item 'A': the item ends where an id in quotation marks, as in "
                 "dsmr=\"eActualDelivery\", belongs\n");
    assert_items("Number", "",
                 "p1.items:1: error: the item ends where the name of the item belongs\n");
    assert_items("Number A {dsmr=\"gValue\"", "",
                 "p1.items:1: error: item 'A': '{' is opened here and not closed\n");
    assert_items("Number A \"\\", "",
                 "p1.items:1: error: item 'A': a quotation mark (\") is opened here and not "
                 "closed\n");
}

static void test_words_of_items_inside_an_item(void **state)
{
    (void)state;
    /* Lines that begin with a type but are no items. */
    assert_items("Group Things \"All\n"
                 "Number of things\" (\n"
                 "Switch, Number) [\n"
                 "Number,\n"
                 "Switch] {\n"
                 "Number=\"x\",\n"
                 "dsmr2=\"y\" }\n"
                 "Number\n"
                 "  A\n"
                 "  {dsmr=\"gValue\"}\n",
                 "8 Number A gValue\n", "");
}

static void test_binary_file(void **state)
{
    (void)state;
    static const char text[] = "Number A {dsmr=\"gValue\"}\n\0Number B {dsmr=\"gValue\"}\n";
    struct reading reading = read_bytes(text, sizeof text - 1);
    assert_int_equal(reading.items.count, 0);
    assert_int_equal(reading.complaints.mistakes, 1);
    assert_told(&reading.complaints,
                "p1.items:2: error: a NUL byte: this is no text file, or one in "
                "UTF-16; save it as UTF-8\n");
}

/* Any number of such lines ends after a hundred complaints. */
static void assert_ends(const char *line)
{
    size_t size = strlen(line);
    char *text = memory_new(20000, size);
    for (size_t i = 0; i < 20000; i++)
        memcpy(text + i * size, line, size);
    struct reading reading = read_bytes(text, 20000 * size);
    assert_int_equal(reading.complaints.count, 101);
    assert_string_equal(reading.complaints.at[100].text,
                        "too many mistakes: the rest was not read");
    forget(&reading);
    free(text);
}

static void test_noise_ends_soon(void **state)
{
    (void)state;
    assert_ends("Number A {\n");
    assert_ends("Number A {dsmr=\"eDeliveryTarif\"}\n");
    assert_ends("/**/Number A { } } /*\n*/");
    assert_ends("Number A \"\\\n");
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char *path = memory_print("%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static void remove_folder(char *folder, const char *const *names)
{
    for (; *names != NULL; names++) {
        char *path = memory_print("%s/%s", folder, *names);
        assert_int_equal(remove(path), 0);
        free(path);
    }
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

static char *new_folder(void)
{
    char *folder = memory_text("/tmp/dsmr-items-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static void test_folder(void **state)
{
    (void)state;
    char *folder = new_folder();
    char *inner = memory_print("%s/old", folder);
    assert_int_equal(mkdir(inner, 0700), 0);
    write_file(folder, "b.items", "Number Same {dsmr=\"gValue\"}\n\nNumber B {dsmr=\"gValue\"}\n");
    write_file(folder, "a.items", "Number A {dsmr=\"gValue\"}\nNumber Same {dsmr=\"gValue\"}\n");
    write_file(folder, "a.items~", "Number Backup {dsmr=\"gValue\"}\n");
    write_file(folder, ".c.items", "Number Hidden {dsmr=\"gValue\"}\n");
    write_file(folder, "items", "Number Other {dsmr=\"gValue\"}\n");
    write_file(inner, "d.items", "Number Inner {dsmr=\"gValue\"}\n");

    struct reading reading = {0};
    assert_true(items_read(&reading.items, folder, &reading.complaints));
    char *found = list(&reading.items);
    assert_string_equal(found, "1 Number A gValue\n2 Number Same gValue\n3 Number B gValue\n");
    char *first = memory_print("%s/a.items", folder);
    assert_string_equal(reading.items.at[0].file, first);
    char *told =
        memory_print("%s/b.items:1: error: item 'Same': the name stands in %s:2 already; the "
                     "first one counts\n",
                     folder, first);
    assert_told(&reading.complaints, told);
    free(told);
    free(first);
    free(found);
    forget(&reading);
    remove_folder(inner, (const char *const[]){"d.items", NULL});
    remove_folder(
        folder, (const char *const[]){"a.items", "b.items", "a.items~", ".c.items", "items", NULL});
}

static void test_paths_that_cannot_be_read(void **state)
{
    (void)state;
    char *folder = new_folder();
    char *file = memory_print("%s/none.items", folder);
    struct reading reading = {0};
    assert_false(items_read(&reading.items, file, &reading.complaints));
    assert_int_equal(reading.complaints.errors, 1);
    char *told = memory_print("%s: error: no such file\n", file);
    assert_told(&reading.complaints, told);
    free(told);

    assert_true(items_read(&reading.items, folder, &reading.complaints));
    told = memory_print("%s: warning: no *.items file in this folder\n", folder);
    assert_told(&reading.complaints, told);
    free(told);

    assert_int_equal(mkdir(file, 0700), 0);
    write_file(folder, "a.items", "Number A {dsmr=\"gValue\"}\n");
    assert_true(items_read(&reading.items, folder, &reading.complaints));
    assert_int_equal(reading.items.count, 1);
    assert_int_equal(reading.complaints.errors, 0);
    told = memory_print("%s: error: is a folder, not a file\n", file);
    assert_told(&reading.complaints, told);
    free(told);
    free(file);
    forget(&reading);
    remove_folder(folder, (const char *const[]){"a.items", "none.items", NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manual_examples),
        cmocka_unit_test(test_the_three_item_types),
        cmocka_unit_test(test_style_of_openhab_1),
        cmocka_unit_test(test_style_of_today),
        cmocka_unit_test(test_comments_anywhere),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_windows_and_foreign_bytes),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_others_are_left_in_peace),
        cmocka_unit_test(test_only_three_types_can_be_bound),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_the_least_and_the_greatest_of_an_interval),
        cmocka_unit_test(test_a_least_needs_a_pace_in_seconds),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_types_that_cannot_show_the_reading),
        cmocka_unit_test(test_dimensions_that_do_not_fit),
        cmocka_unit_test(test_quotation_marks_that_are_not_closed),
        cmocka_unit_test(test_brackets_that_are_not_closed),
        cmocka_unit_test(test_other_faults),
        cmocka_unit_test(test_faults_at_the_end),
        cmocka_unit_test(test_words_of_items_inside_an_item),
        cmocka_unit_test(test_binary_file),
        cmocka_unit_test(test_noise_ends_soon),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_paths_that_cannot_be_read),
    };
    return cmocka_run_group_tests_name("items", tests, NULL, NULL);
}
