/* SPDX-License-Identifier: MIT */
/* What is answered by HTTP: text at once, text that a thread has to work out, or a stream of events. */
#ifndef DSMR_HTTP_ANSWER_H
#define DSMR_HTTP_ANSWER_H

#include "core/buffer.h"
#include "http/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_stream;
struct http_answer;
struct exchange;

/* An answer that goes on as long as the other side listens. */
struct http_stream_kind {
    /* Copies what comes next into out; returns its bytes, 0 when there is nothing now. Whoever has
     * something again calls http_stream_wake(). */
    size_t (*read)(struct http_stream *stream, char *out, size_t size);
    void (*free)(struct http_stream *stream);
};

/* First member of every stream's own struct. */
struct http_stream {
    const struct http_stream_kind *kind;
    struct exchange *exchange; /* the server's; NULL while no server has it */
};

/* There is something to read. */
void http_stream_wake(struct http_stream *stream);

/* Closes its connection; the server frees the stream soon. */
void http_stream_end(struct http_stream *stream);

/* An answer that takes a thread of the pool. First member of every job's own struct. */
struct http_job {
    void (*work)(struct http_job *job);                               /* on the thread */
    void (*finish)(struct http_job *job, struct http_answer *answer); /* on the loop's */
    void (*free)(struct http_job *job);
};

enum { HTTP_RETRY_AFTER_S = 2 }; /* where it is only busy */

struct http_answer {
    int status; /* of HTTP; 200 to begin with */
    const char *type;
    struct buffer body;
    const char *packed; /* static, gzip: instead of body */
    size_t packed_size;
    bool gzip;         /* the body is compressed */
    bool ready;        /* http_answer_pack() was called */
    char etag[32];     /* with its quotation marks; "" without */
    const char *cache; /* Cache-Control */
    const char *name;  /* of the file that a browser is to store it as; NULL without. Static */
    bool challenge;    /* 401: says that a token is wanted */
    int later_s;       /* 503: seconds after which to try again; 0: it does not say */
    struct http_stream *stream; /* instead of body */
    bool endless;               /* to HEAD, where a stream answers GET */
    struct http_job *job;       /* fills in the answer */
};

/* An empty answer of status 200. */
void http_answer_init(struct http_answer *answer);

/* What it holds, stream and job apart. */
void http_answer_free(struct http_answer *answer);

/* Makes it the description of a problem, as RFC 9457 has it: the status and what to do about it. */
void http_problem(struct http_answer *answer, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Gives a good answer its tag, and compresses it where gzip is understood. http_answer_finish() does so
 * where it was not done before, on a thread of the pool. */
void http_answer_pack(struct http_answer *answer, bool gzip);

/* What does not depend on what is asked: the tag, 304 where the other side has it already, compression
 * where it is understood. */
void http_answer_finish(struct http_answer *answer, const struct http_request *request);

extern const char http_type_json[];
extern const char http_cache_ask[];   /* may be kept, but is to be asked for again */
extern const char http_cache_never[]; /* of this moment only */

#endif
