/* SPDX-License-Identifier: MIT */
/* What the catalogue says of an item, in the words of the conventions on top of MQTT. */
#ifndef DSMR_SINK_ITEM_WORDS_H
#define DSMR_SINK_ITEM_WORDS_H

#include "config/pace_rule.h"
#include "dsmr/dsmr.h"

enum language { LANGUAGE_ENGLISH, LANGUAGE_DUTCH };

/* A name from a description of the catalogue: without the remarks that stand behind it in brackets,
 * after a colon or after "in". Points into the description. */
struct dsmr_text item_name(const char *description);

/* What stands behind the id of the least and the greatest of an interval: "Least", "Greatest", which no id
 * of the catalogue ends in; and behind their names: ", min", ", max" in every language. "" for the mean.
 * Static texts. */
const char *part_id_ending(enum pace_part part);
const char *part_name_ending(enum pace_part part);

/* A kind of meter as a name: "Gas meter", "Gasmeter". Static text. */
const char *kind_title(enum dsmr_kind kind, enum language language);

/*
 * An item id in lower case, its words parted by separator: e_delivery_tariff1. Writes at most size
 * bytes, a NUL included; ids of the catalogue are below ITEM_ID_MAX.
 */
enum { ITEM_ID_MAX = 80 };
void item_id_in_words(const char *id, char separator, char *out, size_t size);

/* The values of an item that has only a few of them, and what they mean. */
struct enumeration;

/* NULL for an item that has any value. Static. */
const struct enumeration *enumeration_of(const struct dsmr_item_info *info);

/* The words one by one; NULL past the last. Static texts, the same in every language, since people
 * build on them. */
const char *enumeration_word(const struct enumeration *enumeration, size_t index);

/* The word for a value, NULL when it is none of those that are known. */
const char *enumeration_meaning(const struct enumeration *enumeration,
                                const struct dsmr_reading *reading);

#endif
