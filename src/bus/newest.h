/* SPDX-License-Identifier: MIT */
/* The newest values of all meters, for a sink that comes later than the telegrams. */
#ifndef DSMR_BUS_NEWEST_H
#define DSMR_BUS_NEWEST_H

#include "bus/sink.h"

struct newest;

/* With no value known. Never NULL. */
struct newest *newest_new(void);
/* NULL is allowed. */
void newest_free(struct newest *newest);

/* Takes the readings that count. */
void newest_update(struct newest *newest, const struct readings *readings);

/* Publishes what is known to that sink, each meter by itself: as one telegram would, but without time,
 * identification and telegram. */
void newest_publish(const struct newest *newest, struct sink *sink);

#endif
