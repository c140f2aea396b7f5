/* SPDX-License-Identifier: MIT */
/* The files of the page, which stand in the program itself: web/page, put there by tools/embed_page.py. */
#ifndef DSMR_HTTP_PAGE_H
#define DSMR_HTTP_PAGE_H

#include "http/answer.h"

#include <stdbool.h>

/* One file; all of it is static. */
struct page_file {
    const char *name;            /* "app.js" */
    const char *type;            /* of its content */
    const char *tag;             /* for ETag; its hash */
    const unsigned char *packed; /* gzip */
    size_t packed_size;
};

/* Made from web/page and docs/openapi.json. */
extern const struct page_file page_files[];
extern const size_t page_file_count;

/* Answers with the file at that path, "/" being index.html. False when there is none. */
bool page_answer(const char *path, struct http_answer *answer);

#endif
