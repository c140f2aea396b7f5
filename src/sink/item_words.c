/* SPDX-License-Identifier: MIT */
#include "sink/item_words.h"

#include <string.h>

struct dsmr_text item_name(const char *description)
{
    static const char *const remarks[] = {" (", ": ", ", in "};
    size_t size = strlen(description);
    for (size_t i = 0; i < sizeof remarks / sizeof remarks[0]; i++) {
        const char *remark = strstr(description, remarks[i]);
        if (remark && (size_t)(remark - description) < size)
            size = (size_t)(remark - description);
    }
    return (struct dsmr_text){description, size};
}

const char *part_id_ending(enum pace_part part)
{
    static const char *const endings[PACE_PARTS] = {"", "Least", "Greatest"};
    return endings[part];
}

const char *part_name_ending(enum pace_part part)
{
    static const char *const endings[PACE_PARTS] = {"", ", min", ", max"};
    return endings[part];
}

const char *kind_title(enum dsmr_kind kind, enum language language)
{
    static const char *const titles[DSMR_KIND_COUNT][2] = {
        [DSMR_KIND_NONE] = {"Meter", "Meter"},
        [DSMR_KIND_DEVICE] = {"P1 port", "P1-poort"},
        [DSMR_KIND_ELECTRICITY] = {"Electricity meter", "Elektriciteitsmeter"},
        [DSMR_KIND_GAS] = {"Gas meter", "Gasmeter"},
        [DSMR_KIND_HEATING] = {"Heating meter", "Warmtemeter"},
        [DSMR_KIND_COOLING] = {"Cooling meter", "Koudemeter"},
        [DSMR_KIND_WATER] = {"Water meter", "Watermeter"},
        [DSMR_KIND_GENERIC] = {"Other meter", "Overige meter"},
        [DSMR_KIND_SLAVE_ELECTRICITY] = {"Second electricity meter", "Tweede elektriciteitsmeter"},
        [DSMR_KIND_THERMAL] = {"Heat and cold meter", "Warmte- en koudemeter"},
    };
    return titles[kind][language];
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* A word begins with a capital, but for those in the middle of others: gValueTS is g, value, ts. */
void item_id_in_words(const char *id, char separator, char *out, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; id[i] != '\0' && length + 2 < size; i++) {
        if (i > 0 && is_upper(id[i]) && !is_upper(id[i - 1]))
            out[length++] = separator;
        out[length++] = is_upper(id[i]) ? (char)(id[i] - 'A' + 'a') : id[i];
    }
    out[length] = '\0';
}

/* ------------------------------------------------------------------------------------------------
 * Enumerations
 */

struct meaning {
    int value;
    const char *word;
};

struct enumeration {
    const char *ending; /* of the ids that it is for, but for a number behind it */
    const struct meaning *meanings;
    size_t count;
};

/* Which of them is the cheap one is not the same in the Netherlands and in Belgium. */
static const struct meaning tariffs[] = {{1, "1"}, {2, "2"}, {3, "3"}, {4, "4"}};

static const struct meaning switches[] = {{0, "off"}, {1, "on"}, {2, "ready"}};

static const struct meaning valves[] = {{0, "closed"}, {1, "open"}, {2, "released"}};

/* EN 13757-3 */
static const struct meaning device_types[] = {
    {0, "other"},
    {1, "oil"},
    {2, "electricity"},
    {3, "gas"},
    {4, "heat at outlet"},
    {5, "steam"},
    {6, "warm water"},
    {7, "water"},
    {8, "heat cost allocator"},
    {9, "compressed air"},
    {10, "cooling at outlet"},
    {11, "cooling at inlet"},
    {12, "heat at inlet"},
    {13, "heat and cooling"},
    {14, "bus"},
    {15, "unknown"},
    {20, "calorific value"},
    {21, "hot water"},
    {22, "cold water"},
    {23, "dual-register water"},
    {24, "pressure"},
    {32, "breaker"},
    {33, "valve"},
    {40, "waste water"},
};

#define COUNTED(meanings) (meanings), sizeof(meanings) / sizeof((meanings)[0])
static const struct enumeration enumerations[] = {
    {"TariffIndicator", COUNTED(tariffs)}, {"SwitchPosition", COUNTED(switches)},
    {"RelayPosition", COUNTED(switches)},  {"ValvePosition", COUNTED(valves)},
    {"DeviceType", COUNTED(device_types)},
};

static bool ends_with(const char *text, const char *ending)
{
    size_t size = strlen(text);
    while (size > 0 && text[size - 1] >= '0' && text[size - 1] <= '9')
        size--;
    size_t length = strlen(ending);
    return size >= length && memcmp(text + size - length, ending, length) == 0;
}

const struct enumeration *enumeration_of(const struct dsmr_item_info *info)
{
    if (strcmp(info->device_class, "enum") != 0)
        return NULL;
    for (size_t i = 0; i < sizeof enumerations / sizeof enumerations[0]; i++)
        if (ends_with(info->id, enumerations[i].ending))
            return &enumerations[i];
    return NULL;
}

const char *enumeration_word(const struct enumeration *enumeration, size_t index)
{
    return index < enumeration->count ? enumeration->meanings[index].word : NULL;
}

const char *enumeration_meaning(const struct enumeration *enumeration,
                                const struct dsmr_reading *reading)
{
    struct dsmr_number number = reading->number;
    if (reading->type == DSMR_TYPE_TIME ||
        (reading->type == DSMR_TYPE_TEXT && dsmr_number_parse(reading->text, &number) != DSMR_OK))
        return NULL;
    for (size_t i = 0; i < enumeration->count && number.decimals == 0; i++)
        if (enumeration->meanings[i].value == number.mantissa)
            return enumeration->meanings[i].word;
    return NULL;
}
