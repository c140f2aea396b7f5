/* SPDX-License-Identifier: MIT */
/* The catalogue as docs/catalogue.md, and as the table of the README. */
#include "catalogue.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The Dutch standards as the catalogue names them and as people do, oldest first. */
static const struct {
    const char *word;
    const char *shown;
} standards[] = {
    {"NTA8130", "NTA 8130"}, {"2.1", "2.1"},     {"2.2", "2.2"},     {"3.0", "3.0"},
    {"4.0", "4.0"},          {"4.0.4", "4.0.4"}, {"4.2.2", "4.2.2"}, {"5.0.2", "5.0.2"},
};

enum { STANDARDS = sizeof standards / sizeof standards[0] };

static const unsigned all = (1U << STANDARDS) - 1;

static unsigned standards_in(const char *list)
{
    unsigned set = 0;
    while (*list != '\0') {
        size_t length = strcspn(list, " ");
        for (unsigned i = 0; i < STANDARDS; i++)
            if (strlen(standards[i].word) == length && memcmp(standards[i].word, list, length) == 0)
                set |= 1U << i;
        list += length + strspn(list + length, " ");
    }
    return set;
}

/* "all", "4.0 and up", "up to 4.0.4", or a list; nothing for none. */
static void print_standards(unsigned set)
{
    unsigned first = 0;
    if (set == 0)
        return;
    while ((set >> first & 1) == 0)
        first++;
    if (set == all) {
        fputs("all", stdout);
    } else if (set == (all >> first << first) && first < STANDARDS - 1) {
        printf("%s and up", standards[first].shown);
    } else if (first == 0 && (set & (set + 1)) == 0 && set > 1) {
        while (set >> first & 1)
            first++;
        printf("up to %s", standards[first - 1].shown);
    } else {
        for (unsigned i = first; i < STANDARDS; i++)
            if (set >> i & 1)
                printf("%s%s", i > first ? ", " : "", standards[i].shown);
    }
}

/* Those of other countries and makes, as the catalogue names them. */
static void print_others(const char *list, bool any_before)
{
    while (*list != '\0') {
        size_t length = strcspn(list, " ");
        char word[32];
        snprintf(word, sizeof word, "%.*s", (int)length, list);
        if (standards_in(word) == 0) {
            printf("%s%s", any_before ? ", " : "", word);
            any_before = true;
        }
        list += length + strspn(list + length, " ");
    }
}

/* ------------------------------------------------------------------------------------------------
 * docs/catalogue.md
 */

static void print_code(struct dsmr_obis obis)
{
    if (obis.b == DSMR_CHANNEL_ANY)
        printf("%u-n:%u.%u.%u", obis.a, obis.c, obis.d, obis.e);
    else
        printf("%u-%u:%u.%u.%u", obis.a, obis.b, obis.c, obis.d, obis.e);
}

/* The objects below each other in one cell: their codes, their units, their standards. */
static void print_objects(dsmr_item item)
{
    struct dsmr_entry entry;
    for (size_t index = 0, i = 0; next_object(item, &index, &entry); i++) {
        printf("%s`", i > 0 ? "<br>" : " ");
        print_code(entry.obis);
        printf("`");
        if (entry.position > 1)
            printf(" (%u)", entry.position);
    }
}

static void print_units(dsmr_item item)
{
    struct dsmr_entry entry;
    bool mixed = false;
    for (size_t index = 0; next_object(item, &index, &entry);)
        mixed = mixed || entry.unit != dsmr_item_info(item)->unit;
    for (size_t index = 0, i = 0; next_object(item, &index, &entry) && (mixed || i == 0); i++)
        printf("%s%s", i > 0 ? "<br>" : "",
               is_of_any_unit(index - 1) ? "any" : unit_shown(entry.unit));
}

static void print_object_standards(dsmr_item item)
{
    struct dsmr_entry entry;
    for (size_t index = 0, i = 0; next_object(item, &index, &entry); i++) {
        fputs(i > 0 ? "<br>" : "", stdout);
        print_standards(standards_in(entry.standards));
        print_others(entry.standards, standards_in(entry.standards) != 0);
    }
}

static void print_kind(enum dsmr_kind kind)
{
    static const char *const types[] = {
        [DSMR_TYPE_NUMBER] = "number", [DSMR_TYPE_TIME] = "time", [DSMR_TYPE_TEXT] = "text"};
    printf("\n## %s\n\n", kind_title(kind));
    puts("| id | OBIS code | unit | type | openHAB item | standards | description |\n"
         "|---|---|---|---|---|---|---|");
    for (dsmr_item item = 0; item < dsmr_item_count(); item++) {
        const struct dsmr_item_info *info = dsmr_item_info(item);
        if (info->kind != kind)
            continue;
        printf("| `%s` |", info->id);
        print_objects(item);
        fputs(" | ", stdout);
        print_units(item);
        printf(" | %s | %s | ", types[info->type], openhab_type(item));
        print_object_standards(item);
        printf(" | %s |\n", info->description);
    }
}

void catalogue_markdown(void)
{
    puts("# Catalogue\n\n"
         "Every value that dsmr knows. Made by `make catalogue` from `lib/objects.def`; not to be "
         "edited.\n\n"
         "- **id**: what an item is bound to, `dsmr=\"eActualDelivery\"`. It never changes.\n"
         "- **OBIS code**: as in the telegram; n is the M-Bus channel. (2) marks the second value "
         "in "
         "brackets. Where an id has more than one code, unit and standards stand in the same "
         "order.\n"
         "- **unit**: a meter may use another (W, MWh, dm3, mA): the value is brought to this one, "
         "digit by digit.\n"
         "- **standards**: the Dutch ones by number; eMUCS is Belgium's (A1: industry), two "
         "capitals "
         "are a\n"
         "  country, Metcom and Warmtelink are makes. Push and OBIS stand for codes that are known "
         "from lists only.");
    for (enum dsmr_kind kind = DSMR_KIND_DEVICE; kind < DSMR_KIND_COUNT; kind++)
        print_kind(kind);
    puts("\n## In het Nederlands\n\n| id | betekenis |\n|---|---|");
    for (dsmr_item item = 0; item < dsmr_item_count(); item++)
        printf("| `%s` | %s |\n", dsmr_item_id(item), dsmr_item_info(item)->beschrijving);
}

/* ------------------------------------------------------------------------------------------------
 * The table of the README
 */

/* The length of an id without the number that counts its kind: gValue2, eDatePowerFailure10. An L1 is
 * no such number, nor is the tariff's. */
static size_t stem_of(const char *id)
{
    size_t length = strlen(id);
    bool counted = strncmp(id, "gValue", 6) == 0 || strstr(id, "PowerFailure") != NULL;
    while (counted && isdigit((unsigned char)id[length - 1]))
        length--;
    return length;
}

/* True when the ids differ in their number only. */
static bool same_row(const char *a, const char *b)
{
    size_t length = stem_of(a);
    return a[length] != '\0' && b[stem_of(b)] != '\0' && stem_of(b) == length &&
           memcmp(a, b, length) == 0;
}

static bool is_first_of_row(dsmr_item item, bool (*wanted)(const char *id))
{
    for (dsmr_item before = 0; before < item; before++)
        if (wanted(dsmr_item_id(before)) && same_row(dsmr_item_id(before), dsmr_item_id(item)))
            return false;
    return true;
}

static void print_row_id(dsmr_item item)
{
    const char *id = dsmr_item_id(item);
    size_t length = stem_of(id);
    const char *last = id;
    for (dsmr_item other = item; other < dsmr_item_count(); other++)
        if (same_row(id, dsmr_item_id(other)))
            last = dsmr_item_id(other);
    if (id[length] == '\0')
        printf("| `%s` | ", id);
    else
        printf("| `%.*sX`, X = %s … %s | ", (int)length, id, id + length, last + stem_of(last));
}

/* A description without the number that its X stands for. */
static void print_row_meaning(const struct dsmr_item_info *info)
{
    static const char entry_1[] = ", entry 1";
    size_t length = strlen(info->description);
    size_t tail = sizeof entry_1 - 1;
    if (length > tail && strcmp(info->description + length - tail, entry_1) == 0)
        printf("%.*s, entry X", (int)(length - tail), info->description);
    else if (strcmp(info->id, "gValue2") == 0)
        fputs("Gas readings before the last; higher numbers are older", stdout);
    else
        fputs(info->description, stdout);
}

static void print_row(dsmr_item item)
{
    const struct dsmr_item_info *info = dsmr_item_info(item);
    struct dsmr_entry entry;
    unsigned set = 0;
    bool any = false;
    for (size_t index = 0; next_object(item, &index, &entry);) {
        set |= standards_in(entry.standards);
        any = any || is_of_any_unit(index - 1);
    }
    print_row_id(item);
    print_row_meaning(info);
    const char *mark = strcmp(info->id, "gValue") == 0 ? " ²" : "";
    if (strcmp(info->id, "eTreshold") == 0)
        fputs(" | A, kW ¹ | ", stdout);
    else
        printf(" | %s%s | ", any ? "any" : unit_shown(info->unit), mark);
    print_standards(set);
    fputs(" |\n", stdout);
}

void catalogue_readme(bool (*wanted)(const char *id))
{
    puts("| id | meaning | unit | standards |\n|---|---|---|---|");
    for (enum dsmr_kind kind = DSMR_KIND_DEVICE; kind < DSMR_KIND_COUNT; kind++) {
        bool titled = false;
        for (dsmr_item item = 0; item < dsmr_item_count(); item++) {
            if (dsmr_item_info(item)->kind != kind || !wanted(dsmr_item_id(item)) ||
                !is_first_of_row(item, wanted))
                continue;
            if (!titled)
                printf("| **%s** | | | |\n", kind_title(kind));
            titled = true;
            print_row(item);
        }
    }
}
