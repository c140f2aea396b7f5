/* SPDX-License-Identifier: MIT */
/*
 * Walks over the lines of a telegram. A line is an OBIS code and its groups in brackets; groups may go
 * on in the next physical line, and a value may hold line ends. Nothing is copied.
 */
#include "internal.h"

#include "characters.h"

/* A value longer than this was never closed; the longest real one is a message of 2048 digits. */
enum { VALUE_MAX = 4096 };

static bool in_code(char c)
{
    return is_digit(c) || c == '-' || c == ':' || c == '.' || c == '*' || c == ' ';
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (is_line_end(*at) || *at == ' '))
        at++;
    return at;
}

static const char *line_end(const char *at, const char *end)
{
    while (at < end && !is_line_end(*at))
        at++;
    return at;
}

void dsmr_cursor_init(struct dsmr_cursor *cursor, const struct dsmr_telegram *telegram)
{
    const char *start = telegram->text.at;
    cursor->end = start + telegram->text.size;
    if (cursor->end > start && cursor->end[-1] == '!')
        cursor->end--;
    cursor->at = line_end(start, cursor->end);
}

/* True where an object begins: digits and separators, then a bracket. */
static bool object_starts(const char *at, const char *end)
{
    const char *code = at;
    if (at == end || !is_digit(*at))
        return false;
    while (at < end && in_code(*at))
        at++;
    return at < end && *at == '(' && at - code >= 5;
}

/*
 * The bracket that closes the group opened just before at. A bracket inside the value belongs to it,
 * ((ER11)), so the last ')' before a line end or before the next '(' is taken. NULL when the value is
 * never closed: the line is bad, and the object that follows it is not part of it.
 */
static const char *group_close(const char *at, const char *end)
{
    const char *close = NULL;
    if (end - at > VALUE_MAX)
        end = at + VALUE_MAX;
    for (; at < end; at++) {
        if ((uint8_t)*at > ')') /* most bytes: digits, letters, '.' and '*' */
            continue;
        if (*at == ')')
            close = at;
        else if (close && (*at == '(' || is_line_end(*at)))
            break;
        else if (is_line_end(*at)) {
            const char *next = skip_blanks(at, end);
            if (object_starts(next, end))
                return NULL;
            at = next - 1;
        }
    }
    return close;
}

/* The end of the last group of the object whose first '(' is at open; NULL for a bad line. */
static const char *groups_end(const char *open, const char *end)
{
    const char *last = NULL;
    const char *at = open;
    while (at < end && *at == '(') {
        const char *close = group_close(at + 1, end);
        if (!close)
            return NULL;
        last = close + 1;
        at = skip_blanks(last, end);
    }
    return last;
}

static struct dsmr_text between(const char *from, const char *to)
{
    return (struct dsmr_text){from, (size_t)(to - from)};
}

enum dsmr_status dsmr_cursor_next(struct dsmr_cursor *cursor, struct dsmr_object *object)
{
    const char *end = cursor->end;
    const char *start = skip_blanks(cursor->at, end);
    *object = (struct dsmr_object){.line = between(start, start), .groups = between(start, start)};
    if (start == end) {
        cursor->at = end;
        return DSMR_END;
    }
    const char *open = start;
    while (open < end && in_code(*open))
        open++;
    enum dsmr_status status = DSMR_ERR_LINE;
    if (open < end && *open == '(')
        status = dsmr_obis_parse(between(start, open), &object->obis);
    bool has_code = status != DSMR_ERR_LINE;
    const char *close = has_code ? groups_end(open, end) : NULL;
    const char *rest = close ? close : open;
    while (close && rest < end && *rest == ' ')
        rest++;
    if (close && (rest == end || is_line_end(*rest) || object_starts(rest, end))) {
        object->line = between(start, close);
        object->groups = between(open, close);
        cursor->at = rest;
        return status;
    }
    cursor->at = line_end(rest, end);
    object->line = between(start, cursor->at);
    return DSMR_ERR_LINE;
}

const char *group_find(const char *from, const char *end, struct dsmr_text *group)
{
    while (from < end && *from != '(')
        from++;
    if (from >= end)
        return NULL;
    const char *close = group_close(++from, end);
    if (!close)
        return NULL;
    *group = between(from, close);
    return close + 1;
}

enum dsmr_status dsmr_group_next(const struct dsmr_object *object, size_t *at,
                                 struct dsmr_text *group)
{
    const char *groups = object->groups.at;
    const char *behind = group_find(groups + *at, groups + object->groups.size, group);
    if (!behind)
        return DSMR_END;
    *at = (size_t)(behind - groups);
    return DSMR_OK;
}
