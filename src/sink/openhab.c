/* SPDX-License-Identifier: MIT */
/*
 * Feeds openHAB: PUT /rest/items/NAME/state for every item that is bound to a reading, several
 * requests at once over kept connections, and never waits.
 *
 * openHAB is away when a request gets no answer or one that says: not now. Then nothing is sent but
 * one item now and then, to see whether it is back; meanwhile the queue keeps the newest state of
 * every item. A request that was sent before openHAB went away, or before it came back, says
 * nothing about now: that is what the epoch is for.
 */
#include "sink/openhab.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "net/http_client.h"
#include "sink/openhab_events.h"
#include "sink/openhab_queue.h"
#include "sink/openhab_report.h"
#include "sink/state_text.h"

#include <stdlib.h>
#include <string.h>

enum {
    PARALLEL = 8,
    CONNECT_MS = 5000,
    ANSWER_MS = 10000,
    ANSWER_LIMIT = 1000, /* bytes: enough of an error to show it */
    FIRST_RETRY_MS = 1000,
    LONGEST_RETRY_MS = 30000,
    STRIKES = 2,
};

struct openhab {
    struct sink sink;
    struct loop *loop;
    struct log *log;
    struct http_client *client;
    struct openhab_events *events; /* goes before the client while it is open; NULL without */
    struct openhab_queue queue;
    struct openhab_report report;
    struct openhab_stats stats;
    struct buffer state; /* being composed */
    char *authorization; /* header, NULL without a token */
    bool only_changes;
    bool away;
    bool may_try;             /* while away: one request is allowed */
    bool broken;              /* the last answer was a broken connection */
    uint64_t epoch;           /* counts each going and coming */
    struct target *suspect;   /* the item whose request told that openHAB is away */
    uint64_t tried;           /* turn of the last item that was tried while away */
    int64_t retry_ms;         /* until the next try */
    struct loop_timer *retry; /* while away */
    struct loop_timer *wake;  /* the next end of an item's rest */
};

static void pump(struct openhab *openhab);

static void schedule_wake(struct openhab *openhab)
{
    int64_t now = loop_now(openhab->loop);
    int64_t next = queue_wake(&openhab->queue, now);
    if (next != INT64_MAX)
        loop_timer_start(openhab->wake, next - now, 0);
    else
        loop_timer_stop(openhab->wake);
}

static void on_wake(void *context)
{
    struct openhab *openhab = context;
    schedule_wake(openhab);
    pump(openhab);
}

static void on_retry(void *context)
{
    struct openhab *openhab = context;
    openhab->may_try = true;
    pump(openhab);
}

/* An answer for that item shows that openHAB is there. */
static void come_back(struct openhab *openhab, const struct target *target)
{
    openhab->broken = false;
    openhab->retry_ms = 0;
    if (!openhab->away)
        return;
    if (openhab->suspect != target)
        openhab->suspect->strikes++;
    openhab->away = false;
    openhab->tried = 0;
    openhab->epoch++;
    loop_timer_stop(openhab->retry);
    report_back(&openhab->report);
    /* It may have been started anew: states are forgotten, and items known that were not before. */
    queue_wake_all(&openhab->queue, openhab->only_changes);
}

static void go_away(struct openhab *openhab, struct target *target, enum absence absence,
                    const struct http_answer *answer)
{
    if (!openhab->away) {
        openhab->epoch++;
        openhab->suspect = target;
    }
    openhab->away = true;
    openhab->tried = target->flight_turn;
    openhab->may_try = false;
    int64_t next = openhab->retry_ms > 0 ? 2 * openhab->retry_ms : FIRST_RETRY_MS;
    openhab->retry_ms = next < LONGEST_RETRY_MS ? next : LONGEST_RETRY_MS;
    loop_timer_start(openhab->retry, openhab->retry_ms, 0);
    report_absence(&openhab->report, absence, answer);
}

static void set_missing(struct openhab *openhab, struct target *target, bool missing)
{
    if (target->missing == missing)
        return;
    target->missing = missing;
    report_items_later(&openhab->report);
}

static void accept(struct openhab *openhab, struct target *target)
{
    openhab->stats.accepted++;
    report_acceptance(&openhab->report, target);
    set_missing(openhab, target, false);
    queue_accepted(&openhab->queue, target);
}

static void rest(struct openhab *openhab, struct target *target, enum rest_reason reason,
                 const struct http_answer *answer)
{
    set_missing(openhab, target, reason == REST_MISSING);
    if (reason == REST_MISSING) {
        openhab->stats.missing++;
    } else {
        openhab->stats.refused++;
        report_refusal(&openhab->report, target, answer);
    }
    queue_rest(&openhab->queue, target, reason, loop_now(openhab->loop));
    schedule_wake(openhab);
}

/* No answer, or one that says: not now. */
static void fail(struct openhab *openhab, struct target *target, enum absence absence,
                 const struct http_answer *answer)
{
    openhab->stats.failed++;
    if (target->strikes >= STRIKES && !openhab->away) {
        rest(openhab, target, REST_REFUSED, answer);
        return;
    }
    queue_failed(&openhab->queue, target);
    if (target->epoch != openhab->epoch)
        return;
    /* A kept connection that breaks once is nothing: the next request opens another. */
    if (answer->broken && !openhab->broken && !openhab->away) {
        openhab->broken = true;
        return;
    }
    go_away(openhab, target, absence, answer);
}

static bool is_absence(int status)
{
    return status == 0 || (status >= 300 && status < 400) || status >= 500 || status == 407 ||
           status == 408 || status == 429;
}

static void on_answer(void *context, const struct http_answer *answer)
{
    struct target *target = context;
    struct openhab *openhab = target->owner;
    int status = answer->status;
    log_debug(openhab->log, "openhab", "%s = %s: %d%s%s", target->item->name, target->sent.at,
              status, answer->error != NULL ? ", " : "",
              answer->error != NULL ? answer->error : "");
    if (is_absence(status)) {
        fail(openhab, target, ABSENCE_GONE, answer);
    } else if (status == 401 || status == 403) {
        fail(openhab, target, ABSENCE_DENIED, answer);
    } else {
        if (target->epoch == openhab->epoch)
            come_back(openhab, target);
        target->strikes = 0;
        if (status >= 200 && status < 300)
            accept(openhab, target);
        else
            rest(openhab, target, status == 404 ? REST_MISSING : REST_REFUSED, answer);
    }
    pump(openhab);
}

static void on_given_back(void *context)
{
    struct target *target = context;
    struct openhab *openhab = target->owner;
    queue_failed(&openhab->queue, target);
}

/* openHAB may have been started anew in between, and have forgotten its states. */
static void on_events_changed(void *context, bool open)
{
    struct openhab *openhab = context;
    if (open) {
        openhab->epoch++;
        openhab->may_try = true;
        queue_wake_all(&openhab->queue, openhab->only_changes);
    }
    pump(openhab);
}

static bool has_room(const struct openhab *openhab)
{
    if (openhab->events != NULL && openhab_events_open(openhab->events))
        return openhab_events_room(openhab->events) > 0;
    return http_client_room(openhab->client) > 0;
}

static void send_next(struct openhab *openhab)
{
    struct target *target = queue_take(&openhab->queue, openhab->tried);
    target->epoch = openhab->epoch;
    if (openhab->events != NULL && openhab_events_open(openhab->events)) {
        openhab_events_send(openhab->events, target->item, &target->sent, target);
        return;
    }
    const char *headers[] = {"Content-Type: text/plain", openhab->authorization, NULL};
    struct http_request request = {
        .method = "PUT",
        .url = target->url,
        .headers = headers,
        .body = target->sent.at,
        .body_size = target->sent.size,
    };
    http_client_send(openhab->client, &request, on_answer, target);
}

/* Sends what may be sent now. */
static void pump(struct openhab *openhab)
{
    while (openhab->queue.first != NULL && has_room(openhab)) {
        if (openhab->away && !openhab->may_try)
            return;
        openhab->may_try = false;
        send_next(openhab);
    }
}

static void offer(struct openhab *openhab, struct target *target,
                  const struct dsmr_reading *reading)
{
    enum state_result result = state_text_write(&openhab->state, target->item, reading);
    if (result == STATE_WRITTEN)
        queue_offer(&openhab->queue, target, &openhab->state, openhab->only_changes);
    else
        report_misfit(&openhab->report, target, result, reading);
}

/* To the items that are bound to that part of it. */
static void offer_part(struct openhab *openhab, const char *meter, enum pace_part part,
                       const struct dsmr_reading *reading)
{
    for (struct target *target = queue_bound(&openhab->queue, meter, reading->item); target != NULL;
         target = target->next_same)
        if (target->item->part == part)
            offer(openhab, target, reading);
}

static void offer_bounds(struct openhab *openhab, const struct readings *readings,
                         const struct spread *spread)
{
    struct dsmr_reading bound = readings->at[spread->reading];
    bound.number = spread->least;
    offer_part(openhab, readings->meter, PACE_LEAST, &bound);
    bound.number = spread->greatest;
    offer_part(openhab, readings->meter, PACE_GREATEST, &bound);
}

static void openhab_publish(struct sink *sink, const struct readings *readings)
{
    struct openhab *openhab = (struct openhab *)sink;
    for (size_t i = 0; i < readings->count; i++)
        if (readings_send(readings, i))
            offer_part(openhab, readings->meter, PACE_MEAN, &readings->at[i]);
    for (size_t i = 0; i < readings->spread_count; i++)
        if (readings_send(readings, readings->spreads[i].reading))
            offer_bounds(openhab, readings, &readings->spreads[i]);
    pump(openhab);
}

static void openhab_free(struct sink *sink)
{
    struct openhab *openhab = (struct openhab *)sink;
    openhab_events_free(openhab->events);
    http_client_free(openhab->client);
    loop_timer_free(openhab->retry);
    loop_timer_free(openhab->wake);
    report_free(&openhab->report);
    for (size_t i = 0; i < openhab->queue.count; i++)
        free(openhab->queue.targets[i].url);
    queue_free(&openhab->queue);
    buffer_free(&openhab->state);
    free(openhab->authorization);
    free(openhab);
}

static void tell_state(const struct sink *sink, struct buffer *out)
{
    struct openhab_stats stats;
    openhab_sink_stats(sink, &stats);
    buffer_add_text(out, stats.connected ? "openHAB answers" : "no answer of openHAB");
    if (stats.waiting > 0)
        buffer_print(out, ", %llu wait", (unsigned long long)stats.waiting);
}

static const struct sink_kind openhab_kind = {
    .name = "openhab",
    .publish = openhab_publish,
    .line = NULL,
    .state = tell_state,
    .free = openhab_free,
};

static void set_targets(struct openhab *openhab, const char *url)
{
    size_t size = strlen(url);
    while (size > 0 && url[size - 1] == '/')
        size--;
    for (size_t i = 0; i < openhab->queue.count; i++) {
        struct target *target = &openhab->queue.targets[i];
        target->owner = openhab;
        target->url = memory_print("%.*s/rest/items/%s/state", (int)size, url, target->item->name);
    }
}

struct sink *openhab_sink_new(const struct openhab_setup *setup)
{
    struct openhab *openhab = memory_new(1, sizeof *openhab);
    openhab->sink.kind = &openhab_kind;
    openhab->loop = setup->loop;
    openhab->log = setup->log;
    openhab->only_changes = setup->only_changes;
    bool has_token = setup->token != NULL && setup->token[0] != '\0';
    if (has_token)
        openhab->authorization = memory_print("Authorization: Bearer %s", setup->token);
    queue_init(&openhab->queue, setup->items);
    set_targets(openhab, setup->url);
    report_init(&openhab->report, setup->loop, setup->log, &openhab->queue, setup->url, has_token);
    openhab->retry = loop_timer_new(setup->loop, on_retry, openhab);
    openhab->wake = loop_timer_new(setup->loop, on_wake, openhab);
    openhab->client = http_client_new(&(struct http_setup){
        .loop = setup->loop,
        .parallel = PARALLEL,
        .connect_ms = CONNECT_MS,
        .answer_ms = ANSWER_MS,
        .answer_limit = ANSWER_LIMIT,
    });
    report_start(&openhab->report, setup->only_changes);
    if (setup->websocket)
        openhab->events = openhab_events_new(&(struct openhab_events_setup){
            .url = setup->url,
            .token = setup->token,
            .loop = setup->loop,
            .log = setup->log,
            .answered = on_answer,
            .given_back = on_given_back,
            .changed = on_events_changed,
            .context = openhab,
        });
    return &openhab->sink;
}

void openhab_sink_inherit(struct sink *sink, const struct sink *old)
{
    queue_inherit(&((struct openhab *)sink)->queue, &((const struct openhab *)old)->queue);
}

void openhab_sink_stats(const struct sink *sink, struct openhab_stats *stats)
{
    const struct openhab *openhab = (const struct openhab *)sink;
    *stats = openhab->stats;
    stats->dropped = openhab->queue.dropped;
    stats->waiting = queue_waiting(&openhab->queue);
    stats->connected = !openhab->away && openhab->stats.accepted > 0;
}
