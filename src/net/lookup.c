/* SPDX-License-Identifier: MIT */
/* Name look-ups: a job of the pool cannot be cancelled, so a dropped one is freed by its end. */
#include "net/lookup.h"

#include "core/memory.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct lookup {
    char *host;
    lookup_done *done; /* NULL when it was dropped */
    void *context;
    int error; /* of getaddrinfo */
    size_t count;
    char addresses[LOOKUP_MOST][LOOKUP_SIZE];
};

static void look_up(void *context)
{
    struct lookup *lookup = context;
    struct addrinfo *found = NULL;
    struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    lookup->error = getaddrinfo(lookup->host, NULL, &wanted, &found);
    for (struct addrinfo *at = found; at != NULL && lookup->count < LOOKUP_MOST; at = at->ai_next)
        if (getnameinfo(at->ai_addr, at->ai_addrlen, lookup->addresses[lookup->count], LOOKUP_SIZE,
                        NULL, 0, NI_NUMERICHOST) == 0)
            lookup->count++;
    if (found != NULL)
        freeaddrinfo(found);
}

static void on_looked_up(void *context)
{
    struct lookup *lookup = context;
    const char *error = lookup->error != 0   ? gai_strerror(lookup->error)
                        : lookup->count == 0 ? "it has no address"
                                             : NULL;
    if (lookup->done != NULL)
        lookup->done(lookup->context, lookup->addresses, lookup->count, error);
    free(lookup->host);
    free(lookup);
}

struct lookup *lookup_start(struct loop *loop, const char *host, lookup_done *done, void *context)
{
    struct lookup *lookup = memory_new(1, sizeof *lookup);
    lookup->host = memory_text(host);
    lookup->done = done;
    lookup->context = context;
    loop_work(loop, look_up, on_looked_up, lookup);
    return lookup;
}

void lookup_drop(struct lookup *lookup)
{
    if (lookup != NULL)
        lookup->done = NULL;
}
