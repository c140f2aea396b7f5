/* SPDX-License-Identifier: MIT */
#include "config/pace_rule.h"

#include "core/fixed_point.h"

#include <stdlib.h>
#include <string.h>

enum { PERCENT_DECIMALS = 2, WHOLE = 100 * 100 /* all, in hundredths of a percent */ };

bool pace_rule_parse(const char *text, struct pace_rule *rule)
{
    enum pace_mode mode = PACE_SECONDS;
    long seconds = 0;
    size_t digits = strspn(text, "0123456789");
    if (strcmp(text, "every") == 0)
        mode = PACE_EVERY;
    else if (strcmp(text, "change") == 0)
        mode = PACE_CHANGE;
    else if (digits > 0 && digits < 10 && text[digits] == '\0')
        seconds = strtol(text, NULL, 10);
    if (mode == PACE_SECONDS && (seconds < 1 || seconds > PACE_SECONDS_MAX))
        return false;
    rule->mode = mode;
    rule->seconds = (int)seconds;
    return true;
}

static bool fluctuates(enum dsmr_unit unit)
{
    switch (unit) {
    case DSMR_UNIT_KW:
    case DSMR_UNIT_KVA:
    case DSMR_UNIT_KVAR:
    case DSMR_UNIT_V:
    case DSMR_UNIT_A:
        return true;
    default:
        return false;
    }
}

bool pace_fluctuates(dsmr_item item)
{
    const struct dsmr_item_info *info = dsmr_item_info(item);
    return fluctuates(info->unit) && info->device_class[0] != '\0' &&
           strcmp(info->state_class, "measurement") == 0;
}

const char *pace_part_word(enum pace_part part)
{
    static const char *const words[PACE_PARTS] = {"", "least", "greatest"};
    return words[part];
}

static bool parse_percent(struct dsmr_text text, struct deadband *deadband)
{
    struct dsmr_number number;
    int64_t percent;
    if (dsmr_number_parse(text, &number) != DSMR_OK || !fixed_from_number(number, &percent) ||
        percent <= 0 || percent > 100 * FIXED_ONE)
        return false;
    deadband->percent = fixed_to_number(percent, PERCENT_DECIMALS).mantissa;
    return deadband->percent > 0;
}

static bool parse_amount(struct dsmr_text text, struct deadband *deadband)
{
    struct dsmr_number number;
    enum dsmr_unit unit;
    int64_t amount;
    if (dsmr_quantity_parse(text, &number, &unit) != DSMR_OK || !fluctuates(unit) ||
        !fixed_from_number(number, &amount) || amount <= 0)
        return false;
    deadband->units[unit] = amount;
    return true;
}

static bool parse_part(const char *text, size_t size, struct deadband *deadband)
{
    while (size > 0 && text[0] == ' ') {
        text++;
        size--;
    }
    while (size > 0 && text[size - 1] == ' ')
        size--;
    if (size > 0 && text[size - 1] == '%')
        return parse_percent((struct dsmr_text){text, size - 1}, deadband);
    return size > 0 && parse_amount((struct dsmr_text){text, size}, deadband);
}

bool deadband_parse(const char *text, struct deadband *deadband)
{
    *deadband = (struct deadband){.given = true};
    for (;;) {
        size_t size = strcspn(text, ",");
        if (!parse_part(text, size, deadband))
            return false;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

struct pace_rule pace_rule_read(const char *update, const char *deadband)
{
    struct pace_rule rule = {.mode = PACE_EVERY};
    pace_rule_parse(update, &rule);
    if (deadband != NULL)
        deadband_parse(deadband, &rule.deadband);
    return rule;
}

bool deadband_holds(const struct deadband *deadband, enum dsmr_unit unit, int64_t from, int64_t to)
{
    int64_t distance;
    int64_t reach;
    if (__builtin_sub_overflow(to, from, &distance) || distance == INT64_MIN || from == INT64_MIN)
        return false;
    distance = distance < 0 ? -distance : distance;
    if (unit < DSMR_UNIT_COUNT && deadband->units[unit] > 0)
        return distance <= deadband->units[unit];
    if (__builtin_mul_overflow(distance, WHOLE, &distance) ||
        __builtin_mul_overflow(from < 0 ? -from : from, deadband->percent, &reach))
        return false;
    return distance <= reach;
}
