/* SPDX-License-Identifier: MIT */
/* mqtt.url: two schemes with host and port, and one with a path. */
#include "config/broker.h"

#include "config/address.h"

#include <string.h>
#include <strings.h>

enum { PORT = 1883, TLS_PORT = 8883, SOCKET_PATH_MAX = 107 };

/* What stands behind the scheme; NULL when the URL has another. */
static const char *behind(const char *url, const char *scheme)
{
    size_t size = strlen(scheme);
    return strncasecmp(url, scheme, size) == 0 ? url + size : NULL;
}

static bool parse_socket(const char *path, struct broker_address *broker)
{
    if (strncmp(path, "//", 2) == 0)
        path += 2;
    size_t size = strlen(path);
    if (path[0] != '/' || path[1] == '\0' || path[size - 1] == '/' || size > SOCKET_PATH_MAX)
        return false;
    memcpy(broker->host, path, size);
    return true;
}

static bool parse_host(const char *text, int usual_port, struct broker_address *broker)
{
    struct address address;
    size_t size = strlen(text);
    if (size > 0 && text[size - 1] == '/')
        size--;
    if (!address_parse(text, size, &address))
        return false;
    memcpy(broker->host, address.host, sizeof broker->host);
    broker->port = address.port != 0 ? address.port : usual_port;
    return true;
}

bool broker_parse(const char *url, struct broker_address *broker)
{
    const char *rest;
    *broker = (struct broker_address){0};
    if ((rest = behind(url, "unix:")) != NULL)
        return parse_socket(rest, broker);
    if ((rest = behind(url, "mqtt://")) != NULL)
        return parse_host(rest, PORT, broker);
    if ((rest = behind(url, "mqtts://")) == NULL)
        return false;
    broker->tls = true;
    return parse_host(rest, TLS_PORT, broker);
}
