/* SPDX-License-Identifier: MIT */
/* What is known of the keys of dsmr.cfg, from keys.def, and whether a value suits one. */
#ifndef DSMR_CONFIG_KEY_H
#define DSMR_CONFIG_KEY_H

#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_key_facts {
    const char *name;
    enum config_type type;
    int64_t min, max;
    const char *fallback; /* NULL without */
    const char *allowed;  /* for people; for CONFIG_TYPE_CHOICE the words themselves */
    const char *description;
};

/* Static. */
const struct config_key_facts *key_facts(enum config_key key);

/* Its description in Dutch; never NULL. Static. */
const char *key_description_nl(enum config_key key);

/* The key of this name, CONFIG_KEY_COUNT when there is none. */
enum config_key key_find(const char *name, size_t size);

/* True for the channel of a kind of meter: "gas.channel" … "slaveelectricity.channel". */
bool key_is_channel(enum config_key key);

/* True when its values are never to be shown. */
bool key_is_secret(enum config_key key);

/*
 * True when text is a value that the key can have. *number receives a number, the place of a word
 * among those allowed, or an enum pace_mode; 0 for other types.
 */
bool key_takes(enum config_key key, const char *text, int64_t *number);

/* What the user may have meant by a value that the key cannot take; NULL when there is no telling.
 * Freed by the caller. */
char *key_suggest(enum config_key key, const char *text);

/* The key that other programs have this name for: mqtt.url for mqtt.host; NULL when there is none. */
const char *key_elsewhere(const char *name, size_t size);

/* The value as it may be shown: a secret, and the password in an URL, are replaced by stars. Freed
 * by the caller. */
char *key_show(enum config_key key, const char *text);

#endif
