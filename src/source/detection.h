/* SPDX-License-Identifier: MIT */
/*
 * Finds the speed of a serial port by listening. Nobody says which standard a meter follows, so the
 * two speeds that meters have are tried in turn: noise sends us on at once, silence after a little
 * more than the interval of a meter, and only a telegram that was read settles it [reference 7]. The
 * port is always read as eight bits; see parity.h. Encrypted telegrams look like noise but for the
 * header of each.
 *
 * No I/O here and no clock: the serial port tells what came and when, and does what is answered.
 */
#ifndef DSMR_SOURCE_DETECTION_H
#define DSMR_SOURCE_DETECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum detection_state {
    DETECTION_SEARCHING,
    DETECTION_LOCKED,
    DETECTION_FIXED, /* the user named the settings */
};

/* What has been heard in all of the search; told to the user when it lasts. */
enum detection_finding {
    FINDING_NONE,
    FINDING_SILENCE,     /* not a byte at any speed */
    FINDING_INVERTED,    /* only 00 and FF: the signal is upside down */
    FINDING_NOISE,       /* bytes, but text at no speed */
    FINDING_NO_TELEGRAM, /* text, but no telegram that could be used */
};

struct detection {
    enum detection_state state;
    int baud;              /* that the port is to have now */
    int64_t since;         /* ms: when this speed was set */
    int64_t last_text;     /* ms: when text last came at this speed, 0 if never */
    int64_t last_good;     /* ms: last telegram that was good, or the lock */
    unsigned refused;      /* telegrams refused in a row while locked */
    unsigned good_blocks;  /* of 16 bytes, in a row until there were enough, at this speed */
    unsigned block_size;   /* bytes of the open block */
    unsigned block_text;   /* of them, those that are text of eight bits */
    unsigned block_parity; /* and those that are text of seven bits with even parity */
    unsigned switches;     /* since the search began */
    unsigned noises;       /* times that noise came in one burst */
    int64_t first_noise;   /* ms: when it came first */
    int64_t last_noise;    /* ms: and last */
    uint8_t frame[20];     /* what may be the header of an encrypted frame */
    unsigned frame_size;   /* bytes of it */
    size_t frame_left;     /* bytes of the encrypted frame that are to come */
    uint64_t bytes;        /* heard since the search began */
    uint64_t text;         /* of them, those that are text */
    uint64_t extreme;      /* of them, those that are 00, FF and the like */
};

/* Starts the search with baud, what was found last time, or 0. now is in ms. */
void detection_search(struct detection *detection, int baud, int64_t now);

/* The user's settings: nothing is searched. */
void detection_fix(struct detection *detection, int baud, int64_t now);

/* Bytes came. Returns true when the speed is to be changed to detection->baud. */
bool detection_bytes(struct detection *detection, const char *bytes, size_t size, int64_t now);

/* Time went by; to be called about once a second. Returns true as detection_bytes() does. */
bool detection_tick(struct detection *detection, int64_t now);

/* A telegram was good: the speed is right. Returns true when that was news. */
bool detection_good(struct detection *detection, int64_t now);

/* A telegram was refused. Returns true when the search has begun again, at the same speed. */
bool detection_refused(struct detection *detection, int64_t now);

/* True for what telegrams are made of: printable ASCII and line ends. */
bool detection_is_text(unsigned char byte);

/* True for what a line that is upside down or far too slow looks like: long runs of one level. */
bool detection_is_extreme(unsigned char byte);

/* What is to be said of a search that has tried every speed; FINDING_NONE before. */
enum detection_finding detection_finding(const struct detection *detection);

#endif
