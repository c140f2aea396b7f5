/* SPDX-License-Identifier: MIT */
#include "sink/homie.h"

#include "core/memory.h"
#include "sink/homie_tree.h"

#include <stdlib.h>
#include <string.h>

/* A P1 port whose line is down. */
struct down_line {
    char *meter;
    bool down;
};

struct homie {
    struct mqtt_composer composer;
    struct homie_setup setup;
    struct homie_tree tree;
    struct loop_timer *ready;
    char *base;        /* "homie/dsmr/" */
    char *state_topic; /* "homie/dsmr/$state" */
    struct down_line *lines;
    size_t line_count;
    int64_t number; /* of the last description */
    bool described;
    struct buffer topic; /* being composed */
    struct buffer value; /* … */
};

/* ------------------------------------------------------------------------------------------------
 * Topics and messages
 */

char *homie_base(int version, const char *device)
{
    return memory_print(version == 5 ? "homie/5/%s/" : "homie/%s/", device);
}

/* The convention's advice: once at least up to 4, exactly once in 5. */
static void emit(struct homie *homie, enum emit_class class, const char *topic, const char *payload,
                 size_t size)
{
    struct buffer full = {0};
    buffer_print(&full, "%s%s", homie->base, topic);
    homie->setup.emit.message(homie->setup.emit.context, class, full.at, payload, size,
                              homie->setup.version == 5 ? 2 : 1, true);
    buffer_free(&full);
}

static void write_standing(void *context, const char *topic, const char *payload, size_t size)
{
    emit(context, EMIT_STANDING, topic, payload, size);
}

/* ------------------------------------------------------------------------------------------------
 * State
 */

static bool any_line_down(const struct homie *homie)
{
    for (size_t i = 0; i < homie->line_count; i++)
        if (homie->lines[i].down)
            return true;
    return false;
}

/* In 5 there is no state for trouble: it is told at $alert. */
static const char *state(const struct homie *homie)
{
    if (!homie->described || loop_timer_running(homie->ready))
        return "init";
    return homie->setup.version == 4 && any_line_down(homie) ? "alert" : "ready";
}

static void send_state(struct homie *homie)
{
    const char *word = state(homie);
    emit(homie, EMIT_STANDING, "$state", word, strlen(word));
}

static void on_ready(void *context)
{
    send_state(context);
}

static void begin_init(struct homie *homie)
{
    loop_timer_start(homie->ready, homie->setup.ready_ms, 0);
    send_state(homie);
}

/* ------------------------------------------------------------------------------------------------
 * Values
 */

static bool is_news(const struct buffer *sent, const struct buffer *value)
{
    return !sent->at || sent->size != value->size || memcmp(sent->at, value->at, value->size) != 0;
}

static void send_value(struct homie *homie, struct homie_node *node, size_t place, bool again)
{
    char id[ITEM_ID_MAX];
    struct buffer *sent = &node->sent[place];
    const struct quantity *quantity = &node->quantities.at[place];
    if (!homie_value(&homie->value, quantity, homie->setup.version) ||
        (!again && (!is_news(sent, &homie->value) || (sent->at && quantity->same))))
        return;
    buffer_clear(sent);
    buffer_add(sent, homie->value.at, homie->value.size);
    homie_property_id(quantity, id);
    buffer_clear(&homie->topic);
    buffer_print(&homie->topic, "%s/%s", node->id, id);
    emit(homie, EMIT_VALUE, homie->topic.at, homie->value.at, homie->value.size);
}

static void send_values(struct homie *homie, bool again)
{
    for (size_t i = 0; i < homie->tree.count; i++)
        for (size_t j = 0; j < homie->tree.nodes[i].quantities.count; j++)
            if (again || homie->tree.nodes[i].told)
                send_value(homie, &homie->tree.nodes[i], j, again);
}

/* ------------------------------------------------------------------------------------------------
 * Events
 */

/* A description may change only while the device is not ready. */
static void describe(struct homie *homie)
{
    struct homie_writer writer = {write_standing, homie};
    int64_t now = loop_wall(homie->setup.loop) / 1000;
    begin_init(homie);
    homie->number = now > homie->number ? now : homie->number + 1;
    if (homie->setup.version == 5)
        homie_describe_5(&homie->tree, homie->setup.language, homie->number, &writer);
    else
        homie_describe_4(&homie->tree, homie->setup.language, &writer);
    homie->tree.changed = false;
    homie->described = true;
}

static void take_readings(struct mqtt_composer *composer, const struct readings *readings)
{
    struct homie *homie = (struct homie *)composer;
    homie_tree_update(&homie->tree, readings);
    if (homie->tree.changed)
        describe(homie);
    send_values(homie, false);
}

/* What is retained may have gone with the broker. */
static void take_connection(struct mqtt_composer *composer)
{
    struct homie *homie = (struct homie *)composer;
    begin_init(homie);
    send_values(homie, true);
}

static struct down_line *line_of(struct homie *homie, const char *meter)
{
    for (size_t i = 0; i < homie->line_count; i++)
        if (strcmp(homie->lines[i].meter, meter) == 0)
            return &homie->lines[i];
    homie->lines = memory_grow(homie->lines, homie->line_count + 1, sizeof *homie->lines);
    homie->lines[homie->line_count] = (struct down_line){.meter = memory_text(meter)};
    return &homie->lines[homie->line_count++];
}

static void send_alert(struct homie *homie, const struct line_status *status)
{
    struct buffer text = {0};
    homie_meter_id(&homie->value, status->meter);
    buffer_clear(&homie->topic);
    buffer_print(&homie->topic, "$alert/%s", homie->value.at);
    if (!status->connected)
        buffer_print(&text, "%s: %s", status->meter, status->state);
    emit(homie, EMIT_STANDING, homie->topic.at, text.at ? text.at : "", text.size);
    buffer_free(&text);
}

static void take_line(struct mqtt_composer *composer, const struct line_status *status)
{
    struct homie *homie = (struct homie *)composer;
    struct down_line *line = line_of(homie, status->meter);
    if (line->down == !status->connected)
        return;
    line->down = !status->connected;
    if (homie->setup.version == 5)
        send_alert(homie, status);
    else if (homie->described)
        send_state(homie);
}

/* Of either version: the user may have changed it. */
static bool is_ours(struct mqtt_composer *composer, const char *topic, const char *payload,
                    size_t size)
{
    const struct homie *homie = (const struct homie *)composer;
    bool ours = false;
    (void)payload;
    (void)size;
    for (int version = 4; version <= 5; version++) {
        char *base = homie_base(version, homie->setup.device);
        ours = ours || strncmp(topic, base, strlen(base)) == 0;
        free(base);
    }
    return ours;
}

/* ------------------------------------------------------------------------------------------------
 * Beginning and end
 */

static void homie_free(struct mqtt_composer *composer)
{
    struct homie *homie = (struct homie *)composer;
    for (size_t i = 0; i < homie->line_count; i++)
        free(homie->lines[i].meter);
    free(homie->lines);
    loop_timer_free(homie->ready);
    homie_tree_free(&homie->tree);
    buffer_free(&homie->topic);
    buffer_free(&homie->value);
    free((char *)homie->setup.device);
    free(homie->base);
    free(homie->state_topic);
    free(homie);
}

struct mqtt_composer *homie_new(const struct homie_setup *setup)
{
    struct homie *homie = memory_new(1, sizeof *homie);
    homie->setup = *setup;
    homie->setup.device = memory_text(setup->device);
    homie->ready = loop_timer_new(setup->loop, on_ready, homie);
    homie->base = homie_base(setup->version, setup->device);
    homie->state_topic = memory_print("%s$state", homie->base);
    homie->composer = (struct mqtt_composer){
        .name = "homie",
        .readings = take_readings,
        .connected = take_connection,
        .line = take_line,
        .will_topic = homie->state_topic,
        .will = "lost",
        .farewell = "disconnected",
        .leftovers = "homie/#",
        .is_ours = is_ours,
        .free = homie_free,
    };
    return &homie->composer;
}
