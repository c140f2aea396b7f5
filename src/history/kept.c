/* SPDX-License-Identifier: MIT */
#include "history/kept.h"

#include <string.h>

static bool ends_in_digit(const char *text)
{
    size_t size = strlen(text);
    return size > 0 && text[size - 1] >= '0' && text[size - 1] <= '9';
}

bool history_keeps(const struct dsmr_item_info *info, bool *counter)
{
    *counter = strcmp(info->state_class, "total_increasing") == 0;
    if (info->type != DSMR_TYPE_NUMBER)
        return false;
    if (*counter)
        return info->kind != DSMR_KIND_GAS || !ends_in_digit(info->id);
    if (strcmp(info->state_class, "measurement") != 0)
        return false;
    switch (info->unit) {
    case DSMR_UNIT_KW:
    case DSMR_UNIT_V:
    case DSMR_UNIT_A:
    case DSMR_UNIT_KVA:
    case DSMR_UNIT_KVAR:
    case DSMR_UNIT_HZ:
        return info->device_class[0] != '\0';
    default:
        return strcmp(info->device_class, "power_factor") == 0;
    }
}
