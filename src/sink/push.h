/* SPDX-License-Identifier: MIT */
/* The sink that sends telegrams to a web server, several in a request: as JSON or to InfluxDB. */
#ifndef DSMR_SINK_PUSH_H
#define DSMR_SINK_PUSH_H

#include "bus/sink.h"
#include "core/log.h"
#include "core/loop.h"
#include "sink/push_batch.h"

#include <stdint.h>

/* All texts are copied. */
struct push_setup {
    struct loop *loop;
    struct log *log;
    const char *topic; /* of the log, and what its keys begin with: "push", "push.influx" */
    const char *url;
    enum push_format format;
    const char *measurement;    /* for PUSH_INFLUX */
    const char *const *headers; /* "Name: text", ended by a NULL; NULL for none */
    const char *user;           /* NULL: none */
    const char *password;       /* with a user */
    const char *ca;             /* file with the certificates to trust; NULL: the system's */
    bool gzip;                  /* bodies are compressed */
    size_t batch;               /* telegrams in a request, up to PUSH_BATCH_MAX */
    int64_t batch_ms;           /* that a telegram waits for others at most */
    const char *spool;          /* folder; NULL: the newest are kept in memory */
    uint64_t spool_limit;       /* bytes */
    int64_t rate;               /* telegrams a second more than come new, see allowance.h */
};

/* A spool that cannot be used is told in the log, and done without. */
struct sink *push_sink_new(const struct push_setup *setup);

#endif
