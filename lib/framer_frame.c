/* SPDX-License-Identifier: MIT */
/* The framer in an encrypted telegram, which is opened when all of it is there. */
#include "framer.h"

#include "search.h"

/* Reads what came out of a frame: one telegram, all of it there. */
OUT_OF_LINE static enum dsmr_status read_plain(struct dsmr_text plain,
                                               struct dsmr_telegram *telegram)
{
    struct dsmr_framer framer;
    struct window window = {plain.at, plain.size, true};
    dsmr_framer_init(&framer, NULL, plain.size + 1);
    dsmr_framer_push(&framer, plain.at, plain.size);
    int result = framer_read_header(&framer, &window, telegram);
    if (result == AGAIN && framer.state == IN_BODY)
        result = framer_read_body(&framer, &window, telegram);
    if (result == WAIT) /* nothing will come */
        result = (int)framer_refuse(&framer, &window, window.size, DSMR_ERR_CUT, telegram);
    return result == AGAIN ? DSMR_ERR_DECRYPT : (enum dsmr_status)result;
}

/* Hands out what was read of a frame, and goes on behind the first used bytes of it. A wrong CRC inside
 * leaves the telegram readable, any other failure shows the frame. */
static enum dsmr_status deliver_frame(struct dsmr_framer *framer, const struct window *window,
                                      size_t used, enum dsmr_status status,
                                      const struct dsmr_telegram *outer,
                                      struct dsmr_telegram *telegram)
{
    struct dsmr_text frame = {window->at, used};
    if (status != DSMR_OK && status != DSMR_ERR_CRC)
        *telegram = (struct dsmr_telegram){.text = frame, .identification = {window->at, 0}};
    telegram->status = status;
    telegram->protection = outer->protection;
    telegram->tagged = outer->tagged;
    telegram->counter = outer->counter;
    telegram->title = outer->title;
    telegram->sent = frame;
    telegram->offset = framer->offset;
    telegram->skipped = status == DSMR_OK ? 0 : (dsmr_offset)used;
    framer->drop = (dsmr_length)used;
    framer->previous = '\n';
    framer->after_crc = false;
    framer->state = HUNTING;
    return status;
}

int framer_read_frame(struct dsmr_framer *framer, const struct window *window,
                      struct dsmr_telegram *telegram)
{
    struct frame frame;
    struct dsmr_text plain;
    struct dsmr_telegram outer = {0};
    frame_look(window->at, window->size, &frame);
    if (frame.size > framer->capacity)
        return (int)framer_refuse(framer, window, frame.header, DSMR_ERR_TOO_LONG, telegram);
    if (frame.size > window->size)
        return WAIT;
    *telegram = (struct dsmr_telegram){0};
    enum dsmr_status status = frame_open(cipher_of(framer), window->at, &frame, &outer, &plain);
    if (status == DSMR_OK)
        status = read_plain(plain, telegram);
    bool proved = outer.protection == DSMR_AUTHENTICATED || telegram->crc == DSMR_CRC_OK;
    if (status == DSMR_OK && !proved && !is_only_text(plain, telegram->whole.size))
        status = DSMR_ERR_DECRYPT;
    size_t used = frame.size;
    if (status != DSMR_OK && outer.protection != DSMR_AUTHENTICATED)
        used = find_other(window->at, frame.size);
    return (int)deliver_frame(framer, window, used, status, &outer, telegram);
}
