/* SPDX-License-Identifier: MIT */
#include "cmd/secret_file.h"

#include "config/secret_path.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

bool secret_file_read(struct text_file *file, const char *key, const char *path, const char *topic,
                      struct log *log)
{
    struct complaints complaints = {0};
    struct secret_path place = {.config_file = "", .key = key, .path = path};
    bool good = secret_path_read(file, &place, SEVERITY_ERROR, &complaints);
    for (size_t i = 0; i < complaints.count; i++)
        log_write(log, good ? LOG_WARN : LOG_ERROR, topic, "%s", complaints.at[i].text);
    complaints_free(&complaints);
    return good;
}

char *secret_file_line(const char *key, const char *path, const char *topic, struct log *log)
{
    struct text_file file;
    if (!secret_file_read(&file, key, path, topic, log))
        return NULL;
    char *line = memory_copy(file.text, strcspn(file.text, "\r\n"));
    secret_path_free(&file);
    return line;
}

void secret_forget(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}
