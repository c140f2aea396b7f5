/* SPDX-License-Identifier: MIT */
/* Addresses are checked for their shape only: whether the host exists is found out by connecting.
 */
#include "config/address.h"

#include <string.h>
#include <strings.h>

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Name characters; those of IPv6 too, with a zone such as %eth0, when in brackets. */
static bool is_host(const char *text, size_t size, bool brackets)
{
    if (size == 0)
        return false;
    for (size_t i = 0; i < size; i++) {
        const char *others = brackets ? ":.%-_" : ".-_";
        if (!is_letter_or_digit(text[i]) && (text[i] == '\0' || !strchr(others, text[i])))
            return false;
    }
    return true;
}

static bool parse_port(const char *text, size_t size, int *port)
{
    *port = 0;
    if (size == 0 || size > 5)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *port = *port * 10 + (text[i] - '0');
    }
    return *port >= 1 && *port <= 65535;
}

bool address_parse(const char *text, size_t size, struct address *address)
{
    *address = (struct address){0};
    bool brackets = size > 0 && text[0] == '[';
    const char *host = brackets ? text + 1 : text;
    const char *end = text + size;
    const char *stop = memchr(host, brackets ? ']' : ':', (size_t)(end - host));
    if (brackets && stop == NULL)
        return false;
    size_t host_size = (size_t)((stop != NULL ? stop : end) - host);
    if (!is_host(host, host_size, brackets) || host_size >= sizeof address->host)
        return false;
    memcpy(address->host, host, host_size);

    const char *rest = host + host_size + (brackets ? 1 : 0);
    if (rest == end)
        return true;
    return *rest == ':' && parse_port(rest + 1, (size_t)(end - rest) - 1, &address->port);
}

bool address_parse_after(const char *scheme, const char *text, struct address *address)
{
    size_t size = strlen(scheme);
    if (strncasecmp(text, scheme, size) != 0)
        return false;
    text += size;
    return address_parse(text, strlen(text), address) && address->port != 0;
}
