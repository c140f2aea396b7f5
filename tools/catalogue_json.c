/* SPDX-License-Identifier: MIT */
/* The catalogue as JSON: an array, an item a line. */
#include "catalogue.h"

#include <stdio.h>
#include <string.h>

/* Texts of the catalogue hold no control characters. */
static void print_text(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

static void print_member(const char *name, const char *text)
{
    printf(",\"%s\":", name);
    print_text(text);
}

static void print_standards(const char *list)
{
    fputs(",\"standards\":[", stdout);
    for (size_t i = 0; *list != '\0'; i++) {
        size_t length = strcspn(list, " ");
        printf("%s\"%.*s\"", i > 0 ? "," : "", (int)length, list);
        list += length + strspn(list + length, " ");
    }
    putchar(']');
}

static void print_object(const struct dsmr_entry *entry, bool any_unit)
{
    char code[DSMR_OBIS_SIZE];
    struct dsmr_obis obis = entry->obis;
    if (obis.b == DSMR_CHANNEL_ANY)
        snprintf(code, sizeof code, "%u-n:%u.%u.%u", obis.a, obis.c, obis.d, obis.e);
    else
        dsmr_obis_print(obis, code);
    printf("{\"obis\":\"%s\",\"position\":%u", code, entry->position);
    print_member("unit", any_unit ? "any" : dsmr_unit_name(entry->unit));
    print_standards(entry->standards);
    putchar('}');
}

static void print_item(dsmr_item item)
{
    static const char *const types[] = {
        [DSMR_TYPE_NUMBER] = "number", [DSMR_TYPE_TIME] = "time", [DSMR_TYPE_TEXT] = "text"};
    const struct dsmr_item_info *info = dsmr_item_info(item);
    struct dsmr_entry entry;
    printf("{\"id\":\"%s\"", info->id);
    print_member("kind", dsmr_kind_name(info->kind));
    print_member("type", types[info->type]);
    print_member("unit", dsmr_unit_name(info->unit));
    printf(",\"decimals\":%u", info->decimals);
    print_member("openhab", openhab_type(item));
    print_member("device_class", info->device_class);
    print_member("state_class", info->state_class);
    print_member("en", info->description);
    print_member("nl", info->beschrijving);
    fputs(",\"objects\":[", stdout);
    for (size_t index = 0, i = 0; next_object(item, &index, &entry); i++) {
        fputs(i > 0 ? "," : "", stdout);
        print_object(&entry, is_of_any_unit(index - 1));
    }
    fputs("]}", stdout);
}

void catalogue_json(void)
{
    puts("[");
    for (dsmr_item item = 0; item < dsmr_item_count(); item++) {
        print_item(item);
        puts(item + 1U < dsmr_item_count() ? "," : "");
    }
    puts("]");
}
