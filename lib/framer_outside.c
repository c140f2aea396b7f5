/* SPDX-License-Identifier: MIT */
/* The framer between telegrams: what is garbage, and where a telegram begins. */
#include "framer.h"

#include "characters.h"
#include "ending.h"
#include "search.h"

/* A buffer smaller than a '/' and three letters holds nothing at all; one smaller than the other cannot
 * hold the header of a frame. */
enum { CAPACITY_MIN = 4, FRAME_CAPACITY_MIN = 32 };

/* Blank bytes between telegrams are no news, nor is the rest of a line behind a CRC. */
static void count_garbage(struct dsmr_framer *framer, const struct window *window, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char c = window->at[i];
        hdlc_feed(framer, c);
        if (framer->after_crc) {
            framer->after_crc = c != '\n';
            continue;
        }
        if (framer->garbage == 0 && (is_line_end(c) || c == ' ' || c == '\0'))
            continue;
        if (framer->garbage < sizeof framer->garbage_head)
            framer->garbage_head[framer->garbage] = c;
        framer->garbage++;
    }
    if (count > 0)
        framer->previous = window->at[count - 1];
}

void framer_skip(struct dsmr_framer *framer, const struct window *window, size_t count)
{
    count_garbage(framer, window, count);
    framer_consume(framer, count);
}

enum dsmr_status framer_report_garbage(struct dsmr_framer *framer, struct dsmr_telegram *telegram)
{
    size_t head = sizeof framer->garbage_head;
    if (framer->garbage < head)
        head = (size_t)framer->garbage;
    *telegram = (struct dsmr_telegram){
        .status = framer->hdlc.frames ? DSMR_ERR_HDLC : DSMR_ERR_GARBAGE,
        .text = {framer->garbage_head, head},
        .offset = framer->offset - framer->garbage,
        .skipped = framer->garbage,
    };
    framer->garbage = 0;
    framer->hdlc.frames = false;
    return telegram->status;
}

bool framer_must_report(const struct dsmr_framer *framer)
{
    return framer->garbage > 0 && (framer->ended || (framer->silent && framer->hdlc.frames));
}

/* A 0xDB stands at start: everything in front of it is garbage, and so is it, unless a frame begins. */
static int hunt_frame(struct dsmr_framer *framer, const struct window *window, size_t start,
                      struct dsmr_telegram *telegram)
{
    struct frame frame;
    enum frame_finding finding = frame_look(window->at + start, window->size - start, &frame);
    bool over = window->last && framer->ended;
    if (finding == FRAME_NONE || framer->capacity < FRAME_CAPACITY_MIN ||
        (finding == FRAME_UNSURE && over)) {
        framer_skip(framer, window, start + 1);
        return AGAIN;
    }
    if (finding == FRAME_UNSURE && start == 0) {
        framer_hold(framer, window);
        return DSMR_MORE;
    }
    framer_skip(framer, window, start);
    if (finding == FRAME_UNSURE)
        return AGAIN;
    framer->state = IN_FRAME;
    return framer->garbage > 0 ? (int)framer_report_garbage(framer, telegram) : AGAIN;
}

/* Everything up to the next '/' or 0xDB that may start a telegram is garbage. */
int framer_hunt(struct dsmr_framer *framer, const struct window *window,
                struct dsmr_telegram *telegram)
{
    size_t slash = window->size;
    if (framer->capacity >= CAPACITY_MIN)
        slash = HAS_CIPHER ? find_start(window->at, 0, window->size)
                           : find(window->at, 0, window->size, '/');
    if (HAS_CIPHER && slash < window->size && (uint8_t)window->at[slash] == FRAME_START)
        return hunt_frame(framer, window, slash, telegram);
    char previous = slash > 0 ? window->at[slash - 1] : framer->previous;
    bool starts_line = is_line_end(previous) || previous == '\0';
    bool seen_enough = slash + 3 < window->size;
    if (slash < window->size && !starts_line && seen_enough &&
        !three_letters(window->at + slash + 1)) {
        framer_skip(framer, window, slash + 1);
        return AGAIN;
    }
    if (slash < window->size && !starts_line && !seen_enough && window->last && framer->ended)
        slash = window->size;
    framer_skip(framer, window, slash);
    if (slash < window->size && (starts_line || seen_enough)) {
        framer->state = IN_HEADER;
        framer->mid_line = !starts_line;
        return framer->garbage > 0 ? (int)framer_report_garbage(framer, telegram) : AGAIN;
    }
    if (slash > 0 && framer->held + framer->input_size > 0)
        return AGAIN;
    if (framer_must_report(framer))
        return (int)framer_report_garbage(framer, telegram);
    framer_hold(framer, &(struct window){window->at + slash, window->size - slash, window->last});
    return DSMR_MORE;
}
