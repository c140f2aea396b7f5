/* SPDX-License-Identifier: MIT */
/*
 * Subscribes to all that may be ours, and publishes an empty message wherever the broker has retained
 * one that is. It is over when nothing more has come for a moment.
 */
#include "cmd/forget.h"

#include "cmd/forget_topics.h"
#include "cmd/published.h"
#include "cmd/service_conventions.h"
#include "cmd/service_mqtt.h"
#include "cmd/strangers.h"
#include "core/memory.h"
#include "net/mqtt_client.h"
#include "sink/mqtt_composer.h"

#include <stdlib.h>
#include <string.h>

enum {
    QUIET_MS = 1000,
    LISTEN_MS = 12000,   /* whether anybody publishes what is of meters that are not configured */
    DEADLINE_MS = 20000, /* without the broker */
    COMPOSERS = 2,
};

struct forget {
    struct loop *loop;
    struct log *log;
    struct mqtt_client *client;
    struct mqtt_topics published;
    struct forget_topics topics;
    struct ha_style style;
    struct published_meters meters;
    struct strangers strangers;
    int64_t listen_until; /* loop time */
    bool decided;         /* what becomes of the strangers */
    struct mqtt_composer *composers[COMPOSERS];
    struct loop_timer *quiet;
    struct loop_timer *deadline;
    char **found; /* topics to remove */
    size_t count;
    size_t capacity;
    size_t next;    /* of found, to be sent */
    size_t removed; /* the broker has done so */
    size_t refused;
    bool done;
};

/* ------------------------------------------------------------------------------------------------
 * What the broker has
 */

static void note(struct forget *forget, const char *topic)
{
    if (forget->count == forget->capacity) {
        forget->capacity = forget->capacity > 0 ? forget->capacity * 2 : 64;
        forget->found = memory_grow(forget->found, forget->capacity, sizeof(char *));
    }
    forget->found[forget->count++] = memory_text(topic);
}

static void pump(struct forget *forget)
{
    while (forget->next < forget->count &&
           mqtt_client_publish(forget->client, forget->found[forget->next], "", 0, 1, true,
                               forget->next))
        forget->next++;
}

/* True when the message is of a meter that is not configured: what becomes of it is decided later. */
static bool is_strange(struct forget *forget, const char *topic, const char *payload, size_t size,
                       bool retained)
{
    struct dsmr_text meter;
    if (strcmp(topic, forget->published.status) == 0)
        forget->strangers.online |=
            size == strlen("online") && memcmp(payload, "online", size) == 0;
    enum published_kind kind = published_kind(&forget->style, topic, payload, size, &meter);
    if (kind == PUBLISHED_NONE || size == 0 || published_meters_have(&forget->meters, meter))
        return false;
    if (retained)
        strangers_note(&forget->strangers, kind, topic, meter);
    else
        strangers_heard(&forget->strangers, meter);
    return true;
}

static void on_message(void *context, const char *topic, const char *payload, size_t size,
                       bool retained)
{
    struct forget *forget = context;
    bool ours = forget_topics_have(&forget->topics, topic);
    if (is_strange(forget, topic, payload, size, retained))
        return;
    for (size_t i = 0; i < COMPOSERS && !ours; i++)
        ours = forget->composers[i]->is_ours(forget->composers[i], topic, payload, size);
    if (!retained || size == 0 || !ours)
        return;
    note(forget, topic);
    pump(forget);
    if (loop_timer_running(forget->quiet))
        loop_timer_start(forget->quiet, QUIET_MS, 0);
}

static void on_settled(void *context, uint64_t tag, enum mqtt_outcome outcome, int reason)
{
    struct forget *forget = context;
    (void)reason;
    if (outcome == MQTT_RETURNED)
        note(forget, forget->found[tag]);
    else if (outcome == MQTT_REFUSED)
        forget->refused++;
    forget->removed += outcome == MQTT_DELIVERED;
    pump(forget);
}

static void on_room(void *context)
{
    pump(context);
}

static void on_subscribed(void *context)
{
    struct forget *forget = context;
    loop_timer_stop(forget->deadline);
    loop_timer_start(forget->quiet, QUIET_MS, 0);
    forget->listen_until = loop_now(forget->loop) + LISTEN_MS;
}

static void on_lost(void *context, const struct mqtt_end *end)
{
    struct forget *forget = context;
    (void)end;
    loop_timer_stop(forget->quiet);
    loop_timer_start(forget->deadline, DEADLINE_MS, 0);
}

static void remove_stranger(void *context, const char *topic)
{
    note(context, topic);
}

/* True while there is something to wait for. */
static bool waits_for_strangers(struct forget *forget)
{
    if (forget->decided || forget->strangers.count == 0)
        return false;
    if (!forget->strangers.online && loop_now(forget->loop) < forget->listen_until)
        return true;
    forget->decided = true;
    strangers_each_left(&forget->strangers, remove_stranger, forget);
    pump(forget);
    return true;
}

static void on_quiet(void *context)
{
    struct forget *forget = context;
    if (forget->removed + forget->refused < forget->count || waits_for_strangers(forget)) {
        loop_timer_start(forget->quiet, QUIET_MS, 0);
        return;
    }
    forget->done = true;
    loop_stop(forget->loop);
}

static void on_deadline(void *context)
{
    struct forget *forget = context;
    log_error(forget->log, "mqtt", "no broker within %d s: %zu message%s removed",
              DEADLINE_MS / 1000, forget->removed, forget->removed == 1 ? " was" : "s were");
    loop_stop(forget->loop);
}

/* ------------------------------------------------------------------------------------------------
 * Beginning and end
 */

/* The composers are only asked what is theirs. */
static void say_nothing(void *context, enum emit_class class, const char *topic,
                        const char *payload, size_t size, int qos, bool retain)
{
    (void)context;
    (void)class;
    (void)topic;
    (void)payload;
    (void)size;
    (void)qos;
    (void)retain;
}

static void subscribe(struct forget *forget)
{
    const char *const patterns[] = {forget->published.values, forget->published.json,
                                    forget->published.raw, forget->published.status,
                                    forget->published.line};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        if (!patterns[i])
            continue;
        char *filter = forget_filter(patterns[i]);
        mqtt_client_subscribe(forget->client, filter);
        free(filter);
    }
    for (size_t i = 0; i < COMPOSERS; i++)
        mqtt_client_subscribe(forget->client, forget->composers[i]->leftovers);
}

static bool open_client(struct forget *forget, const struct config *config)
{
    char *password = NULL;
    char *error = NULL;
    struct mqtt_setup setup = {
        .loop = forget->loop,
        .log = forget->log,
        .topic = "mqtt",
        .meanwhile = "nothing can be removed",
        .broker = service_mqtt_broker(config, forget->log, &password),
        .listener = {.settled = on_settled,
                     .room = on_room,
                     .lost = on_lost,
                     .message = on_message,
                     .subscribed = on_subscribed,
                     .context = forget},
    };
    /* A dsmr that runs has that one. */
    setup.broker.client_id = NULL;
    forget->client = mqtt_client_new(&setup, &error);
    if (!forget->client)
        log_error(forget->log, "mqtt", "%s", error);
    service_mqtt_forget(password);
    free(error);
    return forget->client != NULL;
}

static void forget_free(struct forget *forget)
{
    mqtt_client_free(forget->client);
    for (size_t i = 0; i < COMPOSERS; i++)
        forget->composers[i]->free(forget->composers[i]);
    for (size_t i = 0; i < forget->count; i++)
        free(forget->found[i]);
    free(forget->found);
    loop_timer_free(forget->quiet);
    loop_timer_free(forget->deadline);
    forget_topics_free(&forget->topics);
    published_meters_free(&forget->meters);
    strangers_free(&forget->strangers);
    service_mqtt_free_topics(&forget->published);
}

bool forget_run(const struct config *config, struct loop *loop, struct log *log)
{
    struct pace_rule every = {.mode = PACE_EVERY};
    struct emit emit = {.message = say_nothing};
    if (!config_is_set(config, CONFIG_MQTT_URL)) {
        log_error(log, "mqtt",
                  "mqtt.url is not set: there is no broker that could forget anything");
        return false;
    }
    struct forget forget = {.loop = loop, .log = log, .published = service_mqtt_topics(config)};
    forget_topics_init(&forget.topics, config, &forget.published);
    published_meters_init(&forget.meters, config);
    forget.style = (struct ha_style){.topics = &forget.published,
                                     .prefix = config_text(config, CONFIG_HOMEASSISTANT_PREFIX)};
    forget.composers[0] = service_homeassistant(config, &every, &forget.published, emit, loop, log);
    forget.composers[1] = service_homie(config, emit, loop, log);
    forget.quiet = loop_timer_new(loop, on_quiet, &forget);
    forget.deadline = loop_timer_new(loop, on_deadline, &forget);
    if (open_client(&forget, config)) {
        subscribe(&forget);
        loop_timer_start(forget.deadline, DEADLINE_MS, 0);
        loop_run(loop);
    }
    if (forget.done)
        log_info(log, "mqtt", "%zu message%s that dsmr had left at the broker %s removed",
                 forget.removed, forget.removed == 1 ? "" : "s",
                 forget.removed == 1 ? "was" : "were");
    strangers_tell(&forget.strangers, log);
    if (forget.refused > 0)
        log_error(log, "mqtt", "the broker did not let %zu message%s be removed", forget.refused,
                  forget.refused == 1 ? "" : "s");
    bool good = forget.done && forget.refused == 0;
    forget_free(&forget);
    return good;
}
