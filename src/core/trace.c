/* SPDX-License-Identifier: MIT */
/* Lines are gathered and written in large pieces: what is measured must not be the measuring. */
#include "core/trace.h"

#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { GATHERED = 64 * 1024, CRC_DIGITS = 4 };

struct trace {
    FILE *file;
    int error; /* the first one */
};

struct trace *trace_open(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file)
        return NULL;
    setvbuf(file, NULL, _IOFBF, GATHERED);
    struct trace *trace = memory_new(1, sizeof *trace);
    trace->file = file;
    return trace;
}

static bool is_crc_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* "-" when it has none. */
static struct dsmr_text crc_of(struct dsmr_text sent)
{
    size_t bang = sent.size;
    while (bang > 0 && sent.at[bang - 1] != '!')
        bang--;
    size_t digits = 0;
    while (bang > 0 && digits < CRC_DIGITS && bang + digits < sent.size &&
           is_crc_digit(sent.at[bang + digits]))
        digits++;
    return digits > 0 ? (struct dsmr_text){sent.at + bang, digits} : (struct dsmr_text){"-", 1};
}

void trace_telegram(struct trace *trace, const char *meter, struct dsmr_text sent,
                    const char *outcome)
{
    /* Not the loop's time: what passed since the loop woke counts too. */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct dsmr_text crc = crc_of(sent);
    if (fprintf(trace->file, "%lld.%09ld %s %.*s %s\n", (long long)now.tv_sec, now.tv_nsec, meter,
                (int)crc.size, crc.at, outcome) < 0 &&
        trace->error == 0)
        trace->error = errno;
}

int trace_close(struct trace *trace)
{
    if (!trace)
        return 0;
    int error = trace->error;
    if (fclose(trace->file) != 0 && error == 0)
        error = errno;
    free(trace);
    return error;
}
