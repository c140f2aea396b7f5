/* SPDX-License-Identifier: MIT */
#include "http/page.h"

#include <stdio.h>
#include <string.h>

bool page_answer(const char *path, struct http_answer *answer)
{
    const char *name = strcmp(path, "/") == 0 ? "index.html" : path + 1;
    for (size_t i = 0; i < page_file_count; i++) {
        const struct page_file *file = &page_files[i];
        if (strcmp(file->name, name) != 0)
            continue;
        answer->type = file->type;
        answer->cache = http_cache_ask;
        answer->packed = (const char *)file->packed;
        answer->packed_size = file->packed_size;
        snprintf(answer->etag, sizeof answer->etag, "W/\"%s\"", file->tag);
        return true;
    }
    return false;
}
