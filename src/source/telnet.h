/* SPDX-License-Identifier: MIT */
/*
 * Telnet as far as a serial port behind it needs it [RFC 854, 855]: commands are taken out of the
 * bytes and answered, and what is sent is escaped. No I/O here.
 */
#ifndef DSMR_SOURCE_TELNET_H
#define DSMR_SOURCE_TELNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum telnet_verb {
    TELNET_WILL = 251,
    TELNET_WONT = 252,
    TELNET_DO = 253,
    TELNET_DONT = 254,
};

enum telnet_option {
    TELNET_BINARY = 0,
    TELNET_NO_GO_AHEAD = 3,
    TELNET_COM_PORT = 44, /* [RFC 2217] */
};

enum {
    TELNET_SUB_MAX = 32,                      /* bytes of a subnegotiation that are looked at */
    TELNET_SUB_SENT = 2 * TELNET_SUB_MAX + 5, /* bytes that one takes up when it is sent */
};

/* Zeroed to begin with, with the callbacks set. */
struct telnet {
    void (*send)(void *context, const void *bytes, size_t size);
    /* The other side agreed to our having an option (on), or refused or ended it. */
    void (*ours)(void *context, enum telnet_option option, bool on);
    /* A subnegotiation of an option, without the option's byte; borrowed until return. */
    void (*sub)(void *context, enum telnet_option option, const unsigned char *bytes, size_t size);
    void *context;
    /* Private. */
    unsigned char state;
    unsigned char verb;
    bool after_cr;
    uint8_t asked[2]; /* by side, sets of options that we have asked for and wait to hear of */
    uint8_t on[2];    /* and that are agreed on */
    size_t sub_size;
    unsigned char sub_bytes[TELNET_SUB_MAX];
};

/* Asks for the options that a serial port needs: eight bits both ways, and COM-PORT for us. */
void telnet_start(struct telnet *telnet);

/* Takes the commands out of the bytes, in place, and calls back for them. Returns how many bytes are
 * left. */
size_t telnet_receive(struct telnet *telnet, char *bytes, size_t size);

/* Sends a subnegotiation of at most TELNET_SUB_MAX bytes. */
void telnet_send_sub(struct telnet *telnet, enum telnet_option option, const unsigned char *bytes,
                     size_t size);

#endif
