/* SPDX-License-Identifier: MIT */
/* The list of serial ports, from a tree as sysfs has it, with real pseudo-terminals behind the names. */
#include "source/serial_list.c"

#include "fake_machine.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/wait.h>

/* The meter's side of a pseudo-terminal, and the path of the reader's. */
struct terminal {
    int fd;
    char path[64];
};

static void open_terminal(struct terminal *terminal)
{
    terminal->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal->fd >= 0);
    assert_int_equal(grantpt(terminal->fd), 0);
    assert_int_equal(unlockpt(terminal->fd), 0);
    assert_int_equal(ptsname_r(terminal->fd, terminal->path, sizeof terminal->path), 0);
}

static void assert_under(const struct fake_machine *machine, const char *text, const char *rest)
{
    size_t size = strlen(machine->folder.path);
    assert_memory_equal(text, machine->folder.path, size);
    assert_string_equal(text + size, rest);
}

static void test_an_adapter_has_its_facts(void **state)
{
    (void)state;
    struct fake_machine machine;
    struct terminal terminal;
    struct serial_list list = {0};
    fake_start(&machine);
    open_terminal(&terminal);
    fake_adapter(&machine, "1-1", "ttyUSB0", terminal.path);
    serial_list_read(&list, &machine.roots);
    assert_int_equal(list.count, 1);
    const struct serial_entry *entry = &list.at[0];
    assert_under(&machine, entry->path, "/dev/ttyUSB0");
    assert_under(&machine, entry->stable, "/dev/serial/by-id/usb-FTDI-1-1");
    assert_string_equal(entry->driver, "ftdi_sio");
    assert_string_equal(entry->vendor_id, "0403");
    assert_string_equal(entry->product_id, "6001");
    assert_string_equal(entry->vendor, "FTDI");
    assert_string_equal(entry->product, "FT232R UART");
    assert_string_equal(entry->serial_number, "AB0CD1EF");
    assert_null(entry->holder);
    assert_null(entry->obstacle);
    assert_true(serial_entry_is_free(entry));
    assert_ptr_equal(serial_entry_name(entry), entry->stable);
    serial_list_free(&list);
    close(terminal.fd);
    fake_end(&machine);
}

static void test_ports_stand_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    struct fake_machine machine;
    struct serial_list list = {0};
    fake_start(&machine);
    fake_adapter(&machine, "1-1", "ttyUSB10", "/dev/null");
    fake_adapter(&machine, "1-2", "ttyUSB2", "/dev/null");
    fake_adapter(&machine, "1-3", "ttyACM0", "/dev/null");
    serial_list_read(&list, &machine.roots);
    assert_int_equal(list.count, 3);
    assert_under(&machine, list.at[0].path, "/dev/ttyACM0");
    assert_under(&machine, list.at[1].path, "/dev/ttyUSB2");
    assert_under(&machine, list.at[2].path, "/dev/ttyUSB10");
    serial_list_free(&list);
    fake_end(&machine);
}

/* As a Raspberry Pi and a computer with a newer kernel have them. */
static void test_ports_of_the_machine_itself(void **state)
{
    (void)state;
    struct fake_machine machine;
    struct serial_list list = {0};
    fake_start(&machine);
    fake_folder(&machine, "sys/bus/drivers/port");
    fake_folder(&machine, "sys/bus/drivers/serial8250");
    fake_folder(&machine, "sys/devices/platform/serial8250/serial8250:0.0/tty/ttyS0");
    fake_link(&machine, "sys/class/tty/ttyS0",
              "../../devices/platform/serial8250/serial8250:0.0/tty/ttyS0");
    fake_link(&machine, "sys/class/tty/ttyS0/device", "../..");
    fake_link(&machine, "sys/devices/platform/serial8250/serial8250:0.0/driver",
              "../../../../bus/drivers/port");
    fake_link(&machine, "sys/devices/platform/serial8250/driver",
              "../../../bus/drivers/serial8250");
    folder_write(&machine.folder, "sys/class/tty/ttyS0/type", "4\n");
    serial_list_read(&list, &machine.roots);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.at[0].driver, "serial8250");
    assert_null(list.at[0].vendor_id);
    assert_null(list.at[0].stable);
    assert_ptr_equal(serial_entry_name(&list.at[0]), list.at[0].path);
    serial_list_free(&list);

    folder_write(&machine.folder, "sys/class/tty/ttyS0/type", "0\n");
    serial_list_read(&list, &machine.roots);
    assert_int_equal(list.count, 0);
    fake_end(&machine);
}

/* Nobody has it open, and listening would change its speed. */
static void test_the_console_of_the_kernel_is_in_use(void **state)
{
    (void)state;
    struct fake_machine machine;
    struct serial_list list = {0};
    fake_start(&machine);
    fake_adapter(&machine, "1-1", "ttyUSB0", "nowhere");
    fake_adapter(&machine, "1-2", "ttyUSB1", "nowhere");
    fake_folder(&machine, "sys/class/tty/console");
    folder_write(&machine.folder, "sys/class/tty/console/active", "tty0 ttyUSB0\n");
    serial_list_read(&list, &machine.roots);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.at[0].holder, "the kernel, as its console");
    assert_false(serial_entry_is_free(&list.at[0]));
    assert_null(list.at[1].holder);
    serial_list_free(&list);
    fake_end(&machine);
}

static void test_a_console_is_no_port(void **state)
{
    (void)state;
    struct fake_machine machine;
    struct serial_list list = {0};
    fake_start(&machine);
    fake_folder(&machine, "sys/class/tty/tty1");
    fake_folder(&machine, "sys/class/tty/ptmx");
    serial_list_read(&list, &machine.roots);
    assert_int_equal(list.count, 0);
    fake_end(&machine);
    serial_list_read(&list, &machine.roots); /* nor is there a sysfs everywhere */
    assert_int_equal(list.count, 0);
}

static void test_a_port_that_a_container_was_not_given(void **state)
{
    (void)state;
    struct fake_machine machine;
    struct serial_list list = {0};
    fake_start(&machine);
    fake_adapter(&machine, "1-1", "ttyUSB0", "nowhere");
    serial_list_read(&list, &machine.roots);
    assert_int_equal(list.count, 1);
    assert_non_null(strstr(list.at[0].obstacle, "container"));
    assert_false(serial_entry_is_free(&list.at[0]));
    serial_list_free(&list);
    fake_end(&machine);
}

/* A child that has the port open until its end of the pipe is closed; returns that end. */
static int hold(const char *path, pid_t *child)
{
    int ready[2];
    int end[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(end), 0);
    *child = fork();
    assert_true(*child >= 0);
    if (*child == 0) {
        close(end[1]);
        bool opened = open(path, O_RDWR | O_NOCTTY) >= 0;
        _exit(opened && write(ready[1], "x", 1) == 1 && read(end[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(end[0]);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return end[1];
}

static void test_who_holds_a_port(void **state)
{
    (void)state;
    struct fake_machine machine;
    struct terminal terminal;
    struct serial_list list = {0};
    pid_t child;
    char process[40];
    int status;
    fake_start(&machine);
    open_terminal(&terminal);
    fake_adapter(&machine, "1-1", "ttyUSB0", terminal.path);
    int end = hold(terminal.path, &child);
    serial_list_read(&list, &machine.roots);
    assert_int_equal(list.count, 1);
    assert_non_null(list.at[0].holder);
    snprintf(process, sizeof process, "(process %ld)", (long)child);
    assert_non_null(strstr(list.at[0].holder, process));
    assert_false(serial_entry_is_free(&list.at[0]));
    serial_list_free(&list);
    close(end);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(terminal.fd);
    fake_end(&machine);
}

/* Only somebody who is not root can lack permission: a child becomes nobody. */
static void test_no_permission_names_group_and_command(void **state)
{
    (void)state;
    struct terminal terminal;
    int status;
    if (geteuid() != 0)
        skip();
    open_terminal(&terminal);
    assert_int_equal(chmod(terminal.path, 0660), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)
            _exit(2);
        char *why = serial_port_denied(terminal.path);
        _exit(why && strstr(why, "usermod -aG") && strstr(why, terminal.path) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_null(serial_port_denied(terminal.path));
    close(terminal.fd);
}

static void test_a_port_that_the_user_names_is_added_once(void **state)
{
    (void)state;
    struct fake_machine machine;
    struct terminal known;
    struct terminal other;
    struct serial_list list = {0};
    fake_start(&machine);
    open_terminal(&known);
    open_terminal(&other);
    fake_adapter(&machine, "1-1", "ttyUSB0", known.path);
    serial_list_read(&list, &machine.roots);
    assert_int_equal(serial_list_add(&list, other.path, &machine.roots), 1);
    assert_int_equal(serial_list_add(&list, known.path, &machine.roots), 0);
    assert_int_equal(serial_list_add(&list, other.path, &machine.roots), 1);
    assert_int_equal(serial_list_add(&list, "/dev/dsmr-no-such-port", &machine.roots), 2);
    assert_int_equal(list.count, 3);
    assert_true(serial_entry_is_free(&list.at[1]));
    assert_false(serial_entry_is_free(&list.at[2]));
    serial_list_free(&list);
    close(known.fd);
    close(other.fd);
    fake_end(&machine);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_adapter_has_its_facts),
        cmocka_unit_test(test_ports_stand_in_the_order_of_their_numbers),
        cmocka_unit_test(test_ports_of_the_machine_itself),
        cmocka_unit_test(test_the_console_of_the_kernel_is_in_use),
        cmocka_unit_test(test_a_console_is_no_port),
        cmocka_unit_test(test_a_port_that_a_container_was_not_given),
        cmocka_unit_test(test_who_holds_a_port),
        cmocka_unit_test(test_no_permission_names_group_and_command),
        cmocka_unit_test(test_a_port_that_the_user_names_is_added_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
