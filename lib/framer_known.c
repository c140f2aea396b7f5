/* SPDX-License-Identifier: MIT */
/* The framer where a telegram has a known shape: its end is then known before it is looked for. */
#include "framer.h"

#include "characters.h"
#include "ending.h"
#include "shape.h"

#ifndef DSMR_SMALL

/* The CRC as four hexadecimal digits, in whatever case; mostly in the upper one. */
static bool crc_follows(const char *at, uint16_t sum)
{
    uint32_t digits =
        (uint32_t)sum >> 12 | (sum & 0x0F00U) | (sum & 0x00F0U) << 12 | (sum & 0x000FU) << 24;
    uint32_t letters = (digits + 0x06060606) >> 4 & 0x01010101;
    if (load_4(at) == digits + 0x30303030 + letters * ('A' - '9' - 1))
        return true;
    for (int shift = 12; shift >= 0; shift -= 4)
        if (hex_digit(*at++) != (sum >> shift & 15))
            return false;
    return true;
}

static bool ends_well(const struct dsmr_shape *shape, const char *at, size_t size)
{
    if (shape->has_crc)
        return size >= shape->size + 4 && crc_follows(at + shape->size, shape->sum);
    return is_line_end(at[shape->size]);
}

/* The shape that the text at the start of these bytes has, its CRC included; NULL if none. */
static struct dsmr_shape *recognise(struct dsmr_shapes *shapes, const char *at, size_t size)
{
    size_t index = shapes->latest;
    for (size_t tried = 0; tried < shapes->count; tried++) {
        struct dsmr_shape *shape = &shapes->at[index];
        if (shape->size > 0 && size > shape->size && shape_meet(shapes->processor, shape, at) &&
            ends_well(shape, at, size)) {
            shapes->latest = index;
            return shape;
        }
        index = index + 1 < shapes->count ? index + 1 : 0;
    }
    return NULL;
}

static void deliver(struct dsmr_framer *framer, const char *text, struct dsmr_shape *shape,
                    struct dsmr_telegram *telegram)
{
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
    telegram->shapes = framer->shapes;
    telegram->shape = shape;
    telegram->turn = shape->turn;
    framer->drop = end;
    framer->previous = '\n';
    framer->after_crc = shape->has_crc;
}

/* Line ends in front of a telegram are no news, unless something else was under way. */
static void pass_line_ends(struct dsmr_framer *framer, size_t drop, size_t line_ends)
{
    if (framer->hdlc.state != HDLC_IDLE) {
        framer_pass(framer, drop);
        framer_skip(framer, &(struct window){framer->input, line_ends, false}, line_ends);
    } else {
        framer_pass(framer, drop + line_ends);
    }
}

bool framer_take_known(struct dsmr_framer *framer, struct dsmr_telegram *telegram)
{
    if (framer->state != HUNTING || framer->held > 0 || framer->garbage > 0)
        return false;
    size_t drop = framer->drop;
    const char *at = framer->input + drop;
    size_t size = framer->input_size - drop;
    size_t start = 0;
    while (start < size && start < 2 && is_line_end(at[start]))
        start++;
    bool at_line = start > 0 || is_line_end(framer->previous) || framer->previous == '\0';
    if (!at_line || start == size || at[start] != '/')
        return false;
    size_t room = size - start < framer->capacity ? size - start : framer->capacity;
    struct dsmr_shape *shape = recognise(framer->shapes, at + start, room);
    /* Without a CRC, and with a key, the text is searched for encrypted frames. */
    if (shape == NULL || (cipher_of(framer) != NULL && !shape->has_crc))
        return false;
    pass_line_ends(framer, drop, start);
    deliver(framer, at + start, shape, telegram);
    return true;
}

#endif /* DSMR_SMALL */
