/* SPDX-License-Identifier: MIT */
#include "http/web.h"

#include "core/memory.h"
#include "http/access.h"
#include "http/api.h"
#include "http/page.h"
#include "http/shelf.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------
 * Questions
 */

struct route {
    const char *path;
    const char *parameters; /* that it takes */
    api_resource *answer;
    bool of_meter; /* of the one that the parameter names, or the first */
};

static const struct route routes[] = {
    {"/api/v1/now", "meter", api_now, true},
    {"/api/v1/items", "meter", api_items, true},
    {"/api/v1/meters", "", api_meters, false},
    {"/api/v1/status", "", api_status, false},
    {"/api/v1/settings", "", api_settings, false},
    {"/api/v1/telegram", "meter", api_telegram, true},
    {"/api/v1/failures", "meter", api_failures, true},
    {"/api/v1/history", "meter items from to step format", api_history, true},
    {"/api/v1/peaks", "meter", api_peaks, true},
    {"/api/v1/events", "meter last", api_events, true},
    {"/api/v1/openapi.json", "", api_description, false},
    {"/metrics", "", api_metrics, false},
};

static void call_route(struct web *web, const struct route *route,
                       const struct http_request *request, struct http_answer *answer)
{
    struct api_call call = {.web = web, .request = request, .answer = answer};
    const char *stray = http_stray_parameter(request, route->parameters);
    const char *name = http_parameter(request, "meter");
    if (stray) {
        http_problem(answer, 400, "parameter '%s' is not known, or there twice; %s takes %s", stray,
                     route->path, *route->parameters != '\0' ? route->parameters : "none");
        return;
    }
    if (route->of_meter && !(call.meter = board_find(&web->board, name))) {
        if (name)
            http_problem(answer, 404,
                         "there is no meter '%s'; /api/v1/meters tells those there are", name);
        else
            http_problem(answer, 404, "there is no meter");
        return;
    }
    route->answer(&call);
}

static const struct route *find_route(const char *path)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (strcmp(routes[i].path, path) == 0)
            return &routes[i];
    return NULL;
}

/* The page itself is no secret, and it is where the token is asked for. */
static bool is_allowed(const struct web *web, const struct http_request *request,
                       struct http_answer *answer)
{
    if (!web->token || access_token_is_right(request, web->token))
        return true;
    answer->challenge = true;
    http_problem(answer, 401,
                 "a token is needed: Authorization: Bearer …, with what stands in the "
                 "file that http.token.file names");
    return false;
}

void web_answer(void *context, const struct http_request *request, struct http_answer *answer)
{
    struct web *web = context;
    const struct route *route = find_route(request->path);
    if (!access_host_is_right(request)) {
        http_problem(answer, 421,
                     "this is localhost: ask for http://localhost, not for another name");
    } else if (request->method == HTTP_OTHER) {
        http_problem(answer, 405,
                     "nothing can be changed here: GET, HEAD and OPTIONS are answered");
    } else if (request->method == HTTP_OPTIONS) {
        answer->status = 204;
    } else if (route) {
        if (is_allowed(web, request, answer))
            call_route(web, route, request, answer);
    } else if (!page_answer(request->path, answer)) {
        http_problem(answer, 404, "there is nothing at %s; docs/api.md tells what there is",
                     request->path);
    }
}

/* ------------------------------------------------------------------------------------------------
 * The sink
 */

static void publish(struct sink *sink, const struct readings *readings)
{
    struct web *web = (struct web *)sink;
    struct board_meter *meter = board_meter(&web->board, readings->meter);
    if (!readings->telegram)
        return;
    board_publish(meter, readings);
    events_telegram(web->events, meter);
}

static void line(struct sink *sink, const struct line_status *status)
{
    struct web *web = (struct web *)sink;
    struct board_meter *meter = board_meter(&web->board, status->meter);
    if (board_line(meter, status))
        events_line(web->events, meter);
}

static void refused(struct sink *sink, const char *meter, const struct dsmr_telegram *telegram)
{
    struct web *web = (struct web *)sink;
    board_refused(board_meter(&web->board, meter), telegram);
}

static void forget_token(struct web *web)
{
    if (web->token)
        explicit_bzero(web->token, strlen(web->token));
    free(web->token);
    web->token = NULL;
}

static void free_web(struct sink *sink)
{
    struct web *web = (struct web *)sink;
    http_server_free(web->server);
    events_free(web->events);
    board_free(&web->board);
    shelf_release(web->shelf);
    forget_token(web);
    free(web);
}

static const struct sink_kind web_kind = {
    .name = "page",
    .publish = publish,
    .line = line,
    .refused = refused,
    .free = free_web,
};

static void take_configuration(struct web *web, const struct config *config, const char *token,
                               const char *history)
{
    web->setup.config = config;
    shelf_release(web->shelf);
    web->shelf = history ? shelf_new(history) : NULL;
    forget_token(web);
    if (token)
        web->token = memory_text(token);
}

void web_configure(struct sink *sink, const struct config *config, const char *token,
                   const char *history)
{
    struct web *web = (struct web *)sink;
    if (token && (!web->token || strcmp(web->token, token) != 0))
        events_end(web->events); /* who has the old token only must not hear more */
    take_configuration(web, config, token, history);
    board_keep(&web->board, config);
    events_keep(web->events);
}

struct sink *web_sink_new(const struct web_setup *setup)
{
    struct web *web = memory_new(1, sizeof *web);
    web->sink.kind = &web_kind;
    web->setup = *setup;
    web->setup.token = NULL;
    web->setup.history = NULL;
    take_configuration(web, setup->config, setup->token, setup->history);
    web->events = events_new(setup->loop);
    if (setup->listen)
        web->server = http_server_new(&(struct http_server_setup){
            .listen = config_text(setup->config, CONFIG_HTTP_LISTEN),
            .asked = config_is_set(setup->config, CONFIG_HTTP_LISTEN),
            .loop = setup->loop,
            .log = setup->log,
            .answer = web_answer,
            .context = web,
        });
    return &web->sink;
}
