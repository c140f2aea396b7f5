/* SPDX-License-Identifier: MIT */
/* What somebody asks by HTTP, taken apart. Nothing here knows sockets or the library behind them. */
#ifndef DSMR_HTTP_REQUEST_H
#define DSMR_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_OPTIONS, HTTP_OTHER };

enum {
    HTTP_TARGET_MAX = 4096, /* bytes of path and query */
    HTTP_PARAMETERS = 16,
};

struct http_parameter {
    char *name;
    char *value; /* "" where there was none */
};

struct http_request {
    enum http_method method;
    char *path; /* decoded; begins with '/'; UTF-8 without control characters */
    struct http_parameter parameters[HTTP_PARAMETERS];
    size_t parameter_count;
    char *room;    /* that the texts above stand in */
    bool loopback; /* it came in at an address that only this machine reaches */
    /* Lines of the head, borrowed; NULL where there is none. They may hold any byte but NUL. */
    const char *host;
    const char *authorization;
    const char *accept;
    const char *accept_encoding;
    const char *if_none_match;
    const char *last_event_id;
};

/* "GET", "HEAD", "OPTIONS"; HTTP_OTHER for anything else. */
enum http_method http_method_parse(const char *name);

/*
 * Takes the target of a request apart, as it stood in its first line: "/api/v1/now?meter=main". The
 * head's lines are the caller's to fill in. Returns 0, or the status of HTTP that says what is wrong:
 * 400 or 414. http_request_free() is needed either way.
 */
int http_request_read(struct http_request *request, const char *target);
void http_request_free(struct http_request *request);

/* The value of a parameter; NULL when it was not given. */
const char *http_parameter(const struct http_request *request, const char *name);

/* The first parameter that is none of the names (with blanks between), or that was given before; NULL
 * when all are right. */
const char *http_stray_parameter(const struct http_request *request, const char *names);

/* What the list of an Accept or Accept-Encoding line thinks of the word, from 0 to 1000: the weight of what
 * in it is nearest to the word, where a type of media has stars too. 0 without; list may be NULL. */
int http_weight(const char *list, const char *word);

/* True when that is above 0. */
bool http_accepts(const char *list, const char *word);

/* True when an If-None-Match line names the tag, or says *. Weak and strong are alike here. */
bool http_matches(const char *list, const char *etag);

#endif
