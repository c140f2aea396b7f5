/* SPDX-License-Identifier: MIT */
/* Names are not looked up, for the reason that listen.c gives. */
#include "config/http_listen.h"

#include "config/key.h"
#include "config/secret_path.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char separators[] = " \t,";

const char http_token_advice[] =
    "(umask 077; openssl rand -hex 32 > /etc/dsmr/http.token) makes one";

/* An address of loopback is one of this machine alone. */
static bool read_host(struct http_place *place)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, place->host, &four) == 1) {
        place->loopback = (ntohl(four.s_addr) >> 24) == 127;
        return true;
    }
    if (inet_pton(AF_INET6, place->host, &six) != 1)
        return false;
    place->loopback = IN6_IS_ADDR_LOOPBACK(&six);
    return true;
}

static bool read_port(const char *text, size_t size, int *port)
{
    *port = 0;
    if (size == 0 || size > 5 || strspn(text, "0123456789") < size)
        return false;
    for (size_t i = 0; i < size; i++)
        *port = *port * 10 + (text[i] - '0');
    return *port <= 65535;
}

static void set_host(struct http_place *place, const char *host, size_t size)
{
    static const char any[] = "::";
    static const char loopback[] = "127.0.0.1";
    if (size == 1 && *host == '*')
        memcpy(place->host, any, sizeof any);
    else if (size == 0 || (size == 9 && strncasecmp(host, "localhost", size) == 0))
        memcpy(place->host, loopback, sizeof loopback);
    else
        snprintf(place->host, sizeof place->host, "%.*s", (int)size, host);
}

static bool read_place(const char *text, size_t size, struct http_place *place)
{
    bool brackets = *text == '[';
    const char *end = text + size;
    const char *host = brackets ? text + 1 : text;
    const char *stop = memchr(host, brackets ? ']' : ':', (size_t)(end - host));
    if (!stop || (size_t)(stop - host) >= sizeof place->host)
        return false;
    const char *colon = stop + (brackets ? 1 : 0);
    if (colon >= end || *colon != ':' || (brackets && stop == host))
        return false;
    set_host(place, host, (size_t)(stop - host));
    return read_port(colon + 1, (size_t)(end - colon) - 1, &place->port) && read_host(place) &&
           brackets == (strchr(place->host, ':') != NULL && *host != '*');
}

enum http_place_kind http_listen_next(const char **list, struct http_place *place)
{
    *place = (struct http_place){.port = 0};
    *list += strspn(*list, separators);
    const char *word = *list;
    size_t size = strcspn(word, separators);
    *list += size;
    if (size == 0)
        return HTTP_PLACE_END;
    return read_place(word, size, place) ? HTTP_PLACE_GOOD : HTTP_PLACE_BAD;
}

bool http_listen_is_good(const char *list)
{
    struct http_place place;
    enum http_place_kind kind;
    int count = 0;
    if (strcmp(list, "no") == 0)
        return true;
    while ((kind = http_listen_next(&list, &place)) == HTTP_PLACE_GOOD)
        count++;
    return kind == HTTP_PLACE_END && *list == '\0' && count > 0 && count <= HTTP_PLACES;
}

bool http_listen_is_wide(const char *list)
{
    struct http_place place;
    while (http_listen_next(&list, &place) == HTTP_PLACE_GOOD)
        if (!place.loopback)
            return true;
    return false;
}

enum http_token http_token_look(const char *path)
{
    struct complaints unread = {0};
    struct text_file file;
    if (access(path, R_OK) != 0 && errno == EACCES)
        return HTTP_TOKEN_HIDDEN;
    bool there = text_file_read(&file, path, SEVERITY_WARNING, &unread);
    complaints_free(&unread);
    if (!there)
        return HTTP_TOKEN_MISSING;
    size_t size = strcspn(file.text, "\r\n");
    secret_path_free(&file);
    return size > 0 && size <= HTTP_TOKEN_MAX ? HTTP_TOKEN_GOOD : HTTP_TOKEN_BAD;
}

void http_keys_check(const struct config *config, struct complaints *complaints)
{
    const char *listen = config_text(config, CONFIG_HTTP_LISTEN);
    const struct config_value *value = &config->values[CONFIG_HTTP_LISTEN];
    if (!http_listen_is_wide(listen) || config_is_set(config, CONFIG_HTTP_TOKEN_FILE))
        return;
    complain(
        complaints, SEVERITY_ERROR, config->file ? config->file : "--http", value->line,
        "key '%s': others can reach %s, so http.token.file= has to name a file with a token; %s",
        key_facts(CONFIG_HTTP_LISTEN)->name, listen, http_token_advice);
}
