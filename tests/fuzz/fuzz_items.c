/* SPDX-License-Identifier: MIT */
/* Any bytes as an *.items file: no crash, no leak, and what is taken is whole. */
#include "config/items.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char meters[] = "port=simulated:\nmeter.garage.port=simulated:\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct bound_items items = {0};
    struct complaints complaints = {0};
    items_read_text(&items, "fuzz.items", (const char *)bytes, size, &complaints);
    for (size_t i = 0; i < items.count; i++) {
        const struct bound_item *item = &items.at[i];
        if (item->name[0] == '\0' || item->line < 1 || dsmr_item_info(item->reading) == NULL)
            abort();
    }
    for (size_t i = 0; i < complaints.count; i++)
        if (complaints.at[i].line < 1 || complaints.at[i].text[0] == '\0')
            abort();
    struct config config;
    config_init(&config);
    config_read_text(&config, "fuzz.cfg", meters, sizeof meters - 1, &complaints);
    items_keep_known(&items, &config, &complaints);
    for (size_t i = 0; i < items.count; i++)
        if (strcmp(item_meter(&items.at[i]), "main") != 0 &&
            strcmp(item_meter(&items.at[i]), "garage") != 0)
            abort();
    items_free(&items);
    config_free(&config);
    complaints_free(&complaints);
    return 0;
}
