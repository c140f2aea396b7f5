/* SPDX-License-Identifier: MIT */
#include "cmd/check_openhab.h"

#include "config/items_json.h"
#include "core/loop.h"
#include "sink/openhab_list.h"

#include <stdlib.h>

struct question {
    struct loop *loop;
    struct bound_items *items;
    struct complaints *complaints;
    bool read;
};

static void on_list(void *context, enum query_outcome outcome, const struct http_answer *answer)
{
    struct question *question = context;
    char *reason = NULL;
    enum list_trouble trouble =
        openhab_list_read(question->items, outcome, answer, question->complaints, &reason);
    if (trouble == LIST_DENIED)
        complain(question->complaints, SEVERITY_MISTAKE, ITEMS_OF_OPENHAB, 0,
                 "it wants an API token in openhab.token, or another one: %s", reason);
    else if (trouble != LIST_FINE)
        complain(question->complaints, SEVERITY_WARNING, ITEMS_OF_OPENHAB, 0,
                 "its items could not be looked at: %s; dsmr run tries it again and again", reason);
    free(reason);
    question->read = trouble == LIST_FINE;
    loop_stop(question->loop);
}

bool check_openhab_items(struct bound_items *items, const struct config *config,
                         struct complaints *complaints)
{
    struct question question = {.loop = loop_new(), .items = items, .complaints = complaints};
    struct openhab_query *query =
        openhab_query_new(question.loop, config_text(config, CONFIG_OPENHAB_URL),
                          config_text(config, CONFIG_OPENHAB_TOKEN));
    openhab_query_get(query, OPENHAB_LIST_PATH, on_list, &question);
    loop_run(question.loop);
    openhab_query_free(query);
    loop_free(question.loop);
    return question.read;
}
