/* SPDX-License-Identifier: MIT */
/*
 * Names are not looked up: to listen, one has to name an address of this machine, and a look-up at
 * start would wait for a network that is not up yet.
 */
#include "config/listen.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char separators[] = " \t,";

static bool is_numeric(const char *host)
{
    unsigned char binary[sizeof(struct in6_addr)];
    char bare[sizeof((struct address *)0)->host];
    size_t size = strcspn(host, "%"); /* fe80::1%eth0 */
    memcpy(bare, host, size);
    bare[size] = '\0';
    return inet_pton(AF_INET, host, binary) == 1 || inet_pton(AF_INET6, bare, binary) == 1;
}

static bool read_tcp(const char *text, struct listen_place *place)
{
    static const char loopback[] = "127.0.0.1";
    struct address *address = &place->address;
    char whole[sizeof place->name + sizeof loopback];
    snprintf(whole, sizeof whole, "%s%s", text[0] == ':' ? loopback : "", text);
    if (!address_parse(whole, strlen(whole), address) || address->port == 0)
        return false;
    if (strcasecmp(address->host, "localhost") == 0)
        memcpy(address->host, loopback, sizeof loopback);
    return is_numeric(address->host);
}

static bool read_path(const char *text, struct listen_place *place)
{
    size_t size = strlen(text);
    if (text[0] != '/' || size < 2 || size > LISTEN_PATH_MAX || text[size - 1] == '/')
        return false;
    memcpy(place->path, text, size + 1);
    return true;
}

static enum listen_kind read_place(struct listen_place *place)
{
    const char *name = place->name;
    if (strncasecmp(name, "tcp://", 6) == 0)
        return read_tcp(name + 6, place) ? LISTEN_TCP : LISTEN_BAD;
    if (strncasecmp(name, "unix:", 5) == 0)
        return read_path(name + 5, place) ? LISTEN_UNIX : LISTEN_BAD;
    if (strncasecmp(name, "pty:", 4) == 0)
        return read_path(name + 4, place) ? LISTEN_PTY : LISTEN_BAD;
    return LISTEN_BAD;
}

enum listen_kind listen_next(const char **list, struct listen_place *place)
{
    *place = (struct listen_place){.kind = LISTEN_END};
    *list += strspn(*list, separators);
    size_t size = strcspn(*list, separators);
    if (size == 0)
        return LISTEN_END;
    place->kind = LISTEN_BAD;
    if (size < sizeof place->name) {
        memcpy(place->name, *list, size);
        place->kind = read_place(place);
    }
    *list += size;
    return place->kind;
}

bool listen_is_good(const char *list)
{
    struct listen_place place;
    int count = 0;
    while (listen_next(&list, &place) != LISTEN_END) {
        if (place.kind == LISTEN_BAD)
            return false;
        count++;
    }
    return count > 0 && count <= LISTEN_PLACES;
}
