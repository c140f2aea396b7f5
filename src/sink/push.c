/* SPDX-License-Identifier: MIT */
/*
 * Pushes telegrams: POST to one URL, one request at a time, so that all arrive in their order.
 *
 * A batch goes out when it is full or its oldest telegram has waited long enough, and is done when the
 * server has taken it; otherwise it comes again, at least once that is. What becomes of telegrams that
 * the server refuses is told in push_batch.h; one that makes the server fail again and again (500, or
 * the connection breaks) is taken for refused, too.
 */
#include "sink/push.h"

#include "core/allowance.h"
#include "core/backoff.h"
#include "core/buffer.h"
#include "core/gzip.h"
#include "core/memory.h"
#include "net/http_client.h"
#include "sink/influx_lines.h"
#include "sink/push_batch.h"
#include "sink/push_report.h"
#include "sink/push_store.h"
#include "sink/readings_json.h"

#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_MS = 10000,
    ANSWER_MS = 30000,
    ANSWER_LIMIT = 4000, /* bytes: enough of an error to show and to judge it */
    FIRST_RETRY_MS = 1000,
    LONGEST_RETRY_MS = 60000,
    LONGEST_WISH_S = 3600, /* that a server may ask us to stay away */
    REFILL_MS = 100,
    FAILURES = 5, /* a batch that made the server fail so often is taken for refused */
};

static const char kept_on_disk[] = "telegrams are kept in the spool";
static const char kept_newest[] = "the newest 1000 telegrams are kept";
_Static_assert(PUSH_KEPT == 1000, "as the text has it");

struct push {
    struct sink sink;
    struct loop *loop;
    struct log *log;
    char *topic; /* of the log, and what the keys begin with */
    enum push_format format;
    char *measurement;
    char *url;
    char **headers; /* ended by a NULL */
    bool gzip;
    int64_t batch_ms;
    struct http_client *client;
    struct push_store *store;
    struct push_batch batch;
    struct push_report report;
    struct allowance allowance;
    struct backoff backoff;
    struct loop_timer *due;   /* the oldest telegram has waited long enough */
    struct loop_timer *pause; /* until the next try */
    struct loop_timer *wait;  /* for the allowance */
    struct buffer record;     /* being composed */
    bool flush;               /* a batch need not be full */
    bool flying;              /* the batch is under way */
    size_t failures;          /* in a row */
};

static void pump(struct push *push);

/* ------------------------------------------------------------------------------------------------
 * Sending
 */

static void on_answer(void *context, const struct http_answer *answer);

static void send_batch(struct push *push)
{
    struct buffer packed = {0};
    if (push->gzip)
        gzip_pack(&packed, push->batch.body.at, push->batch.body.size);
    const struct buffer *body = push->gzip ? &packed : &push->batch.body;
    struct http_request request = {
        .method = "POST",
        .url = push->url,
        .headers = (const char *const *)push->headers,
        .body = body->at,
        .body_size = body->size,
    };
    push->flying = http_client_send(push->client, &request, on_answer, push);
    allowance_spend(&push->allowance, push->batch.count);
    buffer_free(&packed);
}

/* True when there is enough for a request, or it waited long enough. */
static bool is_due(struct push *push)
{
    uint64_t ready = push_batch_ready(&push->batch);
    if (ready == 0)
        return false;
    if (push->flush || ready >= push->batch.limit)
        return true;
    if (!loop_timer_running(push->due))
        loop_timer_start(push->due, push->batch_ms, 0);
    return false;
}

static bool may_send(struct push *push)
{
    if (push->flying || loop_timer_running(push->pause) || !is_due(push))
        return false;
    if (allowance_has(&push->allowance, loop_now(push->loop)))
        return true;
    if (!loop_timer_running(push->wait))
        loop_timer_start(push->wait, REFILL_MS, 0);
    return false;
}

/* Sends what may be sent now. */
static void pump(struct push *push)
{
    if (!may_send(push))
        return;
    push->flush = false;
    loop_timer_stop(push->due);
    uint64_t misfits = push_batch_compose(&push->batch);
    if (misfits > 0)
        push_report_misfits(&push->report, misfits);
    if (push->batch.count > 0)
        send_batch(push);
}

static void on_room(void *context)
{
    pump(context);
}

static void on_due(void *context)
{
    struct push *push = context;
    push->flush = true;
    pump(push);
}

/* ------------------------------------------------------------------------------------------------
 * What the server says
 */

/* Nothing is sent for a while. */
static void stay_away(struct push *push, enum push_verdict verdict,
                      const struct http_answer *answer)
{
    int64_t wish = answer->retry_after_s < LONGEST_WISH_S ? answer->retry_after_s : LONGEST_WISH_S;
    int64_t pause = backoff_next(&push->backoff);
    if (wish * 1000 > pause)
        pause = wish * 1000;
    /* Those that were tried one by one count as one try each. */
    if (verdict == PUSH_REFUSED && (int64_t)push->batch.patience * 1000 > pause)
        pause = (int64_t)push->batch.patience * 1000;
    push_batch_return(&push->batch);
    push_report_absence(&push->report, verdict, answer);
    loop_timer_start(push->pause, pause, 0);
}

static void succeed(struct push *push)
{
    push_batch_done(&push->batch);
    push_report_taken(&push->report, push_store_dropped(push->store));
    backoff_reset(&push->backoff);
    push->failures = 0;
}

static void refuse(struct push *push, const struct http_answer *answer)
{
    push->flush = true;
    switch (push_batch_refused(&push->batch, answer->status == 413)) {
    case PUSH_NEXT:
        break;
    case PUSH_LEFT_OUT:
        push_report_left_out(&push->report, push->batch.numbers[0], answer);
        break;
    case PUSH_EVERYTHING:
        push->failures = 0;
        stay_away(push, PUSH_REFUSED, answer);
        break;
    }
}

/* A batch that the server fails on again and again is one that it refuses. */
static void fail(struct push *push, enum push_verdict verdict, const struct http_answer *answer)
{
    bool failed = answer->status == 500 || answer->broken;
    push->failures = failed ? push->failures + 1 : 0;
    if (push->failures > FAILURES || (failed && push_batch_is_proven(&push->batch))) {
        refuse(push, answer);
    } else if (answer->broken && push->failures == 1) {
        /* A kept connection that breaks once is nothing: another is opened. */
        push_batch_return(&push->batch);
        push->flush = true;
    } else {
        stay_away(push, verdict, answer);
    }
}

static void on_answer(void *context, const struct http_answer *answer)
{
    struct push *push = context;
    enum push_verdict verdict = push_judge(push->format, answer);
    push->flying = false;
    log_debug(push->log, push->topic, "%zu telegrams from number %llu on, %zu bytes: %d%s%s",
              push->batch.count, (unsigned long long)push->batch.numbers[0], push->batch.body.size,
              answer->status, answer->error != NULL ? ", " : "",
              answer->error != NULL ? answer->error : "");
    switch (verdict) {
    case PUSH_PARTLY:
        push_report_partly(&push->report, answer);
        succeed(push);
        break;
    case PUSH_TAKEN:
        succeed(push);
        break;
    case PUSH_TOO_LARGE:
    case PUSH_REFUSED:
        refuse(push, answer);
        break;
    default:
        fail(push, verdict, answer);
        break;
    }
    pump(push);
}

/* ------------------------------------------------------------------------------------------------
 * What the bus brings
 */

static void push_publish(struct sink *base, const struct readings *readings)
{
    struct push *push = (struct push *)base;
    push_record_begin(&push->record, push->format);
    if (push->format == PUSH_INFLUX)
        influx_lines(&push->record, push->measurement, readings);
    else
        readings_json(&push->record, readings, push_store_number(push->store));
    if (push->record.size == 1)
        return;
    push_store_add(push->store, push->record.at, push->record.size);
    allowance_came(&push->allowance);
    pump(push);
}

static void push_free(struct sink *base)
{
    struct push *push = (struct push *)base;
    http_client_free(push->client);
    push_store_free(push->store);
    loop_timer_free(push->due);
    loop_timer_free(push->pause);
    loop_timer_free(push->wait);
    push_report_free(&push->report);
    buffer_free(&push->record);
    push_batch_free(&push->batch);
    for (size_t i = 0; push->headers[i] != NULL; i++) {
        explicit_bzero(push->headers[i], strlen(push->headers[i]));
        free(push->headers[i]);
    }
    free(push->headers);
    free(push->measurement);
    free(push->url);
    free(push->topic);
    free(push);
}

static void tell_state(const struct sink *sink, struct buffer *out)
{
    const struct push *push = (const struct push *)sink;
    buffer_add_text(out, push->failures == 0 ? "sending" : "the last request failed");
    buffer_print(out, ", %llu wait", (unsigned long long)push_store_waiting(push->store));
}

static const char *own_name(const struct sink *sink)
{
    return ((const struct push *)sink)->topic;
}

static const struct sink_kind push_kind = {
    .name = "push",
    .publish = push_publish,
    .line = NULL,
    .refused = NULL,
    .state = tell_state,
    .own_name = own_name,
    .free = push_free,
};

/* ------------------------------------------------------------------------------------------------
 * Making it
 */

static const char *content_type(enum push_format format)
{
    return format == PUSH_INFLUX ? "Content-Type: text/plain; charset=utf-8"
                                 : "Content-Type: application/json";
}

static void set_headers(struct push *push, const struct push_setup *setup)
{
    size_t given = 0, count = 0;
    while (setup->headers != NULL && setup->headers[given] != NULL)
        given++;
    push->headers = memory_new(given + 3, sizeof *push->headers);
    push->headers[count++] = memory_text(content_type(setup->format));
    if (setup->gzip)
        push->headers[count++] = memory_text("Content-Encoding: gzip");
    for (size_t i = 0; i < given; i++)
        push->headers[count++] = memory_text(setup->headers[i]);
}

static void open_store(struct push *push, const struct push_setup *setup)
{
    char *error = NULL;
    struct push_store_setup store = {
        .loop = setup->loop,
        .log = setup->log,
        .topic = push->topic,
        .folder = setup->spool,
        .limit = setup->spool_limit,
        .ready = on_room,
        .context = push,
    };
    push->store = push_store_new(&store, &error);
    if (push->store == NULL) {
        log_error(push->log, push->topic,
                  "%s.spool: %s; only the newest telegrams are kept while the server is away",
                  push->topic, error);
        store.folder = NULL;
        push->store = push_store_new(&store, NULL);
    }
    free(error);
}

static void tell_start(const struct push *push)
{
    uint64_t waiting = push_store_waiting(push->store);
    log_info(
        push->log, push->topic, "telegrams go to %s, %s, up to %zu at a time", push->report.place,
        push->format == PUSH_INFLUX ? "in InfluxDB's line protocol" : "as JSON", push->batch.most);
    if (waiting > 0)
        log_info(push->log, push->topic, "%llu telegrams of before wait in the spool",
                 (unsigned long long)waiting);
}

static void make_timers(struct push *push)
{
    push->due = loop_timer_new(push->loop, on_due, push);
    push->pause = loop_timer_new(push->loop, on_due, push);
    push->wait = loop_timer_new(push->loop, on_room, push);
}

struct sink *push_sink_new(const struct push_setup *setup)
{
    struct push *push = memory_new(1, sizeof *push);
    push->sink.kind = &push_kind;
    push->loop = setup->loop;
    push->log = setup->log;
    push->topic = memory_text(setup->topic);
    push->format = setup->format;
    push->gzip = setup->gzip;
    push->batch_ms = setup->batch_ms;
    push->backoff = (struct backoff){.first_ms = FIRST_RETRY_MS, .longest_ms = LONGEST_RETRY_MS};
    push->measurement = memory_text(setup->measurement != NULL ? setup->measurement : "");
    push->url = setup->format == PUSH_INFLUX ? influx_url(setup->url) : memory_text(setup->url);
    set_headers(push, setup);
    make_timers(push);
    allowance_start(&push->allowance, setup->rate, loop_now(setup->loop));
    push->client = http_client_new(&(struct http_setup){
        .loop = setup->loop,
        .parallel = 1,
        .connect_ms = CONNECT_MS,
        .answer_ms = ANSWER_MS,
        .answer_limit = ANSWER_LIMIT,
        .ca = setup->ca,
        .user = setup->user,
        .password = setup->password,
    });
    open_store(push, setup);
    push_batch_init(&push->batch, push->store, setup->format, setup->batch);
    push_report_init(&push->report, setup->loop, setup->log, push->topic, setup->url,
                     push_store_lasts(push->store) ? kept_on_disk : kept_newest);
    tell_start(push);
    return &push->sink;
}
