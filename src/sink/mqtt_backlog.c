/* SPDX-License-Identifier: MIT */
#include "sink/mqtt_backlog.h"

#include "core/allowance.h"
#include "core/buffer.h"
#include "core/memory.h"
#include "sink/mqtt_backlog_report.h"
#include "sink/mqtt_record.h"
#include "sink/mqtt_suspects.h"

#include <stdlib.h>

enum {
    IN_FLIGHT = MQTT_IN_FLIGHT / 2, /* the rest is for what is newest */
    REFILL_MS = 100,
    REST_MS = 30000, /* after the broker refused everything, until the first is tried again */
    PASSED_BYTES = 16 * 1024 * 1024, /* that scouts pass by, and that stay in memory meanwhile */
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
    /* Too many were refused: only what is of another topic is sent, to see whether it is taken. */
    bool scouting;
    size_t passed; /* bytes of those that were passed by */
    /* Beyond what may be passed by, a copy of a new one is the scout. It comes again in its turn. */
    struct spool_record newest; /* bytes NULL: none */
    struct buffer newest_bytes;
    bool newest_flies;
    struct mqtt_backlog_report report;
    struct allowance allowance;
    struct loop_timer *wait; /* for the allowance */
    struct loop_timer *rest; /* while scouting */
    struct loop_timer *look; /* whether suspects may be tried again */
};

/* ------------------------------------------------------------------------------------------------
 * What the broker refuses
 */

static void leave_out_proven(struct mqtt_backlog *backlog)
{
    struct mqtt_suspect *suspect;
    while ((suspect = mqtt_suspects_proven(&backlog->suspects)) != NULL &&
           spool_done(backlog->spool, suspect->number)) {
        mqtt_backlog_report_refused(&backlog->report, suspect);
        mqtt_suspects_remove(&backlog->suspects, suspect);
    }
}

static void begin_scouting(struct mqtt_backlog *backlog)
{
    if (backlog->scouting)
        return;
    backlog->scouting = true;
    backlog->passed = 0;
    backlog->patience *= backlog->patience < LAST_PATIENCE ? 2 : 1;
    loop_timer_start(backlog->rest, REST_MS, 0);
}

/* Those that were passed by come next, in their order. */
static void end_scouting(struct mqtt_backlog *backlog)
{
    backlog->scouting = false;
    backlog->rewind = backlog->rewind || backlog->passed > 0;
    loop_timer_stop(backlog->rest);
}

static void note_refusal(struct mqtt_backlog *backlog, const struct spool_record *record,
                         int reason, bool broke)
{
    size_t size;
    mqtt_record_payload(record, &size);
    if (!mqtt_suspects_have_room(&backlog->suspects))
        leave_out_proven(backlog);
    bool room = mqtt_suspects_have_room(&backlog->suspects) ||
                mqtt_suspects_find(&backlog->suspects, record->number) != NULL;
    if (room) {
        struct mqtt_suspect *suspect =
            mqtt_suspects_note(&backlog->suspects, record->number, mqtt_record_topic(record), size,
                               loop_now(backlog->setup.loop));
        suspect->reason = reason;
        suspect->broke = broke;
    } else {
        backlog->passed += record->size;
    }
    spool_set_aside(backlog->spool, record->number);
    if (++backlog->refused >= backlog->patience || !room)
        begin_scouting(backlog);
    if (!loop_timer_running(backlog->look))
        loop_timer_start(backlog->look, LOOK_MS, LOOK_MS);
}

static void note_delivery(struct mqtt_backlog *backlog, const struct spool_record *record)
{
    size_t size;
    mqtt_record_payload(record, &size);
    mqtt_suspects_taken(&backlog->suspects, record->number, mqtt_record_topic(record), size);
    spool_done(backlog->spool, record->number);
    backlog->refused = 0;
    backlog->falls = 0;
    if (backlog->scouting)
        end_scouting(backlog);
    mqtt_backlog_report_flowing(&backlog->report);
    leave_out_proven(backlog);
}

/* Once nothing flies. What is aside and not due is set aside again when it is taken. */
static void rewind_all(struct mqtt_backlog *backlog)
{
    backlog->next = NULL;
    backlog->rewind = false;
    backlog->passed = 0;
    backlog->newest.bytes = NULL;
    mqtt_suspects_recall(&backlog->suspects, loop_now(backlog->setup.loop));
    spool_rewind(backlog->spool);
}

static void rewind_soon(struct mqtt_backlog *backlog)
{
    backlog->rewind = true;
    if (backlog->in_flight > 0)
        return;
    rewind_all(backlog);
    backlog->setup.ready(backlog->setup.context);
}

static void tell_stuck(struct mqtt_backlog *backlog)
{
    struct spool_stats stats;
    if (backlog->suspects.count == 0)
        return;
    spool_stats(backlog->spool, &stats);
    mqtt_backlog_report_stuck(&backlog->report, stats.waiting, &backlog->suspects.at[0],
                              REST_MS / 1000);
}

/* From the first again, since the broker may have been mended; one more refusal, and scouts go on. */
static void on_rest(void *context)
{
    struct mqtt_backlog *backlog = context;
    tell_stuck(backlog);
    backlog->scouting = false;
    mqtt_suspects_acquit(&backlog->suspects);
    backlog->refused = backlog->patience - 1;
    rewind_soon(backlog);
}

static void on_look(void *context)
{
    struct mqtt_backlog *backlog = context;
    if (backlog->suspects.count == 0)
        loop_timer_stop(backlog->look);
    if (!backlog->scouting &&
        mqtt_suspects_are_due(&backlog->suspects, loop_now(backlog->setup.loop)))
        rewind_soon(backlog);
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
    backlog->report = (struct mqtt_backlog_report){
        .loop = setup->loop, .log = setup->log, .folder = setup->folder};
    backlog->spool = spool_open(&spool, error);
    if (backlog->spool == NULL) {
        free(backlog);
        return NULL;
    }
    allowance_start(&backlog->allowance, setup->rate, loop_now(setup->loop));
    backlog->wait = loop_timer_new(setup->loop, on_wait, backlog);
    backlog->rest = loop_timer_new(setup->loop, on_rest, backlog);
    backlog->look = loop_timer_new(setup->loop, on_look, backlog);
    backlog->patience = FIRST_PATIENCE;
    struct spool_stats stats;
    spool_stats(backlog->spool, &stats);
    mqtt_backlog_report_waiting(&backlog->report, stats.waiting);
    return backlog;
}

void mqtt_backlog_free(struct mqtt_backlog *backlog)
{
    if (backlog == NULL)
        return;
    spool_close(backlog->spool);
    loop_timer_free(backlog->wait);
    loop_timer_free(backlog->rest);
    loop_timer_free(backlog->look);
    mqtt_suspects_free(&backlog->suspects);
    buffer_free(&backlog->record);
    buffer_free(&backlog->newest_bytes);
    free(backlog);
}

/* ------------------------------------------------------------------------------------------------
 * Sending
 */

uint64_t mqtt_backlog_number(const struct mqtt_backlog *backlog)
{
    return spool_next_number(backlog->spool);
}

static void keep_newest(struct mqtt_backlog *backlog)
{
    struct buffer *copy = &backlog->newest_bytes;
    buffer_clear(copy);
    buffer_add(copy, backlog->record.at, backlog->record.size);
    backlog->newest = (struct spool_record){
        .number = spool_next_number(backlog->spool),
        .bytes = copy->at,
        .size = copy->size,
    };
}

void mqtt_backlog_add(struct mqtt_backlog *backlog, const char *topic, const char *payload,
                      size_t size)
{
    mqtt_record_write(&backlog->record, topic, payload, size);
    if (backlog->scouting && backlog->passed >= PASSED_BYTES && !backlog->newest_flies &&
        !mqtt_suspects_foretell(&backlog->suspects, topic, size))
        keep_newest(backlog);
    spool_add(backlog->spool, backlog->record.at, backlog->record.size);
    allowance_came(&backlog->allowance);
}

static void leave_out_misfit(struct mqtt_backlog *backlog, const struct spool_record *record)
{
    spool_done(backlog->spool, record->number);
    mqtt_backlog_report_misfit(&backlog->report);
}

/* A scout says something new. */
static bool is_passed_by(struct mqtt_backlog *backlog, const struct spool_record *record)
{
    size_t size;
    mqtt_record_payload(record, &size);
    return backlog->scouting &&
           mqtt_suspects_foretell(&backlog->suspects, mqtt_record_topic(record), size);
}

static void pass_by(struct mqtt_backlog *backlog, const struct spool_record *record)
{
    backlog->passed += record->size;
    spool_set_aside(backlog->spool, record->number);
}

/* Looks for the next record that may be sent, as far as any may now. */
static void pick(struct mqtt_backlog *backlog)
{
    if (backlog->next != NULL && is_passed_by(backlog, backlog->next)) {
        pass_by(backlog, backlog->next);
        backlog->next = NULL;
    }
    while (backlog->next == NULL && backlog->passed < PASSED_BYTES) {
        const struct spool_record *record = spool_take(backlog->spool);
        if (record == NULL)
            return;
        const struct mqtt_suspect *suspect = mqtt_suspects_find(&backlog->suspects, record->number);
        if (!mqtt_record_is_ours(record))
            leave_out_misfit(backlog, record);
        else if (suspect != NULL && suspect->aside)
            spool_set_aside(backlog->spool, record->number);
        else if (is_passed_by(backlog, record))
            pass_by(backlog, record);
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

static const struct spool_record *next_to_send(struct mqtt_backlog *backlog)
{
    pick(backlog);
    bool newest = backlog->newest.bytes != NULL && !backlog->newest_flies;
    return backlog->next == NULL && newest ? &backlog->newest : backlog->next;
}

bool mqtt_backlog_send(struct mqtt_backlog *backlog, struct mqtt_client *client)
{
    if (!may_send(backlog))
        return false;
    const struct spool_record *record = next_to_send(backlog);
    if (record == NULL)
        return false;
    bool alone = goes_alone(backlog, record);
    if (alone && mqtt_client_room(client) < MQTT_IN_FLIGHT)
        return false;
    size_t size;
    const char *payload = mqtt_record_payload(record, &size);
    if (!mqtt_client_publish(client, mqtt_record_topic(record), payload, size, backlog->setup.qos,
                             backlog->setup.retain, record->number << 1 | 1))
        return false;
    allowance_spend(&backlog->allowance, 1);
    backlog->flying[backlog->in_flight++] = record;
    backlog->alone = alone;
    backlog->newest_flies = backlog->newest_flies || record == &backlog->newest;
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
    bool newest = record == &backlog->newest;
    backlog->newest_flies = backlog->newest_flies && !newest;
    switch (outcome) {
    case MQTT_DELIVERED:
        note_delivery(backlog, record);
        break;
    case MQTT_REFUSED:
        note_refusal(backlog, record, reason, false);
        break;
    case MQTT_RETURNED: /* the connection broke: mqtt_backlog_lost() follows */
        if (newest)
            return;
        backlog->fallen = alone ? record : NULL;
        backlog->returned = record->number > backlog->returned ? record->number : backlog->returned;
        return;
    }
    if (newest)
        backlog->newest.bytes = NULL;
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
    return backlog->report.refused + backlog->report.misfits;
}
