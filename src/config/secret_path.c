/* SPDX-License-Identifier: MIT */
#include "config/secret_path.h"

#include <string.h>

enum { OTHERS = 0077 };

bool secret_path_read(struct text_file *file, const struct secret_path *place,
                      enum severity severity, struct complaints *complaints)
{
    struct complaints told = {0};
    bool good = text_file_read(file, place->path, severity, &told);
    if (!good)
        complain(complaints, severity, place->config_file, place->line, "key '%s': %s: %s",
                 place->key, place->path, told.count > 0 ? told.at[0].text : "cannot be read");
    else if ((file->mode & OTHERS) != 0)
        complain(complaints, SEVERITY_WARNING, place->config_file, place->line,
                 "key '%s': others on this machine can read %s; cure: chmod 600 '%s'", place->key,
                 place->path, place->path);
    complaints_free(&told);
    return good;
}

void secret_path_free(struct text_file *file)
{
    if (file->text != NULL)
        explicit_bzero(file->text, file->size);
    text_file_free(file);
}
