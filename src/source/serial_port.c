/* SPDX-License-Identifier: MIT */
#include "source/serial_port.h"

#include "core/memory.h"
#include "core/process_fact.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------------------------
 * Who has it
 */

/* Each instance of devpts counts from 0: the pseudo-terminals of a container are others. */
static bool is_same_device(const struct stat *a, const struct stat *b)
{
    enum { PTY_FIRST = 136, PTY_LAST = 143 }; /* majors */
    bool is_pty = major(a->st_rdev) >= PTY_FIRST && major(a->st_rdev) <= PTY_LAST;
    return S_ISCHR(a->st_mode) && a->st_rdev == b->st_rdev && (!is_pty || a->st_dev == b->st_dev);
}

static bool process_has(const char *process, const struct stat *port)
{
    char folder[64];
    bool found = false;
    snprintf(folder, sizeof folder, "/proc/%.20s/fd", process);
    DIR *descriptors = opendir(folder);
    if (!descriptors)
        return false;
    const struct dirent *entry;
    while (!found && (entry = readdir(descriptors))) {
        struct stat opened;
        found = fstatat(dirfd(descriptors), entry->d_name, &opened, 0) == 0 &&
                is_same_device(&opened, port);
    }
    closedir(descriptors);
    return found;
}

/* openHAB is a java with its folders on the command line: -Dopenhab.home=/usr/share/openhab. */
static bool is_openhab(const char *process)
{
    static const char sign[] = "openhab";
    char name[64];
    char line[16384];
    process_name(process, name, sizeof name);
    if (strcmp(name, "java") != 0)
        return false;
    size_t size = process_fact(process, "cmdline", line, sizeof line);
    return memmem(line, size, sign, sizeof sign - 1) != NULL;
}

static char *describe_process(const char *process)
{
    char name[64];
    process_name(process, name, sizeof name);
    if (is_openhab(process))
        snprintf(name, sizeof name, "openHAB");
    return memory_print("%s (process %.20s)", name[0] ? name : "a program", process);
}

enum { PROCESS_SIZE = 24 }; /* a process id in digits */

/* The first process of which that is true, but for our own. */
static bool find_process(bool (*is_it)(const char *process, const void *context),
                         const void *context, char found[PROCESS_SIZE])
{
    char own[PROCESS_SIZE];
    bool any = false;
    DIR *processes = opendir("/proc");
    if (!processes)
        return false;
    const struct dirent *entry;
    snprintf(own, sizeof own, "%ld", (long)getpid());
    while (!any && (entry = readdir(processes))) {
        bool is_process = entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
        any = is_process && strcmp(entry->d_name, own) != 0 && is_it(entry->d_name, context);
        if (any)
            snprintf(found, PROCESS_SIZE, "%.20s", entry->d_name);
    }
    closedir(processes);
    return any;
}

static bool holds(const char *process, const void *port)
{
    return process_has(process, port);
}

static bool runs_openhab(const char *process, const void *context)
{
    (void)context;
    return is_openhab(process);
}

static bool find_holder(const char *path, char found[PROCESS_SIZE])
{
    struct stat port;
    return stat(path, &port) == 0 && S_ISCHR(port.st_mode) && find_process(holds, &port, found);
}

char *serial_port_holder(const char *path)
{
    char process[PROCESS_SIZE];
    return find_holder(path, process) ? describe_process(process) : NULL;
}

/* ------------------------------------------------------------------------------------------------
 * Opening
 */

static char *explain_openhab(const char *path, const char *process)
{
    return memory_print(
        "%s is in use by openHAB (process %s), by its own DSMR binding or another: "
        "only one program can read a port; in openHAB's settings disable the thing that has it",
        path, process);
}

/* Only root sees what a program of another user has open. */
static char *explain_unseen(const char *path)
{
    char process[PROCESS_SIZE];
    if (!find_process(runs_openhab, NULL, process))
        return memory_print(
            "%s is in use by another program: only one program can read a port; stop the other",
            path);
    return memory_print(
        "%s is in use by another program: only one program can read a port; stop the other. "
        "openHAB runs here (process %s): if its own DSMR binding has the port, disable that "
        "thing in openHAB's settings",
        path, process);
}

static char *explain_in_use(const char *path)
{
    char process[PROCESS_SIZE];
    if (!find_holder(path, process))
        return explain_unseen(path);
    if (is_openhab(process))
        return explain_openhab(path, process);
    char *holder = describe_process(process);
    char *reason = memory_print(
        "%s is in use by %s: only one program can read a port; stop the other", path, holder);
    free(holder);
    return reason;
}

static char *explain_no_permission(const char *path)
{
    struct stat port;
    if (stat(path, &port) != 0)
        return memory_print("no permission to reach %s", path);
    const struct group *group = getgrgid(port.st_gid);
    const struct passwd *user = getpwuid(geteuid());
    const char *group_name = group ? group->gr_name : "dialout";
    return memory_print(
        "no permission to open %s (group %s): sudo usermod -aG %s %s, then log in again", path,
        group_name, group_name, user ? user->pw_name : "$USER");
}

char *serial_port_denied(const char *path)
{
    bool allowed = faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0;
    return allowed || errno != EACCES ? NULL : explain_no_permission(path);
}

static char *explain(const char *path, int error)
{
    switch (error) {
    case EBUSY:
    case EWOULDBLOCK:
        return explain_in_use(path);
    case EACCES:
    case EPERM:
        return explain_no_permission(path);
    case ENOENT:
    case ENXIO:
    case ENODEV:
        return memory_print("%s is not there: is the cable plugged in? Waiting for it", path);
    case ENOTTY:
        return memory_print("%s is no serial port", path);
    default:
        return memory_print("cannot open %s: %s", path, strerror(error));
    }
}

/* Root gets past this lock of somebody else, and on a pseudo-terminal it stays when he is gone. */
static bool is_taken(int fd, const char *path)
{
    int locked = 0;
    if (ioctl(fd, TIOCGEXCL, &locked) != 0 || !locked)
        return false;
    char *holder = serial_port_holder(path);
    bool taken = holder != NULL;
    free(holder);
    return taken;
}

/* Both locks: TIOCEXCL keeps out who does not know of flock, flock keeps out root. */
static int take_exclusively(int fd, const char *path)
{
    if (!isatty(fd))
        return ENOTTY;
    if (is_taken(fd, path))
        return EBUSY;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno;
    if (ioctl(fd, TIOCEXCL) != 0)
        return errno;
    return 0;
}

int serial_port_open(const char *path, char **reason)
{
    int error = 0;
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        error = errno;
    else
        error = take_exclusively(fd, path);
    if (error == 0)
        return fd;
    *reason = explain(path, error);
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

void serial_port_unlock(int fd)
{
    flock(fd, LOCK_UN);
    ioctl(fd, TIOCNXCL);
}

void serial_port_close(int fd)
{
    ioctl(fd, TIOCNXCL);
    close(fd);
}

/* ------------------------------------------------------------------------------------------------
 * Settings
 */

static speed_t speed_of(int baud)
{
    static const struct {
        int baud;
        speed_t speed;
    } speeds[] = {
        {300, B300},       {600, B600},       {1200, B1200},     {2400, B2400},   {4800, B4800},
        {9600, B9600},     {19200, B19200},   {38400, B38400},   {57600, B57600}, {115200, B115200},
        {230400, B230400}, {460800, B460800}, {921600, B921600},
    };
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        if (speeds[i].baud == baud)
            return speeds[i].speed;
    return B0;
}

static void set_form(struct termios *port, const struct line_settings *settings)
{
    cfmakeraw(port);
    port->c_cflag &= ~(tcflag_t)(CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS);
    port->c_cflag |= CREAD | CLOCAL | (settings->bits == 7 ? CS7 : CS8);
    if (settings->parity != 'N')
        port->c_cflag |= PARENB | (settings->parity == 'O' ? PARODD : 0);
    if (settings->stop == 2)
        port->c_cflag |= CSTOPB;
    port->c_iflag &= ~(tcflag_t)(IXON | IXOFF | IXANY | INPCK | PARMRK);
    port->c_cc[VMIN] = 1; /* with 0 a read without bytes looks like the end of the file */
    port->c_cc[VTIME] = 0;
}

static void set_modem_lines(int fd, int baud)
{
    int request = TIOCM_RTS;
    int ready = TIOCM_DTR;
    ioctl(fd, TIOCMBIS, &request);
    if (baud <= 9600)
        ioctl(fd, TIOCMBIC, &ready);
}

int serial_port_set(int fd, const struct line_settings *settings)
{
    struct termios port;
    speed_t speed = speed_of(settings->baud);
    if (speed == B0)
        return -EINVAL;
    if (tcgetattr(fd, &port) != 0)
        return -errno;
    set_form(&port, settings);
    if (cfsetispeed(&port, speed) != 0 || cfsetospeed(&port, speed) != 0)
        return -errno;
    if (tcsetattr(fd, TCSANOW, &port) != 0)
        return -errno;
    set_modem_lines(fd, settings->baud);
    tcflush(fd, TCIFLUSH);
    return 0;
}
