/* SPDX-License-Identifier: MIT */
#include "sink/openhab_rival.h"

#include "core/memory.h"
#include "sink/openhab_things.h"

#include <stdlib.h>
#include <string.h>

static const char topic[] = "openhab";

struct openhab_rival {
    struct rival_setup setup;
    char *told;     /* what the user knows, in the words of the log; "" if nothing */
    bool asked_all; /* not only for the short list */
};

struct openhab_rival *openhab_rival_new(const struct rival_setup *setup)
{
    struct openhab_rival *rival = memory_new(1, sizeof *rival);
    rival->setup = *setup;
    rival->told = memory_text("");
    return rival;
}

void openhab_rival_free(struct openhab_rival *rival)
{
    if (rival == NULL)
        return;
    free(rival->told);
    free(rival);
}

static void tell(struct openhab_rival *rival, const struct rival_things *things)
{
    struct buffer words = {0};
    buffer_add_text(&words, "");
    if (things->port != NULL)
        buffer_print(&words,
                     " reads %s too (thing %.100s): only one program can; disable that thing in "
                     "openHAB's settings",
                     things->port, things->port_thing);
    if (things->linked > 0)
        buffer_print(&words,
                     "%s feeds %zu of the same items: %s%s; unlink these channels, or take "
                     "dsmr=\"…\" away from the items",
                     things->port != NULL ? "; it" : "", things->linked, things->links.at,
                     things->linked > RIVAL_LINKS_NAMED ? ", …" : "");
    if (words.size > 0 && strcmp(words.at, rival->told) != 0)
        log_warn(rival->setup.log, topic, "openHAB's own DSMR binding%s", words.at);
    free(rival->told);
    rival->told = memory_text(words.at);
    buffer_free(&words);
}

static void on_things(void *context, enum query_outcome outcome, const struct http_answer *answer);

static bool ask(struct openhab_rival *rival, const char *path)
{
    return openhab_query_get(rival->setup.query, path, on_things, rival);
}

/* The short list tells which things there are, the long one what they are linked to. The long one is
 * asked for only where it matters: openHAB has work to do for it. */
static void on_things(void *context, enum query_outcome outcome, const struct http_answer *answer)
{
    struct openhab_rival *rival = context;
    struct rival_things things;
    if (outcome != QUERY_FOUND) {
        log_debug(rival->setup.log, topic, "openHAB's things are not known: %s (%d)",
                  answer->error != NULL ? answer->error : "", answer->status);
        return;
    }
    rival_things_read(&things, answer->body, answer->body_size, rival->setup.items,
                      rival->setup.config);
    if (things.count == 0 || things.whole)
        tell(rival, &things);
    else if (!rival->asked_all)
        rival->asked_all = ask(rival, "/rest/things");
    rival_things_free(&things);
}

void openhab_rival_look(struct openhab_rival *rival)
{
    rival->asked_all = false;
    ask(rival, "/rest/things?summary=true");
}
