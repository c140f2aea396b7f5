/* SPDX-License-Identifier: MIT */
/* The ids of the catalogue's items, in a file of their own: on a chip they are all of its words that are
 * linked, or not even they. */
#include "internal.h"

#define ITEM(id, ...) #id,
#define OBJECT(...)
static const char *const ids[] = {
#include "objects.def"
};
#undef ITEM
#undef OBJECT

size_t dsmr_item_count(void)
{
    return sizeof ids / sizeof ids[0];
}

const char *dsmr_item_id(dsmr_item item)
{
    return item < dsmr_item_count() ? ids[item] : "";
}

dsmr_item dsmr_item_find(struct dsmr_text id)
{
    for (size_t item = 0; item < dsmr_item_count(); item++) {
        const char *name = ids[item];
        size_t i = 0;
        while (i < id.size && name[i] != '\0' && name[i] == id.at[i])
            i++;
        if (i == id.size && name[i] == '\0')
            return (dsmr_item)item;
    }
    return DSMR_ITEM_NONE;
}
