/* SPDX-License-Identifier: MIT */
/*
 * What /proc tells of the serving sides that a process has open: "tty-index: 3" for /dev/pts/3. Only
 * processes with our name are looked into.
 */
#include "core/pty_owner.h"

#include "core/process_fact.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_SIZE = 96,
    NAME_SIZE = 32,
    COARSE_MS = 100, /* the times of files and of processes are not so exact */
};

static const char our_name[] = "dsmr";

/* One terminal. */
struct search {
    const char *device; /* /dev/pts/3 */
    long index;         /* its number */
    dev_t instance;     /* the devpts that gave it that number */
    uid_t user;         /* who made it */
    int64_t linked_ms;  /* since the machine started: when the link to it was made */
};

static int64_t milliseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* On the clock that starts with the machine: the other one may be set right at any time. */
static int64_t since_boot(struct timespec real)
{
    struct timespec now;
    struct timespec up;
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_BOOTTIME, &up);
    return milliseconds(real) - milliseconds(now) + milliseconds(up);
}

/* When the process started, on that clock: the 22nd word of stat, behind a name that may have blanks
 * and brackets in it. 0 when it cannot be told. */
static int64_t started_ms(const char *process)
{
    char stat[1024];
    long long ticks = 0;
    process_fact(process, "stat", stat, sizeof stat);
    const char *at = strrchr(stat, ')');
    for (int word = 2; at && word < 22; word++)
        at = strchr(at + 1, ' ');
    if (at)
        ticks = strtoll(at, NULL, 10);
    return ticks * 1000 / sysconf(_SC_CLK_TCK);
}

/* A copy that was given another name is one of ours too. */
static bool is_dsmr(const char *name)
{
    char own[NAME_SIZE];
    return strcmp(name, our_name) == 0 ||
           (process_name("self", own, sizeof own) && strcmp(name, own) == 0);
}

static bool serves(const char *process, const char *descriptor, long index)
{
    char path[PATH_SIZE];
    char line[128];
    long found = -1;
    snprintf(path, sizeof path, "/proc/%.20s/fdinfo/%.20s", process, descriptor);
    FILE *file = fopen(path, "re");
    while (file && found < 0 && fgets(line, sizeof line, file))
        if (sscanf(line, "tty-index: %ld", &found) != 1)
            found = -1;
    if (file)
        fclose(file);
    return found == index;
}

static bool is_of_user(const char *process, uid_t user)
{
    char path[PATH_SIZE];
    struct stat facts;
    snprintf(path, sizeof path, "/proc/%.20s", process);
    return stat(path, &facts) == 0 && facts.st_uid == user;
}

/* The terminal of that number is another one where the process is: each container counts from 0. */
static bool is_elsewhere(const char *process, const struct search *search)
{
    char path[PATH_SIZE];
    struct stat its;
    snprintf(path, sizeof path, "/proc/%.20s/root%.60s", process, search->device);
    return stat(path, &its) == 0 && its.st_dev != search->instance;
}

/* Only root sees what a program of another user has open. */
enum answer { NO, PERHAPS, YES };

static enum answer process_serves(const char *process, const struct search *search)
{
    char path[PATH_SIZE];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%.20s/fdinfo", process);
    DIR *descriptors = opendir(path);
    if (!descriptors)
        return errno == EACCES && is_of_user(process, search->user) ? PERHAPS : NO;
    const struct dirent *entry;
    while (!found && (entry = readdir(descriptors)))
        found = entry->d_name[0] != '.' && serves(process, entry->d_name, search->index);
    closedir(descriptors);
    return found && !is_elsewhere(process, search) ? YES : NO;
}

/* The answer for any process; name receives its name. */
static enum answer ask(const char *process, const struct search *search, char name[NAME_SIZE])
{
    bool is_process = process[0] >= '1' && process[0] <= '9';
    bool is_ours = is_process && process_name(process, name, NAME_SIZE) && is_dsmr(name) &&
                   started_ms(process) <= search->linked_ms + COARSE_MS;
    return is_ours ? process_serves(process, search) : NO;
}

static bool look_for(const struct search *search, char *who, size_t size)
{
    char name[NAME_SIZE];
    enum answer best = NO;
    DIR *processes = opendir("/proc");
    if (!processes)
        return false;
    const struct dirent *entry;
    while (best != YES && (entry = readdir(processes))) {
        enum answer answer = ask(entry->d_name, search, name);
        if (answer == YES)
            snprintf(who, size, "%s (process %.20s)", name, entry->d_name);
        else if (answer == PERHAPS)
            snprintf(who, size, "dsmr of another user");
        best = answer > best ? answer : best;
    }
    closedir(processes);
    return best != NO;
}

bool pty_owner_find(const char *device, struct timespec linked, char *who, size_t size)
{
    struct stat facts;
    const char *slash = strrchr(device, '/');
    char *end = NULL;
    if (!slash || stat(device, &facts) != 0 || !S_ISCHR(facts.st_mode))
        return false;
    struct search search = {.device = device,
                            .instance = facts.st_dev,
                            .index = strtol(slash + 1, &end, 10),
                            .user = facts.st_uid,
                            .linked_ms = since_boot(linked)};
    return end > slash + 1 && *end == '\0' && look_for(&search, who, size);
}
