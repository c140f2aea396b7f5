/* SPDX-License-Identifier: MIT */
/* A socket that readers of telegrams connect to, and those who did. */
#ifndef DSMR_SINK_P1_LISTENER_H
#define DSMR_SINK_P1_LISTENER_H

#include "config/listen.h"
#include "core/log.h"
#include "core/loop.h"
#include "sink/p1_outlet.h"

/* What all places of one p1 sink have in common. */
struct p1_house {
    struct loop *loop;
    struct log *log;
    struct p1_message *last; /* for late-comers, NULL while there is none */
    int64_t last_ms;         /* loop time when it came */
    size_t clients;          /* of all listeners */
    struct log_repeat slow;
    struct log_repeat crowded;
};

/* What a late-comer gets at once; NULL when there is nothing, or it is too old to be of use. */
struct p1_message *p1_house_last(const struct p1_house *house);

struct p1_listener;

/* Listens at a place, which is copied; tries again where that fails. house outlives it. */
struct p1_listener *p1_listener_new(struct p1_house *house, const struct listen_place *place);

/* Hands a telegram to every client. A client that has not taken the one before is dropped. */
void p1_listener_send(struct p1_listener *listener, struct p1_message *message);

void p1_listener_free(struct p1_listener *listener);

#endif
