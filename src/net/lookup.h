/* SPDX-License-Identifier: MIT */
/* Finds the addresses of a host on a thread of the pool, since that may take long. */
#ifndef DSMR_NET_LOOKUP_H
#define DSMR_NET_LOOKUP_H

#include "core/loop.h"

#include <stddef.h>

enum {
    LOOKUP_MOST = 8,
    LOOKUP_SIZE = 64, /* of an address with its zone */
};

struct lookup;

/* What was found, best first, as text; borrowed until the callback returns. error is NULL, or why
 * nothing was. */
typedef void lookup_done(void *context, char (*addresses)[LOOKUP_SIZE], size_t count,
                         const char *error);

/* host is a name or an address, copied; done is called once, later. Never NULL. */
struct lookup *lookup_start(struct loop *loop, const char *host, lookup_done *done, void *context);

/* Nobody wants to know any more: done is not called. Not after done. NULL is allowed. */
void lookup_drop(struct lookup *lookup);

#endif
