/* SPDX-License-Identifier: MIT */
/*
 * The log: one line an event, to standard error. Under systemd each line starts with its priority
 * (<4>), else with the time. Warnings that come again and again are counted, not repeated.
 */
#ifndef DSMR_CORE_LOG_H
#define DSMR_CORE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log {
    FILE *stream;         /* NULL: nowhere but to the mirror */
    enum log_level level; /* of the least important line that is written */
    bool journal;         /* systemd reads us: priorities instead of times */
    bool colour;          /* a terminal that shows colours: the level is coloured */
    /* Gets each line that is written, as "topic: text" without line end, borrowed until return. */
    void (*mirror)(void *context, enum log_level level, const char *line); /* may be NULL */
    void *mirror_context;
};

/* Level info, to standard error; asks the environment whether systemd reads it. */
void log_init(struct log *log);

/* "error", "warn", "info", "debug"; false for anything else. */
bool log_level_parse(const char *text, enum log_level *level);

/* True when a line of this level would be written: ask before composing something costly. */
bool log_wants(const struct log *log, enum log_level level);

/*
 * Writes one line, in one write. topic is the part of the program that speaks: "port", "meter",
 * "openhab". Control characters and bytes that are no UTF-8 are written as \xNN; a line of more
 * than some 4000 bytes is cut and ends in an ellipsis.
 */
void log_write(struct log *log, enum log_level level, const char *topic, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define log_error(log, topic, ...) log_write(log, LOG_ERROR, topic, __VA_ARGS__)
#define log_warn(log, topic, ...) log_write(log, LOG_WARN, topic, __VA_ARGS__)
#define log_info(log, topic, ...) log_write(log, LOG_INFO, topic, __VA_ARGS__)
#define log_debug(log, topic, ...)                                                                 \
    do {                                                                                           \
        if (log_wants(log, LOG_DEBUG))                                                             \
            log_write(log, LOG_DEBUG, topic, __VA_ARGS__);                                         \
    } while (0)

/* Counts one thing that may repeat. Zeroed to begin with. */
struct log_repeat {
    uint64_t count;   /* how often it happened */
    uint64_t told;    /* count when it was last written */
    int64_t next_ms;  /* loop time from which it may be written again */
    int64_t pause_ms; /* grows from a minute to an hour */
};

/*
 * True when the thing that just happened is to be written: the first time, then after a minute, ten
 * minutes, each hour. *missed receives how many were kept silent since. now is loop_now().
 */
bool log_repeat_due(struct log_repeat *repeat, int64_t now, uint64_t *missed);

/* It is over: the next one is news again. */
void log_repeat_reset(struct log_repeat *repeat);

#endif
