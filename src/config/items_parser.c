/* SPDX-License-Identifier: MIT */
/* Reads items one by one, and finds the next one behind a fault. */
#include "config/items_parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { COMPLAINTS_MAX = 100 }; /* about one file: more of them do not help */

static void advance(struct items_parser *parser)
{
    parser->last_line = parser->token.line;
    parser->token = item_lexer_next(&parser->lexer);
}

static bool at_sign(const struct items_parser *parser, char sign)
{
    return parser->token.kind == TOKEN_SIGN && *parser->token.at == sign;
}

/* False where no item can go on: at the end, behind a quotation mark that is not closed, at the
 * start of another item. */
static bool inside(const struct items_parser *parser)
{
    enum item_token_kind kind = parser->token.kind;
    return kind != TOKEN_END && kind != TOKEN_UNCLOSED && kind != TOKEN_COMMENT &&
           !parser->token.starts_item;
}

/* True when the line has an odd number of quotation marks; *next receives where the next one
 * begins. */
static bool is_odd(const char *at, const char *end, const char **next)
{
    bool odd = false;
    for (; at < end && *at != '\n'; at++) {
        if (*at == '\\' && end - at > 1 && at[1] != '\n')
            at++;
        else if (*at == '"')
            odd = !odd;
        else if (!odd && *at == '/' && end - at > 1 && at[1] == '/')
            break;
    }
    const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    *next = stop != NULL ? stop + 1 : end;
    return odd;
}

/* The first line of the item with a quotation mark too many; 0 when they come in pairs. Most faults
 * are told best by this, as one missing mark turns all that follow inside out. */
static int line_with_odd_mark(const struct items_parser *parser)
{
    const char *end = parser->lexer.end;
    const char *at = parser->item;
    int line = parser->item_line;
    int first = 0;
    unsigned count = 0;
    do {
        if (is_odd(at, end, &at)) {
            count++;
            first = first > 0 ? first : line;
        }
        line++;
        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
    } while (at < end && !item_starts_at(at, end));
    return count % 2 == 1 ? first : 0;
}

/* Tells of a fault; returns false. */
__attribute__((format(printf, 3, 4))) static bool fault(struct items_parser *parser, int line,
                                                        const char *format, ...)
{
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    int odd = line_with_odd_mark(parser);
    if (odd > 0)
        snprintf(text, sizeof text, "a quotation mark (\") is opened here and not closed");
    int size = parser->name.size < 80 ? (int)parser->name.size : 80;
    if (size > 0)
        complain(parser->complaints, SEVERITY_MISTAKE, parser->file, odd > 0 ? odd : line,
                 "item '%.*s': %s", size, parser->name.at, text);
    else
        complain(parser->complaints, SEVERITY_MISTAKE, parser->file, odd > 0 ? odd : line, "%s",
                 text);
    return false;
}

/* A token that does not belong where it is. */
static bool unexpected(struct items_parser *parser, const char *wanted)
{
    const struct item_token *token = &parser->token;
    int size = token->size < 40 ? (int)token->size : 40;
    if (token->kind == TOKEN_END || (token->starts_item && parser->item < token->at))
        return fault(parser, parser->last_line, "the item ends where %s belongs", wanted);
    switch (token->kind) {
    case TOKEN_UNCLOSED:
        return fault(parser, token->line, "a quotation mark (%c) is opened here and not closed",
                     token->at[-1]);
    case TOKEN_COMMENT:
        return fault(parser, token->line, "a comment (/*) is opened here and not closed");
    case TOKEN_STRING:
        return fault(parser, token->line, "the text \"%.*s\" stands where %s belongs", size,
                     token->at, wanted);
    case TOKEN_END:
    case TOKEN_WORD:
    case TOKEN_SIGN:
        break;
    }
    return fault(parser, token->line, "'%.*s' stands where %s belongs", size, token->at, wanted);
}

static bool not_closed(struct items_parser *parser, char open, int line)
{
    if (parser->token.kind == TOKEN_UNCLOSED || parser->token.kind == TOKEN_COMMENT)
        return unexpected(parser, "");
    return fault(parser, line, "'%c' is opened here and not closed", open);
}

static struct dsmr_text take(struct items_parser *parser)
{
    struct dsmr_text text = {parser->token.at, parser->token.size};
    advance(parser);
    return text;
}

/* Passes over what is in brackets, others of the kind within. A sign of stops cannot be in there:
 * the bracket was not closed. */
static bool skip_brackets(struct items_parser *parser, char open, char close, const char *stops)
{
    int line = parser->token.line;
    unsigned depth = 0;
    do {
        if (at_sign(parser, open))
            depth++;
        else if (at_sign(parser, close))
            depth--;
        else if (parser->token.kind == TOKEN_SIGN && strchr(stops, *parser->token.at) != NULL)
            break;
        advance(parser);
    } while (depth > 0 && inside(parser));
    return depth == 0 || not_closed(parser, open, line);
}

/* key="value" with perhaps [key=value, …] behind it. */
static bool parse_binding(struct items_parser *parser, struct item_draft *draft)
{
    if (parser->token.kind != TOKEN_WORD)
        return unexpected(parser, "a binding");
    int line = parser->token.line;
    struct dsmr_text key = take(parser);
    bool near = key.size == 4 && strncasecmp(key.at, "dsmr", 4) == 0;
    bool ours = near && memcmp(key.at, "dsmr", 4) == 0;
    if (near && !ours)
        complain(parser->complaints, SEVERITY_WARNING, parser->file, line,
                 "binding '%.4s' is not taken; did you mean 'dsmr'?", key.at);
    if (!at_sign(parser, '='))
        return unexpected(parser, "=");
    advance(parser);
    if (ours && parser->token.kind != TOKEN_STRING)
        return unexpected(parser, "an id in quotation marks, as in dsmr=\"eActualDelivery\",");
    if (ours && draft->bindings++ == 0) {
        draft->binding = (struct dsmr_text){parser->token.at, parser->token.size};
        draft->binding_line = line;
    }
    while (inside(parser) && !at_sign(parser, ',') && !at_sign(parser, '}') &&
           !at_sign(parser, '['))
        advance(parser);
    return !at_sign(parser, '[') || skip_brackets(parser, '[', ']', "{");
}

static bool parse_bindings(struct items_parser *parser, struct item_draft *draft)
{
    int line = parser->token.line;
    advance(parser);
    while (!at_sign(parser, '}')) {
        if (!inside(parser))
            return not_closed(parser, '{', line);
        if (!parse_binding(parser, draft))
            return false;
        if (at_sign(parser, ','))
            advance(parser);
        else if (inside(parser) && !at_sign(parser, '}'))
            return unexpected(parser, "a comma or }");
    }
    advance(parser);
    return true;
}

/* Number, Number:Energy, Group:Switch:OR(ON, OFF) */
static bool parse_type(struct items_parser *parser, struct item_draft *draft)
{
    draft->type = take(parser);
    for (unsigned part = 1; at_sign(parser, ':'); part++) {
        advance(parser);
        if (parser->token.kind != TOKEN_WORD)
            return unexpected(parser, "a word behind the colon");
        struct dsmr_text word = take(parser);
        if (part == 1)
            draft->dimension = word;
    }
    return !at_sign(parser, '(') || skip_brackets(parser, '(', ')', "{[<");
}

/* One of the parts behind the name; false when there is a fault. */
static bool parse_part(struct items_parser *parser, struct item_draft *draft)
{
    if (parser->token.kind == TOKEN_STRING && draft->label.at == NULL) {
        draft->label = take(parser);
        return true;
    }
    if (at_sign(parser, '<'))
        return skip_brackets(parser, '<', '>', "{([");
    if (at_sign(parser, '('))
        return skip_brackets(parser, '(', ')', "{[<");
    if (at_sign(parser, '['))
        return skip_brackets(parser, '[', ']', "{(<");
    if (at_sign(parser, '{'))
        return parse_bindings(parser, draft);
    return unexpected(parser, "a part of an item or the next item");
}

/* True where another item may begin: at any word that begins a line, or at a known type. */
static bool at_next_item(const struct items_parser *parser)
{
    const struct item_token *token = &parser->token;
    if (token->kind == TOKEN_END || token->kind == TOKEN_COMMENT)
        return true;
    const char *type;
    for (size_t i = 0; token->kind == TOKEN_WORD && (type = item_type_known(i)) != NULL; i++)
        if (strlen(type) == token->size && memcmp(type, token->at, token->size) == 0)
            return true;
    return token->kind == TOKEN_WORD && token->first;
}

static bool parse_item(struct items_parser *parser, struct item_draft *draft)
{
    *draft = (struct item_draft){.line = parser->token.line};
    bool quoted = parser->token.kind == TOKEN_STRING || parser->token.kind == TOKEN_UNCLOSED;
    parser->item = parser->token.at - (quoted ? 1 : 0);
    parser->item_line = parser->token.line;
    parser->name = (struct dsmr_text){0};
    if (parser->token.kind != TOKEN_WORD)
        return unexpected(parser, "an item");
    if (!parse_type(parser, draft))
        return false;
    if (parser->token.kind != TOKEN_WORD || parser->token.starts_item)
        return unexpected(parser, "the name of the item");
    draft->name = parser->name = take(parser);
    while (!at_next_item(parser))
        if (!parse_part(parser, draft))
            return false;
    return true;
}

void items_parser_init(struct items_parser *parser, const char *file, const char *text, size_t size,
                       struct complaints *complaints)
{
    *parser = (struct items_parser){
        .file = file, .complaints = complaints, .complaints_before = complaints->count};
    item_lexer_init(&parser->lexer, text, size);
    advance(parser);
}

bool items_parser_next(struct items_parser *parser, struct item_draft *draft)
{
    while (parser->token.kind != TOKEN_END) {
        if (parser->complaints->count - parser->complaints_before >= COMPLAINTS_MAX) {
            complain(parser->complaints, SEVERITY_MISTAKE, parser->file, parser->token.line,
                     "too many mistakes: the rest was not read");
            return false;
        }
        if (parse_item(parser, draft))
            return true;
        while (parser->token.kind != TOKEN_END && !parser->token.starts_item)
            advance(parser);
    }
    return false;
}
