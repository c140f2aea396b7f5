/* SPDX-License-Identifier: MIT */
/* The address of an MQTT broker as people write it. */
#ifndef DSMR_CONFIG_BROKER_H
#define DSMR_CONFIG_BROKER_H

#include <stdbool.h>

struct broker_address {
    bool tls;
    int port;       /* 0 for a unix socket */
    char host[254]; /* without brackets; or the path of the socket */
};

/*
 * Reads mqtt://host, mqtt://host:1883, mqtts://host:8883 (these are the ports where none is given)
 * and unix:/path. False when it is nothing of the kind: user and password have keys of their own.
 */
bool broker_parse(const char *url, struct broker_address *broker);

#endif
