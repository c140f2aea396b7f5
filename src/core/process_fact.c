/* SPDX-License-Identifier: MIT */
#include "core/process_fact.h"

#include <stdio.h>
#include <string.h>

size_t process_fact(const char *process, const char *fact, char *out, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/%.20s", process, fact);
    FILE *file = fopen(path, "re");
    size_t got = file ? fread(out, 1, size - 1, file) : 0;
    if (file)
        fclose(file);
    out[got] = '\0';
    return got;
}

bool process_name(const char *process, char *out, size_t size)
{
    process_fact(process, "comm", out, size);
    out[strcspn(out, "\n")] = '\0';
    return out[0] != '\0';
}
