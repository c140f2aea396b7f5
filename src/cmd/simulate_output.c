/* SPDX-License-Identifier: MIT */
/* Telegrams to standard output, for pipes and files: it may wait for its reader, and needs no loop.
 */
#include "cmd/simulate_job.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool write_all(const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, size);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return true;
}

static void wait_ms(int64_t ms)
{
    struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
        continue;
}

int simulate_to_output(const struct simulate_job *job)
{
    const struct simulate_options *options = job->options;
    simulate_announce(job, "to standard output");
    for (int64_t i = 0; i < options->count; i++) {
        struct transmission transmission;
        simulated_meter_next(job->meters[0], &transmission);
        wait_ms(options->interval_ms * (transmission.silent_telegrams + (i > 0 ? 1 : 0)));
        if (!write_all(transmission.bytes, transmission.size))
            return errno == EPIPE ? 0 : simulate_fail("standard output", strerror(errno));
    }
    return 0;
}
