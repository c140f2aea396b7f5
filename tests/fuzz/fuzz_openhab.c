/* SPDX-License-Identifier: MIT */
/* Any bytes as openHAB's list of items and of things: no crash, no leak, and what is taken is whole. */
#include "config/items_json.h"
#include "sink/openhab_list.h"
#include "sink/openhab_things.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char meters[] = "port=/dev/ttyUSB0\nmeter.garage.port=simulated:\n";
static const char earlier[] =
    "[{\"name\":\"A\",\"type\":\"Number\",\"metadata\":{\"dsmr\":{\"value\":\"gValue\"}}},"
    "{\"name\":\"P1_Power\",\"type\":\"Number\",\"metadata\":{\"dsmr\":{\"value\":\"gValue\"}}}]";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* In order, each once, and each of them something that can be fed. */
static void check_items(const struct bound_items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        const struct bound_item *item = &items->at[i];
        if (item->name[0] == '\0' || dsmr_item_info(item->reading) == NULL ||
            (i > 0 && strcmp(items->at[i - 1].name, item->name) >= 0))
            abort();
    }
}

static void take_over(struct bound_items *items, struct complaints *complaints)
{
    struct bound_items old = {0};
    struct buffer words = {0};
    char *reason = NULL;
    if (!items_read_json(&old, earlier, sizeof earlier - 1, complaints, &reason))
        abort();
    struct list_change change = openhab_list_compare(&old, items);
    openhab_list_describe(&old, items, true, &words);
    if (change.gained + change.lost + change.altered > 0 && words.size == 0)
        abort();
    openhab_list_keep_lost(items, &old);
    check_items(items);
    if (items->count < 2)
        abort();
    items_free(&old);
    buffer_free(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    struct bound_items items = {0};
    struct complaints complaints = {0};
    struct rival_things things;
    struct config config;
    char *reason = NULL;
    config_init(&config);
    config_read_text(&config, "fuzz.cfg", meters, sizeof meters - 1, &complaints);
    if (!items_read_json(&items, text, size, &complaints, &reason) && reason == NULL)
        abort();
    items_keep_known(&items, &config, &complaints);
    check_items(&items);
    rival_things_read(&things, text, size, &items, &config);
    rival_things_free(&things);
    take_over(&items, &complaints);
    free(reason);
    items_free(&items);
    config_free(&config);
    complaints_free(&complaints);
    return 0;
}
