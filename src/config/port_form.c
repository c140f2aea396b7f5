/* SPDX-License-Identifier: MIT */
#include "config/port_form.h"

#include "config/address.h"
#include "config/broker.h"

#include <string.h>
#include <strings.h>

static bool is_path(const char *text)
{
    return text[0] == '/' && text[1] != '\0' && text[strlen(text) - 1] != '/';
}

static bool is_nothing(const char *text)
{
    return *text == '\0';
}

static bool is_word(const char *text)
{
    return text[strcspn(text, " \t")] == '\0';
}

static bool is_address(const char *text)
{
    struct address address;
    return address_parse_after("//", text, &address);
}

bool port_form_is_auto(const char *text)
{
    return strcasecmp(text, "auto") == 0;
}

size_t port_form_broker(const char *text)
{
    char url[300];
    struct broker_address broker;
    const char *host = strstr(text, "://");
    const char *slash = host ? strchr(host + 3, '/') : NULL;
    if (strncasecmp(text, "mqtt", 4) != 0 || !slash || (size_t)(slash - text) >= sizeof url)
        return 0;
    size_t size = (size_t)(slash - text);
    memcpy(url, text, size);
    url[size] = '\0';
    bool has_topic = slash[1] != '\0' && strpbrk(slash + 1, "+#") == NULL;
    return has_topic && broker_parse(url, &broker) ? size : 0;
}

bool port_form_is_good(const char *text)
{
    static const struct {
        const char *scheme;
        bool (*suits)(const char *rest);
    } forms[] = {
        {"tcp:", is_address}, {"rfc2217:", is_address}, {"pipe:", is_path},
        {"file:", is_path},   {"stdin:", is_nothing},   {"simulated:", is_word},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        size_t size = strlen(forms[i].scheme);
        if (strncasecmp(text, forms[i].scheme, size) == 0)
            return forms[i].suits(text + size);
    }
    return port_form_broker(text) > 0 || is_path(text) || strcmp(text, "-") == 0 ||
           port_form_is_auto(text);
}
