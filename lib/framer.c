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
#include "internal.h"

#include "characters.h"
#include "ending.h"
#include "search.h"

#include <string.h>

enum state { HUNTING, IN_HEADER, IN_BODY, IN_FRAME };

/* Not for the caller: go round once more. */
enum { AGAIN = 100 };

/* Enough of the input to tell whether a '/' starts a telegram. */
enum { HEADER_WINDOW = 2 * DSMR_IDENTIFICATION_MAX };

/* So much is searched at a time: of telegrams that break off at once, not all the rest. */
enum { STRETCH = 512 };

/* A buffer smaller than a '/' and three letters holds nothing at all. */
enum { CAPACITY_MIN = 4 };

/* A smaller one cannot hold the header of a frame. */
enum { FRAME_CAPACITY_MIN = 32 };

/* The open telegram as far as it has arrived. */
struct window {
    const char *at;
    size_t size;
    bool last; /* nothing follows, for now */
};

void dsmr_framer_init(struct dsmr_framer *framer, char *buffer, size_t size)
{
    *framer =
        (struct dsmr_framer){.buffer = buffer, .capacity = size, .input = "", .previous = '\n'};
}

void dsmr_framer_decrypt(struct dsmr_framer *framer, const struct dsmr_cipher *cipher)
{
    framer->cipher = cipher;
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

/* Lets go of the first count bytes. Moves what is held: texts handed out become void. */
static void consume(struct dsmr_framer *framer, size_t count)
{
    framer->offset += count;
    if (count < framer->held) {
        memmove(framer->buffer, framer->buffer + count, framer->held - count);
        framer->held -= count;
        return;
    }
    count -= framer->held;
    framer->held = 0;
    framer->input += count;
    framer->input_size -= count;
}

/* Takes what is left of the input into the buffer, to go on when more has come. */
static void hold(struct dsmr_framer *framer, struct window window)
{
    if (framer->held == 0 && window.size > 0)
        memcpy(framer->buffer, window.at, window.size);
    framer->input += window.size - framer->held;
    framer->input_size -= window.size - framer->held;
    framer->held = window.size;
}

/* ------------------------------------------------------------------------------------------------
 * Outside a telegram
 */

/* Blank bytes between telegrams are no news, nor is the rest of a line behind a CRC. */
static void count_garbage(struct dsmr_framer *framer, struct window window, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char c = window.at[i];
        hdlc_feed(framer, c);
        if (framer->after_crc) {
            framer->after_crc = c != '\n';
            continue;
        }
        if (framer->garbage == 0) {
            if (is_line_end(c) || c == ' ' || c == '\0')
                continue;
            framer->garbage_offset = framer->offset + i;
        }
        if (framer->garbage < sizeof framer->garbage_head)
            framer->garbage_head[framer->garbage] = c;
        framer->garbage++;
    }
    if (count > 0)
        framer->previous = window.at[count - 1];
}

static void skip(struct dsmr_framer *framer, struct window window, size_t count)
{
    count_garbage(framer, window, count);
    consume(framer, count);
}

static enum dsmr_status report_garbage(struct dsmr_framer *framer, struct dsmr_telegram *telegram)
{
    size_t head = sizeof framer->garbage_head;
    if (framer->garbage < head)
        head = (size_t)framer->garbage;
    *telegram = (struct dsmr_telegram){
        .status = framer->hdlc.frames ? DSMR_ERR_HDLC : DSMR_ERR_GARBAGE,
        .text = {framer->garbage_head, head},
        .offset = framer->garbage_offset,
        .skipped = framer->garbage,
    };
    framer->garbage = 0;
    framer->hdlc.frames = false;
    return telegram->status;
}

/* Garbage is told when something else comes or the stream ends; frames of HDLC at the next silence. */
static bool must_report(const struct dsmr_framer *framer)
{
    return framer->garbage > 0 && (framer->ended || (framer->silent && framer->hdlc.frames));
}

/* A 0xDB stands at start: everything in front of it is garbage, and so is it, unless a frame begins. */
static int hunt_frame(struct dsmr_framer *framer, struct window window, size_t start,
                      struct dsmr_telegram *telegram)
{
    struct frame frame;
    enum frame_finding finding = frame_look(window.at + start, window.size - start, &frame);
    bool over = window.last && framer->ended;
    if (finding == FRAME_NONE || framer->capacity < FRAME_CAPACITY_MIN ||
        (finding == FRAME_UNSURE && over)) {
        skip(framer, window, start + 1);
        return AGAIN;
    }
    if (finding == FRAME_UNSURE && start == 0) {
        hold(framer, window);
        return DSMR_MORE;
    }
    skip(framer, window, start);
    if (finding == FRAME_UNSURE)
        return AGAIN;
    framer->state = IN_FRAME;
    return framer->garbage > 0 ? (int)report_garbage(framer, telegram) : AGAIN;
}

/* Everything up to the next '/' or 0xDB that may start a telegram is garbage. */
static int hunt(struct dsmr_framer *framer, struct window window, struct dsmr_telegram *telegram)
{
    size_t slash = window.size;
    if (framer->capacity >= CAPACITY_MIN)
        slash = find_start(window.at, 0, window.size);
    if (slash < window.size && (uint8_t)window.at[slash] == FRAME_START)
        return hunt_frame(framer, window, slash, telegram);
    char previous = slash > 0 ? window.at[slash - 1] : framer->previous;
    bool starts_line = is_line_end(previous) || previous == '\0';
    bool seen_enough = slash + 3 < window.size;
    if (slash < window.size && !starts_line && seen_enough &&
        !three_letters(window.at + slash + 1)) {
        skip(framer, window, slash + 1);
        return AGAIN;
    }
    if (slash < window.size && !starts_line && !seen_enough && window.last && framer->ended)
        slash = window.size;
    skip(framer, window, slash);
    if (slash < window.size && (starts_line || seen_enough)) {
        framer->state = IN_HEADER;
        framer->mid_line = !starts_line;
        return framer->garbage > 0 ? (int)report_garbage(framer, telegram) : AGAIN;
    }
    if (slash > 0 && framer->held + framer->input_size > 0)
        return AGAIN;
    if (must_report(framer))
        return (int)report_garbage(framer, telegram);
    hold(framer, (struct window){window.at + slash, window.size - slash, window.last});
    return DSMR_MORE;
}

/* ------------------------------------------------------------------------------------------------
 * Inside a telegram
 */

/*
 * Hands out the first count bytes as refused and goes on behind them; or in front of a frame that
 * begins among them.
 */
static enum dsmr_status refuse(struct dsmr_framer *framer, struct window window, size_t count,
                               enum dsmr_status status, struct dsmr_telegram *telegram)
{
    count =
        framer->state == IN_FRAME ? find_other(window.at, count) : find_frame(window.at, 1, count);
    size_t identification = framer->state == IN_BODY ? framer->identification : 0;
    if (identification > count - 1)
        identification = count - 1;
    *telegram = (struct dsmr_telegram){
        .status = status,
        .text = {window.at, count},
        .identification = {window.at + 1, identification},
        .offset = framer->offset,
        .skipped = count,
    };
    framer->drop = count;
    framer->previous = status == DSMR_ERR_TOO_LONG ? window.at[count - 1] : '\n';
    framer->after_crc = false;
    framer->state = HUNTING;
    return status;
}

/* Waits for more of the open telegram, unless nothing will come. */
static int wait_for_more(struct dsmr_framer *framer, struct window window,
                         struct dsmr_telegram *telegram)
{
    if (framer->ended && window.last)
        return (int)refuse(framer, window, window.size, DSMR_ERR_CUT, telegram);
    size_t whole = window.last ? frame_find_whole(framer->cipher, window.at, window.size) : 0;
    if (whole > 0)
        return (int)refuse(framer, window, whole, DSMR_ERR_CUT, telegram);
    hold(framer, window);
    return DSMR_MORE;
}

static int read_header(struct dsmr_framer *framer, struct window window,
                       struct dsmr_telegram *telegram)
{
    size_t limit = DSMR_IDENTIFICATION_MAX + 1;
    if (limit > framer->capacity)
        limit = framer->capacity;
    size_t end = 1;
    while (end < window.size && end < limit && !is_line_end(window.at[end]))
        end++;
    if (end > DSMR_IDENTIFICATION_MAX) {
        framer->state = HUNTING;
        skip(framer, window, 1);
        return AGAIN;
    }
    if (end == framer->capacity)
        return (int)refuse(framer, window, end, DSMR_ERR_TOO_LONG, telegram);
    if (end == window.size)
        return wait_for_more(framer, window, telegram);
    if (framer->mid_line) {
        size_t later = find_identification(window.at, 1, end);
        later = find_frame(window.at, 1, later);
        if (later < end) {
            framer->state = window.at[later] == '/' ? IN_HEADER : HUNTING;
            skip(framer, window, later);
            return framer->garbage > 0 ? (int)report_garbage(framer, telegram) : AGAIN;
        }
    }
    framer->identification = end - 1;
    framer->scan = end;
    framer->summed = 0;
    framer->sum = 0;
    framer->state = IN_BODY;
    return AGAIN;
}

/* The CRC from '/' to position, both included; goes on where it stopped. */
static uint16_t sum_to(struct dsmr_framer *framer, const char *at, size_t position)
{
    framer->sum = dsmr_crc16(framer->sum, at + framer->summed, position + 1 - framer->summed);
    framer->summed = position + 1;
    return framer->sum;
}

enum end { NO_END, END_UNSURE, END_FOUND };

/* What a '!' at bang means; fills in what is known of the CRC. *end receives the byte behind it. */
static enum end judge_end(struct dsmr_framer *framer, struct window window, size_t bang,
                          struct dsmr_telegram *telegram, size_t *end)
{
    if (window.at[bang - 1] != ')' && !starts_line(window.at, bang))
        return NO_END;
    unsigned sent = 0;
    size_t next = bang + 1;
    while (next < window.size && next <= bang + 4 && hex_digit(window.at[next]) >= 0)
        sent = sent << 4 | (unsigned)hex_digit(window.at[next++]);
    size_t digits = next - bang - 1;
    size_t struck = digits == 0 ? struck_out(window.at + next, window.size - next) : 0;
    next += struck;
    bool at_end = next == window.size;
    bool line_ends = at_end ? window.last : is_line_end(window.at[next]);
    if (at_end && !window.last && digits < 4)
        return END_UNSURE;
    *end = next;
    telegram->crc = DSMR_CRC_NONE;
    if (digits == 0 && (in_bracket(window.at, bang) || (struck > 0 && struck < 4)))
        return NO_END;
    if (digits == 0)
        return line_ends || window.at[next] == '/' ? END_FOUND : NO_END;
    if (digits < 4 && !line_ends)
        return NO_END;
    telegram->crc_sent = (uint16_t)sent;
    telegram->crc_computed = sum_of_meter(framer, (struct dsmr_text){window.at, bang + 1},
                                          telegram->crc_sent, sum_to(framer, window.at, bang));
    telegram->crc = sent == telegram->crc_computed ? DSMR_CRC_OK : DSMR_CRC_WRONG;
    if (telegram->crc == DSMR_CRC_OK || line_ends)
        return END_FOUND;
    return at_end ? END_UNSURE : NO_END;
}

static enum dsmr_status deliver(struct dsmr_framer *framer, struct window window, size_t bang,
                                size_t end, struct dsmr_telegram *telegram)
{
    if (telegram->crc != DSMR_CRC_OK) {
        size_t hidden = bang + 1;
        if (framer->cipher || telegram->crc == DSMR_CRC_WRONG) /* else not worth the time */
            hidden = find_frame(window.at, 1, hidden);
        if (hidden > bang)
            hidden = find_hidden(window.at, bang + 1, telegram);
        if (hidden > 0)
            return refuse(framer, window, hidden, DSMR_ERR_CUT, telegram);
    }
    telegram->status = telegram->crc == DSMR_CRC_WRONG ? DSMR_ERR_CRC : DSMR_OK;
    telegram->text = (struct dsmr_text){window.at, bang + 1};
    telegram->whole = (struct dsmr_text){window.at, end};
    telegram->sent = telegram->whole;
    telegram->identification = (struct dsmr_text){window.at + 1, framer->identification};
    telegram->offset = framer->offset;
    telegram->skipped = telegram->status == DSMR_OK ? 0 : end;
    framer->drop = end;
    framer->previous = '\n';
    framer->after_crc = telegram->crc == DSMR_CRC_OK;
    framer->state = HUNTING;
    return telegram->status;
}

/* A '/' at the beginning of a line begins another telegram; but text of a value may go on with one. */
static enum end judge_cut(struct window window, size_t slash)
{
    if (!starts_line(window.at, slash))
        return NO_END;
    if (!in_value(window.at, slash) || begins_telegram(window.at + slash, window.size - slash))
        return END_FOUND;
    bool seen_enough = window.last || window.size - slash >= HEADER_WINDOW;
    return seen_enough ? NO_END : END_UNSURE;
}

/* The first '/' from from to stop that cuts the telegram, or may do so. */
static size_t find_cut(struct window window, size_t from, size_t stop, enum end *cut)
{
    for (size_t slash = from; (slash = find(window.at, slash, stop, '/')) < stop; slash++)
        if ((*cut = judge_cut(window, slash)) != NO_END)
            return slash;
    *cut = NO_END;
    return stop;
}

static int read_body(struct dsmr_framer *framer, struct window window,
                     struct dsmr_telegram *telegram)
{
    while (framer->scan < window.size) {
        size_t stop = framer->scan + STRETCH;
        if (stop > window.size)
            stop = window.size;
        enum end cut;
        size_t bang = find(window.at, framer->scan, stop, '!');
        size_t slash = find_cut(window, framer->scan, bang, &cut);
        if (cut == END_FOUND)
            return (int)refuse(framer, window, slash, DSMR_ERR_CUT, telegram);
        framer->scan = slash;
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
        framer->scan = bang + 1;
    }
    if (window.size < framer->capacity)
        return wait_for_more(framer, window, telegram);
    *telegram = (struct dsmr_telegram){0};
    size_t hidden = find_hidden(window.at, window.size, telegram);
    if (hidden > 0)
        return (int)refuse(framer, window, hidden, DSMR_ERR_CUT, telegram);
    return (int)refuse(framer, window, window.size, DSMR_ERR_TOO_LONG, telegram);
}

/* ------------------------------------------------------------------------------------------------
 * Encrypted
 */

/* Reads what came out of a frame: one telegram, all of it there. */
static enum dsmr_status read_plain(struct dsmr_text plain, struct dsmr_telegram *telegram)
{
    struct dsmr_framer framer;
    struct window window = {plain.at, plain.size, true};
    dsmr_framer_init(&framer, NULL, plain.size + 1);
    dsmr_framer_push(&framer, plain.at, plain.size);
    dsmr_framer_flush(&framer, true);
    int result = read_header(&framer, window, telegram);
    if (result == AGAIN && framer.state == IN_BODY)
        result = read_body(&framer, window, telegram);
    return result == AGAIN ? DSMR_ERR_DECRYPT : (enum dsmr_status)result;
}

/* Hands out what was read of a frame, and goes on behind the first used bytes of it. A wrong CRC inside
 * leaves the telegram readable, any other failure shows the frame. */
static enum dsmr_status deliver_frame(struct dsmr_framer *framer, struct window window, size_t used,
                                      enum dsmr_status status, const struct dsmr_telegram *outer,
                                      struct dsmr_telegram *telegram)
{
    struct dsmr_text frame = {window.at, used};
    if (status != DSMR_OK && status != DSMR_ERR_CRC)
        *telegram = (struct dsmr_telegram){.text = frame, .identification = {window.at, 0}};
    telegram->status = status;
    telegram->protection = outer->protection;
    telegram->tagged = outer->tagged;
    telegram->counter = outer->counter;
    telegram->title = outer->title;
    telegram->sent = frame;
    telegram->offset = framer->offset;
    telegram->skipped = status == DSMR_OK ? 0 : used;
    framer->drop = used;
    framer->previous = '\n';
    framer->after_crc = false;
    framer->state = HUNTING;
    return status;
}

static int read_frame(struct dsmr_framer *framer, struct window window,
                      struct dsmr_telegram *telegram)
{
    struct frame frame;
    struct dsmr_text plain;
    struct dsmr_telegram outer = {0};
    frame_look(window.at, window.size, &frame);
    if (frame.size > framer->capacity)
        return (int)refuse(framer, window, frame.header, DSMR_ERR_TOO_LONG, telegram);
    if (frame.size > window.size)
        return wait_for_more(framer, window, telegram);
    *telegram = (struct dsmr_telegram){0};
    enum dsmr_status status = frame_open(framer->cipher, window.at, &frame, &outer, &plain);
    if (status == DSMR_OK)
        status = read_plain(plain, telegram);
    bool proved = outer.protection == DSMR_AUTHENTICATED || telegram->crc == DSMR_CRC_OK;
    if (status == DSMR_OK && !proved && !is_only_text(plain, telegram->whole.size))
        status = DSMR_ERR_DECRYPT;
    size_t used = frame.size;
    if (status != DSMR_OK && outer.protection != DSMR_AUTHENTICATED)
        used = find_other(window.at, frame.size);
    return (int)deliver_frame(framer, window, used, status, &outer, telegram);
}

enum dsmr_status dsmr_framer_next(struct dsmr_framer *framer, struct dsmr_telegram *telegram)
{
    consume(framer, framer->drop);
    framer->drop = 0;
    int result = AGAIN;
    while (result == AGAIN) {
        struct window window = open_window(framer);
        if (window.size == 0 && !must_report(framer))
            return DSMR_MORE;
        if (framer->state == HUNTING)
            result = hunt(framer, window, telegram);
        else if (framer->state == IN_HEADER)
            result = read_header(framer, window, telegram);
        else if (framer->state == IN_BODY)
            result = read_body(framer, window, telegram);
        else
            result = read_frame(framer, window, telegram);
    }
    return (enum dsmr_status)result;
}
