/* SPDX-License-Identifier: MIT */
/*
 * A program starts with room for 1024 open files, for the sake of those that use select(). Here
 * nothing does, so the limit may be raised to what the system grants, where that many are needed.
 */
#include "core/file_limit.h"

#include <sys/resource.h>

size_t file_limit_raise(size_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    rlim_t possible = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    if (limit.rlim_cur < possible) {
        struct rlimit raised = {.rlim_cur = possible, .rlim_max = limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    return (size_t)limit.rlim_cur;
}
