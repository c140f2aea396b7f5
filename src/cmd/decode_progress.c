/* SPDX-License-Identifier: MIT */
#include "cmd/decode_progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_MS = 1000, EVERY_MS = 250 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void decode_progress_init(struct decode_progress *progress)
{
    *progress = (struct decode_progress){
        .wanted = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO),
    };
}

static void print_line(uint64_t bytes, uint64_t whole, int64_t spent_ms)
{
    uint64_t done_mb = bytes / 1000000;
    double mb_s = (double)bytes / 1000 / (double)spent_ms;
    fputs("\r\033[K", stderr);
    if (whole < bytes || whole == 0) {
        fprintf(stderr, "%llu MB read, %.1f MB/s", (unsigned long long)done_mb, mb_s);
        return;
    }
    uint64_t left_s = (uint64_t)((double)(whole - bytes) / (double)bytes * (double)spent_ms / 1000);
    fprintf(stderr, "%llu %% of %llu MB, %.1f MB/s, %llu s to go",
            (unsigned long long)(bytes * 100 / whole), (unsigned long long)(whole / 1000000), mb_s,
            (unsigned long long)left_s);
}

void decode_progress_show(struct decode_progress *progress, const char *file, uint64_t bytes,
                          uint64_t whole)
{
    if (!progress->wanted)
        return;
    int64_t now = now_ms();
    if (file != progress->file) {
        decode_progress_clear(progress);
        progress->file = file;
        progress->begin_ms = now;
        progress->next_ms = now + FIRST_MS;
    }
    if (now < progress->next_ms || bytes == 0)
        return;
    print_line(bytes, whole, now - progress->begin_ms);
    progress->shown = true;
    progress->next_ms = now + EVERY_MS;
}

void decode_progress_clear(struct decode_progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}
