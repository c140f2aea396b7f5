/* SPDX-License-Identifier: MIT */
/*
 * Messages of the spool that a broker refuses, or breaks the connection at, and whether it is them or
 * the broker. A refusal counts once the broker has taken another message after it: so one that refuses
 * everything for a while, since it is being mended or its access list is wrong, proves nothing. A
 * message that was refused so three times is to be left out; where the reason may pass by itself, such as
 * a quota, twenty times, which takes half an hour. A broken connection counts only while the broker does
 * not take as large a message of the same topic: else it was the network.
 */
#ifndef DSMR_SINK_MQTT_SUSPECTS_H
#define DSMR_SINK_MQTT_SUSPECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MQTT_SUSPECTS_MAX = 256,
    MQTT_SUSPECT_BYTES = 4 * 1024 * 1024, /* of their messages, which stay in memory */
    MQTT_STRIKES = 3,
    MQTT_STRIKES_PASSING = 20,
    MQTT_SUSPECT_RETRY_MS = 8000, /* after the first refusal; as much more after each further one */
};

struct mqtt_suspect {
    uint64_t number; /* of the record */
    char *topic;
    size_t size; /* bytes of the payload */
    int reason;  /* see mqtt_reason_words(); 0 when none was given */
    bool broke;  /* the broker closed the connection; it is to be sent alone */
    bool open;   /* refused, and the broker took nothing since */
    bool aside;  /* not to be sent now */
    int strikes;
    int64_t refused_ms; /* loop time */
};

/* In the order of their first refusal. Zeroed to begin with. */
struct mqtt_suspects {
    struct mqtt_suspect at[MQTT_SUSPECTS_MAX];
    size_t count;
    size_t bytes;
};

void mqtt_suspects_free(struct mqtt_suspects *suspects);

/* NULL when it is none. Valid until one is added or removed. */
struct mqtt_suspect *mqtt_suspects_find(struct mqtt_suspects *suspects, uint64_t number);

/* A message was refused: it is aside now. The topic is copied. There must be room. */
struct mqtt_suspect *mqtt_suspects_note(struct mqtt_suspects *suspects, uint64_t number,
                                        const char *topic, size_t size, int64_t now);

bool mqtt_suspects_have_room(const struct mqtt_suspects *suspects);

/* The broker took this message, which is no suspect any more; the open ones have a strike more. */
void mqtt_suspects_taken(struct mqtt_suspects *suspects, uint64_t number, const char *topic,
                         size_t size);

/* One that is to be left out; or, where there is no room for more, the first that has a strike. NULL when
 * there is none. */
struct mqtt_suspect *mqtt_suspects_proven(struct mqtt_suspects *suspects);

void mqtt_suspects_remove(struct mqtt_suspects *suspects, struct mqtt_suspect *suspect);

/* True when as small a message of this topic was refused, and the broker took nothing since. */
bool mqtt_suspects_foretell(const struct mqtt_suspects *suspects, const char *topic, size_t size);

/* True when any may be tried again now. */
bool mqtt_suspects_are_due(const struct mqtt_suspects *suspects, int64_t now);

/* Those that may be tried again now are not aside any more. */
void mqtt_suspects_recall(struct mqtt_suspects *suspects, int64_t now);

/* The broker refuses everything: nothing of late counts, and none is aside any more. */
void mqtt_suspects_acquit(struct mqtt_suspects *suspects);

#endif
