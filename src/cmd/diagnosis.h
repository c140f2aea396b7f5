/* SPDX-License-Identifier: MIT */
/*
 * From what was heard on a port to a named fault. Counters in, a verdict out: no I/O and no clock
 * here; dsmr doctor listens and puts the verdict into words.
 */
#ifndef DSMR_CMD_DIAGNOSIS_H
#define DSMR_CMD_DIAGNOSIS_H

#include "config/line_settings.h"
#include "dsmr/dsmr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What kind of thing is listened to: whose speed can be wrong, and who can be asked about it. */
enum port_kind {
    PORT_SERIAL,         /* of this machine */
    PORT_NETWORK_SERIAL, /* of another one, its speed set from here: RFC 2217 */
    PORT_STREAM,         /* bytes that come through a network: TCP, MQTT */
    PORT_PIPE,           /* a named pipe that a program of this machine writes into */
    PORT_INPUT,          /* standard input */
    PORT_RECORDING,      /* a file that has an end */
};

/* Whether the port could be opened. */
enum port_trouble {
    PORT_OPENED,
    PORT_MISSING,     /* there is nothing of that name */
    PORT_FORBIDDEN,   /* we may not */
    PORT_TAKEN,       /* another program has it for itself */
    PORT_NO_SERIAL,   /* it is neither a serial port nor a recording */
    PORT_UNREACHABLE, /* nobody answers on the network */
    PORT_UNREADABLE,  /* anything else */
};

/* What was heard with one setting of the port. */
struct tally {
    struct line_settings settings; /* baud 0: not ours to know */
    int64_t listened_ms;
    uint64_t bytes;
    uint64_t text;     /* of them, text as it is */
    uint64_t parity;   /* of them, text of seven bits with even parity */
    uint64_t masked;   /* of them, text whatever the eighth bit is */
    uint64_t inverted; /* of them, what a receiver makes of text that comes upside down */
    uint64_t extreme;  /* of them, long runs of one level */
    uint64_t nuls;
};

/* How a telegram was damaged. */
enum damage {
    DAMAGE_FLIPPED,   /* one bit is another */
    DAMAGE_LOST,      /* bytes are missing */
    DAMAGE_ADDED,     /* bytes too many */
    DAMAGE_NULS,      /* bytes of 0 */
    DAMAGE_LINE_ENDS, /* only its line ends were changed on the way */
    DAMAGE_CHANGED,   /* several bytes are others */
    DAMAGES,
};

/* What the driver of the port has counted meanwhile. */
struct line_errors {
    bool known; /* not every driver counts */
    uint64_t overruns, framing, parity, breaks;
};

enum { TALLIES = 4 };

/* Everything that a verdict is made of. Zeroed to begin with. */
struct findings {
    enum port_kind kind;
    enum port_trouble trouble;
    bool shared;  /* another program has the port open too */
    bool lost;    /* the port or connection went away while it was listened to */
    bool fixed;   /* the user named the settings */
    bool stopped; /* by the user, before the time was over */
    int64_t listened_ms;
    struct tally tallies[TALLIES];
    size_t tally_count;
    size_t tally; /* that is counted now */
    /* Telegrams. */
    uint64_t good;
    uint64_t good_crc;       /* of them, with a CRC */
    uint64_t good_encrypted; /* of them, decrypted */
    uint64_t wrong_crc;
    uint64_t empty; /* in form, but nothing in them */
    uint64_t cut;
    uint64_t too_long;
    uint64_t without_key;
    uint64_t not_decrypted;
    uint64_t wrong_tag;
    uint64_t hdlc;   /* stretches of frames */
    bool unfinished; /* the last one had begun when the listening ended */
    uint64_t damages[DAMAGES];
    uint64_t bad_bytes; /* at least so many */
    struct line_errors errors;
};

enum verdict {
    VERDICT_WELL,
    VERDICT_NO_CRC,         /* well too, as far as can be told: the meter sends no CRC */
    VERDICT_MISSING,        /* no such port */
    VERDICT_FORBIDDEN,      /* no permission */
    VERDICT_TAKEN,          /* another program has the port, or takes some of its bytes */
    VERDICT_NO_SERIAL,      /* the port is none */
    VERDICT_UNREACHABLE,    /* nobody answers on the network */
    VERDICT_UNREADABLE,     /* the port cannot be opened for another reason */
    VERDICT_LOST,           /* it went away */
    VERDICT_SILENCE,        /* on a serial port */
    VERDICT_SILENT_STREAM,  /* on the network */
    VERDICT_NO_PIPE,        /* no such named pipe */
    VERDICT_SILENT_PIPE,    /* nobody writes into it */
    VERDICT_NO_INPUT,       /* standard input without a byte */
    VERDICT_EMPTY,          /* a recording without a byte */
    VERDICT_INVERTED,       /* the signal is upside down */
    VERDICT_WRONG_SETTINGS, /* bytes, but no text: the speed, or noise and nothing else */
    VERDICT_WRONG_PARITY,   /* text but for the eighth bit */
    VERDICT_NO_TELEGRAM,    /* text, but no telegram */
    VERDICT_NOISE,          /* damaged telegrams */
    VERDICT_LINE_ENDS,      /* something on the way changes line ends */
    VERDICT_HALF,           /* telegrams that break off */
    VERDICT_TOO_LONG,       /* telegrams without end */
    VERDICT_NO_KEY,         /* encrypted, and no key was given */
    VERDICT_WRONG_KEY,
    VERDICT_WRONG_AUTHKEY,
    VERDICT_DLMS, /* another protocol */
    VERDICTS,
};

/* The one thing to be told. */
enum verdict diagnosis_judge(const struct findings *findings);

/* False for those two that say that all is well. */
bool verdict_is_fault(enum verdict verdict);

/* The name of a verdict for scripts and forums: "silence"; static text. */
const char *verdict_name(enum verdict verdict);

/* Counts bytes as they came, under these settings; without bytes the port just has them now. */
void diagnosis_hear(struct findings *findings, const struct line_settings *settings,
                    const char *bytes, size_t size);

/* Time went by, with the settings of the bytes that were counted last. */
void diagnosis_wait(struct findings *findings, int64_t ms);

/* The bytes that were heard with all settings together. */
uint64_t diagnosis_bytes(const struct findings *findings);

/* All telegrams that came, those that cannot be read for want of a key apart. */
uint64_t diagnosis_telegrams(const struct findings *findings);

/* Those of them that were damaged on their way. */
uint64_t diagnosis_damaged(const struct findings *findings);

/*
 * Counts a telegram whose CRC is wrong, by what became of it. usual_size is that of the meter's good
 * ones, 0 when none is known.
 */
void diagnosis_damage(struct findings *findings, const struct dsmr_telegram *telegram,
                      size_t usual_size);

/* True when more is unlikely to change the verdict. */
bool diagnosis_is_certain(const struct findings *findings);

#endif
