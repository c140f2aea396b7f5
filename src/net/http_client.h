/* SPDX-License-Identifier: MIT */
/*
 * Asks HTTP servers from within the loop: several requests at once, over connections that are kept.
 * Nothing here ever waits. Only http_client.c knows which library is behind it.
 *
 * Certificates are checked. A proxy that the environment names (http_proxy) is used, but never for
 * this machine itself. Redirections are not followed.
 */
#ifndef DSMR_NET_HTTP_CLIENT_H
#define DSMR_NET_HTTP_CLIENT_H

#include "core/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_client;

struct http_setup {
    struct loop *loop;
    size_t parallel;     /* requests under way at once; as many connections are kept */
    int64_t connect_ms;  /* longest time until the connection stands, the name look-up included */
    int64_t answer_ms;   /* longest time of a whole request */
    size_t answer_limit; /* bytes of an answer's body that are kept */
    /* Each may be NULL. All are copied. */
    const char *ca;       /* file with the certificates to trust, instead of the system's */
    const char *user;     /* for basic authentication */
    const char *password; /* with a user */
};

struct http_request {
    const char *method;
    const char *url;
    const char *const *headers; /* "Name: text", ended by a NULL; NULL for none */
    const char *body;           /* NULL for none */
    size_t body_size;
};

/* What came of a request. Borrowed until the callback returns. */
struct http_answer {
    int status;            /* of HTTP; 0 when no answer came */
    const char *error;     /* why none came, a few words; NULL with a status */
    bool broken;           /* the connection stood and was closed before the answer */
    const char *location;  /* where a redirection points; NULL without */
    int64_t retry_after_s; /* the server asks not to come back before; 0 without */
    const char *body;      /* ended by a NUL; "" without */
    size_t body_size;
};

typedef void http_done(void *context, const struct http_answer *answer);

/* setup is copied. Never NULL. */
struct http_client *http_client_new(const struct http_setup *setup);

/* How many requests could be sent now. */
size_t http_client_room(const struct http_client *client);

/*
 * Sends a request; done is called once, later, from the loop, and may send again. Everything is
 * copied. Returns false, without effect, when there is no room.
 */
bool http_client_send(struct http_client *client, const struct http_request *request,
                      http_done *done, void *context);

/* Drops what is under way, at once; done is not called for it. Not from inside a done. NULL is
 * allowed. */
void http_client_free(struct http_client *client);

#endif
