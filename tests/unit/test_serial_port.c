/* SPDX-License-Identifier: MIT */
/* A serial port as a file: its form, and opening it for us alone. On real pseudo-terminals, but for the
 * form, which these ignore. */
#include "source/serial_port.c"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "folder.h"

static void assert_form(const char *settings, tcflag_t expected)
{
    struct line_settings line;
    struct termios port;
    memset(&port, 0xFF, sizeof port); /* whatever was set before */
    assert_true(line_settings_parse(settings, &line));
    set_form(&port, &line);
    assert_int_equal(port.c_cflag & (CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS), expected);
    assert_int_equal(port.c_cflag & (CREAD | CLOCAL), CREAD | CLOCAL);
}

static void test_form(void **state)
{
    (void)state;
    assert_form("115200 8N1", CS8);
    assert_form("9600 7E1", CS7 | PARENB);
    assert_form("9600 7O1", CS7 | PARENB | PARODD);
    assert_form("115200 8E1", CS8 | PARENB);
    assert_form("2400 8N2", CS8 | CSTOPB);
}

/* No byte may be changed, dropped, held back or answered. */
static void test_bytes_come_as_they_are(void **state)
{
    (void)state;
    struct termios port;
    memset(&port, 0xFF, sizeof port);
    set_form(&port, &(struct line_settings){9600, 7, 'E', 1});
    assert_int_equal(port.c_iflag & (IXON | IXOFF | IXANY | ICRNL | INLCR | IGNCR | ISTRIP | INPCK |
                                     PARMRK | BRKINT),
                     0);
    assert_int_equal(port.c_lflag & (ECHO | ECHONL | ICANON | ISIG | IEXTEN), 0);
    assert_int_equal(port.c_oflag & OPOST, 0);
    assert_int_equal(port.c_cc[VMIN], 1);
    assert_int_equal(port.c_cc[VTIME], 0);
}

/* The meter's side and the path of the reader's. */
struct terminal {
    int fd;
    char path[64];
};

static void open_terminal(struct terminal *terminal)
{
    terminal->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    assert_true(terminal->fd >= 0);
    assert_int_equal(grantpt(terminal->fd), 0);
    assert_int_equal(unlockpt(terminal->fd), 0);
    assert_int_equal(ptsname_r(terminal->fd, terminal->path, sizeof terminal->path), 0);
}

static int open_well(const char *path)
{
    char *reason = NULL;
    int fd = serial_port_open(path, &reason);
    if (fd < 0)
        fail_msg("%s", reason);
    assert_null(reason);
    return fd;
}

static void assert_not_opened(const char *path, int error, const char *text)
{
    char *reason = NULL;
    assert_int_equal(serial_port_open(path, &reason), -1);
    assert_int_equal(errno, error);
    assert_non_null(reason);
    if (strstr(reason, text) == NULL)
        fail_msg("'%s' is not in '%s'", text, reason);
    free(reason);
}

static void test_speeds(void **state)
{
    (void)state;
    static const int bauds[] = {300, 2400, 9600, 38400, 115200};
    static const speed_t speeds[] = {B300, B2400, B9600, B38400, B115200};
    struct terminal terminal;
    open_terminal(&terminal);
    int fd = open_well(terminal.path);
    for (size_t i = 0; i < sizeof bauds / sizeof *bauds; i++) {
        struct termios port;
        assert_int_equal(serial_port_set(fd, &(struct line_settings){bauds[i], 8, 'N', 1}), 0);
        assert_int_equal(tcgetattr(fd, &port), 0);
        assert_int_equal(cfgetispeed(&port), speeds[i]);
        assert_int_equal(cfgetospeed(&port), speeds[i]);
    }
    assert_int_equal(serial_port_set(fd, &(struct line_settings){12345, 8, 'N', 1}), -EINVAL);
    assert_int_equal(serial_port_set(fd, &(struct line_settings){0, 8, 'N', 1}), -EINVAL);
    serial_port_close(fd);
    close(terminal.fd);
}

static void test_what_came_at_another_speed_is_thrown_away(void **state)
{
    (void)state;
    struct terminal terminal;
    char bytes[64];
    open_terminal(&terminal);
    int fd = open_well(terminal.path);
    assert_int_equal(serial_port_set(fd, &(struct line_settings){115200, 8, 'N', 1}), 0);
    assert_int_equal(write(terminal.fd, "noise", 5), 5);
    assert_int_equal(serial_port_set(fd, &(struct line_settings){9600, 8, 'N', 1}), 0);
    assert_int_equal(read(fd, bytes, sizeof bytes), -1);
    assert_int_equal(errno, EAGAIN);
    serial_port_close(fd);
    close(terminal.fd);
}

static void test_a_port_is_ours_alone_until_it_is_closed(void **state)
{
    (void)state;
    struct terminal terminal;
    open_terminal(&terminal);
    int fd = open_well(terminal.path);
    assert_not_opened(terminal.path, geteuid() == 0 ? EWOULDBLOCK : EBUSY, "is in use by");
    serial_port_close(fd);
    serial_port_close(open_well(terminal.path));
    close(terminal.fd);
}

/* A program that was killed cannot unlock; the port must not stay closed for that. */
static void test_a_lock_that_outlived_its_program_does_not_count(void **state)
{
    (void)state;
    struct terminal terminal;
    open_terminal(&terminal);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char *reason = NULL;
        _exit(serial_port_open(terminal.path, &reason) < 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    if (geteuid() == 0) /* others are kept out by the system */
        serial_port_close(open_well(terminal.path));
    close(terminal.fd);
}

static void test_who_holds_a_port(void **state)
{
    (void)state;
    struct terminal terminal;
    int ready[2];
    char expected[64];
    char byte;
    open_terminal(&terminal);
    assert_null(serial_port_holder(terminal.path));
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char *reason = NULL;
        bool opened = serial_port_open(terminal.path, &reason) >= 0;
        if (write(ready[1], opened ? "y" : "n", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    snprintf(expected, sizeof expected, "(process %ld)", (long)child);
    char *holder = serial_port_holder(terminal.path);
    assert_non_null(holder);
    assert_non_null(strstr(holder, expected));
    free(holder);
    assert_not_opened(terminal.path, EBUSY, expected);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_null(serial_port_holder(terminal.path));
    close(terminal.fd);
    close(ready[0]);
    close(ready[1]);
}

/* Runs something that looks like openHAB until wake is closed; returns when it runs. */
static pid_t start_java(struct folder *folder, int *wake)
{
    int input[2], output[2];
    char byte;
    assert_int_equal(symlink("/bin/sh", folder_at(folder, "java")), 0);
    assert_int_equal(pipe(input), 0);
    assert_int_equal(pipe(output), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        close(input[1]);
        execl(folder->name, "java", "-c", "echo; read line", "-Dopenhab.home=/opt", (char *)NULL);
        _exit(1);
    }
    close(input[0]);
    close(output[1]);
    assert_int_equal(read(output[0], &byte, 1), 1);
    close(output[0]);
    *wake = input[1];
    return child;
}

/* Without being root nobody sees what openHAB's user has open. */
static void test_openhab_that_runs_is_named_when_the_holder_cannot_be_seen(void **state)
{
    (void)state;
    struct folder folder;
    int wake;
    folder_make(&folder);
    pid_t child = start_java(&folder, &wake);
    char *reason = explain_unseen("/dev/ttyUSB0");
    assert_non_null(strstr(reason, "is in use by another program: only one program can read"));
    assert_non_null(strstr(reason, "openHAB runs here (process "));
    free(reason);
    close(wake);
    assert_int_equal(waitpid(child, NULL, 0), child);
    folder_remove(&folder);
}

static void test_what_cannot_be_opened_says_why(void **state)
{
    (void)state;
    assert_not_opened("/dev/no-such-port", ENOENT, "/dev/no-such-port is not there");
    assert_not_opened("/dev/null", ENOTTY, "/dev/null is no serial port");
    assert_not_opened("/proc/version/port", ENOTDIR, "cannot open /proc/version/port");
    assert_null(serial_port_holder("/dev/no-such-port"));
    assert_null(serial_port_holder("/proc/version"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_bytes_come_as_they_are),
        cmocka_unit_test(test_speeds),
        cmocka_unit_test(test_what_came_at_another_speed_is_thrown_away),
        cmocka_unit_test(test_a_port_is_ours_alone_until_it_is_closed),
        cmocka_unit_test(test_a_lock_that_outlived_its_program_does_not_count),
        cmocka_unit_test(test_who_holds_a_port),
        cmocka_unit_test(test_openhab_that_runs_is_named_when_the_holder_cannot_be_seen),
        cmocka_unit_test(test_what_cannot_be_opened_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
