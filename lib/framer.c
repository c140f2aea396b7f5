/* SPDX-License-Identifier: MIT */
/*
 * Finds telegrams in a stream of bytes.
 *
 * A telegram starts with '/' at the beginning of a line and ends with '!' at the beginning of a line
 * or behind ')'. What makes this hard is that the stream is not to be trusted: it starts in the
 * middle, bytes are lost, a telegram breaks off and the next one follows in the same line. The rule
 * is that no telegram that is whole may be lost, whatever came before it; so
 *  - a '/' at the beginning of a line always starts a new telegram, and what was open is cut;
 *  - while nothing is open, a '/' inside a line will do if letters follow;
 *  - when a telegram fails, one that began inside a line of it is looked for.
 * An encrypted telegram (cipher.c) starts with 0xDB and tells its own length. What looks like the
 * beginning of one may be chance, so of what fails only so much is dropped as holds no other
 * beginning. In the middle of a frame, chance makes a '/' at the beginning of a line as well: whatever
 * is dropped as text is searched for frames first.
 *
 * The open telegram is looked at where it arrived. Only when its end is missing there is it copied
 * into the buffer, and what follows is appended.
 */
#include "framer.h"
#include "shape.h"

#include <string.h>

void dsmr_framer_init(struct dsmr_framer *framer, char *buffer, size_t size)
{
#ifdef DSMR_SMALL
    size = size < UINT16_MAX ? size : UINT16_MAX;
#endif
    *framer = (struct dsmr_framer){
        .buffer = buffer, .capacity = (dsmr_length)size, .input = "", .previous = '\n'};
#ifndef DSMR_SMALL
    framer->processor = (uint8_t)dsmr_processor();
#endif
}

#ifndef DSMR_SMALL
void dsmr_framer_remember(struct dsmr_framer *framer, struct dsmr_shapes *shapes)
{
    framer->shapes = shapes;
}
#endif

void dsmr_framer_decrypt(struct dsmr_framer *framer, const struct dsmr_cipher *cipher)
{
#ifdef DSMR_NO_CIPHER
    (void)framer;
    (void)cipher;
#else
    framer->cipher = cipher;
#endif
}

void dsmr_framer_push(struct dsmr_framer *framer, const void *bytes, size_t size)
{
    framer->input = size > 0 ? bytes : "";
    framer->input_size = size;
    framer->silent = false;
    framer->ended = false;
}

void dsmr_framer_flush(struct dsmr_framer *framer, bool end)
{
    framer->silent = true;
    framer->ended = end;
}

bool dsmr_framer_open(const struct dsmr_framer *framer)
{
    return (framer->state != HUNTING && framer->held > framer->drop) || framer->hdlc.frames;
}

static struct window open_window(struct dsmr_framer *framer)
{
    bool inside = framer->state == IN_BODY || framer->state == IN_FRAME;
    size_t limit = inside ? framer->capacity : HEADER_WINDOW;
    struct window window = {framer->input, framer->input_size, framer->silent};
    if (framer->held == 0) {
        if (inside && window.size > limit) {
            window.size = limit;
            window.last = false;
        }
        return window;
    }
    size_t room = framer->capacity - framer->held;
    size_t wanted = framer->held < limit ? limit - framer->held : 0;
    size_t count = framer->input_size;
    count = count < room ? count : room;
    count = count < wanted ? count : wanted;
    if (count > 0)
        memcpy(framer->buffer + framer->held, framer->input, count);
    return (struct window){framer->buffer, framer->held + count,
                           framer->silent && count == framer->input_size};
}

void framer_consume(struct dsmr_framer *framer, size_t count)
{
    framer->offset += (dsmr_offset)count;
    if (count < framer->held) {
        memmove(framer->buffer, framer->buffer + count, framer->held - count);
        framer->held = (dsmr_length)(framer->held - count);
        return;
    }
    count -= framer->held;
    framer->held = 0;
    framer->input += count;
    framer->input_size -= count;
}

void framer_hold(struct dsmr_framer *framer, const struct window *window)
{
    if (framer->held == 0 && window->size > 0)
        memcpy(framer->buffer, window->at, window->size);
    framer->input += window->size - framer->held;
    framer->input_size -= window->size - framer->held;
    framer->held = (dsmr_length)window->size;
}

enum dsmr_status dsmr_framer_next(struct dsmr_framer *framer, struct dsmr_telegram *telegram)
{
#ifndef DSMR_SMALL
    if (framer->shapes != NULL && framer_take_known(framer, telegram))
        return DSMR_OK;
#endif
    framer_consume(framer, framer->drop);
    framer->drop = 0;
    int result = AGAIN;
    while (result == AGAIN) {
        struct window window = open_window(framer);
        if (window.size == 0 && !framer_must_report(framer))
            return DSMR_MORE;
        if (framer->state == HUNTING)
            result = framer_hunt(framer, &window, telegram);
        else if (framer->state == IN_HEADER)
            result = framer_read_header(framer, &window, telegram);
        else if (framer->state == IN_BODY || !HAS_CIPHER)
            result = framer_read_body(framer, &window, telegram);
        else
            result = framer_read_frame(framer, &window, telegram);
        if (result == WAIT)
            result = framer_wait(framer, &window, telegram);
    }
#ifndef DSMR_SMALL
    if (result != DSMR_MORE)
        telegram->shapes = framer->shapes;
#endif
    return (enum dsmr_status)result;
}
