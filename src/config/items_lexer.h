/* SPDX-License-Identifier: MIT */
/*
 * Cuts an *.items file into words, strings and signs. Comments and blanks are passed over. A
 * quotation mark that nobody closed would swallow the rest of the file; so a string ends where a
 * line begins that looks like the start of an item, and is then reported as not closed.
 */
#ifndef DSMR_CONFIG_ITEMS_LEXER_H
#define DSMR_CONFIG_ITEMS_LEXER_H

#include <stdbool.h>
#include <stddef.h>

enum item_token_kind {
    TOKEN_END,
    TOKEN_WORD,     /* letters, digits, _ - . and bytes of 0x80 and above */
    TOKEN_STRING,   /* at and size are what stands between the quotation marks */
    TOKEN_UNCLOSED, /* a string without its end */
    TOKEN_COMMENT,  /* a comment without its end: the text ends in it */
    TOKEN_SIGN,     /* any other character */
};

struct item_token {
    enum item_token_kind kind;
    const char *at; /* into the text */
    size_t size;
    int line;         /* from 1 */
    bool first;       /* of its line, comments not counted */
    bool starts_item; /* first of its line, with a known item type, a name and what may follow it */
};

struct item_lexer {
    const char *at;
    const char *end;
    int line;
    bool first;
};

/* text must live as long as the lexer and its tokens. */
void item_lexer_init(struct item_lexer *lexer, const char *text, size_t size);

/* The next token; TOKEN_END when there is none. */
struct item_token item_lexer_next(struct item_lexer *lexer);

/* True when at, the first byte of a line or behind its blanks, looks like the start of an item. */
bool item_starts_at(const char *at, const char *end);

/* The item types of openHAB one by one, NULL past the last. Static text. */
const char *item_type_known(size_t index);

#endif
