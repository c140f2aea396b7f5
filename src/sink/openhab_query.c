/* SPDX-License-Identifier: MIT */
/* Questions have a connection of their own: a long list must not hold up states. */
#include "sink/openhab_query.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 5000, ANSWER_MS = 30000 };

struct openhab_query {
    struct http_client *client;
    char *url;           /* without a slash at its end */
    char *authorization; /* header, NULL without a token */
    query_done *done;
    void *context;
};

struct openhab_query *openhab_query_new(struct loop *loop, const char *url, const char *token)
{
    struct openhab_query *query = memory_new(1, sizeof *query);
    size_t size = strlen(url);
    while (size > 0 && url[size - 1] == '/')
        size--;
    query->url = memory_copy(url, size);
    if (token != NULL && token[0] != '\0')
        query->authorization = memory_print("Authorization: Bearer %s", token);
    query->client = http_client_new(&(struct http_setup){
        .loop = loop,
        .parallel = 1,
        .connect_ms = CONNECT_MS,
        .answer_ms = ANSWER_MS,
        .answer_limit = QUERY_ANSWER_MAX + 1,
    });
    return query;
}

static enum query_outcome outcome_of(const struct http_answer *answer)
{
    int status = answer->status;
    if (status == 200)
        return answer->body_size > QUERY_ANSWER_MAX ? QUERY_TOO_LARGE : QUERY_FOUND;
    if (status == 401 || status == 403)
        return QUERY_DENIED;
    bool elsewhere = status >= 300 && status < 400;
    bool later = status >= 500 || status == 407 || status == 408 || status == 429;
    return status == 0 || elsewhere || later ? QUERY_ABSENT : QUERY_UNKNOWN;
}

static void on_answer(void *context, const struct http_answer *answer)
{
    struct openhab_query *query = context;
    query->done(query->context, outcome_of(answer), answer);
}

bool openhab_query_get(struct openhab_query *query, const char *path, query_done *done,
                       void *context)
{
    if (http_client_room(query->client) == 0)
        return false;
    const char *headers[] = {"Accept: application/json", query->authorization, NULL};
    char *url = memory_print("%s%s", query->url, path);
    struct http_request request = {.method = "GET", .url = url, .headers = headers};
    query->done = done;
    query->context = context;
    http_client_send(query->client, &request, on_answer, query);
    free(url);
    return true;
}

void openhab_query_free(struct openhab_query *query)
{
    if (query == NULL)
        return;
    http_client_free(query->client);
    free(query->url);
    free(query->authorization);
    free(query);
}
