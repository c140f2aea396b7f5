/* SPDX-License-Identifier: MIT */
/* What a topic can hold [MQTT 3.1.1, 1.5.3 and 4.7]; control characters, which it forbids only in
 * part, nobody can type. */
#include "config/topic_form.h"

#include "core/utf8.h"

#include <string.h>

static bool levels_are_good(const char *topic, size_t size)
{
    return size > 0 && size <= TOPIC_MAX && topic[0] != '/' && topic[0] != '$' &&
           topic[size - 1] != '/' && strstr(topic, "//") == NULL;
}

bool topic_pattern_is_good(const char *pattern)
{
    size_t size = strlen(pattern);
    if (!levels_are_good(pattern, size))
        return false;
    for (size_t at = 0; at < size;) {
        unsigned char byte = (unsigned char)pattern[at];
        size_t length = topic_place_holder(pattern + at);
        if (length == 0)
            length = byte == '{' || byte == '}' ? 0 : utf8_character(pattern + at, size - at);
        if (length == 0 || byte < 0x20 || byte == 0x7F || byte == '+' || byte == '#')
            return false;
        at += length;
    }
    return true;
}

bool topic_is_good(const char *topic)
{
    return topic_pattern_is_good(topic) && strchr(topic, '{') == NULL;
}

size_t topic_place_holder(const char *pattern)
{
    static const char *const known[] = {"{meter}", "{item}"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(pattern, known[i], strlen(known[i])) == 0)
            return strlen(known[i]);
    return 0;
}
