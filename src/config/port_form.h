/* SPDX-License-Identifier: MIT */
/* The forms in which a port can be named. Whether there is anything behind it is found out later. */
#ifndef DSMR_CONFIG_PORT_FORM_H
#define DSMR_CONFIG_PORT_FORM_H

#include <stdbool.h>
#include <stddef.h>

/* True for /dev/ttyUSB0, tcp://host:2000, rfc2217://host:2217, pipe:/path, file:/path, stdin: or -,
 * simulated:, mqtt://host/topic and auto. */
bool port_form_is_good(const char *text);

/* True for auto: the serial port that a meter is found on. */
bool port_form_is_auto(const char *text);

/* Of mqtt://host:1883/topic or mqtts://host/topic, the bytes of the broker's URL in front of the
 * slash; 0 when the text is none of these, or the topic has wildcards. */
size_t port_form_broker(const char *text);

#endif
