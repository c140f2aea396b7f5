/* SPDX-License-Identifier: MIT */
/* A record of the spool is the topic, a NUL and the payload. */
#include "sink/mqtt_backlog.h"

#include "core/allowance.h"
#include "core/buffer.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    IN_FLIGHT = MQTT_IN_FLIGHT / 2, /* the rest is for what is newest */
    REFILL_MS = 100,
    REST_MS = 30000, /* after the broker refused a message */
};

struct mqtt_backlog {
    struct mqtt_backlog_setup setup;
    struct spool *spool;
    struct buffer record; /* being composed */
    size_t in_flight;
    bool rewind; /* when nothing flies any more: the broker refused one */
    struct allowance allowance;
    struct loop_timer *wait; /* for the allowance, or for the end of a rest */
};

static void on_wait(void *context)
{
    struct mqtt_backlog *backlog = context;
    backlog->setup.ready(backlog->setup.context);
}

struct mqtt_backlog *mqtt_backlog_new(const struct mqtt_backlog_setup *setup, char **error)
{
    struct mqtt_backlog *backlog = memory_new(1, sizeof *backlog);
    struct spool_setup spool = {
        .loop = setup->loop,
        .log = setup->log,
        .topic = "mqtt",
        .folder = setup->folder,
        .limit = setup->limit,
        .ready = setup->ready,
        .context = setup->context,
    };
    backlog->setup = *setup;
    backlog->spool = spool_open(&spool, error);
    if (backlog->spool == NULL) {
        free(backlog);
        return NULL;
    }
    allowance_start(&backlog->allowance, setup->rate, loop_now(setup->loop));
    backlog->wait = loop_timer_new(setup->loop, on_wait, backlog);
    struct spool_stats stats;
    spool_stats(backlog->spool, &stats);
    if (stats.waiting > 0)
        log_info(setup->log, "mqtt", "%llu messages of before wait in the spool in %s",
                 (unsigned long long)stats.waiting, setup->folder);
    return backlog;
}

void mqtt_backlog_free(struct mqtt_backlog *backlog)
{
    if (backlog == NULL)
        return;
    spool_close(backlog->spool);
    loop_timer_free(backlog->wait);
    buffer_free(&backlog->record);
    free(backlog);
}

uint64_t mqtt_backlog_number(const struct mqtt_backlog *backlog)
{
    return spool_next_number(backlog->spool);
}

void mqtt_backlog_add(struct mqtt_backlog *backlog, const char *topic, const char *payload,
                      size_t size)
{
    buffer_clear(&backlog->record);
    buffer_add(&backlog->record, topic, strlen(topic) + 1);
    buffer_add(&backlog->record, payload, size);
    spool_add(backlog->spool, backlog->record.at, backlog->record.size);
    allowance_came(&backlog->allowance);
}

static bool may_send(struct mqtt_backlog *backlog)
{
    if (backlog->rewind || backlog->in_flight >= IN_FLIGHT)
        return false;
    if (allowance_has(&backlog->allowance, loop_now(backlog->setup.loop)))
        return true;
    if (!loop_timer_running(backlog->wait))
        loop_timer_start(backlog->wait, REFILL_MS, 0);
    return false;
}

bool mqtt_backlog_send(struct mqtt_backlog *backlog, struct mqtt_client *client)
{
    if (!may_send(backlog))
        return false;
    const struct spool_record *record = spool_take(backlog->spool);
    if (record == NULL)
        return false;
    /* A record that is none of ours has no NUL: then all of it is taken for the topic. */
    size_t topic = strnlen(record->bytes, record->size);
    const char *payload = record->bytes + topic + (topic < record->size ? 1 : 0);
    size_t size = record->size - (size_t)(payload - record->bytes);
    if (!mqtt_client_publish(client, record->bytes, payload, size, backlog->setup.qos,
                             backlog->setup.retain, record->number << 1 | 1)) {
        spool_rewind(backlog->spool);
        return false;
    }
    allowance_spend(&backlog->allowance, 1);
    backlog->in_flight++;
    return true;
}

void mqtt_backlog_settled(struct mqtt_backlog *backlog, uint64_t tag, enum mqtt_outcome outcome)
{
    backlog->in_flight--;
    if (outcome == MQTT_DELIVERED)
        spool_done(backlog->spool, tag >> 1);
    else if (outcome == MQTT_REFUSED)
        backlog->rewind = true;
    /* It stays in the spool, and the others behind it too: they are tried again later. */
    if (!backlog->rewind || backlog->in_flight > 0)
        return;
    backlog->rewind = false;
    spool_rewind(backlog->spool);
    allowance_rest(&backlog->allowance, REST_MS);
    loop_timer_start(backlog->wait, REST_MS, 0);
}

void mqtt_backlog_lost(struct mqtt_backlog *backlog)
{
    spool_rewind(backlog->spool);
}

void mqtt_backlog_stats(const struct mqtt_backlog *backlog, struct spool_stats *stats)
{
    spool_stats(backlog->spool, stats);
}
