/* SPDX-License-Identifier: MIT */
/* The keys of dsmr.cfg in Dutch, for the page. */
#include "config/key.h"

static const char *const dutch[CONFIG_KEY_COUNT] = {
#define DUTCH(symbol, description) [CONFIG_##symbol] = (description),
#include "config/keys_nl.def"
#undef DUTCH
};

const char *key_description_nl(enum config_key key)
{
    return dutch[key];
}
