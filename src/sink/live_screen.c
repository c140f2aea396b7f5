/* SPDX-License-Identifier: MIT */
#include "sink/live_screen.h"

#include "sink/live_table.h"
#include "sink/live_text.h"

#include <stdio.h>
#include <string.h>

#define HOME "\033[H"
#define CLEAR_BELOW "\033[J"

enum {
    HEAD_LINES = 4,
    OVERDUE_MS = 35000, /* three intervals of the slowest meter */
};

/* ------------------------------------------------------------------------------------------------
 * The head
 */

static void print_age(const struct live_state *state, char *out, size_t size)
{
    int64_t age = state->now_ms - state->received_ms;
    if (age < 0)
        age = 0;
    if (age < 10000)
        snprintf(out, size, "%d.%d s ago", (int)(age / 1000), (int)(age / 100 % 10));
    else if (age < 120000)
        snprintf(out, size, "%d s ago", (int)(age / 1000));
    else
        snprintf(out, size, "%lld min ago", (long long)(age / 60000));
}

bool live_state_flows(const struct live_state *state, int64_t now_ms)
{
    return state->connected && state->identification && now_ms - state->received_ms < OVERDUE_MS;
}

/* "garage, meter 2 of 3, 1 silent  "; nothing when there is only one. */
static void print_meter(const struct live_state *state, char *out, size_t size)
{
    char silent[40] = "";
    out[0] = '\0';
    if (state->meters < 2)
        return;
    if (state->silent > 0)
        snprintf(silent, sizeof silent, ", %zu silent", state->silent);
    snprintf(out, size, "%s, meter %zu of %zu%s  ", state->meter, state->number + 1, state->meters,
             silent);
}

static void draw_head(struct buffer *out, const struct live_state *state)
{
    char meter[120];
    char text[400];
    char age[32];
    char made[DSMR_TIME_SIZE] = "";
    live_paint(out, state->colour, LIVE_BOLD);
    print_meter(state, meter, sizeof meter);
    snprintf(text, sizeof text, "dsmr  %s%s%s", meter,
             state->identification ? "/" : "waiting for a telegram",
             state->identification ? state->identification : "");
    live_padded(out, text, state->columns);
    live_paint(out, state->colour, LIVE_RESET);
    live_end_line(out);

    live_paint(out, state->colour,
               live_state_flows(state, state->now_ms) ? LIVE_GREEN : LIVE_YELLOW);
    snprintf(text, sizeof text, "%s  %s%s%s", state->port, state->settings,
             state->settings[0] ? "  " : "", state->line_state);
    live_padded(out, text, state->columns);
    live_paint(out, state->colour, LIVE_RESET);
    live_end_line(out);

    if (state->identification) {
        print_age(state, age, sizeof age);
        if (state->has_time)
            dsmr_time_print(&state->time, made);
        snprintf(text, sizeof text, "%llu good, %llu refused, last %s%s%.10s %.8s%s",
                 (unsigned long long)state->good, (unsigned long long)state->refused, age,
                 made[0] ? " (" : "", made, made[0] ? made + 11 : "", made[0] ? ")" : "");
    } else {
        snprintf(text, sizeof text, "no telegram yet, %llu refused",
                 (unsigned long long)state->refused);
    }
    live_padded(out, text, state->columns);
    live_end_line(out);
    live_end_line(out);
}

/* ------------------------------------------------------------------------------------------------
 * The foot
 */

static void draw_log(struct buffer *out, const struct live_state *state)
{
    live_paint(out, state->colour, LIVE_DIM);
    for (size_t i = 0; i < LIVE_LOG_LINES; i++) {
        if (!state->log[i])
            continue;
        live_padded(out, state->log[i], state->columns);
        live_end_line(out);
    }
    buffer_add_text(out, CLEAR_BELOW);
    live_padded(out, state->meters > 1 ? "Tab shows the next meter, Ctrl+C ends" : "Ctrl+C ends",
                state->columns);
}

/* A window that is too low shows the first lines. */
static void cut_to_rows(struct buffer *out, size_t start, int rows)
{
    size_t at = start;
    for (int row = 0; row < rows; row++) {
        const char *end = strstr(out->at + at, "\r\n");
        if (!end)
            return;
        at = (size_t)(end - out->at) + 2;
    }
    out->size = at - 2;
}

void live_screen_draw(struct buffer *out, const struct live_state *state)
{
    size_t start = out->size;
    int foot = LIVE_LOG_LINES + 2;
    int height = state->rows - HEAD_LINES - foot;
    buffer_add_text(out, HOME LIVE_CLEAR_LINE);
    draw_head(out, state);
    size_t drawn = live_table_draw(out, state, height > 0 ? (size_t)height : 0);
    for (; (int)drawn < height + 1; drawn++)
        live_end_line(out);
    draw_log(out, state);
    cut_to_rows(out, start, state->rows);
    live_paint(out, state->colour, LIVE_RESET);
}
