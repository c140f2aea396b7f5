/* SPDX-License-Identifier: MIT */
#include "http/access.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { HOST_MAX = 256 };

static bool is_own_name(const char *host, size_t size)
{
    char own[HOST_MAX] = "";
    if (gethostname(own, sizeof own - 1) != 0 || own[0] == '\0')
        return false;
    size_t length = strlen(own);
    if (size < length || strncasecmp(host, own, length) != 0)
        return false;
    return size == length || (size == length + 6 && strncasecmp(host + length, ".local", 6) == 0);
}

/* 127.0.0.1 and its like: an address is nobody else's name. */
static bool is_loopback(const char *host, size_t size)
{
    char text[INET_ADDRSTRLEN] = "";
    struct in_addr address;
    if (size >= sizeof text)
        return false;
    memcpy(text, host, size);
    return inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

bool access_host_is_right(const struct http_request *request)
{
    static const char *const names[] = {"localhost", "[::1]", "localhost."};
    const char *host = request->host;
    if (!request->loopback || !host)
        return true;
    size_t size = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    if (size > strlen(host) || (host[size] != '\0' && host[size] != ':'))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == size && strncasecmp(host, names[i], size) == 0)
            return true;
    return is_loopback(host, size) || is_own_name(host, size);
}

/* Texts of any length become blocks of one length, so that the time says nothing of either. */
static void fill(char block[ACCESS_TOKEN_MAX + 1], const char *text)
{
    memset(block, 0, ACCESS_TOKEN_MAX + 1);
    memcpy(block, text, strnlen(text, ACCESS_TOKEN_MAX));
}

bool access_token_is_right(const struct http_request *request, const char *token)
{
    static const char scheme[] = "Bearer ";
    char wanted[ACCESS_TOKEN_MAX + 1], given[ACCESS_TOKEN_MAX + 1];
    const char *line = request->authorization;
    bool bearer = line && strncasecmp(line, scheme, sizeof scheme - 1) == 0;
    const char *text = bearer ? line + sizeof scheme - 1 : "";
    fill(wanted, token);
    fill(given, text);
    bool same = CRYPTO_memcmp(wanted, given, sizeof wanted) == 0;
    return same && bearer && strlen(text) <= ACCESS_TOKEN_MAX;
}
