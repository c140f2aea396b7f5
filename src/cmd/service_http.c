/* SPDX-License-Identifier: MIT */
#include "cmd/service_http.h"

#include "cmd/secret_file.h"
#include "config/http_listen.h"
#include "core/file_limit.h"
#include "http/access.h"

#include <string.h>

enum { OTHER_FILES = 1024 }; /* open ones, beside connections */

static const char topic[] = "http";

/* False when a token is wanted and there is none. *token is for secret_forget(). */
static bool read_token(const struct config *config, struct log *log, char **token)
{
    const char *path = config_text(config, CONFIG_HTTP_TOKEN_FILE);
    *token = NULL;
    if (!path)
        return true;
    *token = secret_file_line("http.token.file", path, topic, log);
    size_t size = *token ? strlen(*token) : 0;
    if (size > 0 && size <= ACCESS_TOKEN_MAX)
        return true;
    log_error(log, topic, "no page: the first line of %s has to be a token of 1 to %d bytes; %s",
              path, ACCESS_TOKEN_MAX, http_token_advice);
    secret_forget(*token);
    return false;
}

struct sink *service_http_new(const struct config *config, const struct bus *bus,
                              struct web_start start, struct loop *loop, struct log *log)
{
    char *token;
    if (strcmp(config_text(config, CONFIG_HTTP_LISTEN), "no") == 0 ||
        !read_token(config, log, &token))
        return NULL;
    file_limit_raise(OTHER_FILES + HTTP_CONNECTIONS);
    struct sink *sink = web_sink_new(&(struct web_setup){
        .config = config,
        .token = token,
        .history = config_text(config, CONFIG_HISTORY_PATH),
        .start = start,
        .listen = true,
        .bus = bus,
        .loop = loop,
        .log = log,
    });
    secret_forget(token);
    return sink;
}

bool service_http_configure(struct sink *sink, const struct config *config, struct log *log)
{
    char *token;
    if (!read_token(config, log, &token))
        return false;
    web_configure(sink, config, token, config_text(config, CONFIG_HISTORY_PATH));
    secret_forget(token);
    return true;
}
