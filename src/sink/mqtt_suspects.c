/* SPDX-License-Identifier: MIT */
#include "sink/mqtt_suspects.h"

#include "core/memory.h"
#include "net/mqtt_end.h"

#include <stdlib.h>
#include <string.h>

void mqtt_suspects_free(struct mqtt_suspects *suspects)
{
    for (size_t i = 0; i < suspects->count; i++)
        free(suspects->at[i].topic);
    *suspects = (struct mqtt_suspects){0};
}

struct mqtt_suspect *mqtt_suspects_find(struct mqtt_suspects *suspects, uint64_t number)
{
    for (size_t i = 0; i < suspects->count; i++)
        if (suspects->at[i].number == number)
            return &suspects->at[i];
    return NULL;
}

bool mqtt_suspects_have_room(const struct mqtt_suspects *suspects)
{
    return suspects->count < MQTT_SUSPECTS_MAX && suspects->bytes < MQTT_SUSPECT_BYTES;
}

struct mqtt_suspect *mqtt_suspects_note(struct mqtt_suspects *suspects, uint64_t number,
                                        const char *topic, size_t size, int64_t now)
{
    struct mqtt_suspect *suspect = mqtt_suspects_find(suspects, number);
    if (suspect == NULL) {
        suspect = &suspects->at[suspects->count++];
        *suspect =
            (struct mqtt_suspect){.number = number, .topic = memory_text(topic), .size = size};
        suspects->bytes += size;
    }
    suspect->open = true;
    suspect->aside = true;
    suspect->refused_ms = now;
    return suspect;
}

void mqtt_suspects_remove(struct mqtt_suspects *suspects, struct mqtt_suspect *suspect)
{
    size_t behind = (size_t)(suspects->at + suspects->count - suspect) - 1;
    free(suspect->topic);
    suspects->bytes -= suspect->size;
    suspects->count--;
    memmove(suspect, suspect + 1, behind * sizeof *suspect);
}

void mqtt_suspects_taken(struct mqtt_suspects *suspects, uint64_t number, const char *topic,
                         size_t size)
{
    struct mqtt_suspect *taken = mqtt_suspects_find(suspects, number);
    if (taken != NULL)
        mqtt_suspects_remove(suspects, taken);
    for (size_t i = 0; i < suspects->count; i++) {
        struct mqtt_suspect *suspect = &suspects->at[i];
        if (suspect->broke && size >= suspect->size && strcmp(topic, suspect->topic) == 0)
            suspect->strikes = 0;
        else
            suspect->strikes += suspect->open ? 1 : 0;
        suspect->open = false;
    }
}

static int strikes_allowed(const struct mqtt_suspect *suspect)
{
    bool passing = suspect->reason != 0 && mqtt_reason_passes(suspect->reason);
    return passing ? MQTT_STRIKES_PASSING : MQTT_STRIKES;
}

struct mqtt_suspect *mqtt_suspects_proven(struct mqtt_suspects *suspects)
{
    bool room = mqtt_suspects_have_room(suspects);
    for (size_t i = 0; i < suspects->count; i++) {
        struct mqtt_suspect *suspect = &suspects->at[i];
        if (suspect->aside && suspect->strikes >= (room ? strikes_allowed(suspect) : 1))
            return suspect;
    }
    return NULL;
}

bool mqtt_suspects_foretell(const struct mqtt_suspects *suspects, const char *topic, size_t size)
{
    for (size_t i = 0; i < suspects->count; i++) {
        const struct mqtt_suspect *suspect = &suspects->at[i];
        if (suspect->open && size >= suspect->size && strcmp(topic, suspect->topic) == 0)
            return true;
    }
    return false;
}

static bool is_due(const struct mqtt_suspect *suspect, int64_t now)
{
    int64_t pause = (int64_t)MQTT_SUSPECT_RETRY_MS * (suspect->strikes + 1);
    return suspect->aside && now - suspect->refused_ms >= pause;
}

bool mqtt_suspects_are_due(const struct mqtt_suspects *suspects, int64_t now)
{
    for (size_t i = 0; i < suspects->count; i++)
        if (is_due(&suspects->at[i], now))
            return true;
    return false;
}

void mqtt_suspects_recall(struct mqtt_suspects *suspects, int64_t now)
{
    for (size_t i = 0; i < suspects->count; i++)
        if (is_due(&suspects->at[i], now))
            suspects->at[i].aside = false;
}

void mqtt_suspects_acquit(struct mqtt_suspects *suspects)
{
    for (size_t i = 0; i < suspects->count; i++) {
        suspects->at[i].aside = false;
        suspects->at[i].open = false;
    }
}
