/* SPDX-License-Identifier: MIT */
#include "source/detection.h"

#include "dsmr/dsmr.h"
#include "source/parity.h"

#include <string.h>

enum {
    BLOCK = 16,          /* bytes that are judged together */
    BLOCK_TEXT = 12,     /* of them at least this many must be text: 70 % */
    SETTLED_BLOCKS = 3,  /* after this much text, noise may be part of a telegram */
    SILENCE_MS = 13000,  /* longer than any meter's interval */
    PATIENCE_MS = 25000, /* with text but no telegram */
    PAUSE_MS = 300,      /* without text: no telegram is under way */
    BURST_MS = 500,      /* noise that lasts longer is no encrypted telegram */
    LOST_MS = 60000,     /* locked, and nothing good for so long */
    REFUSED_IN_A_ROW = 5,
};

static const int speeds[] = {115200, 9600};

static void start_listening(struct detection *detection, int baud, int64_t now)
{
    detection->baud = baud;
    detection->since = now;
    detection->last_text = 0;
    detection->good_blocks = 0;
    detection->block_size = 0;
    detection->block_text = 0;
    detection->block_parity = 0;
    detection->frame_size = 0;
    detection->frame_left = 0;
}

void detection_search(struct detection *detection, int baud, int64_t now)
{
    *detection = (struct detection){.state = DETECTION_SEARCHING};
    start_listening(detection, baud > 0 ? baud : speeds[0], now);
}

void detection_fix(struct detection *detection, int baud, int64_t now)
{
    *detection = (struct detection){.state = DETECTION_FIXED};
    start_listening(detection, baud, now);
}

static bool next_speed(struct detection *detection, int64_t now)
{
    start_listening(detection, detection->baud == speeds[0] ? speeds[1] : speeds[0], now);
    detection->switches++;
    return true;
}

bool detection_is_text(unsigned char byte)
{
    return (byte >= 0x20 && byte < 0x7F) || byte == '\r' || byte == '\n';
}

bool detection_is_extreme(unsigned char byte)
{
    unsigned low = byte & (0U - byte);
    return byte == 0 || byte + low == 256;
}

static bool is_settled(const struct detection *detection)
{
    return detection->good_blocks >= SETTLED_BLOCKS;
}

/* True when a whole block is no text. Noise has a block of text here and there: only blocks in a row
 * settle it. */
static bool judge_block(struct detection *detection, int64_t now)
{
    bool text = detection->block_text >= BLOCK_TEXT || detection->block_parity >= BLOCK_TEXT;
    detection->block_size = 0;
    detection->block_text = 0;
    detection->block_parity = 0;
    if (text) {
        detection->good_blocks++;
        detection->last_text = now;
    } else if (!is_settled(detection)) {
        detection->good_blocks = 0;
    }
    return !text;
}

/* Looks for the header of an encrypted frame. True for a byte of the rest of one. */
static bool is_in_frame(struct detection *detection, unsigned char byte, int64_t now)
{
    if (detection->frame_left > 0) {
        detection->frame_left--;
        detection->last_text = now;
        return true;
    }
    detection->frame[detection->frame_size++] = byte;
    enum dsmr_status status;
    size_t whole = 0;
    while ((status = dsmr_frame_look(detection->frame, detection->frame_size, &whole)) ==
           DSMR_ERR_GARBAGE)
        memmove(detection->frame, detection->frame + 1, --detection->frame_size);
    if (status == DSMR_OK) {
        detection->frame_left = whole - detection->frame_size;
        detection->frame_size = 0;
        detection->block_size = 0;
        detection->block_text = 0;
        detection->block_parity = 0;
        detection->good_blocks = SETTLED_BLOCKS;
        detection->last_text = now;
    }
    return status == DSMR_OK;
}

/*
 * Noise at both speeds may be the middle of an encrypted frame: then the next one is waited for where
 * meters that encrypt send. Returns true when the other speed is to be tried.
 */
static bool flee_noise(struct detection *detection, int64_t now)
{
    bool goes_on = detection->noises > 0 && now - detection->last_noise < PAUSE_MS &&
                   now - detection->first_noise < BURST_MS;
    detection->noises = goes_on ? detection->noises + 1 : 1;
    if (!goes_on)
        detection->first_noise = now;
    detection->last_noise = now;
    if (detection->noises > 2 && detection->baud == speeds[0])
        return false;
    return next_speed(detection, now);
}

bool detection_bytes(struct detection *detection, const char *bytes, size_t size, int64_t now)
{
    bool noise = false;
    if (detection->state != DETECTION_SEARCHING)
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        bool framed = is_in_frame(detection, byte, now);
        bool text = framed || detection_is_text(byte);
        bool parity_text = parity_is_even(byte) && detection_is_text(byte & 0x7F);
        detection->bytes++;
        detection->text += text || parity_text;
        detection->extreme += !framed && detection_is_extreme(byte);
        detection->block_size++;
        detection->block_text += text;
        detection->block_parity += parity_text;
        if (detection->block_size == BLOCK && judge_block(detection, now))
            noise = true;
    }
    /* Only now, as a telegram may follow the noise in what came. */
    bool header = detection->frame_size > 1; /* perhaps, and its rest is still to come */
    return noise && !is_settled(detection) && !header && flee_noise(detection, now);
}

bool detection_tick(struct detection *detection, int64_t now)
{
    if (detection->state == DETECTION_FIXED)
        return false;
    if (detection->state == DETECTION_LOCKED) {
        if (now - detection->last_good >= LOST_MS)
            detection_search(detection, detection->baud, now);
        return false;
    }
    int64_t quiet = now - (detection->last_text > 0 ? detection->last_text : detection->since);
    int64_t heard = now - detection->since;
    if (quiet >= SILENCE_MS || (heard >= PATIENCE_MS && quiet >= PAUSE_MS) ||
        heard >= 2 * PATIENCE_MS)
        return next_speed(detection, now);
    return false;
}

bool detection_good(struct detection *detection, int64_t now)
{
    detection->last_good = now;
    detection->refused = 0;
    if (detection->state != DETECTION_SEARCHING)
        return false;
    detection->state = DETECTION_LOCKED;
    return true;
}

bool detection_refused(struct detection *detection, int64_t now)
{
    if (detection->state != DETECTION_LOCKED || ++detection->refused < REFUSED_IN_A_ROW)
        return false;
    detection_search(detection, detection->baud, now);
    return true;
}

enum detection_finding detection_finding(const struct detection *detection)
{
    if (detection->state != DETECTION_SEARCHING || detection->switches < 2)
        return FINDING_NONE;
    if (detection->bytes == 0)
        return FINDING_SILENCE;
    if (detection->extreme * 10 >= detection->bytes * 9)
        return FINDING_INVERTED;
    return detection->text * 10 < detection->bytes * 7 ? FINDING_NOISE : FINDING_NO_TELEGRAM;
}
