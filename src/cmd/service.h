/* SPDX-License-Identifier: MIT */
/* The running program: what the configuration asks for, put together and kept going. */
#ifndef DSMR_CMD_SERVICE_H
#define DSMR_CMD_SERVICE_H

#include <stdbool.h>

struct service_options {
    const char *config_file; /* NULL: none, port is given */
    const char *port;        /* goes before the configuration's; may be NULL */
    const char *http;        /* the same for http.listen; good, see http_listen.h */
    const char *history;     /* goes before history.path; may be NULL */
    int past_days;           /* of a simulated meter; 0 for none */
    const char *trace;       /* a line for each telegram is written there; may be NULL */
    bool verbose;
    bool forget; /* only removes what is left at the MQTT broker, see forget.h */
};

/* Runs until SIGTERM or SIGINT. Returns false when it could not start, or not forget; why was
 * told. */
bool service_run(const struct service_options *options);

#endif
