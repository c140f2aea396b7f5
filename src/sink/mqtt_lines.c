/* SPDX-License-Identifier: MIT */
#include "sink/mqtt_lines.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    SILENT_MS = 60000, /* several intervals of any meter */
    LOOK_MS = 5000,
};

struct line {
    char *meter;
    char *topic;
    bool connected;
    bool heard; /* a telegram came since it was connected */
    bool told;
    uint64_t good;   /* telegrams */
    int64_t last_ms; /* loop time of the last of them */
};

struct mqtt_lines {
    struct loop *loop;
    const struct mqtt_topics *topics;
    struct emit emit;
    struct loop_timer *timer;
    struct line *at;
    size_t count;
    size_t place; /* of the one that was found last */
};

static void tell(const struct mqtt_lines *lines, const struct line *line)
{
    bool online =
        line->connected && line->heard && loop_now(lines->loop) - line->last_ms < SILENT_MS;
    const char *word = online ? "online" : "offline";
    lines->emit.message(lines->emit.context, EMIT_STANDING, line->topic, word, strlen(word), 1,
                        true);
}

static void on_timer(void *context)
{
    const struct mqtt_lines *lines = context;
    for (size_t i = 0; i < lines->count; i++)
        tell(lines, &lines->at[i]);
}

static struct line *find(struct mqtt_lines *lines, const char *meter)
{
    /* They come in turn, more or less. */
    for (size_t i = 0; i < lines->count; i++) {
        lines->place = lines->place + 1 < lines->count ? lines->place + 1 : 0;
        if (strcmp(lines->at[lines->place].meter, meter) == 0)
            return &lines->at[lines->place];
    }
    struct buffer topic = {0};
    mqtt_line_topic(&topic, lines->topics, meter);
    lines->at = memory_grow(lines->at, lines->count + 1, sizeof *lines->at);
    lines->place = lines->count;
    struct line *line = &lines->at[lines->count++];
    *line = (struct line){.meter = memory_text(meter), .topic = topic.at};
    return line;
}

struct mqtt_lines *mqtt_lines_new(struct loop *loop, const struct mqtt_topics *topics,
                                  const struct emit *emit)
{
    struct mqtt_lines *lines = memory_new(1, sizeof *lines);
    lines->loop = loop;
    lines->topics = topics;
    lines->emit = *emit;
    lines->timer = loop_timer_new(loop, on_timer, lines);
    loop_timer_start(lines->timer, LOOK_MS, LOOK_MS);
    return lines;
}

void mqtt_lines_free(struct mqtt_lines *lines)
{
    loop_timer_free(lines->timer);
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->at[i].meter);
        free(lines->at[i].topic);
    }
    free(lines->at);
    free(lines);
}

bool mqtt_lines_have_heard(const struct mqtt_lines *lines, const char *topic)
{
    for (size_t i = 0; i < lines->count; i++)
        if (lines->at[i].good > 0 && strcmp(lines->at[i].topic, topic) == 0)
            return true;
    return false;
}

void mqtt_lines_status(struct mqtt_lines *lines, const struct line_status *status)
{
    struct line *line = find(lines, status->meter);
    bool telegram = status->good > line->good;
    bool news = line->connected != status->connected || !line->told || (telegram && !line->heard);
    line->connected = status->connected;
    line->heard = status->connected && (line->heard || telegram);
    line->good = status->good;
    line->told = true;
    if (telegram)
        line->last_ms = loop_now(lines->loop);
    if (news)
        tell(lines, line);
}
