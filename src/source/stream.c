/* SPDX-License-Identifier: MIT */
/*
 * A meter whose bytes another program brings: on standard input, through a named pipe, or a recording
 * in a file. A file is read at the speed of a serial line. When the writer of a named pipe leaves,
 * another may come; the end of standard input or of a file is the end.
 */
#include "core/memory.h"
#include "source/parity.h"
#include "source/source_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LOOK_MS = 500,    /* between two looks for a path that is not there, or another file by now */
    PACE_MS = 10,     /* between two pieces of a file … */
    PACE_BYTES = 115, /* … each as much as a line of 115200 baud brings in that time */
    READS_AT_ONCE = 16,
    PIECE = 4096,
};

struct stream {
    struct source source;
    struct source_setup setup;
    const char *path; /* NULL: standard input */
    struct parity parity;
    struct loop_watch *watch; /* NULL for what is read at a pace */
    struct loop_timer *timer; /* looks or paces */
    struct log_repeat trouble;
    char *reason;    /* why it cannot be read, NULL when it can */
    int fd;          /* -1 when not open */
    int input_flags; /* of standard input, to be put back */
    bool is_pipe;
    bool has_writer; /* bytes came from the present writer */
    bool ended;
};

static void changed(struct stream *stream)
{
    stream->setup.listener.changed(stream->setup.listener.context);
}

static void start_looking(struct stream *stream);

static void close_stream(struct stream *stream)
{
    loop_watch_free(stream->watch);
    stream->watch = NULL;
    if (stream->fd >= 0 && stream->path)
        close(stream->fd);
    else if (stream->fd >= 0)
        fcntl(stream->fd, F_SETFL, stream->input_flags);
    stream->fd = -1;
}

static void end(struct stream *stream)
{
    stream->ended = true;
    log_info(stream->setup.log, "port", "%s has ended: nothing more will come",
             stream->path ? stream->path : "standard input");
    close_stream(stream);
    loop_timer_stop(stream->timer);
    changed(stream);
}

/* Says what is wrong once, and looks again. */
static void fail(struct stream *stream, char *reason)
{
    uint64_t missed = 0;
    bool news = !stream->reason || strcmp(stream->reason, reason) != 0;
    close_stream(stream);
    free(stream->reason);
    stream->reason = reason;
    if (news)
        log_repeat_reset(&stream->trouble);
    if (log_repeat_due(&stream->trouble, loop_now(stream->setup.loop), &missed))
        log_warn(stream->setup.log, "port", "%s", reason);
    loop_timer_start(stream->timer, LOOK_MS, 0);
    if (news)
        changed(stream);
}

/* ------------------------------------------------------------------------------------------------
 * Reading
 */

/* The new end is opened before the old one is closed: at no moment is a writer without a reader. */
static void writer_left(struct stream *stream)
{
    int old = stream->fd;
    loop_watch_free(stream->watch);
    stream->watch = NULL;
    stream->has_writer = false;
    parity_init(&stream->parity);
    stream->setup.listener.restart(stream->setup.listener.context);
    start_looking(stream);
    close(old);
    changed(stream);
}

/* Returns how many bytes came; 0 when there are none for now, or the stream is closed by now. */
static size_t read_piece(struct stream *stream, size_t size)
{
    char bytes[PIECE];
    ssize_t count = read(stream->fd, bytes, size);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (count < 0) {
        fail(stream, memory_print("cannot read %s: %s", stream->setup.port, strerror(errno)));
        return 0;
    }
    if (count == 0) {
        if (stream->is_pipe)
            writer_left(stream);
        else
            end(stream);
        return 0;
    }
    bool news = !stream->has_writer;
    stream->has_writer = true;
    if (stream->setup.heard)
        stream->setup.heard(stream->setup.listener.context, bytes, (size_t)count,
                            &(struct line_settings){0});
    parity_strip(&stream->parity, bytes, (size_t)count);
    stream->setup.listener.bytes(stream->setup.listener.context, bytes, (size_t)count);
    if (news)
        changed(stream);
    return (size_t)count;
}

static void readable(void *context, int events, int error)
{
    struct stream *stream = context;
    (void)events;
    (void)error; /* reading tells */
    for (int i = 0; i < READS_AT_ONCE && stream->watch && read_piece(stream, PIECE) > 0; i++)
        continue;
}

/* ------------------------------------------------------------------------------------------------
 * Opening
 */

/* Returns the descriptor, or -1 with *reason set. */
static int open_path(const struct stream *stream, char **reason)
{
    struct stat found;
    int fd = open(stream->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &found) != 0)
        *reason = memory_print("cannot open %s: %s", stream->path, strerror(errno));
    else if (stream->is_pipe && !S_ISFIFO(found.st_mode))
        *reason = memory_print("%s is no named pipe: mkfifo makes one", stream->path);
    else if (!stream->is_pipe && !S_ISREG(found.st_mode))
        *reason = memory_print("%s is no file with a recording", stream->path);
    else
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* What cannot be watched, such as a file, is read at a pace. */
static void start_reading(struct stream *stream)
{
    bool news = stream->reason != NULL;
    stream->watch = loop_watch_new(stream->setup.loop, stream->fd, LOOP_READ, readable, stream);
    if (!stream->watch)
        loop_timer_start(stream->timer, PACE_MS, PACE_MS);
    else if (stream->path)
        loop_timer_start(stream->timer, LOOK_MS, 0);
    free(stream->reason);
    stream->reason = NULL;
    if (news)
        changed(stream);
}

static void start_looking(struct stream *stream)
{
    char *reason = NULL;
    if (!stream->path) {
        stream->fd = STDIN_FILENO;
        stream->input_flags = fcntl(STDIN_FILENO, F_GETFL);
    } else {
        stream->fd = open_path(stream, &reason);
    }
    if (stream->fd >= 0)
        start_reading(stream);
    else
        fail(stream, reason);
}

/* Somebody may have made the pipe anew. */
static bool is_same_file(const struct stream *stream)
{
    struct stat opened;
    struct stat there;
    return fstat(stream->fd, &opened) == 0 && stat(stream->path, &there) == 0 &&
           opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

static void timer_fired(void *context)
{
    struct stream *stream = context;
    if (stream->fd < 0)
        start_looking(stream);
    else if (!stream->watch)
        read_piece(stream, PACE_BYTES);
    else if (is_same_file(stream))
        loop_timer_start(stream->timer, LOOK_MS, 0);
    else
        writer_left(stream);
}

/* ------------------------------------------------------------------------------------------------
 * For its owner
 */

static void get_status(const struct source *source, struct source_status *status)
{
    const struct stream *stream = (const struct stream *)source;
    const char *state = stream->reason       ? stream->reason
                        : stream->ended      ? "the input has ended"
                        : stream->has_writer ? "reading"
                                             : "waiting for a writer";
    *status = (struct source_status){.connected = stream->fd >= 0};
    snprintf(status->state, sizeof status->state, "%s", state);
}

static void free_stream(struct source *source)
{
    struct stream *stream = (struct stream *)source;
    close_stream(stream);
    loop_timer_free(stream->timer);
    free(stream->reason);
    free(stream);
}

static struct source *open_stream(const struct source_setup *setup, const struct source_kind *kind,
                                  const char *path)
{
    struct stream *stream = memory_new(1, sizeof *stream);
    stream->source.kind = kind;
    stream->setup = *setup;
    stream->path = path;
    stream->is_pipe = kind == &pipe_source;
    stream->fd = -1;
    stream->timer = loop_timer_new(setup->loop, timer_fired, stream);
    loop_timer_start(stream->timer, 0, 0);
    return &stream->source;
}

static struct source *open_input(const struct source_setup *setup, char **error)
{
    (void)error;
    return open_stream(setup, &input_source, NULL);
}

/* The path behind the scheme; NULL with *error set when there is none. */
static const char *path_behind(const struct source_setup *setup, const char *scheme, char **error)
{
    size_t size = strlen(scheme);
    const char *path =
        strncasecmp(setup->port, scheme, size) == 0 ? setup->port + size : setup->port;
    if (path[0] == '/')
        return path;
    *error = memory_print("port %s: a whole path is wanted, as in %s/run/p1", setup->port, scheme);
    return NULL;
}

static struct source *open_pipe(const struct source_setup *setup, char **error)
{
    const char *path = path_behind(setup, pipe_source.scheme, error);
    return path ? open_stream(setup, &pipe_source, path) : NULL;
}

static struct source *open_file(const struct source_setup *setup, char **error)
{
    const char *path = path_behind(setup, file_source.scheme, error);
    return path ? open_stream(setup, &file_source, path) : NULL;
}

const struct source_kind input_source = {
    .scheme = "stdin:",
    .open = open_input,
    .status = get_status,
    .free = free_stream,
};

const struct source_kind pipe_source = {
    .scheme = "pipe:",
    .open = open_pipe,
    .status = get_status,
    .free = free_stream,
};

const struct source_kind file_source = {
    .scheme = "file:",
    .open = open_file,
    .status = get_status,
    .free = free_stream,
};
