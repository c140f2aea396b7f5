/* SPDX-License-Identifier: MIT */
/* host:port as people write it in a port or an URL. */
#ifndef DSMR_CONFIG_ADDRESS_H
#define DSMR_CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct address {
    char host[254]; /* a name, an IPv4 address, or an IPv6 address without its brackets */
    int port;       /* 1 … 65535; 0 when none was given */
};

/* Reads "host", "host:2000" or "[fe80::1]:2000" of size bytes; false when it is nothing of the
 * kind. */
bool address_parse(const char *text, size_t size, struct address *address);

/* Reads "tcp://host:2000" with the scheme "tcp://", or another; the port must be there. */
bool address_parse_after(const char *scheme, const char *text, struct address *address);

#endif
