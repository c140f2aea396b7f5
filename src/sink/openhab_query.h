/* SPDX-License-Identifier: MIT */
/* Asks openHAB over REST for what it knows: its items, its things. One question at a time. */
#ifndef DSMR_SINK_OPENHAB_QUERY_H
#define DSMR_SINK_OPENHAB_QUERY_H

#include "core/loop.h"
#include "net/http_client.h"

#include <stdbool.h>

enum { QUERY_ANSWER_MAX = 8 * 1000 * 1000 }; /* bytes; 5000 items are some hundred thousand */

enum query_outcome {
    QUERY_FOUND,     /* 200, with a body of at most QUERY_ANSWER_MAX */
    QUERY_ABSENT,    /* no answer, or one that says: not now, or not here */
    QUERY_DENIED,    /* 401, 403 */
    QUERY_UNKNOWN,   /* 404 and whatever else is no answer of an openHAB that runs */
    QUERY_TOO_LARGE, /* more than QUERY_ANSWER_MAX */
};

struct openhab_query;

/* url as openhab.url gives it; token may be NULL or empty. Both are copied. Never NULL. */
struct openhab_query *openhab_query_new(struct loop *loop, const char *url, const char *token);

/* answer is borrowed until return. */
typedef void query_done(void *context, enum query_outcome outcome,
                        const struct http_answer *answer);

/* Asks for a path behind the url, such as "/rest/items". done is called once, later; it may ask
 * again. Returns false, without effect, when a question is under way. */
bool openhab_query_get(struct openhab_query *query, const char *path, query_done *done,
                       void *context);

/* Drops a question that is under way; not from inside a done. NULL is allowed. */
void openhab_query_free(struct openhab_query *query);

#endif
