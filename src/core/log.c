/* SPDX-License-Identifier: MIT */
/* The log: composes a whole line first, so that it goes out in one write and is never mixed up. */
#include "core/log.h"

#include "core/printable.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    TOPIC_SIZE = 100, /* bytes of a topic behind escaping */
    TEXT_SIZE = 4000, /* of a text before it */
    LINE_SIZE = 6000, /* of a whole line */
};

static const struct {
    const char *name;
    int priority; /* of syslog(3) */
    const char *colour;
} levels[] = {
    [LOG_ERROR] = {"error", 3, "\033[1;31m"},
    [LOG_WARN] = {"warn", 4, "\033[33m"},
    [LOG_INFO] = {"info", 6, "\033[32m"},
    [LOG_DEBUG] = {"debug", 7, "\033[2m"},
};

static const char ellipsis[] = "…";

enum { LEVELS = sizeof levels / sizeof *levels };

/* JOURNAL_STREAM is inherited by whatever a service starts: only where it names our own standard
 * error is it the journal that reads us. */
static bool is_journal(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat status;
    if (stream == NULL || sscanf(stream, "%llu:%llu", &device, &inode) != 2)
        return false;
    return fstat(fd, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

static bool is_colourful(int fd)
{
    const char *refused = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    if (refused != NULL && *refused != '\0')
        return false;
    return isatty(fd) == 1 && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

void log_init(struct log *log)
{
    *log = (struct log){.stream = stderr, .level = LOG_INFO};
    log->journal = is_journal(STDERR_FILENO);
    log->colour = is_colourful(STDERR_FILENO);
}

bool log_level_parse(const char *text, enum log_level *level)
{
    for (unsigned i = 0; i < LEVELS; i++) {
        if (strcmp(text, levels[i].name) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

bool log_wants(const struct log *log, enum log_level level)
{
    return level <= log->level;
}

static size_t print_prefix(const struct log *log, enum log_level level, char *out, size_t size)
{
    if (log->journal)
        return (size_t)snprintf(out, size, "<%d>", levels[level].priority);
    char when[32] = "";
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local) != NULL)
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
    return (size_t)snprintf(out, size, "%s %s%-5s%s ", when,
                            log->colour ? levels[level].colour : "", levels[level].name,
                            log->colour ? "\033[0m" : "");
}

void log_write(struct log *log, enum log_level level, const char *topic, const char *format, ...)
{
    if (!log_wants(log, level))
        return;
    char text[TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (wanted < 0)
        return;
    if ((size_t)wanted >= sizeof text)
        memcpy(text + sizeof text - sizeof ellipsis, ellipsis, sizeof ellipsis);

    char line[LINE_SIZE];
    const char *end = line + sizeof line - 1; /* room for the line end */
    size_t prefix = print_prefix(log, level, line, sizeof line);
    char *at = printable_write(line + prefix, line + prefix + TOPIC_SIZE, topic);
    at = printable_write(stpcpy(at, ": "), end, text);
    if (log->mirror != NULL)
        log->mirror(log->mirror_context, level, line + prefix);
    if (log->stream == NULL)
        return;
    *at++ = '\n';
    fwrite(line, 1, (size_t)(at - line), log->stream);
    fflush(log->stream);
}

static int64_t next_pause(int64_t pause)
{
    static const int64_t minute = 60000;
    if (pause < minute)
        return minute;
    return pause < 10 * minute ? 10 * minute : 60 * minute;
}

bool log_repeat_due(struct log_repeat *repeat, int64_t now, uint64_t *missed)
{
    *missed = 0;
    repeat->count++;
    if (repeat->told > 0 && now < repeat->next_ms)
        return false;
    *missed = repeat->count - repeat->told - 1;
    repeat->told = repeat->count;
    repeat->pause_ms = next_pause(repeat->pause_ms);
    repeat->next_ms = now + repeat->pause_ms;
    return true;
}

void log_repeat_reset(struct log_repeat *repeat)
{
    *repeat = (struct log_repeat){0};
}
