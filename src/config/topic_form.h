/* SPDX-License-Identifier: MIT */
/* The topics that a user can name: plain ones, and patterns with {meter} and {item} in them. */
#ifndef DSMR_CONFIG_TOPIC_FORM_H
#define DSMR_CONFIG_TOPIC_FORM_H

#include <stdbool.h>
#include <stddef.h>

enum { TOPIC_MAX = 512 }; /* bytes; brokers take 65535, people and databases do not */

/* True for a topic of UTF-8 without wildcards, braces, control characters and empty levels. */
bool topic_is_good(const char *topic);

/* True for a topic in which {meter} and {item} may stand, and no other brace. */
bool topic_pattern_is_good(const char *pattern);

/* Bytes of the {meter} or {item} at the start, 0 when there is none. */
size_t topic_place_holder(const char *pattern);

#endif
