/* SPDX-License-Identifier: MIT */
/* Takes an address apart, with libcurl, so that it means the same here as for the HTTP client. */
#include "net/websocket_url.h"

#include "core/memory.h"

#include <curl/curl.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Never NULL: "" for a part that is not there. */
static char *part(CURLU *address, CURLUPart which, unsigned flags)
{
    char *found = NULL;
    if (curl_url_get(address, which, &found, flags) != CURLUE_OK)
        return memory_text("");
    char *text = memory_text(found);
    curl_free(found);
    return text;
}

/* curl does not know ws as a scheme in every version; it is http until it is open. */
static char *as_http(const char *text)
{
    if (strncasecmp(text, "ws://", 5) == 0)
        return memory_print("http://%s", text + 5);
    if (strncasecmp(text, "wss://", 6) == 0)
        return memory_print("https://%s", text + 6);
    return memory_text(text);
}

static void set_host(struct websocket_url *url, CURLU *address)
{
    char *host = part(address, CURLUPART_HOST, 0);
    char *zone = part(address, CURLUPART_ZONEID, 0);
    char *port = part(address, CURLUPART_PORT, 0);
    size_t size = strlen(host);
    url->authority = memory_print("%s%s%s", host, *port != '\0' ? ":" : "", port);
    if (size >= 2 && host[0] == '[')
        url->host =
            memory_print("%.*s%s%s", (int)size - 2, host + 1, *zone != '\0' ? "%" : "", zone);
    else
        url->host = memory_text(host);
    url->port = *port != '\0' ? (int)strtol(port, NULL, 10) : url->tls ? 443 : 80;
    free(host);
    free(zone);
    free(port);
}

static void set_path(struct websocket_url *url, CURLU *address)
{
    char *path = part(address, CURLUPART_PATH, 0);
    char *query = part(address, CURLUPART_QUERY, 0);
    url->path =
        memory_print("%s%s%s%s", *path == '/' ? "" : "/", path, *query != '\0' ? "?" : "", query);
    free(path);
    free(query);
}

static void set_authorization(struct websocket_url *url, CURLU *address)
{
    char *user = part(address, CURLUPART_USER, CURLU_URLDECODE);
    char *password = part(address, CURLUPART_PASSWORD, CURLU_URLDECODE);
    if (*user != '\0') {
        char *both = memory_print("%s:%s", user, password);
        size_t size = strlen(both) * 2 + 8;
        char *coded = memory_new(size, 1);
        lws_b64_encode_string(both, (int)strlen(both), coded, (int)size);
        url->authorization = memory_print("Authorization: Basic %s", coded);
        free(coded);
        free(both);
    }
    free(user);
    free(password);
}

bool websocket_url_read(struct websocket_url *url, const char *text)
{
    *url = (struct websocket_url){0};
    CURLU *address = curl_url();
    char *http = as_http(text);
    bool good = address != NULL && curl_url_set(address, CURLUPART_URL, http, 0) == CURLUE_OK;
    if (good) {
        char *scheme = part(address, CURLUPART_SCHEME, 0);
        url->tls = strcmp(scheme, "https") == 0;
        good = url->tls || strcmp(scheme, "http") == 0;
        free(scheme);
    }
    if (good) {
        set_host(url, address);
        set_path(url, address);
        set_authorization(url, address);
    }
    free(http);
    curl_url_cleanup(address);
    return good;
}

void websocket_url_free(struct websocket_url *url)
{
    free(url->host);
    free(url->authority);
    free(url->path);
    free(url->authorization);
    *url = (struct websocket_url){0};
}
