/* SPDX-License-Identifier: MIT */
/*
 * What the MQTT sink must not lose: messages go through a spool and from there to the broker, in
 * order, with QoS 1 at least, and each is removed when the broker has acknowledged it. New messages
 * follow as fast as they come; older ones, from while the broker was away, at a bounded rate, so that
 * whoever reads them is not flooded.
 *
 * One that the broker refuses is set aside, and those behind it go on; what becomes of it is told in
 * mqtt_suspects.h. While it refuses everything, all is kept and tried again later; meanwhile one of
 * another topic goes ahead as a scout: once it is taken, the rest flows. A broker of MQTT 3.1.1 can
 * refuse only by closing the connection: then those that were under way are sent one by one, with
 * nothing else beside them, until that one is known. A record that is none of MQTT's is left out.
 */
#ifndef DSMR_SINK_MQTT_BACKLOG_H
#define DSMR_SINK_MQTT_BACKLOG_H

#include "net/mqtt_client.h"
#include "spool/spool.h"

struct mqtt_backlog;

struct mqtt_backlog_setup {
    struct loop *loop;
    struct log *log;
    const char *folder;
    uint64_t limit; /* bytes on disk */
    int64_t rate;   /* messages a second more than come new */
    int qos;        /* 1 or 2 */
    bool retain;
    void (*ready)(void *context); /* there is something to send; called from the loop */
    void *context;
};

/* NULL with *error (freed by the caller) when the folder cannot be used. */
struct mqtt_backlog *mqtt_backlog_new(const struct mqtt_backlog_setup *setup, char **error);

/* What is not delivered stays in the folder. NULL is allowed. */
void mqtt_backlog_free(struct mqtt_backlog *backlog);

/* The number of the message that is added next. */
uint64_t mqtt_backlog_number(const struct mqtt_backlog *backlog);

/* Adds a message, which is copied; the payload is JSON of size bytes. */
void mqtt_backlog_add(struct mqtt_backlog *backlog, const char *topic, const char *payload,
                      size_t size);

/* Hands one message to the client, with its number as the tag, shifted by one to the left and odd.
 * Returns false when there is nothing to send now. The client must have room. */
bool mqtt_backlog_send(struct mqtt_backlog *backlog, struct mqtt_client *client);

/* True while nothing else may be sent, since a message goes alone or is to. */
bool mqtt_backlog_needs_quiet(struct mqtt_backlog *backlog);

/* What became of the message of an odd tag. */
void mqtt_backlog_settled(struct mqtt_backlog *backlog, uint64_t tag, enum mqtt_outcome outcome,
                          int reason);

/* The connection is gone. */
void mqtt_backlog_lost(struct mqtt_backlog *backlog, const struct mqtt_end *end);

/* Returns how many records were left out. */
uint64_t mqtt_backlog_stats(const struct mqtt_backlog *backlog, struct spool_stats *stats);

#endif
