/* SPDX-License-Identifier: MIT */
/* Why a connection to an MQTT broker ended, or could not be made, in words that a user can act on. */
#ifndef DSMR_NET_MQTT_END_H
#define DSMR_NET_MQTT_END_H

#include <stdbool.h>

enum mqtt_trouble {
    MQTT_TROUBLE_CLOSED,   /* by the broker */
    MQTT_TROUBLE_NAME,     /* its name is not known */
    MQTT_TROUBLE_SYSTEM,   /* error says which */
    MQTT_TROUBLE_TLS,      /* detail says more */
    MQTT_TROUBLE_SILENT,   /* it does not answer any more */
    MQTT_TROUBLE_HUNG,     /* it never answered */
    MQTT_TROUBLE_PROTOCOL, /* what it sends is no MQTT */
    MQTT_TROUBLE_FLOOD,    /* it sends more than anybody asked for */
    MQTT_TROUBLE_FILE,     /* error and detail say which of our files cannot be used, and why */
    MQTT_TROUBLE_REFUSED,  /* code says why */
    MQTT_TROUBLE_ENDED,    /* code says why (MQTT 5) */
    MQTT_TROUBLE_OTHER,    /* detail says which */
};

/* What is known about it. */
struct mqtt_trouble_facts {
    enum mqtt_trouble trouble;
    const char *url;
    const char *detail; /* of OpenSSL, or as above; may be NULL */
    bool was_up;        /* the broker had accepted us */
    bool tls;
    bool local;  /* a unix socket */
    int version; /* 3 or 5 */
    int error;   /* errno */
    int code;    /* of the broker */
};

struct mqtt_end {
    bool denied; /* nothing changes before somebody changes something */
    bool was_up;
    bool closed;   /* the broker closed the connection, for a reason of its own */
    int reason;    /* that it gave (MQTT 5), or 0 */
    char why[400]; /* a sentence without its full stop */
};

/* What is to be told of it, and done about it. */
void mqtt_end_describe(const struct mqtt_trouble_facts *facts, struct mqtt_end *end);

/* What a reason of MQTT 5 means [2.4]. Static text, never NULL. */
const char *mqtt_reason_words(int code);

/* True when it may be over in a while without anybody's doing. */
bool mqtt_reason_passes(int code);

#endif
