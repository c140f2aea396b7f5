/* SPDX-License-Identifier: MIT */
/* Words, strings and signs of an *.items file. */
#include "config/items_lexer.h"

#include <string.h>

const char *item_type_known(size_t index)
{
    static const char *const types[] = {
        "Number", "String", "DateTime", "Group",  "Switch",        "Contact", "Dimmer",
        "Color",  "Image",  "Location", "Player", "Rollershutter", "Call",
    };
    return index < sizeof types / sizeof *types ? types[index] : NULL;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static const char *word_end(const char *at, const char *end)
{
    while (at < end && is_word(*at))
        at++;
    return at;
}

static const char *blanks_end(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

static bool is_known_type(const char *at, size_t size)
{
    const char *type;
    for (size_t i = 0; (type = item_type_known(i)) != NULL; i++)
        if (strlen(type) == size && memcmp(at, type, size) == 0)
            return true;
    return false;
}

/* The end of ":Switch:OR(ON,OFF)" behind a type, all on one line; NULL when it is none. */
static const char *type_end(const char *at, const char *end)
{
    while (at < end && *at == ':') {
        const char *word = at + 1;
        at = word_end(word, end);
        if (at == word)
            return NULL;
    }
    if (at < end && *at == '(') {
        while (at < end && *at != ')' && *at != '\n')
            at++;
        if (at == end || *at == '\n')
            return NULL;
        at++;
    }
    return at;
}

/* What may stand behind the name of an item on its line. */
static bool may_follow_name(const char *at, const char *end)
{
    return at == end || *at == '\n' || *at == '/' || *at == '"' || *at == '<' || *at == '(' ||
           *at == '[' || *at == '{';
}

bool item_starts_at(const char *at, const char *end)
{
    const char *type = at;
    at = word_end(at, end);
    if (!is_known_type(type, (size_t)(at - type)))
        return false;
    at = type_end(at, end);
    if (at == NULL)
        return false;
    const char *name = blanks_end(at, end);
    at = word_end(name, end);
    return name > type && is_blank(name[-1]) && at > name &&
           may_follow_name(blanks_end(at, end), end);
}

void item_lexer_init(struct item_lexer *lexer, const char *text, size_t size)
{
    *lexer = (struct item_lexer){.at = text, .end = text + size, .line = 1, .first = true};
}

static bool looking_at(const struct item_lexer *lexer, const char *two)
{
    return lexer->end - lexer->at >= 2 && memcmp(lexer->at, two, 2) == 0;
}

static void new_line(struct item_lexer *lexer)
{
    lexer->line++;
    lexer->first = true;
}

/* Passes over one comment that begins with a slash and a star; false when it has no end. */
static bool skip_comment(struct item_lexer *lexer)
{
    for (lexer->at += 2; lexer->at < lexer->end; lexer->at++) {
        if (looking_at(lexer, "*/")) {
            lexer->at += 2;
            return true;
        }
        if (*lexer->at == '\n')
            new_line(lexer);
    }
    return false;
}

/* Passes over blanks, line ends and comments. Returns false, with *open set to its start and the
 * line that it is in, when a comment is not closed. */
static bool skip_space(struct item_lexer *lexer, struct item_token *open)
{
    while (lexer->at < lexer->end) {
        if (*lexer->at == '\n') {
            new_line(lexer);
            lexer->at++;
        } else if (is_blank(*lexer->at)) {
            lexer->at++;
        } else if (looking_at(lexer, "//")) {
            const char *stop = memchr(lexer->at, '\n', (size_t)(lexer->end - lexer->at));
            lexer->at = stop != NULL ? stop : lexer->end;
        } else if (looking_at(lexer, "/*")) {
            *open = (struct item_token){
                .kind = TOKEN_COMMENT, .at = lexer->at, .size = 2, .line = lexer->line};
            if (!skip_comment(lexer))
                return false;
        } else {
            break;
        }
    }
    return true;
}

/* A string, from its quotation mark on. */
static struct item_token take_string(struct item_lexer *lexer)
{
    char mark = *lexer->at++;
    struct item_token token = {
        .kind = TOKEN_UNCLOSED, .at = lexer->at, .line = lexer->line, .first = lexer->first};
    lexer->first = false;
    while (lexer->at < lexer->end && *lexer->at != mark) {
        if (*lexer->at == '\n') {
            const char *next = blanks_end(lexer->at + 1, lexer->end);
            if (item_starts_at(next, lexer->end))
                break;
            lexer->line++;
        } else if (*lexer->at == '\\' && lexer->end - lexer->at > 1 && lexer->at[1] != '\n') {
            lexer->at++;
        }
        lexer->at++;
    }
    token.size = (size_t)(lexer->at - token.at);
    if (lexer->at < lexer->end && *lexer->at == mark) {
        token.kind = TOKEN_STRING;
        lexer->at++;
    }
    return token;
}

struct item_token item_lexer_next(struct item_lexer *lexer)
{
    struct item_token token = {0};
    if (!skip_space(lexer, &token))
        return token;
    if (lexer->at < lexer->end && (*lexer->at == '"' || *lexer->at == '\''))
        return take_string(lexer);
    token = (struct item_token){
        .kind = TOKEN_END, .at = lexer->at, .line = lexer->line, .first = lexer->first};
    if (lexer->at == lexer->end)
        return token;
    lexer->first = false;
    const char *stop = word_end(lexer->at, lexer->end);
    token.kind = stop > lexer->at ? TOKEN_WORD : TOKEN_SIGN;
    token.size = stop > lexer->at ? (size_t)(stop - lexer->at) : 1;
    token.starts_item = token.first && item_starts_at(lexer->at, lexer->end);
    lexer->at += token.size;
    return token;
}
