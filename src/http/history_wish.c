/* SPDX-License-Identifier: MIT */
#include "http/history_wish.h"

#include "history/calendar.h"
#include "history/kept.h"
#include "http/meter_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_S = 60, HOUR_S = 3600, SECONDS_DIGITS = 11 };

static const struct named_step {
    const char *name;
    struct history_step step;
} steps[] = {
    {"10s", {HISTORY_SECOND, 10}},    {"1min", {HISTORY_SECOND, 60}},
    {"15min", {HISTORY_SECOND, 900}}, {"1h", {HISTORY_SECOND, 3600}},
    {"day", {HISTORY_DAY, 1}},        {"month", {HISTORY_MONTH, 1}},
    {"year", {HISTORY_YEAR, 1}},
};

enum { STEPS = sizeof steps / sizeof *steps };

/* ------------------------------------------------------------------------------------------------
 * Moments
 */

/* The digits of text where pattern has a 0, into out; other characters have to be the same. Returns what
 * follows, NULL when it is something else. */
static const char *take(const char *text, const char *pattern, char **out)
{
    for (; *pattern != '\0'; pattern++, text++) {
        bool digit = *text >= '0' && *text <= '9';
        if (*pattern == '0' ? !digit : *text != *pattern)
            return NULL;
        if (digit)
            *(*out)++ = *text;
    }
    return text;
}

/* Z, +01:00, or the same with the blank that a + in a query is. False when it is nothing of the kind. */
static bool read_offset(const char *text, int *seconds)
{
    char digits[8], *end = digits;
    *seconds = 0;
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
        return true;
    if (*text != '+' && *text != '-' && *text != ' ')
        return false;
    const char *rest = take(text + 1, "00:00", &end);
    if (!rest || *rest != '\0')
        return false;
    int hours = (digits[0] - '0') * 10 + digits[1] - '0';
    int minutes = (digits[2] - '0') * 10 + digits[3] - '0';
    *seconds = (hours * HOUR_S + minutes * MINUTE_S) * (*text == '-' ? -1 : 1);
    return hours < 24 && minutes < 60;
}

/* YYMMDDhhmmss on the clock of that zone. */
static bool read_digits(const char digits[13], struct dsmr_zone zone, int64_t *moment)
{
    struct dsmr_time time;
    enum dsmr_status status = dsmr_time_parse((struct dsmr_text){digits, 12}, zone, &time);
    *moment = time.unix_s;
    return status == DSMR_OK || (status == DSMR_ERR_RANGE && time.year == 2000);
}

static bool read_date(const char *text, struct dsmr_zone zone, int64_t *moment)
{
    static const struct dsmr_zone greenwich = {0};
    char digits[20] = "", *end = digits;
    int offset = 0;
    const char *rest = take(text, "0000-00-00", &end);
    if (!rest || strncmp(text, "20", 2) != 0)
        return false;
    bool hour = *rest == 'T' || *rest == 't' || *rest == ' ';
    if (hour && !(rest = take(rest + 1, "00:00", &end)))
        return false;
    if (hour && *rest == ':' && !(rest = take(rest, ":00", &end)))
        return false;
    while (end < digits + 14)
        *end++ = '0';
    *end = '\0';
    if (*rest == '\0')
        return read_digits(digits + 2, zone, moment);
    if (!hour || !read_offset(rest, &offset) || !read_digits(digits + 2, greenwich, moment))
        return false;
    *moment -= offset;
    return true;
}

bool history_moment_parse(const char *text, struct dsmr_zone zone, int64_t *moment)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > SECONDS_DIGITS || text[digits] != '\0')
        return read_date(text, zone, moment);
    *moment = strtoll(text, NULL, 10);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * The wish
 */

static bool is_sum(const char *id)
{
    return strcmp(id, "eDelivery") == 0 || strcmp(id, "eProduction") == 0;
}

/* False, and a problem, when there can be no history of it. */
static bool is_right_item(const char *id, struct http_answer *answer)
{
    dsmr_item item = dsmr_item_find((struct dsmr_text){id, strlen(id)});
    bool counter;
    if (is_sum(id))
        return true;
    if (item == DSMR_ITEM_NONE)
        http_problem(answer, 400, "there is no item '%s'; /api/v1/items tells those there are", id);
    else if (!history_keeps(dsmr_item_info(item), &counter))
        http_problem(answer, 400,
                     "'%s' has no history: only counters and what is measured have one, as "
                     "/api/v1/items tells",
                     id);
    else
        return true;
    return false;
}

static bool add_item(struct history_wish *wish, const char *id, struct http_answer *answer)
{
    if (!is_right_item(id, answer))
        return false;
    for (size_t i = 0; i < wish->item_count; i++) {
        if (strcmp(wish->items[i], id) == 0) {
            http_problem(answer, 400, "items names '%s' twice", id);
            return false;
        }
    }
    if (wish->item_count == WISH_ITEMS) {
        http_problem(answer, 400, "at most %d items at once", WISH_ITEMS);
        return false;
    }
    wish->items[wish->item_count++] = id;
    return true;
}

static bool read_items(struct history_wish *wish, const char *list, struct http_answer *answer)
{
    char *rest = NULL;
    if (!list || *list == '\0' || strlen(list) >= sizeof wish->text) {
        http_problem(answer, 400,
                     "items has to name one item or several with commas between, such as "
                     "eDelivery,eActualDelivery; /api/v1/items tells those there are");
        return false;
    }
    memcpy(wish->text, list, strlen(list) + 1);
    for (char *id = strtok_r(wish->text, ",", &rest); id; id = strtok_r(NULL, ",", &rest))
        if (!add_item(wish, id, answer))
            return false;
    if (wish->item_count == 0)
        http_problem(answer, 400, "items names no item");
    return wish->item_count > 0;
}

static bool read_moment(const char *name, const char *text, struct dsmr_zone zone, int64_t *moment,
                        struct http_answer *answer)
{
    if (!text || history_moment_parse(text, zone, moment))
        return true;
    http_problem(answer, 400,
                 "%s=%s is no time: 2026-11-22, 2026-11-22T12:00:00+01:00, or seconds since 1970",
                 name, text);
    return false;
}

static size_t points_with(const struct history_wish *wish, size_t step)
{
    return history_points(
        &(struct history_query){.from = wish->from, .to = wish->to, .step = steps[step].step});
}

static bool fits(const struct history_wish *wish, size_t points, size_t most)
{
    return points > 0 && points <= most && points * wish->item_count <= WISH_ALL_POINTS;
}

/* The finest step of which so many points are enough; STEPS when there is none. */
static size_t finest(const struct history_wish *wish, size_t most)
{
    size_t step = 0;
    while (step < STEPS && !fits(wish, points_with(wish, step), most))
        step++;
    return step;
}

static bool read_step(struct history_wish *wish, const char *name, struct http_answer *answer)
{
    size_t step = 0;
    size_t possible = finest(wish, WISH_POINTS);
    if (possible == STEPS) {
        http_problem(answer, 400, "the period is too long: it has to end before the year 2200");
        return false;
    }
    if (!name || strcmp(name, "auto") == 0)
        step = finest(wish, WISH_AUTO_POINTS);
    else
        while (step < STEPS && strcmp(steps[step].name, name) != 0)
            step++;
    if (step == STEPS) {
        http_problem(answer, 400, "step has to be one of 10s 1min 15min 1h day month year auto");
        return false;
    }
    if (!fits(wish, points_with(wish, step), WISH_POINTS)) {
        http_problem(answer, 400,
                     "that is too much at once: at most %d points a series, and %d of all series; "
                     "step=%s is the finest that fits this period",
                     WISH_POINTS, WISH_ALL_POINTS, steps[possible].name);
        return false;
    }
    wish->step = steps[step].step;
    wish->step_name = steps[step].name;
    return true;
}

static bool read_format(struct history_wish *wish, const struct http_request *request,
                        struct http_answer *answer)
{
    const char *format = http_parameter(request, "format");
    wish->csv = format ? strcmp(format, "csv") == 0
                       : http_weight(request->accept, "text/csv") >
                             http_weight(request->accept, http_type_json);
    if (!format || wish->csv || strcmp(format, "json") == 0)
        return true;
    http_problem(answer, 400, "format has to be json or csv");
    return false;
}

bool history_wish_read(struct history_wish *wish, const struct http_request *request,
                       struct dsmr_zone zone, int64_t now_s, struct http_answer *answer)
{
    *wish = (struct history_wish){.to = now_s};
    if (!read_items(wish, http_parameter(request, "items"), answer) ||
        !read_format(wish, request, answer) ||
        !read_moment("to", http_parameter(request, "to"), zone, &wish->to, answer))
        return false;
    wish->from = calendar_floor(zone, (struct history_step){HISTORY_DAY, 1}, wish->to - 1);
    if (wish->from < 0) /* the zone's day of 1970-01-01 began before it */
        wish->from = 0;
    if (!read_moment("from", http_parameter(request, "from"), zone, &wish->from, answer))
        return false;
    if (wish->from < wish->to)
        return read_step(wish, http_parameter(request, "step"), answer);
    http_problem(answer, 400,
                 http_parameter(request, "to")
                     ? "from has to be before to"
                     : "from is in the future: without to, the period ends now");
    return false;
}
