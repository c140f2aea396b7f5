/* SPDX-License-Identifier: MIT */
/* The framer where a telegram has a known shape: its end is then known before it is looked for. */
#include "framer.h"

#include "characters.h"
#include "shape.h"

static void deliver_known(struct dsmr_framer *framer, struct dsmr_shape *shape,
                          struct dsmr_telegram *telegram)
{
    const char *text = framer->input;
    size_t end = shape->size + (shape->has_crc ? 4 : 0);
    *telegram = (struct dsmr_telegram){
        .status = DSMR_OK,
        .crc = shape->has_crc ? DSMR_CRC_OK : DSMR_CRC_NONE,
        .text = {text, shape->size},
        .whole = {text, end},
        .sent = {text, end},
        .identification = {text + 1, shape->identification},
        .offset = framer->offset,
        .shape = shape,
        .turn = shape->turn,
    };
    if (shape->has_crc)
        telegram->crc_sent = telegram->crc_computed = shape->sum;
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
    if (shape == NULL || (framer->cipher != NULL && !shape->has_crc))
        return false;
    framer_skip(framer, (struct window){at, start, false}, start);
    deliver_known(framer, shape, telegram);
    return true;
}
