/* SPDX-License-Identifier: MIT */
/*
 * Only our side stays open here. The kernel tells by a hang-up whether a reader has the other side
 * open, and our side shows the settings that the reader made.
 */
#include "core/pty_link.h"

#include "core/path_fault.h"
#include "core/pty_owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static const char no_terminal[] = "no pseudo-terminal could be had; is /dev/pts there?";

/* Whoever may read serial ports may read this one, as far as it is ours to say so. */
static void make_ready(int other)
{
    struct termios settings;
    const struct group *group = getgrnam("dialout");
    if (tcgetattr(other, &settings) == 0) {
        cfmakeraw(&settings);
        settings.c_cflag |= CREAD | CLOCAL;
        cfsetispeed(&settings, B115200);
        cfsetospeed(&settings, B115200);
        tcsetattr(other, TCSANOW, &settings);
    }
    if (group && fchown(other, (uid_t)-1, group->gr_gid) == 0)
        fchmod(other, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP);
}

/* A pseudo-terminal that looks hung up until a reader opens it. */
static int new_terminal(const struct pty_link *link, char *device, size_t size)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int other = -1;
    if (grantpt(fd) == 0 && unlockpt(fd) == 0 && ptsname_r(fd, device, size) == 0)
        other = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (other < 0) {
        close(fd);
        return -1;
    }
    if (link->ready)
        make_ready(other);
    close(other);
    return fd;
}

/* Where the link at its path points; "" when there is none. */
static void read_link(const struct pty_link *link, char *target, size_t size)
{
    ssize_t length = readlink(link->path, target, size - 1);
    target[length > 0 ? length : 0] = '\0';
}

/* A pseudo-terminal, whether it is there or not: what stands beside our own. */
static bool is_terminal(const struct pty_link *link, const char *target)
{
    const char *slash = strrchr(link->device, '/');
    return slash && strncmp(target, link->device, (size_t)(slash - link->device) + 1) == 0;
}

/* NULL when what is at the path may be replaced, or nothing is there. */
static const char *look_at_path(struct pty_link *link)
{
    char target[4096];
    char owner[64];
    struct stat found;
    if (lstat(link->path, &found) != 0) {
        int reason = errno;
        bool is_free = reason == ENOENT && path_folder_error(link->path) == 0;
        return is_free ? NULL : path_fault(reason);
    }
    if (!S_ISLNK(found.st_mode))
        return "there is something else than a symbolic link at that path, which is left alone";
    struct timespec linked = found.st_mtim;
    read_link(link, target, sizeof target);
    if (strcmp(target, link->device) == 0)
        return NULL; /* an old one of a number that is ours by now */
    if (!is_terminal(link, target) && stat(link->path, &found) == 0) {
        snprintf(link->trouble, sizeof link->trouble,
                 "at that path is a link to %.100s, which is left alone", target);
        return link->trouble;
    }
    if (pty_owner_find(target, linked, owner, sizeof owner)) {
        snprintf(link->trouble, sizeof link->trouble,
                 "%s has its pseudo-terminal there; stop it, or name another path", owner);
        return link->trouble;
    }
    return NULL;
}

/* At no moment is there half a link, or none in the place of an old one. */
static const char *make_link(struct pty_link *link)
{
    char beside[4096];
    const char *error = look_at_path(link);
    if (error)
        return error;
    int length = snprintf(beside, sizeof beside, "%s.%ld", link->path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof beside)
        return strerror(ENAMETOOLONG);
    if (symlink(link->device, beside) != 0)
        return path_fault(errno);
    if (rename(beside, link->path) != 0) {
        int reason = errno;
        unlink(beside);
        return path_fault(reason);
    }
    return NULL;
}

static bool is_there(const struct pty_link *link)
{
    char target[4096];
    read_link(link, target, sizeof target);
    return strcmp(target, link->device) == 0;
}

/* Somebody else may have taken the path over: then it is not ours to remove. */
static void remove_link(struct pty_link *link)
{
    if (link->plugged && is_there(link))
        unlink(link->path);
    link->plugged = false;
}

const char *pty_link_open(struct pty_link *link, const char *path, bool ready)
{
    *link = (struct pty_link){.path = path, .ready = ready};
    link->fd = new_terminal(link, link->device, sizeof link->device);
    if (link->fd < 0)
        return no_terminal;
    const char *error = pty_link_plug(link);
    if (error) {
        close(link->fd);
        link->fd = -1;
    }
    return error;
}

/* The new one is made while the old one still has its number. */
static bool replace_terminal(struct pty_link *link)
{
    char device[sizeof link->device];
    int fd = new_terminal(link, device, sizeof device);
    if (fd < 0)
        return false;
    close(link->fd);
    link->fd = fd;
    link->had_reader = false;
    memcpy(link->device, device, sizeof device);
    return true;
}

const char *pty_link_unplug(struct pty_link *link)
{
    remove_link(link);
    return replace_terminal(link) ? NULL : no_terminal;
}

const char *pty_link_plug(struct pty_link *link)
{
    const char *error = make_link(link);
    link->plugged = error == NULL;
    return error;
}

const char *pty_link_keep(struct pty_link *link, bool *made)
{
    *made = false;
    if (!link->plugged || is_there(link))
        return NULL;
    const char *error = make_link(link);
    *made = error == NULL;
    return error;
}

bool pty_link_has_reader(const struct pty_link *link)
{
    struct pollfd state = {.fd = link->fd};
    return poll(&state, 1, 0) >= 0 && !(state.revents & (POLLHUP | POLLERR));
}

const char *pty_link_renew(struct pty_link *link)
{
    int other = open(link->device, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (other < 0 && pty_link_has_reader(link))
        return NULL; /* the next one is there already, and has locked it */
    if (other < 0)
        return replace_terminal(link) ? make_link(link) : no_terminal;
    tcflush(link->fd, TCOFLUSH);
    tcflush(other, TCIFLUSH);
    if (link->ready)
        make_ready(other);
    close(other);
    return NULL;
}

const char *pty_link_look(struct pty_link *link)
{
    const char *error = NULL;
    bool has_reader = pty_link_has_reader(link);
    if (!has_reader && link->had_reader && link->plugged)
        error = pty_link_renew(link);
    link->had_reader = has_reader;
    return error;
}

void pty_link_close(struct pty_link *link)
{
    remove_link(link);
    if (link->fd >= 0)
        close(link->fd);
    link->fd = -1;
}
