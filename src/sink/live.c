/* SPDX-License-Identifier: MIT */
/* Keeps what the table shows; live_screen.c draws it. */
#include "sink/live.h"

#include "core/memory.h"
#include "core/names.h"
#include "sink/live_keys.h"
#include "sink/live_screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ENTER_SCREEN "\033[?1049h\033[?25l"
#define LEAVE_SCREEN "\033[?25h\033[?1049l"

enum {
    EACH_MS = 1000, /* the age of the last telegram is drawn */
    PAUSE_MS = 100, /* between two drawings: nobody reads faster */
};

struct live {
    struct sink sink;
    struct loop *loop;
    struct log *log;
    FILE *log_stream;        /* to be put back */
    struct loop_timer *next; /* drawing */
    int64_t drawn_at;        /* loop time */
    bool news;               /* it will be sooner than in a second */
    struct live_keys *keys;  /* NULL as long as there is nothing to choose */
    struct buffer drawing;
    struct names meters;
    struct live_state *states; /* of each meter */
    size_t shown;              /* the meter on the screen */
    char *log_lines[LIVE_LOG_LINES];
    char *last_error; /* told again when the screen is left, with which it would be gone */
    bool colour;
};

static void draw(void *context)
{
    struct live *live = context;
    loop_timer_start(live->next, EACH_MS, 0);
    live->news = false;
    if (live->meters.count == 0)
        return;
    struct live_state *state = &live->states[live->shown];
    struct winsize window = {.ws_row = 24, .ws_col = 80};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &window);
    state->rows = window.ws_row > 0 ? window.ws_row : 24;
    state->columns = window.ws_col > 0 ? window.ws_col : 80;
    state->now_ms = loop_wall(live->loop);
    state->colour = live->colour;
    state->number = live->shown;
    state->meters = live->meters.count;
    state->silent = 0;
    for (size_t i = 0; i < live->meters.count; i++)
        state->silent += live_state_flows(&live->states[i], state->now_ms) ? 0 : 1;
    for (size_t i = 0; i < LIVE_LOG_LINES; i++)
        state->log[i] = live->log_lines[i];
    buffer_clear(&live->drawing);
    live_screen_draw(&live->drawing, state);
    fwrite(live->drawing.at, 1, live->drawing.size, stdout);
    fflush(stdout);
    live->drawn_at = loop_now(live->loop);
}

/* At once, but not more often than can be seen. */
static void draw_soon(struct live *live)
{
    if (live->news)
        return;
    int64_t wait = live->drawn_at + PAUSE_MS - loop_now(live->loop);
    live->news = true;
    loop_timer_start(live->next, wait > 0 ? wait : 0, 0);
}

static void show_other(void *context, int step)
{
    struct live *live = context;
    int64_t count = (int64_t)live->meters.count;
    live->shown = (size_t)((((int64_t)live->shown + step) % count + count) % count);
    draw(live);
}

/* What is known of the meter of that name; nothing yet when it is new. */
static struct live_state *state_of(struct live *live, const char *meter)
{
    size_t known = live->meters.count;
    size_t number = names_number(&live->meters, meter);
    if (number < known)
        return &live->states[number];
    live->states = memory_grow(live->states, known + 1, sizeof *live->states);
    struct live_state *state = &live->states[number];
    *state = (struct live_state){
        .meter = memory_text(meter),
        .port = memory_text(""),
        .settings = memory_text(""),
        .line_state = memory_text(""),
        .store = store_new(),
    };
    if (number == 1)
        live->keys = live_keys_new(live->loop, show_other, live);
    return state;
}

static void publish(struct sink *sink, const struct readings *readings)
{
    struct live *live = (struct live *)sink;
    struct live_state *state = state_of(live, readings->meter);
    size_t size = readings->identification.size;
    store_update(state->store, readings);
    free(state->identification);
    state->identification = memory_copy(readings->identification.at, size);
    state->received_ms = readings->received_ms;
    state->has_time = readings->has_time;
    state->time = readings->time;
}

static void keep(char **text, const char *fresh)
{
    free(*text);
    *text = memory_text(fresh);
}

static void line(struct sink *sink, const struct line_status *status)
{
    struct live *live = (struct live *)sink;
    struct live_state *state = state_of(live, status->meter);
    keep(&state->port, status->port);
    keep(&state->settings, status->settings);
    keep(&state->line_state, status->state);
    state->connected = status->connected;
    state->good = status->good;
    state->refused = status->refused;
    if (state == &live->states[live->shown])
        draw_soon(live);
}

static void log_line(void *context, enum log_level level, const char *text)
{
    struct live *live = context;
    if (level == LOG_ERROR)
        keep(&live->last_error, text);
    free(live->log_lines[0]);
    memmove(&live->log_lines[0], &live->log_lines[1],
            sizeof live->log_lines - sizeof live->log_lines[0]);
    live->log_lines[LIVE_LOG_LINES - 1] = memory_text(text);
    draw_soon(live);
}

static void free_states(struct live *live)
{
    for (size_t i = 0; i < live->meters.count; i++) {
        struct live_state *state = &live->states[i];
        free(state->meter);
        free(state->identification);
        free(state->port);
        free(state->settings);
        free(state->line_state);
        store_free(state->store);
    }
    free(live->states);
    names_free(&live->meters);
}

static void free_live(struct sink *sink)
{
    struct live *live = (struct live *)sink;
    live_keys_free(live->keys);
    loop_timer_free(live->next);
    fputs(LEAVE_SCREEN, stdout);
    fflush(stdout);
    live->log->stream = live->log_stream;
    live->log->mirror = NULL;
    if (live->last_error && live->log_stream)
        fprintf(live->log_stream, "%s\n", live->last_error);
    free(live->last_error);
    for (size_t i = 0; i < LIVE_LOG_LINES; i++)
        free(live->log_lines[i]);
    free_states(live);
    buffer_free(&live->drawing);
    free(live);
}

static const struct sink_kind live_kind = {
    .name = "live",
    .publish = publish,
    .line = line,
    .free = free_live,
};

struct sink *live_sink_new(struct loop *loop, struct log *log)
{
    struct live *live = memory_new(1, sizeof *live);
    live->sink.kind = &live_kind;
    live->loop = loop;
    live->log = log;
    live->colour = getenv("NO_COLOR") == NULL;
    live->log_stream = log->stream;
    log->stream = NULL;
    log->mirror = log_line;
    log->mirror_context = live;
    live->next = loop_timer_new(loop, draw, live);
    fputs(ENTER_SCREEN, stdout);
    draw_soon(live);
    return &live->sink;
}
