/* SPDX-License-Identifier: MIT */
/* The framer in a telegram: its identification line, its end, and what became of it. */
#include "framer.h"

#include "characters.h"
#include "ending.h"
#include "search.h"

/* So much is searched at a time: of telegrams that break off at once, not all the rest. */
enum { STRETCH = 512 };

enum dsmr_status framer_refuse(struct dsmr_framer *framer, const struct window *window,
                               size_t count, enum dsmr_status status,
                               struct dsmr_telegram *telegram)
{
    count = framer->state == IN_FRAME ? find_other(window->at, count)
                                      : find_frame(window->at, 1, count);
    size_t identification = framer->state == IN_BODY ? framer->identification : 0;
    if (identification > count - 1)
        identification = count - 1;
    *telegram = (struct dsmr_telegram){
        .status = status,
        .text = {window->at, count},
        .identification = {window->at + 1, identification},
        .offset = framer->offset,
        .skipped = (dsmr_offset)count,
    };
    framer->drop = (dsmr_length)count;
    framer->previous = status == DSMR_ERR_TOO_LONG ? window->at[count - 1] : '\n';
    framer->after_crc = false;
    framer->state = HUNTING;
    return status;
}

int framer_wait(struct dsmr_framer *framer, const struct window *window,
                struct dsmr_telegram *telegram)
{
    if (framer->ended && window->last)
        return (int)framer_refuse(framer, window, window->size, DSMR_ERR_CUT, telegram);
    size_t whole = HAS_CIPHER && window->last
                       ? frame_find_whole(cipher_of(framer), window->at, window->size)
                       : 0;
    if (whole > 0)
        return (int)framer_refuse(framer, window, whole, DSMR_ERR_CUT, telegram);
    framer_hold(framer, window);
    return DSMR_MORE;
}

int framer_read_header(struct dsmr_framer *framer, const struct window *window,
                       struct dsmr_telegram *telegram)
{
    size_t limit = DSMR_IDENTIFICATION_MAX + 1;
    if (limit > framer->capacity)
        limit = framer->capacity;
    size_t end = 1;
    while (end < window->size && end < limit && !is_line_end(window->at[end]))
        end++;
    if (end > DSMR_IDENTIFICATION_MAX) {
        framer->state = HUNTING;
        framer_skip(framer, window, 1);
        return AGAIN;
    }
    if (end == framer->capacity)
        return (int)framer_refuse(framer, window, end, DSMR_ERR_TOO_LONG, telegram);
    if (end == window->size)
        return WAIT;
    if (framer->mid_line) {
        size_t later = find_identification(window->at, 1, end);
        later = find_frame(window->at, 1, later);
        if (later < end) {
            framer->state = window->at[later] == '/' ? IN_HEADER : HUNTING;
            framer_skip(framer, window, later);
            return framer->garbage > 0 ? (int)framer_report_garbage(framer, telegram) : AGAIN;
        }
    }
    framer->identification = (dsmr_length)(end - 1);
    framer->scan = (dsmr_length)end;
    framer->summed = 0;
    framer->sum = 0;
    framer->state = IN_BODY;
    return AGAIN;
}

/* The CRC from '/' to position, both included; goes on where it stopped. */
static uint16_t sum_to(struct dsmr_framer *framer, const char *at, size_t position)
{
    at += framer->summed;
    size_t count = position + 1 - framer->summed;
#ifdef DSMR_SMALL
    framer->sum = dsmr_crc16(framer->sum, at, count);
#else
    framer->sum = crc16_with(framer->processor, framer->sum, at, count);
#endif
    framer->summed = (dsmr_length)(position + 1);
    return framer->sum;
}

enum end { NO_END, END_UNSURE, END_FOUND };

/* What a '!' at bang means; fills in what is known of the CRC. *end receives the byte behind it. */
static enum end judge_end(struct dsmr_framer *framer, const struct window *window, size_t bang,
                          struct dsmr_telegram *telegram, size_t *end)
{
    if (window->at[bang - 1] != ')' && !starts_line(window->at, bang))
        return NO_END;
    unsigned sent = 0;
    size_t next = bang + 1;
    while (next < window->size && next <= bang + 4 && hex_digit(window->at[next]) >= 0)
        sent = sent << 4 | (unsigned)hex_digit(window->at[next++]);
    size_t digits = next - bang - 1;
    size_t struck = digits == 0 ? struck_out(window->at + next, window->size - next) : 0;
    next += struck;
    bool at_end = next == window->size;
    bool line_ends = at_end ? window->last : is_line_end(window->at[next]);
    if (at_end && !window->last && digits < 4)
        return END_UNSURE;
    *end = next;
    telegram->crc = DSMR_CRC_NONE;
    if (digits == 0 && (in_bracket(window->at, bang) || (struck > 0 && struck < 4)))
        return NO_END;
    if (digits == 0)
        return line_ends || window->at[next] == '/' ? END_FOUND : NO_END;
    if (digits < 4 && !line_ends)
        return NO_END;
    telegram->crc_sent = (uint16_t)sent;
    telegram->crc_computed = sum_of_meter(framer, (struct dsmr_text){window->at, bang + 1},
                                          telegram->crc_sent, sum_to(framer, window->at, bang));
    telegram->crc = sent == telegram->crc_computed ? DSMR_CRC_OK : DSMR_CRC_WRONG;
    if (telegram->crc == DSMR_CRC_OK || line_ends)
        return END_FOUND;
    return at_end ? END_UNSURE : NO_END;
}

static enum dsmr_status deliver(struct dsmr_framer *framer, const struct window *window,
                                size_t bang, size_t end, struct dsmr_telegram *telegram)
{
    if (telegram->crc != DSMR_CRC_OK) {
        size_t hidden = bang + 1;
        if (cipher_of(framer) || telegram->crc == DSMR_CRC_WRONG) /* else not worth the time */
            hidden = find_frame(window->at, 1, hidden);
        if (hidden > bang)
            hidden = find_hidden(window->at, bang + 1, telegram);
        if (hidden > 0)
            return framer_refuse(framer, window, hidden, DSMR_ERR_CUT, telegram);
    }
    telegram->status = telegram->crc == DSMR_CRC_WRONG ? DSMR_ERR_CRC : DSMR_OK;
    telegram->text = (struct dsmr_text){window->at, bang + 1};
    telegram->whole = (struct dsmr_text){window->at, end};
    telegram->sent = telegram->whole;
    telegram->identification = (struct dsmr_text){window->at + 1, framer->identification};
    telegram->offset = framer->offset;
    telegram->skipped = telegram->status == DSMR_OK ? 0 : (dsmr_offset)end;
    framer->drop = (dsmr_length)end;
    framer->previous = '\n';
    framer->after_crc = telegram->crc == DSMR_CRC_OK;
    framer->state = HUNTING;
    return telegram->status;
}

/* A '/' at the beginning of a line begins another telegram; but text of a value may go on with one. */
static enum end judge_cut(const struct window *window, size_t slash)
{
    if (!starts_line(window->at, slash))
        return NO_END;
    if (!in_value(window->at, slash) || begins_telegram(window->at + slash, window->size - slash))
        return END_FOUND;
    bool seen_enough = window->last || window->size - slash >= HEADER_WINDOW;
    return seen_enough ? NO_END : END_UNSURE;
}

/* The first '/' from from to stop that cuts the telegram, or may do so. */
static size_t find_cut(const struct window *window, size_t from, size_t stop, enum end *cut)
{
    for (size_t slash = from; (slash = find(window->at, slash, stop, '/')) < stop; slash++)
        if ((*cut = judge_cut(window, slash)) != NO_END)
            return slash;
    *cut = NO_END;
    return stop;
}

int framer_read_body(struct dsmr_framer *framer, const struct window *window,
                     struct dsmr_telegram *telegram)
{
    while (framer->scan < window->size) {
        size_t stop = framer->scan + STRETCH;
        if (stop > window->size)
            stop = window->size;
        enum end cut;
        size_t bang = find(window->at, framer->scan, stop, '!');
        size_t slash = find_cut(window, framer->scan, bang, &cut);
        if (cut == END_FOUND)
            return (int)framer_refuse(framer, window, slash, DSMR_ERR_CUT, telegram);
        framer->scan = (dsmr_length)slash;
        if (cut == END_UNSURE)
            break;
        if (bang == stop)
            continue;
        size_t end = 0;
        *telegram = (struct dsmr_telegram){0};
        enum end judged = judge_end(framer, window, bang, telegram, &end);
        if (judged == END_FOUND)
            return (int)deliver(framer, window, bang, end, telegram);
        if (judged == END_UNSURE)
            break;
        framer->scan = (dsmr_length)(bang + 1);
    }
    if (window->size < framer->capacity)
        return WAIT;
    *telegram = (struct dsmr_telegram){0};
    size_t hidden = find_hidden(window->at, window->size, telegram);
    if (hidden > 0)
        return (int)framer_refuse(framer, window, hidden, DSMR_ERR_CUT, telegram);
    return (int)framer_refuse(framer, window, window->size, DSMR_ERR_TOO_LONG, telegram);
}
