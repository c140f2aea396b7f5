/* SPDX-License-Identifier: MIT */
/* Collects complaints and prints them. They quote what strangers wrote, so no control character of
 * theirs may reach the terminal. */
#include "core/complaints.h"

#include "core/memory.h"
#include "core/printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 600 }; /* bytes of a complaint before they are made printable */

/* A copy that may be shown. */
static char *printable(const char *text)
{
    size_t size = PRINTABLE_SIZE(strlen(text));
    char *copy = memory_new(size, 1);
    printable_write(copy, copy + size, text);
    return copy;
}

void complain(struct complaints *complaints, enum severity severity, const char *file, int line,
              const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size >= (int)sizeof text)
        memcpy(text + sizeof text - sizeof "...", "...", sizeof "...");

    complaints->at = memory_grow(complaints->at, complaints->count + 1, sizeof *complaints->at);
    complaints->at[complaints->count++] = (struct complaint){
        .severity = severity, .file = printable(file), .line = line, .text = printable(text)};
    complaints->mistakes += severity == SEVERITY_MISTAKE;
    complaints->errors += severity == SEVERITY_ERROR;
}

void complaints_print(const struct complaints *complaints, FILE *stream)
{
    for (size_t i = 0; i < complaints->count; i++) {
        const struct complaint *complaint = &complaints->at[i];
        const char *word = complaint->severity == SEVERITY_WARNING ? "warning" : "error";
        if (complaint->line > 0)
            fprintf(stream, "%s:%d: %s: %s\n", complaint->file, complaint->line, word,
                    complaint->text);
        else
            fprintf(stream, "%s: %s: %s\n", complaint->file, word, complaint->text);
    }
}

void complaints_free(struct complaints *complaints)
{
    for (size_t i = 0; i < complaints->count; i++) {
        free(complaints->at[i].file);
        free(complaints->at[i].text);
    }
    free(complaints->at);
    *complaints = (struct complaints){0};
}
