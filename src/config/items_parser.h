/* SPDX-License-Identifier: MIT */
/*
 * The grammar of an *.items file, of openHAB 1 and of today:
 *
 *     Type[:Dimension] name "label" <icon> (group, …) [tag, …] { binding="…" [key=value, …], … }
 *
 * Read leniently: openHAB judges its own files; what matters here is where each item begins and
 * ends, and its binding dsmr="…". A fault costs the item that it is in.
 */
#ifndef DSMR_CONFIG_ITEMS_PARSER_H
#define DSMR_CONFIG_ITEMS_PARSER_H

#include "config/items_lexer.h"
#include "core/complaints.h"
#include "dsmr/dsmr.h"

#include <stdbool.h>
#include <stddef.h>

/* An item as it was written. The texts point into the file; size is 0 for what is not there. */
struct item_draft {
    struct dsmr_text type;      /* "Number" of Number:Energy */
    struct dsmr_text dimension; /* "Energy" of Number:Energy */
    struct dsmr_text name;
    struct dsmr_text label; /* as written, with its backslashes */
    int line;
    unsigned bindings;        /* how many dsmr="…" it has */
    struct dsmr_text binding; /* the first of them */
    int binding_line;
};

/* Its members are private. */
struct items_parser {
    struct item_lexer lexer;
    struct item_token token; /* the one to be looked at next */
    int last_line;           /* of the token before it */
    const char *file;
    struct complaints *complaints;
    size_t complaints_before; /* how many there were when the file was begun */
    const char *item;         /* where the item that is being read begins */
    int item_line;
    struct dsmr_text name;
};

/* text, file and complaints are borrowed for as long as the parser is used. */
void items_parser_init(struct items_parser *parser, const char *file, const char *text, size_t size,
                       struct complaints *complaints);

/* The next item without a fault; false at the end. Faults on the way go to complaints. */
bool items_parser_next(struct items_parser *parser, struct item_draft *draft);

#endif
