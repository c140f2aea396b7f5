/* SPDX-License-Identifier: MIT */
/*
 * P1 for others: hands the meter's telegrams on, byte for byte, to every program that wants them,
 * over TCP, a unix socket or a pseudo-terminal. See p1.c.
 */
#ifndef DSMR_SINK_P1_H
#define DSMR_SINK_P1_H

#include "bus/sink.h"
#include "core/log.h"
#include "core/loop.h"

/* Readers that can be connected at once, over all places of p1.listen together. */
enum { P1_CLIENTS = 256 };

struct p1_setup {
    const char *listen; /* the value of p1.listen, which must be good */
    const char *meter;  /* whose telegrams */
    bool all;           /* those that were refused as well */
    bool decrypted;     /* encrypted ones as text */
    struct loop *loop;
    struct log *log;
};

/* Starts listening; what cannot be had yet is tried again. The texts are copied. */
struct sink *p1_sink_new(const struct p1_setup *setup);

#endif
