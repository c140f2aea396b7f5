/* SPDX-License-Identifier: MIT */
/*
 * Reads the list of items from openHAB: at the start until it is there, then at growing intervals of
 * up to five minutes, and soon when something is new: openHAB came back, an item is missing, the list
 * changed. With another list the sink that feeds is made anew and gets the newest values at once.
 *
 * An openHAB that starts, or reads a file anew, has a part of its items for a while. So items that
 * vanish are fed on until they were missing for some time.
 */
#include "sink/openhab_follower.h"

#include "bus/newest.h"
#include "core/backoff.h"
#include "core/buffer.h"
#include "core/memory.h"
#include "sink/openhab_list.h"
#include "sink/openhab_list_report.h"
#include "sink/openhab_query.h"
#include "sink/openhab_rival.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_RETRY_MS = 1000, LONGEST_RETRY_MS = 30 * 1000 };

/* In ms. */
struct follower_times {
    int64_t settle;   /* between two readings that went well, at least */
    int64_t refresh;  /* … at most */
    int64_t empty;    /* … while nothing is bound: somebody may be at it */
    int64_t loss;     /* so long an item is fed on that is missing from the list */
    int64_t starting; /* … while openHAB may be starting */
    int64_t start;    /* so long it may be */
};

static const struct follower_times usual_times = {
    .settle = 5 * 1000,
    .refresh = 5 * 60 * 1000,
    .empty = 30 * 1000,
    .loss = 8 * 1000,
    .starting = 3 * 60 * 1000,
    .start = 5 * 60 * 1000,
};

struct follower {
    struct sink sink;
    struct openhab_setup setup; /* of the feeder */
    struct follower_times times;
    const struct config *config;
    struct bound_items items; /* of the feeder, in the order of their names */
    struct sink *feeder;      /* NULL while nothing is bound */
    struct newest *newest;
    struct openhab_query *query;
    struct openhab_rival *rival;
    struct list_report report;
    struct loop_timer *timer; /* the next reading */
    struct backoff failing;
    struct backoff settling;
    int64_t asked_ms; /* when the list was asked for */
    bool asking;
    bool looked; /* for a rival, since openHAB is there */
    bool troubled;
    int64_t trouble_ms; /* if so: when openHAB was away last */
    bool losing;        /* items are missing from the list */
    int64_t loss_ms;    /* if so: since when */

    /* What was seen of the feeder. */
    uint64_t missing;
    bool connected;
    bool gone;
};

/* ------------------------------------------------------------------------------------------------
 * Taking over a list
 */

static void free_feeder(struct sink *feeder)
{
    if (feeder != NULL)
        feeder->kind->free(feeder);
}

/* The items of fresh are fed from now on. */
static void feed(struct follower *follower, const struct bound_items *fresh)
{
    struct sink *old_feeder = follower->feeder;
    struct bound_items old = follower->items;
    follower->items = *fresh;
    follower->feeder = NULL;
    follower->missing = 0;
    follower->connected = follower->gone = false;
    if (fresh->count > 0)
        follower->feeder = openhab_sink_new(&follower->setup);
    if (follower->feeder != NULL && old_feeder != NULL)
        openhab_sink_inherit(follower->feeder, old_feeder);
    free_feeder(old_feeder);
    items_free(&old);
    if (follower->feeder != NULL)
        newest_publish(follower->newest, follower->feeder);
}

/* How long items that are missing from this list are fed on. */
static int64_t patience(const struct follower *follower, const struct bound_items *fresh)
{
    int64_t quiet = loop_now(follower->setup.loop) - follower->trouble_ms;
    bool starting = follower->troubled && quiet < follower->times.start;
    return starting || fresh->count == 0 ? follower->times.starting : follower->times.loss;
}

/* Is it too soon to believe that the items are really gone? */
static bool may_come_back(struct follower *follower, const struct bound_items *fresh, size_t lost)
{
    int64_t now = loop_now(follower->setup.loop);
    if (lost > 0 && !follower->losing)
        follower->loss_ms = now;
    follower->losing = lost > 0;
    return follower->losing && now - follower->loss_ms < patience(follower, fresh);
}

static void tell_change(struct follower *follower, const struct bound_items *fresh, bool with_lost)
{
    struct buffer words = {0};
    bool first = follower->feeder == NULL && !follower->report.none_told;
    if (first)
        return;
    openhab_list_describe(&follower->items, fresh, with_lost, &words);
    list_report_change(&follower->report, words.at);
    buffer_free(&words);
}

/* Returns true when the list is another than before. fresh is taken over. */
static bool take_list(struct follower *follower, struct bound_items *fresh)
{
    struct list_change change = openhab_list_compare(&follower->items, fresh);
    bool keep = may_come_back(follower, fresh, change.lost);
    if (change.gained + change.altered == 0 && (change.lost == 0 || keep)) {
        items_free(fresh);
        return false;
    }
    tell_change(follower, fresh, !keep);
    if (keep)
        openhab_list_keep_lost(fresh, &follower->items);
    else
        follower->losing = false;
    feed(follower, fresh);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * Asking
 */

static void ask(void *context);

static void read_again_in(struct follower *follower, int64_t ms)
{
    loop_timer_start(follower->timer, ms, 0);
}

/* Something is new. */
static void read_soon(struct follower *follower)
{
    backoff_reset(&follower->settling);
    if (follower->asking)
        return;
    int64_t wait = follower->asked_ms + follower->times.settle - loop_now(follower->setup.loop);
    read_again_in(follower, wait > 0 ? wait : 1);
}

static void on_good_list(struct follower *follower, struct bound_items *fresh,
                         struct complaints *mistakes)
{
    items_keep_known(fresh, follower->config, mistakes);
    list_report_read(&follower->report, mistakes);
    bool changed = take_list(follower, fresh);
    list_report_count(&follower->report, follower->items.count);
    backoff_reset(&follower->failing);
    if (changed || follower->losing)
        backoff_reset(&follower->settling);
    int64_t next = backoff_next(&follower->settling);
    if (follower->items.count == 0 && next > follower->times.empty)
        next = follower->times.empty;
    read_again_in(follower, next);
    if (changed || !follower->looked)
        openhab_rival_look(follower->rival);
    follower->looked = true;
}

static void openhab_is_away(struct follower *follower)
{
    follower->troubled = true;
    follower->trouble_ms = loop_now(follower->setup.loop);
    follower->looked = false;
}

static void on_list(void *context, enum query_outcome outcome, const struct http_answer *answer)
{
    struct follower *follower = context;
    struct bound_items fresh = {0};
    struct complaints mistakes = {0};
    char *reason = NULL;
    follower->asking = false;
    enum list_trouble trouble = openhab_list_read(&fresh, outcome, answer, &mistakes, &reason);
    if (trouble == LIST_FINE) {
        on_good_list(follower, &fresh, &mistakes);
    } else {
        openhab_is_away(follower);
        list_report_trouble(&follower->report, trouble, reason, answer, follower->feeder != NULL);
        read_again_in(follower, backoff_next(&follower->failing));
    }
    complaints_free(&mistakes);
    free(reason);
}

static void ask(void *context)
{
    struct follower *follower = context;
    follower->asking = openhab_query_get(follower->query, OPENHAB_LIST_PATH, on_list, follower);
    follower->asked_ms = loop_now(follower->setup.loop);
    if (!follower->asking) /* the rival's question is under way */
        read_again_in(follower, FIRST_RETRY_MS);
}

/* ------------------------------------------------------------------------------------------------
 * The sink
 */

/* openHAB that was away and is back may have been started anew, with other items; and one that misses
 * an item may have been told to forget it. */
static void watch_feeder(struct follower *follower)
{
    struct openhab_stats stats;
    openhab_sink_stats(follower->feeder, &stats);
    bool back = follower->gone && stats.connected;
    if (follower->connected && !stats.connected)
        follower->gone = true;
    if (follower->gone)
        openhab_is_away(follower);
    if (back)
        follower->gone = false;
    if (back || stats.missing > follower->missing)
        read_soon(follower);
    follower->connected = stats.connected;
    follower->missing = stats.missing;
}

static void follower_publish(struct sink *sink, const struct readings *readings)
{
    struct follower *follower = (struct follower *)sink;
    newest_update(follower->newest, readings);
    if (follower->feeder == NULL)
        return;
    follower->feeder->kind->publish(follower->feeder, readings);
    watch_feeder(follower);
}

static void follower_free(struct sink *sink)
{
    struct follower *follower = (struct follower *)sink;
    openhab_query_free(follower->query);
    openhab_rival_free(follower->rival);
    loop_timer_free(follower->timer);
    free_feeder(follower->feeder);
    list_report_free(&follower->report);
    items_free(&follower->items);
    newest_free(follower->newest);
    free(follower);
}

static void tell_state(const struct sink *sink, struct buffer *out)
{
    const struct follower *follower = (const struct follower *)sink;
    if (follower->feeder)
        follower->feeder->kind->state(follower->feeder, out);
    else
        buffer_add_text(out, "no item of openHAB is bound");
}

static const struct sink_kind follower_kind = {
    .name = "openhab",
    .publish = follower_publish,
    .line = NULL,
    .state = tell_state,
    .free = follower_free,
};

bool openhab_tells_items(const struct config *config)
{
    const char *items = config_text(config, CONFIG_OPENHAB_ITEMS);
    return items != NULL && strcmp(items, CONFIG_ITEMS_BY_REST) == 0;
}

static struct sink *new_follower(const struct openhab_setup *setup, const struct config *config,
                                 const struct follower_times *times)
{
    struct follower *follower = memory_new(1, sizeof *follower);
    follower->sink.kind = &follower_kind;
    follower->setup = *setup;
    follower->setup.items = &follower->items;
    follower->times = *times;
    follower->config = config;
    follower->newest = newest_new();
    follower->query = openhab_query_new(setup->loop, setup->url, setup->token);
    follower->rival = openhab_rival_new(&(struct rival_setup){
        .query = follower->query,
        .items = &follower->items,
        .config = config,
        .log = setup->log,
    });
    follower->failing =
        (struct backoff){.first_ms = FIRST_RETRY_MS, .longest_ms = LONGEST_RETRY_MS};
    follower->settling = (struct backoff){.first_ms = times->settle, .longest_ms = times->refresh};
    follower->timer = loop_timer_new(setup->loop, ask, follower);
    list_report_init(&follower->report, setup->loop, setup->log, setup->url,
                     setup->token != NULL && setup->token[0] != '\0');
    ask(follower);
    return &follower->sink;
}

struct sink *openhab_follower_new(const struct openhab_setup *setup, const struct config *config)
{
    return new_follower(setup, config, &usual_times);
}
