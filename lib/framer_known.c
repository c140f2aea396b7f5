/* SPDX-License-Identifier: MIT */
/* The framer where a telegram has a known shape: its end is then known before it is looked for. */
#include "framer.h"

#include "characters.h"
#include "ending.h"
#include "shape.h"

#ifndef DSMR_SMALL

static void deliver_known(struct dsmr_framer *framer, struct dsmr_shape *shape,
                          struct dsmr_telegram *telegram)
{
    const char *text = framer->input;
    size_t end = shape->size + (shape->has_crc ? 4 : 0);
    /* One by one: to clear all of it first takes longer. */
    telegram->status = DSMR_OK;
    telegram->crc = shape->has_crc ? DSMR_CRC_OK : DSMR_CRC_NONE;
    telegram->protection = DSMR_PLAIN;
    telegram->tagged = false;
    telegram->counter = 0;
    telegram->crc_sent = telegram->crc_computed = shape->has_crc ? shape->sum : 0;
    telegram->text.at = telegram->whole.at = telegram->sent.at = text;
    telegram->text.size = shape->size;
    telegram->whole.size = telegram->sent.size = end;
    telegram->title.at = NULL;
    telegram->title.size = 0;
    telegram->identification.at = text + 1;
    telegram->identification.size = shape->identification;
    telegram->offset = framer->offset;
    telegram->skipped = 0;
    telegram->shape = shape;
    telegram->turn = shape->turn;
    framer->drop = end;
    framer->previous = '\n';
    framer->after_crc = shape->has_crc;
}

bool framer_take_known(struct dsmr_framer *framer, struct dsmr_telegram *telegram)
{
    if (framer->state != HUNTING || framer->held > 0 || framer->garbage > 0)
        return false;
    const char *at = framer->input;
    size_t size = framer->input_size;
    size_t start = 0;
    while (start < size && start < 2 && is_line_end(at[start]))
        start++;
    bool at_line = start > 0 || is_line_end(framer->previous) || framer->previous == '\0';
    if (!at_line || start == size || at[start] != '/')
        return false;
    size_t room = size - start < framer->capacity ? size - start : framer->capacity;
    struct dsmr_shape *shape =
        shapes_recognise(framer->shapes, (struct dsmr_text){at + start, room});
    /* Without a CRC, and with a key, the text is searched for encrypted frames. */
    if (shape == NULL || (cipher_of(framer) != NULL && !shape->has_crc))
        return false;
    if (framer->hdlc.state == HDLC_IDLE)
        framer_consume(framer, start); /* no news, and nothing was under way */
    else
        framer_skip(framer, &(struct window){at, start, false}, start);
    deliver_known(framer, shape, telegram);
    return true;
}

#endif /* DSMR_SMALL */
