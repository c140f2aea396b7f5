/* SPDX-License-Identifier: MIT */
/* A record of the spool is the topic, a NUL and the payload. */
#include "sink/mqtt_backlog.h"

#include "core/allowance.h"
#include "core/buffer.h"
#include "core/memory.h"
#include "sink/mqtt_suspects.h"

#include <stdlib.h>
#include <string.h>

enum {
    IN_FLIGHT = MQTT_IN_FLIGHT / 2, /* the rest is for what is newest */
    REFILL_MS = 100,
    REST_MS = 30000, /* after the broker refused everything */
    LOOK_MS = MQTT_SUSPECT_RETRY_MS / 4,
    FALLS = 2,
    FIRST_PATIENCE = 16, /* refusals in a row that are taken for everything; twice as many next */
    LAST_PATIENCE = MQTT_SUSPECTS_MAX / 2,
};

struct mqtt_backlog {
    struct mqtt_backlog_setup setup;
    struct spool *spool;
    struct buffer record;            /* being composed */
    const struct spool_record *next; /* taken, and not sent yet; NULL: none */
    const struct spool_record *flying[IN_FLIGHT];
    size_t in_flight;
    bool rewind; /* when nothing flies any more */
    bool rest;   /* and then nothing is to be sent for a while */
    bool alone;  /* what flies does so alone */
    /* Of the connection that just broke. */
    const struct spool_record *fallen; /* was alone */
    uint64_t returned;                 /* the highest number that was given back */
    /* Of the connections before it. */
    uint64_t careful; /* up to this number, each goes alone */
    uint64_t falls;   /* connections in a row that broke at the same one, alone */
    struct mqtt_suspects suspects;
    size_t refused; /* in a row */
    size_t patience;
    uint64_t left_out;
    struct log_repeat refusals;
    uint64_t misfit_count;
    struct log_repeat misfits;
    struct allowance allowance;
    struct loop_timer *wait; /* for the allowance, or for the end of a rest */
    struct loop_timer *look; /* whether suspects may be tried again */
};

/* ------------------------------------------------------------------------------------------------
 * A record
 */

static const char *payload_of(const struct spool_record *record, size_t *size)
{
    size_t topic = strlen(record->bytes) + 1;
    *size = record->size - topic;
    return record->bytes + topic;
}

/* Of the folder of push.spool, say: what it holds has no topic. */
static bool is_ours(const struct spool_record *record)
{
    size_t topic = strnlen(record->bytes, record->size);
    return topic > 0 && topic + 1 < record->size && record->bytes[topic + 1] == '{' &&
           strpbrk(record->bytes, "+#") == NULL;
}

static void leave_out_misfit(struct mqtt_backlog *backlog, const struct spool_record *record)
{
    uint64_t missed;
    backlog->misfit_count++;
    backlog->left_out++;
    spool_done(backlog->spool, record->number);
    if (log_repeat_due(&backlog->misfits, loop_now(backlog->setup.loop), &missed))
        log_warn(
            backlog->setup.log, "mqtt",
            "the spool in %s holds records that are none of MQTT's, as push.spool has them: they "
            "are left out, %llu of them so far",
            backlog->setup.folder, (unsigned long long)backlog->misfit_count);
}

/* ------------------------------------------------------------------------------------------------
 * What the broker refuses
 */

static void tell_left_out(struct mqtt_backlog *backlog, const struct mqtt_suspect *suspect)
{
    uint64_t missed;
    unsigned long long count = ++backlog->left_out - backlog->misfit_count;
    if (!log_repeat_due(&backlog->refusals, loop_now(backlog->setup.loop), &missed))
        return;
    if (suspect->reason != 0)
        log_warn(
            backlog->setup.log, "mqtt",
            "the broker refuses a message of %zu bytes for %s and takes others: %s (%d); it is "
            "left out, %llu of them so far",
            suspect->size, suspect->topic, mqtt_reason_words(suspect->reason), suspect->reason,
            count);
    else
        log_warn(
            backlog->setup.log, "mqtt",
            "the broker closes the connection at a message of %zu bytes for %s and takes others: "
            "is it too large for it, or the topic not allowed? It is left out, %llu of them so "
            "far",
            suspect->size, suspect->topic, count);
}

static void leave_out_proven(struct mqtt_backlog *backlog)
{
    struct mqtt_suspect *suspect;
    while ((suspect = mqtt_suspects_proven(&backlog->suspects)) != NULL &&
           spool_done(backlog->spool, suspect->number)) {
        tell_left_out(backlog, suspect);
        mqtt_suspects_remove(&backlog->suspects, suspect);
    }
}

static void begin_rest(struct mqtt_backlog *backlog)
{
    backlog->rewind = true;
    backlog->rest = true;
    backlog->patience *= backlog->patience < LAST_PATIENCE ? 2 : 1;
}

static void note_refusal(struct mqtt_backlog *backlog, const struct spool_record *record,
                         int reason, bool broke)
{
    size_t size;
    payload_of(record, &size);
    if (!mqtt_suspects_have_room(&backlog->suspects))
        leave_out_proven(backlog);
    if (mqtt_suspects_have_room(&backlog->suspects) ||
        mqtt_suspects_find(&backlog->suspects, record->number) != NULL) {
        struct mqtt_suspect *suspect = mqtt_suspects_note(
            &backlog->suspects, record->number, record->bytes, size, loop_now(backlog->setup.loop));
        suspect->reason = reason;
        suspect->broke = broke;
        spool_set_aside(backlog->spool, record->number);
        if (++backlog->refused >= backlog->patience)
            begin_rest(backlog);
    } else {
        begin_rest(backlog);
    }
    if (!loop_timer_running(backlog->look))
        loop_timer_start(backlog->look, LOOK_MS, LOOK_MS);
}

static void note_delivery(struct mqtt_backlog *backlog, const struct spool_record *record)
{
    size_t size;
    payload_of(record, &size);
    mqtt_suspects_taken(&backlog->suspects, record->number, record->bytes, size);
    spool_done(backlog->spool, record->number);
    backlog->refused = 0;
    backlog->falls = 0;
    leave_out_proven(backlog);
}

/* Once nothing flies. What is aside and not due is set aside again when it is taken. */
static void rewind_all(struct mqtt_backlog *backlog)
{
    backlog->next = NULL;
    backlog->rewind = false;
    if (backlog->rest) {
        mqtt_suspects_acquit(&backlog->suspects);
        allowance_rest(&backlog->allowance, REST_MS);
        loop_timer_start(backlog->wait, REST_MS, 0);
        backlog->refused = 0;
    } else {
        mqtt_suspects_recall(&backlog->suspects, loop_now(backlog->setup.loop));
    }
    backlog->rest = false;
    spool_rewind(backlog->spool);
}

static void on_look(void *context)
{
    struct mqtt_backlog *backlog = context;
    if (backlog->suspects.count == 0)
        loop_timer_stop(backlog->look);
    if (!mqtt_suspects_are_due(&backlog->suspects, loop_now(backlog->setup.loop)))
        return;
    backlog->rewind = true;
    if (backlog->in_flight > 0)
        return;
    rewind_all(backlog);
    backlog->setup.ready(backlog->setup.context);
}

/* ------------------------------------------------------------------------------------------------
 * Beginning and end
 */

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
    backlog->look = loop_timer_new(setup->loop, on_look, backlog);
    backlog->patience = FIRST_PATIENCE;
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
    loop_timer_free(backlog->look);
    mqtt_suspects_free(&backlog->suspects);
    buffer_free(&backlog->record);
    free(backlog);
}

/* ------------------------------------------------------------------------------------------------
 * Sending
 */

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

/* Looks for the next record that may be sent, as far as any may now. */
static void pick(struct mqtt_backlog *backlog)
{
    while (backlog->next == NULL) {
        const struct spool_record *record = spool_take(backlog->spool);
        if (record == NULL)
            return;
        const struct mqtt_suspect *suspect = mqtt_suspects_find(&backlog->suspects, record->number);
        if (!is_ours(record))
            leave_out_misfit(backlog, record);
        else if (suspect != NULL && suspect->aside)
            spool_set_aside(backlog->spool, record->number);
        else
            backlog->next = record;
    }
}

static bool may_send(struct mqtt_backlog *backlog)
{
    if (backlog->rewind || backlog->alone || backlog->in_flight >= IN_FLIGHT)
        return false;
    if (allowance_has(&backlog->allowance, loop_now(backlog->setup.loop)))
        return true;
    if (!loop_timer_running(backlog->wait))
        loop_timer_start(backlog->wait, REFILL_MS, 0);
    return false;
}

static bool goes_alone(struct mqtt_backlog *backlog, const struct spool_record *record)
{
    const struct mqtt_suspect *suspect = mqtt_suspects_find(&backlog->suspects, record->number);
    return record->number <= backlog->careful || (suspect != NULL && suspect->broke);
}

bool mqtt_backlog_needs_quiet(struct mqtt_backlog *backlog)
{
    return backlog->alone || (backlog->next != NULL && goes_alone(backlog, backlog->next));
}

bool mqtt_backlog_send(struct mqtt_backlog *backlog, struct mqtt_client *client)
{
    if (!may_send(backlog))
        return false;
    pick(backlog);
    const struct spool_record *record = backlog->next;
    if (record == NULL)
        return false;
    bool alone = goes_alone(backlog, record);
    if (alone && mqtt_client_room(client) < MQTT_IN_FLIGHT)
        return false;
    size_t size;
    const char *payload = payload_of(record, &size);
    if (!mqtt_client_publish(client, record->bytes, payload, size, backlog->setup.qos,
                             backlog->setup.retain, record->number << 1 | 1))
        return false;
    allowance_spend(&backlog->allowance, 1);
    backlog->flying[backlog->in_flight++] = record;
    backlog->alone = alone;
    backlog->next = NULL;
    return true;
}

/* The one of this number, which flies no more. */
static const struct spool_record *land(struct mqtt_backlog *backlog, uint64_t number)
{
    size_t place = 0;
    while (backlog->flying[place]->number != number)
        place++;
    const struct spool_record *record = backlog->flying[place];
    backlog->flying[place] = backlog->flying[--backlog->in_flight];
    return record;
}

void mqtt_backlog_settled(struct mqtt_backlog *backlog, uint64_t tag, enum mqtt_outcome outcome,
                          int reason)
{
    const struct spool_record *record = land(backlog, tag >> 1);
    bool alone = backlog->alone;
    backlog->alone = false;
    switch (outcome) {
    case MQTT_DELIVERED:
        note_delivery(backlog, record);
        break;
    case MQTT_REFUSED:
        note_refusal(backlog, record, reason, false);
        break;
    case MQTT_RETURNED: /* the connection broke: mqtt_backlog_lost() follows */
        backlog->fallen = alone ? record : NULL;
        backlog->returned = record->number > backlog->returned ? record->number : backlog->returned;
        return;
    }
    if (backlog->rewind && backlog->in_flight == 0)
        rewind_all(backlog);
}

/* Once may be chance, and what is set aside comes out of its order. */
static void note_fall(struct mqtt_backlog *backlog, const struct spool_record *record, int reason)
{
    bool again = mqtt_suspects_find(&backlog->suspects, record->number) != NULL;
    if (++backlog->falls < FALLS && !again)
        return;
    backlog->falls = 0;
    note_refusal(backlog, record, reason, true);
}

void mqtt_backlog_lost(struct mqtt_backlog *backlog, const struct mqtt_end *end)
{
    if (backlog->fallen != NULL && end->closed)
        note_fall(backlog, backlog->fallen, end->reason);
    else if (backlog->returned > backlog->careful && end->closed)
        backlog->careful = backlog->returned;
    backlog->fallen = NULL;
    backlog->returned = 0;
    rewind_all(backlog);
}

uint64_t mqtt_backlog_stats(const struct mqtt_backlog *backlog, struct spool_stats *stats)
{
    spool_stats(backlog->spool, stats);
    return backlog->left_out;
}
