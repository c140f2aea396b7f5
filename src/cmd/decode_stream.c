/* SPDX-License-Identifier: MIT */
#include "cmd/decode_stream.h"

#include "cmd/decode_progress.h"
#include "core/memory.h"
#include "core/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOCK_SIZE = 256 * 1024, /* some hundred telegrams, and no more than a processor's cache */
    BLOCK_SIZE_MAX = 16 * 1024 * 1024,
    PIECES_A_THREAD = 2, /* one in work, one that waits */
    SHAPES = 16,
};

struct decode_streams {
    const struct decode_manner *manner;
    const struct dsmr_cipher *cipher;
    size_t block_size;
    unsigned jobs;
    struct workers *workers;
    struct decode_piece *pieces;
    size_t piece_count;
    struct piece_decoder *decoders; /* by thread */
    struct decode_progress progress;
    atomic_int write_error;
    /* Of the reading thread. */
    struct dsmr_shape *room;
    struct dsmr_shapes shapes;
    unsigned long telegrams;
    bool refused;
    bool unreadable;
    bool hinted; /* where a key is to be had was told */
};

/* A file that is being read. */
struct stream {
    struct decode_streams *streams;
    const char *name;
    int fd;
    uint64_t read;
    uint64_t whole; /* bytes, 0 where nobody knows */
    struct dsmr_framer framer;
    struct dsmr_channels channels;
    const char *trust; /* what was told last of how encrypted telegrams are read */
    char framed[DSMR_TELEGRAM_MAX];
};

/* ------------------------------------------------------------------------------------------------
 * On the threads
 */

static void print_piece(void *context, size_t index, unsigned worker)
{
    struct decode_streams *streams = context;
    decode_piece_print(&streams->pieces[index], &streams->decoders[worker], streams->manner);
}

/* One at a time and in order: workers.h. */
static void put_out(void *context, size_t index)
{
    struct decode_streams *streams = context;
    struct decode_piece *piece = &streams->pieces[index];
    buffer_add(&piece->complaints, piece->last_words.at, piece->last_words.size);
    if (piece->complaints.size > 0) {
        decode_progress_clear(&streams->progress);
        fwrite(piece->complaints.at, 1, piece->complaints.size, stderr);
    }
    if (atomic_load(&streams->write_error) == 0 && piece->out.size > 0) {
        fwrite(piece->out.at, 1, piece->out.size, stdout);
        if (fflush(stdout) != 0 || ferror(stdout)) /* whoever reads a live line waits for it */
            atomic_store(&streams->write_error, errno != 0 ? errno : EIO);
    }
    decode_progress_show(&streams->progress, piece->file, piece->end, piece->whole);
    decode_piece_clear(piece);
}

/* ------------------------------------------------------------------------------------------------
 * On the thread that reads
 */

static struct decode_piece *take_piece(struct stream *stream)
{
    struct decode_streams *streams = stream->streams;
    struct decode_piece *piece = &streams->pieces[workers_take(streams->workers)];
    if (!piece->block)
        piece->block = memory_grow(NULL, streams->block_size, 1);
    piece->file = stream->name;
    piece->before = streams->telegrams;
    piece->channels = stream->channels;
    piece->whole = stream->whole;
    return piece;
}

/* With one thread the piece has brought the channels up to date itself. */
static void give_piece(struct stream *stream, const struct decode_piece *piece)
{
    workers_give(stream->streams->workers);
    if (stream->streams->jobs == 1)
        stream->channels = piece->channels;
}

/* How an encrypted telegram that is used was read: told once, and when it changes. */
static const char *new_trust(struct stream *stream, const struct dsmr_telegram *telegram)
{
    const char *trust = telegram->protection == DSMR_AUTHENTICATED ? "their tags are right"
                        : !telegram->tagged                        ? "they have no tags"
                                                                   : "their tags are not checked";
    if (telegram->protection == DSMR_PLAIN || trust == stream->trust)
        return NULL;
    stream->trust = trust;
    return trust;
}

static void take_telegram(struct stream *stream, struct decode_piece *piece,
                          const struct dsmr_telegram *telegram)
{
    struct decode_streams *streams = stream->streams;
    struct found_telegram found = {.telegram = *telegram};
    bool garbage = telegram->status == DSMR_ERR_GARBAGE;
    if (decode_is_usable(streams->manner, telegram)) {
        found.trust = new_trust(stream, telegram);
        if (streams->jobs > 1)
            dsmr_channels_learn(&stream->channels, telegram, streams->manner->zone);
    } else if (!garbage) {
        streams->refused = true;
        found.hint = telegram->status == DSMR_ERR_KEY && !streams->hinted;
        streams->hinted |= found.hint;
    }
    streams->telegrams += !garbage;
    decode_piece_add(piece, &found);
}

/* Nothing but the time it takes depends on how much is read at once. */
static bool more_waits(int fd)
{
    struct pollfd input = {.fd = fd, .events = POLLIN};
    return poll(&input, 1, 0) > 0;
}

/* Reads what there is, up to the size of a block. Returns the bytes, 0 at the end, or -1 with errno. */
static ssize_t read_block(int fd, char *block, size_t size)
{
    size_t have = 0;
    ssize_t count;
    do {
        count = read(fd, block + have, size - have);
        have += count > 0 ? (size_t)count : 0;
    } while ((count < 0 && errno == EINTR) || (count > 0 && have < size && more_waits(fd)));
    return have > 0 ? (ssize_t)have : count;
}

/* The last piece of a stream, which tells how it ended. */
static void end_stream(struct stream *stream, struct decode_piece *piece, ssize_t count,
                       unsigned long before)
{
    struct decode_streams *streams = stream->streams;
    if (count < 0) {
        buffer_print(&piece->last_words, "dsmr decode: cannot read %s: %s\n", stream->name,
                     strerror(errno));
        streams->unreadable = true;
    } else if (streams->telegrams == before) {
        buffer_print(&piece->last_words, "%s: no telegram found\n", stream->name);
        streams->refused = true;
    }
}

static void read_stream(struct stream *stream)
{
    struct decode_streams *streams = stream->streams;
    unsigned long before = streams->telegrams;
    struct dsmr_telegram telegram;
    ssize_t count;
    do {
        struct decode_piece *piece = take_piece(stream);
        count = stream->fd < 0 ? -1 : read_block(stream->fd, piece->block, streams->block_size);
        piece->size = count > 0 ? (size_t)count : 0;
        stream->read += piece->size;
        piece->end = stream->read;
        if (count >= 0)
            dsmr_framer_push(&stream->framer, piece->block, piece->size);
        if (count == 0)
            dsmr_framer_flush(&stream->framer, true);
        while (count >= 0 && dsmr_framer_next(&stream->framer, &telegram) != DSMR_MORE)
            take_telegram(stream, piece, &telegram);
        if (count <= 0)
            end_stream(stream, piece, count, before);
        give_piece(stream, piece);
    } while (count > 0 && atomic_load(&streams->write_error) == 0);
}

static uint64_t size_of_file(int fd)
{
    struct stat status;
    bool regular = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    return regular && status.st_size > 0 ? (uint64_t)status.st_size : 0;
}

bool decode_streams_read(struct decode_streams *streams, const char *path)
{
    bool standard_input = strcmp(path, "-") == 0;
    struct stream stream = {.streams = streams, .name = standard_input ? "standard input" : path};
    stream.fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (stream.fd >= 0)
        stream.whole = size_of_file(stream.fd);
    dsmr_framer_init(&stream.framer, stream.framed, sizeof stream.framed);
    dsmr_framer_decrypt(&stream.framer, streams->cipher);
    dsmr_framer_remember(&stream.framer, &streams->shapes);
    dsmr_channels_init(&stream.channels);
    read_stream(&stream);
    if (stream.fd >= 0 && !standard_input)
        close(stream.fd);
    return atomic_load(&streams->write_error) == 0;
}

/* ------------------------------------------------------------------------------------------------
 * The beginning and the end
 */

/* A test reads a few bytes at a time, so that every telegram lies across the edge of blocks. */
static size_t choose_block_size(void)
{
    const char *wanted = getenv("DSMR_DECODE_BLOCK");
    unsigned long size = wanted ? strtoul(wanted, NULL, 10) : 0;
    return size > 0 && size <= BLOCK_SIZE_MAX ? size : BLOCK_SIZE;
}

struct decode_streams *decode_streams_new(const struct decode_manner *manner,
                                          const struct dsmr_cipher *cipher, unsigned jobs)
{
    struct decode_streams *streams = memory_new(1, sizeof *streams);
    streams->manner = manner;
    streams->cipher = cipher;
    streams->jobs = jobs;
    streams->block_size = choose_block_size();
    streams->piece_count = jobs == 1 ? 1 : (size_t)jobs * PIECES_A_THREAD;
    streams->pieces = memory_new(streams->piece_count, sizeof *streams->pieces);
    streams->decoders = memory_new(jobs, sizeof *streams->decoders);
    streams->room = memory_new(SHAPES, sizeof *streams->room);
    dsmr_shapes_init(&streams->shapes, streams->room, SHAPES, dsmr_processor());
    decode_progress_init(&streams->progress);
    streams->workers = workers_new(&(struct workers_job){
        .work = print_piece,
        .finish = put_out,
        .context = streams,
        .pieces = streams->piece_count,
        .threads = jobs,
    });
    return streams;
}

struct decode_outcome decode_streams_end(struct decode_streams *streams)
{
    workers_free(streams->workers);
    decode_progress_clear(&streams->progress);
    struct decode_outcome outcome = {
        .refused = streams->refused,
        .unreadable = streams->unreadable,
        .write_error = atomic_load(&streams->write_error),
    };
    for (size_t i = 0; i < streams->piece_count; i++)
        decode_piece_free(&streams->pieces[i]);
    for (unsigned i = 0; i < streams->jobs; i++)
        piece_decoder_free(&streams->decoders[i]);
    free(streams->pieces);
    free(streams->decoders);
    free(streams->room);
    free(streams);
    return outcome;
}
