/* SPDX-License-Identifier: MIT */
#include "cmd/secret_file.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { OTHERS = 0077 };

bool secret_file_read(struct text_file *file, const char *key, const char *path, const char *topic,
                      struct log *log)
{
    struct complaints complaints = {0};
    *file = (struct text_file){0};
    bool good = text_file_read(file, path, SEVERITY_ERROR, &complaints);
    if (!good)
        log_error(log, topic, "%s=%s: %s", key, path,
                  complaints.count > 0 ? complaints.at[0].text : "cannot be read");
    else if ((file->mode & OTHERS) != 0)
        log_warn(log, topic, "%s=%s can be read by others on this machine: chmod 600 %s", key, path,
                 path);
    complaints_free(&complaints);
    return good;
}

void secret_file_free(struct text_file *file)
{
    explicit_bzero(file->text, file->size);
    text_file_free(file);
}

char *secret_file_line(const char *key, const char *path, const char *topic, struct log *log)
{
    struct text_file file;
    if (!secret_file_read(&file, key, path, topic, log))
        return NULL;
    char *line = memory_copy(file.text, strcspn(file.text, "\r\n"));
    secret_file_free(&file);
    return line;
}

void secret_forget(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}
