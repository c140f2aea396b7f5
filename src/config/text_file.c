/* SPDX-License-Identifier: MIT */
/* Files that a person wrote: read whole, with a limit. */
#include "config/text_file.h"

#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *reason(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return "no such file";
    case EACCES:
        return "no permission to read it; give read access to the user that dsmr runs as";
    case EISDIR:
        return "is a folder, not a file";
    default:
        return strerror(error);
    }
}

/* NULL when this is a file of a size that can be read. */
static const char *unfit(const struct stat *facts)
{
    if (S_ISDIR(facts->st_mode))
        return reason(EISDIR);
    if (!S_ISREG(facts->st_mode))
        return "is a device or a pipe, not a file";
    if (facts->st_size > TEXT_FILE_MAX)
        return "is larger than 4 MiB: this cannot be the right file";
    return NULL;
}

/* All there is, up to TEXT_FILE_MAX. Returns an errno, 0 if it went well. */
static int read_all(int fd, struct text_file *file)
{
    size_t room = 0;
    for (;;) {
        if (file->size == room) {
            room = room > 0 ? room * 2 : 4096;
            file->text = memory_grow(file->text, room + 1, 1);
        }
        ssize_t got = read(fd, file->text + file->size, room - file->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        file->size += (size_t)got;
        file->text[file->size] = '\0';
        if (got == 0)
            return 0;
        if (file->size > TEXT_FILE_MAX)
            return EFBIG;
    }
}

/* NULL when it went well, else why not. */
static const char *read_path(struct text_file *file, const char *path)
{
    /* O_NONBLOCK: opening a pipe without a writer would wait for ever. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return reason(errno);
    struct stat facts;
    const char *why = fstat(fd, &facts) == 0 ? unfit(&facts) : reason(errno);
    if (why == NULL) {
        file->mode = facts.st_mode & 0777;
        int error = read_all(fd, file);
        why = error != 0 ? reason(error) : NULL;
    }
    close(fd);
    return why;
}

bool text_file_read(struct text_file *file, const char *path, enum severity severity,
                    struct complaints *complaints)
{
    *file = (struct text_file){0};
    const char *why = read_path(file, path);
    if (why == NULL)
        return true;
    text_file_free(file);
    complain(complaints, severity, path, 0, "%s", why);
    return false;
}

void text_file_free(struct text_file *file)
{
    free(file->text);
    *file = (struct text_file){0};
}

bool text_start(const char *text, size_t size, size_t *start, const char *file,
                enum severity severity, struct complaints *complaints)
{
    *start = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    const char *nul = size > 0 ? memchr(text, '\0', size) : NULL;
    if (nul == NULL)
        return true;
    int line = 1;
    for (const char *at = text; at < nul; at++)
        line += *at == '\n';
    complain(complaints, severity, file, line,
             "a NUL byte: this is no text file, or one in UTF-16; save it as UTF-8");
    return false;
}
