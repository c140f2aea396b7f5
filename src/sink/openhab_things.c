/* SPDX-License-Identifier: MIT */
#include "sink/openhab_things.h"

#include "core/memory.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text != NULL ? text : "";
}

static bool is_rival(const json_t *thing)
{
    static const char binding[] = "dsmr:";
    const json_t *status = json_object_get(thing, "statusInfo");
    return strncmp(text_of(thing, "thingTypeUID"), binding, sizeof binding - 1) == 0 &&
           strcmp(text_of(status, "statusDetail"), "DISABLED") != 0;
}

/* Two names may be of one device: /dev/serial/by-id/… is a link. */
static bool is_same_port(const char *a, const char *b)
{
    struct stat one, other;
    if (strcmp(a, b) == 0)
        return true;
    return a[0] == '/' && b[0] == '/' && stat(a, &one) == 0 && stat(b, &other) == 0 &&
           S_ISCHR(one.st_mode) && S_ISCHR(other.st_mode) && one.st_rdev == other.st_rdev;
}

static void look_at_port(struct rival_things *things, const json_t *thing,
                         const struct config *config)
{
    const char *port = text_of(json_object_get(thing, "configuration"), "serialPort");
    for (size_t i = 0; things->port == NULL && i < config_meter_count(config); i++) {
        const char *ours = config_meter_text(config, i, CONFIG_PORT);
        if (port[0] == '\0' || ours == NULL || !is_same_port(port, ours))
            continue;
        things->port = memory_text(ours);
        things->port_thing = memory_text(text_of(thing, "UID"));
    }
}

static int by_name(const void *key, const void *item)
{
    return strcmp(key, ((const struct bound_item *)item)->name);
}

static void look_at_channel(struct rival_things *things, const json_t *channel,
                            const struct bound_items *items)
{
    const json_t *linked = json_object_get(channel, "linkedItems");
    for (size_t i = 0; i < json_array_size(linked); i++) {
        const char *name = json_string_value(json_array_get(linked, i));
        if (name == NULL || items->count == 0 ||
            bsearch(name, items->at, items->count, sizeof *items->at, by_name) == NULL)
            continue;
        if (things->linked++ < RIVAL_LINKS_NAMED)
            buffer_print(&things->links, "%s%s (%.100s)", things->linked > 1 ? ", " : "", name,
                         text_of(channel, "uid"));
    }
}

static void look_at_thing(struct rival_things *things, const json_t *thing,
                          const struct bound_items *items, const struct config *config)
{
    const json_t *channels = json_object_get(thing, "channels");
    things->count++;
    things->whole = things->whole || channels != NULL;
    look_at_port(things, thing, config);
    for (size_t i = 0; i < json_array_size(channels); i++)
        look_at_channel(things, json_array_get(channels, i), items);
}

void rival_things_read(struct rival_things *things, const char *text, size_t size,
                       const struct bound_items *items, const struct config *config)
{
    json_t *list = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
    *things = (struct rival_things){0};
    for (size_t i = 0; i < json_array_size(list); i++)
        if (is_rival(json_array_get(list, i)))
            look_at_thing(things, json_array_get(list, i), items, config);
    json_decref(list);
}

void rival_things_free(struct rival_things *things)
{
    free(things->port);
    free(things->port_thing);
    buffer_free(&things->links);
    *things = (struct rival_things){0};
}
