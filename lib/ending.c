/* SPDX-License-Identifier: MIT */
#include "ending.h"

#include "characters.h"

size_t struck_out(const char *at, size_t size)
{
    size_t count = 0;
    while (count < size && count < 4 && at[count] == 'X')
        count++;
    return count;
}

bool in_bracket(const char *at, size_t position)
{
    int open = 0;
    while (position-- > 0 && !is_line_end(at[position]))
        open += (at[position] == '(') - (at[position] == ')');
    return open > 0;
}

bool in_value(const char *at, size_t position)
{
    while (position-- > 0)
        if (at[position] == '(' || at[position] == ')')
            return at[position] == '(';
    return false;
}

bool begins_telegram(const char *at, size_t size)
{
    if (size > 2 * DSMR_IDENTIFICATION_MAX)
        size = 2 * DSMR_IDENTIFICATION_MAX;
    if (size < 4 || !is_letter(at[1]) || !is_letter(at[2]) || !(is_letter(at[3]) || at[3] == '_'))
        return false;
    size_t end = 4;
    while (end < size && !is_line_end(at[end]) && at[end] != '(' && at[end] != ')')
        end++;
    int lines = 0;
    while (end < size && is_line_end(at[end]))
        lines += at[end++] == '\n';
    bool object = end + 3 < size && is_digit(at[end]) && at[end + 1] == '-' &&
                  is_digit(at[end + 2]) && at[end + 3] == ':';
    return lines > 1 || (lines == 1 && object);
}

/* ------------------------------------------------------------------------------------------------
 * The sum of a meter
 */

enum sum_kind { UNDECIDED, ARC, X25 };

uint16_t sum_of_meter(struct dsmr_framer *framer, struct dsmr_text text, uint16_t sent,
                      uint16_t arc)
{
    struct dsmr_text identification = {text.at + 1, framer->identification};
    if (!dialect_may_sum_x25(identification))
        return arc;
    uint16_t meter = dsmr_crc16(0, identification.at, identification.size);
    if (meter != framer->sum_meter)
        framer->sum_kind = UNDECIDED;
    framer->sum_meter = meter;
    uint16_t x25 = framer->sum_kind == ARC ? arc : crc16_x25(text.at, text.size);
    if (framer->sum_kind == UNDECIDED && sent == arc)
        framer->sum_kind = ARC;
    else if (framer->sum_kind == UNDECIDED && sent == x25)
        framer->sum_kind = X25;
    return framer->sum_kind == X25 ? x25 : arc;
}

/* ------------------------------------------------------------------------------------------------
 * HDLC
 */

/*
 * A frame is 7E, its length in the low 11 bits of two bytes that begin with A, so many bytes with these
 * two, the last two of them a CRC-16/X-25, and 7E, which may begin the next. [ISO/IEC 13239, type 3]
 */
enum { FLAG = 0x7E, FORMAT = 0xA0, FORMAT_MASK = 0xF0, LENGTH_MASK = 0x7FF, LENGTH_MIN = 7 };

/* What the sum comes to behind a CRC that is right. */
enum { GOOD_SUM = 0xF0B8 };

enum hdlc_state { NO_FRAME = HDLC_IDLE, BEHIND_FLAG, BEHIND_FORMAT, IN_FRAME };

static void hdlc_byte(struct dsmr_hdlc *hdlc, uint8_t byte)
{
    hdlc->sum = crc16_x25_add(hdlc->sum, byte);
    hdlc->left--;
}

void hdlc_feed(struct dsmr_framer *framer, char c)
{
    struct dsmr_hdlc *hdlc = &framer->hdlc;
    uint8_t byte = (uint8_t)c;
    if (hdlc->state == IN_FRAME && hdlc->left > 0) {
        hdlc_byte(hdlc, byte);
        return;
    }
    if (hdlc->state == BEHIND_FORMAT) {
        hdlc->left = (uint16_t)((hdlc->left << 8 | byte) & LENGTH_MASK);
        hdlc->state = hdlc->left >= LENGTH_MIN ? IN_FRAME : NO_FRAME;
        hdlc->left = (uint16_t)(hdlc->left - 1U);
        hdlc_byte(hdlc, byte);
        return;
    }
    if (hdlc->state == IN_FRAME && byte == FLAG && hdlc->sum == GOOD_SUM)
        hdlc->frames = true;
    if (hdlc->state == BEHIND_FLAG && (byte & FORMAT_MASK) == FORMAT) {
        hdlc->sum = crc16_x25_add(0xFFFF, byte);
        hdlc->left = byte;
        hdlc->state = BEHIND_FORMAT;
        return;
    }
    hdlc->state = byte == FLAG ? BEHIND_FLAG : NO_FRAME;
}
