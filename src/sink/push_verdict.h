/* SPDX-License-Identifier: MIT */
/* What a server's answer to a batch of telegrams comes to. */
#ifndef DSMR_SINK_PUSH_VERDICT_H
#define DSMR_SINK_PUSH_VERDICT_H

#include "net/http_client.h"

enum push_format { PUSH_JSON, PUSH_INFLUX };

enum push_verdict {
    PUSH_TAKEN,
    PUSH_PARTLY,    /* InfluxDB has written what it can, and will never write the rest */
    PUSH_GONE,      /* not now: no answer, 408, 425, 429, 5xx */
    PUSH_DENIED,    /* 401, 403, 407: until the user has changed something */
    PUSH_MISSING,   /* 404, 405: there is nothing to push to */
    PUSH_ELSEWHERE, /* 3xx */
    PUSH_TOO_LARGE, /* 413 */
    PUSH_REFUSED,   /* any other: something in the batch, or all that we send */
};

enum push_verdict push_judge(enum push_format format, const struct http_answer *answer);

#endif
