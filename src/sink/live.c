/* SPDX-License-Identifier: MIT */
/* Keeps what the table shows; live_screen.c draws it. */
#include "sink/live.h"

#include "core/memory.h"
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
    struct buffer drawing;
    struct live_state state;
};

static void draw(void *context)
{
    struct live *live = context;
    struct winsize window = {.ws_row = 24, .ws_col = 80};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &window);
    live->state.rows = window.ws_row > 0 ? window.ws_row : 24;
    live->state.columns = window.ws_col > 0 ? window.ws_col : 80;
    live->state.now_ms = loop_wall(live->loop);
    buffer_clear(&live->drawing);
    live_screen_draw(&live->drawing, &live->state);
    fwrite(live->drawing.at, 1, live->drawing.size, stdout);
    fflush(stdout);
    live->drawn_at = loop_now(live->loop);
    live->news = false;
    loop_timer_start(live->next, EACH_MS, 0);
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

static void publish(struct sink *sink, const struct readings *readings)
{
    struct live *live = (struct live *)sink;
    size_t size = readings->identification.size;
    store_update(live->state.store, readings);
    free(live->state.identification);
    live->state.identification = memory_copy(readings->identification.at, size);
    live->state.received_ms = readings->received_ms;
    live->state.has_time = readings->has_time;
    live->state.time = readings->time;
}

static void keep(char **text, const char *fresh)
{
    free(*text);
    *text = memory_text(fresh);
}

static void line(struct sink *sink, const struct line_status *status)
{
    struct live *live = (struct live *)sink;
    keep(&live->state.port, status->port);
    keep(&live->state.settings, status->settings);
    keep(&live->state.line_state, status->state);
    live->state.connected = status->connected;
    live->state.good = status->good;
    live->state.refused = status->refused;
    draw_soon(live);
}

static void log_line(void *context, enum log_level level, const char *text)
{
    struct live *live = context;
    (void)level;
    free(live->state.log[0]);
    memmove(&live->state.log[0], &live->state.log[1],
            sizeof live->state.log - sizeof live->state.log[0]);
    live->state.log[LIVE_LOG_LINES - 1] = memory_text(text);
    draw_soon(live);
}

static void free_live(struct sink *sink)
{
    struct live *live = (struct live *)sink;
    loop_timer_free(live->next);
    fputs(LEAVE_SCREEN, stdout);
    fflush(stdout);
    live->log->stream = live->log_stream;
    live->log->mirror = NULL;
    for (size_t i = 0; i < LIVE_LOG_LINES; i++)
        free(live->state.log[i]);
    free(live->state.identification);
    free(live->state.port);
    free(live->state.settings);
    free(live->state.line_state);
    store_free(live->state.store);
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
    live->state.store = store_new();
    live->state.colour = getenv("NO_COLOR") == NULL;
    live->log_stream = log->stream;
    log->stream = NULL;
    log->mirror = log_line;
    log->mirror_context = live;
    keep(&live->state.port, "");
    keep(&live->state.settings, "");
    keep(&live->state.line_state, "");
    live->next = loop_timer_new(loop, draw, live);
    fputs(ENTER_SCREEN, stdout);
    draw_soon(live);
    return &live->sink;
}
