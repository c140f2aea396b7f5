/* SPDX-License-Identifier: MIT */
#include "cmd/strangers.h"

#include "core/buffer.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_TOLD = 8 };

struct stranger {
    char *name;
    bool signed_by_us; /* a telegram or an announcement of dsmr's */
    bool has_line;     /* which alone others have as well: "NAME/status" says "online" */
    bool has_value;
    bool alive;
};

struct strange_message {
    char *topic;
    size_t meter;
};

static bool is_proven(const struct stranger *meter)
{
    return meter->signed_by_us || (meter->has_line && meter->has_value);
}

static size_t find(struct strangers *strangers, struct dsmr_text name)
{
    for (size_t i = 0; i < strangers->meter_count; i++)
        if (strlen(strangers->meters[i].name) == name.size &&
            memcmp(strangers->meters[i].name, name.at, name.size) == 0)
            return i;
    strangers->meters =
        memory_grow(strangers->meters, strangers->meter_count + 1, sizeof *strangers->meters);
    strangers->meters[strangers->meter_count] =
        (struct stranger){.name = memory_copy(name.at, name.size)};
    return strangers->meter_count++;
}

void strangers_note(struct strangers *strangers, enum published_kind kind, const char *topic,
                    struct dsmr_text meter)
{
    size_t place = find(strangers, meter);
    struct stranger *stranger = &strangers->meters[place];
    stranger->signed_by_us |= kind == PUBLISHED_JSON || kind == PUBLISHED_ANNOUNCEMENT;
    stranger->has_line |= kind == PUBLISHED_LINE;
    stranger->has_value |= kind == PUBLISHED_VALUE;
    strangers->at = memory_grow(strangers->at, strangers->count + 1, sizeof *strangers->at);
    strangers->at[strangers->count++] =
        (struct strange_message){.topic = memory_text(topic), .meter = place};
}

void strangers_heard(struct strangers *strangers, struct dsmr_text meter)
{
    strangers->meters[find(strangers, meter)].alive = true;
}

void strangers_each_left(const struct strangers *strangers,
                         void (*use)(void *context, const char *topic), void *context)
{
    if (strangers->online)
        return;
    for (size_t i = 0; i < strangers->count; i++) {
        const struct stranger *meter = &strangers->meters[strangers->at[i].meter];
        if (is_proven(meter) && !meter->alive)
            use(context, strangers->at[i].topic);
    }
}

static bool has_messages(const struct strangers *strangers, size_t meter)
{
    for (size_t i = 0; i < strangers->count; i++)
        if (strangers->at[i].meter == meter)
            return true;
    return false;
}

static bool is_others(const struct strangers *strangers, size_t place)
{
    const struct stranger *meter = &strangers->meters[place];
    return is_proven(meter) && has_messages(strangers, place) &&
           (meter->alive || strangers->online);
}

static bool is_doubtful(const struct strangers *strangers, size_t place)
{
    const struct stranger *meter = &strangers->meters[place];
    return meter->has_line && !is_proven(meter);
}

/* Writes some of their names over what names holds; returns how many there are. */
static size_t list(const struct strangers *strangers,
                   bool (*wanted)(const struct strangers *strangers, size_t place),
                   struct buffer *names)
{
    size_t count = 0;
    buffer_clear(names);
    for (size_t i = 0; i < strangers->meter_count; i++)
        if (wanted(strangers, i) && count++ < NAMES_TOLD)
            buffer_print(names, "%s%s", count > 1 ? ", " : "", strangers->meters[i].name);
    if (count > NAMES_TOLD)
        buffer_add_text(names, ", …");
    return count;
}

void strangers_tell(const struct strangers *strangers, struct log *log)
{
    struct buffer names = {0};
    size_t count = list(strangers, is_others, &names);
    if (count > 0)
        log_warn(log, "mqtt",
                 "what the broker has of %zu meter%s that %s not configured is left alone, since "
                 "another dsmr is online: %s",
                 count, count == 1 ? "" : "s", count == 1 ? "is" : "are", names.at);
    count = list(strangers, is_doubtful, &names);
    if (count > 0)
        log_info(log, "mqtt",
                 "%zu state%s like dsmr's, with nothing of dsmr's beside %s, %s left: %s", count,
                 count == 1 ? "" : "s", count == 1 ? "it" : "them", count == 1 ? "is" : "are",
                 names.at);
    buffer_free(&names);
}

void strangers_free(struct strangers *strangers)
{
    for (size_t i = 0; i < strangers->meter_count; i++)
        free(strangers->meters[i].name);
    for (size_t i = 0; i < strangers->count; i++)
        free(strangers->at[i].topic);
    free(strangers->meters);
    free(strangers->at);
    *strangers = (struct strangers){0};
}
