/* SPDX-License-Identifier: MIT */
#include "cmd/stray_lines.h"

#include "cmd/forget_topics.h"
#include "cmd/published.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    LISTEN_MS = 5000, /* all that was kept has come by then */
    NAMES_TOLD = 8,
};

struct stray_lines {
    struct mqtt_composer composer;
    struct ha_style style;
    struct log *log;
    struct published_meters meters;
    struct loop_timer *listen;
    char *filter;
    char *file; /* of the configuration */
    char **names;
    size_t count;
    bool told;
};

static void forget_names(struct stray_lines *strays)
{
    for (size_t i = 0; i < strays->count; i++)
        free(strays->names[i]);
    strays->count = 0;
}

static void take_connection(struct mqtt_composer *composer)
{
    struct stray_lines *strays = (struct stray_lines *)composer;
    if (strays->told)
        return;
    /* All that is kept comes once more. */
    forget_names(strays);
    loop_timer_start(strays->listen, LISTEN_MS, 0);
}

/* After a reload that took a meter out, what is kept comes before we have emptied it. */
static void take_out(struct stray_lines *strays, const char *topic)
{
    struct dsmr_text meter, item;
    if (!mqtt_pattern_read(strays->style.topics->line, topic, &meter, &item))
        return;
    for (size_t i = 0; i < strays->count; i++) {
        if (strlen(strays->names[i]) != meter.size ||
            memcmp(strays->names[i], meter.at, meter.size) != 0)
            continue;
        free(strays->names[i]);
        strays->names[i] = strays->names[--strays->count];
        return;
    }
}

static void take_message(struct mqtt_composer *composer, const char *topic, const char *payload,
                         size_t size, bool retained)
{
    struct stray_lines *strays = (struct stray_lines *)composer;
    struct dsmr_text meter = {NULL, 0};
    if (strays->told || !loop_timer_running(strays->listen))
        return;
    if (size == 0)
        take_out(strays, topic);
    if (!retained ||
        published_kind(&strays->style, topic, payload, size, &meter) != PUBLISHED_LINE ||
        published_meters_have(&strays->meters, meter))
        return;
    strays->names = memory_grow(strays->names, strays->count + 1, sizeof *strays->names);
    strays->names[strays->count++] = memory_copy(meter.at, meter.size);
}

static void on_listened(void *context)
{
    struct stray_lines *strays = context;
    struct buffer names = {0};
    strays->told = true;
    for (size_t i = 0; i < strays->count && i < NAMES_TOLD; i++)
        buffer_print(&names, "%s%s", i > 0 ? ", " : "", strays->names[i]);
    if (strays->count > 0)
        log_warn(
            strays->log, "mqtt",
            "the broker keeps a state like dsmr's of %zu meter%s not configured here: %s%s; unless "
            "another dsmr has %s, end this one: dsmr run --forget -c %s removes what is surely "
            "dsmr's, and leaves the rest",
            strays->count, strays->count == 1 ? " that is" : "s that are", names.at,
            strays->count > NAMES_TOLD ? ", …" : "", strays->count == 1 ? "it" : "them",
            strays->file);
    buffer_free(&names);
    forget_names(strays);
}

static void stray_lines_free(struct mqtt_composer *composer)
{
    struct stray_lines *strays = (struct stray_lines *)composer;
    forget_names(strays);
    free(strays->names);
    loop_timer_free(strays->listen);
    published_meters_free(&strays->meters);
    free(strays->filter);
    free(strays->file);
    free(strays);
}

struct mqtt_composer *stray_lines_new(const struct config *config, const struct mqtt_topics *topics,
                                      struct loop *loop, struct log *log)
{
    if (strstr(topics->line, "{meter}") == NULL)
        return NULL;
    struct stray_lines *strays = memory_new(1, sizeof *strays);
    strays->style = (struct ha_style){.topics = topics, .prefix = ""};
    strays->log = log;
    strays->file = memory_text(config->file != NULL ? config->file : "FILE");
    strays->listen = loop_timer_new(loop, on_listened, strays);
    published_meters_init(&strays->meters, config);
    strays->filter = forget_filter(topics->line);
    /* Of the pattern itself, and nothing below it. */
    strays->filter[strlen(strays->filter) - strlen("/#")] = '\0';
    strays->composer = (struct mqtt_composer){
        .name = "mqtt",
        .connected = take_connection,
        .subscription = strays->filter,
        .message = take_message,
        .free = stray_lines_free,
    };
    return &strays->composer;
}
