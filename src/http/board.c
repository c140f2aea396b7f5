/* SPDX-License-Identifier: MIT */
#include "http/board.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

struct board_meter *board_meter(struct board *board, const char *name)
{
    size_t number = names_number(&board->names, name);
    if (number == board->count) {
        struct board_meter *meter = memory_new(1, sizeof *meter);
        meter->name = memory_text(name);
        meter->seen = memory_new(dsmr_item_count(), sizeof *meter->seen);
        board->meters = memory_grow(board->meters, board->count + 1, sizeof *board->meters);
        board->meters[board->count++] = meter;
    }
    board->meters[number]->dropped = false;
    return board->meters[number];
}

struct board_meter *board_next(const struct board *board, size_t *place)
{
    while (*place < board->count)
        if (!board->meters[(*place)++]->dropped)
            return board->meters[*place - 1];
    return NULL;
}

struct board_meter *board_find(const struct board *board, const char *name)
{
    struct board_meter *meter;
    for (size_t place = 0; (meter = board_next(board, &place)) != NULL;)
        if (!name || strcmp(meter->name, name) == 0)
            return meter;
    return NULL;
}

void board_publish(struct board_meter *meter, const struct readings *readings)
{
    snapshot_take(&meter->now, readings);
    quarter_follow(&meter->quarter, &meter->now);
    for (size_t i = 0; i < readings->count; i++)
        if (!readings->at[i].superseded && readings->at[i].item < dsmr_item_count())
            meter->seen[readings->at[i].item] = true;
}

static bool set(char **text, const char *value)
{
    if (*text && strcmp(*text, value) == 0)
        return false;
    free(*text);
    *text = memory_text(value);
    return true;
}

bool board_line(struct board_meter *meter, const struct line_status *status)
{
    bool changed = meter->connected != status->connected;
    changed |= set(&meter->port, status->port);
    changed |= set(&meter->settings, status->settings);
    changed |= set(&meter->state, status->state);
    meter->connected = status->connected;
    meter->good = status->good;
    meter->refused = status->refused;
    meter->bytes = status->bytes;
    return changed;
}

void board_refused(struct board_meter *meter, const struct dsmr_telegram *telegram)
{
    size_t reason = telegram->status < 0 ? (size_t) - (int)telegram->status : 0;
    meter->reasons[reason < BOARD_REASONS ? reason : 0]++;
}

const char *board_reason(size_t reason)
{
    return reason == 0 ? "not usable" : dsmr_strerror((enum dsmr_status) - (int)reason);
}

void board_keep(struct board *board, const struct config *config)
{
    for (size_t i = 0; i < board->count; i++) {
        const char *name = board->meters[i]->name;
        board->meters[i]->dropped =
            config_meter_find(config, name, strlen(name)) == config_meter_count(config);
    }
}

static void free_meter(struct board_meter *meter)
{
    snapshot_free(&meter->now);
    free(meter->name);
    free(meter->port);
    free(meter->settings);
    free(meter->state);
    free(meter->seen);
    free(meter);
}

void board_free(struct board *board)
{
    for (size_t i = 0; i < board->count; i++)
        free_meter(board->meters[i]);
    free(board->meters);
    names_free(&board->names);
    *board = (struct board){0};
}
