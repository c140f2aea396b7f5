/* SPDX-License-Identifier: MIT */
/* Stable names of ports, with links to real terminals. */
#include "source/port_name.h"

#include "folder.h"

#include <fcntl.h>

/* A pseudo-terminal as a port. */
struct port {
    int fd;
    char path[64];
};

static void open_port(struct port *port)
{
    port->fd = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(port->fd >= 0);
    assert_int_equal(grantpt(port->fd), 0);
    assert_int_equal(unlockpt(port->fd), 0);
    assert_int_equal(ptsname_r(port->fd, port->path, sizeof port->path), 0);
}

static void assert_name(const struct folder *folder, const char *path, const char *expected)
{
    char *name = port_name_of(folder->path, path);
    if (expected == NULL)
        assert_null(name);
    else
        assert_string_equal(name, expected);
    free(name);
}

static void test_the_link_to_a_device_is_its_name(void **state)
{
    (void)state;
    struct folder folder;
    struct port ports[2];
    folder_make(&folder);
    open_port(&ports[0]);
    open_port(&ports[1]);
    assert_int_equal(symlink(ports[0].path, folder_at(&folder, "usb-FTDI-if00-port0")), 0);
    assert_int_equal(symlink(ports[1].path, folder_at(&folder, "usb-Prolific-if00")), 0);
    assert_name(&folder, ports[0].path, folder_at(&folder, "usb-FTDI-if00-port0"));
    assert_name(&folder, ports[1].path, folder_at(&folder, "usb-Prolific-if00"));
    close(ports[0].fd);
    close(ports[1].fd);
    folder_remove(&folder);
}

static void test_a_device_without_link_has_no_name(void **state)
{
    (void)state;
    struct folder folder;
    struct port port;
    folder_make(&folder);
    open_port(&port);
    assert_name(&folder, port.path, NULL);
    assert_int_equal(symlink("/dev/null", folder_at(&folder, "usb-other")), 0);
    assert_int_equal(symlink("nowhere", folder_at(&folder, "usb-dangling")), 0);
    folder_write(&folder, "file", "no device");
    assert_name(&folder, port.path, NULL);
    assert_name(&folder, "/dev/no-such-port", NULL);
    assert_name(&folder, folder_at(&folder, "file"), NULL);
    close(port.fd);
    folder_remove(&folder);
}

static void test_without_the_folder_nothing_has_a_name(void **state)
{
    (void)state;
    char *name = port_name_of("/tmp/dsmr-test-no-such-folder", "/dev/null");
    assert_null(name);
}

static void test_a_name_may_lead_over_several_links(void **state)
{
    (void)state;
    struct folder folder;
    struct port port;
    folder_make(&folder);
    open_port(&port);
    char *user = strdup(folder_at(&folder, ".p1"));
    assert_int_equal(symlink(port.path, user), 0);
    assert_int_equal(symlink(port.path, folder_at(&folder, "usb-FTDI")), 0);
    assert_name(&folder, user, folder_at(&folder, "usb-FTDI"));
    free(user);
    close(port.fd);
    folder_remove(&folder);
}

static void test_the_users_path_is_used_while_it_is_the_same_device(void **state)
{
    (void)state;
    struct folder folder;
    struct port port;
    folder_make(&folder);
    open_port(&port);
    assert_int_equal(symlink(port.path, folder_at(&folder, "usb-FTDI")), 0);
    assert_string_equal(port_name_resolve(port.path, NULL), port.path);
    assert_string_equal(port_name_resolve(port.path, folder.name), port.path);
    close(port.fd);
    folder_remove(&folder);
}

/* Plugged out and in: the old number is gone, or belongs to another adapter. */
static void test_the_device_is_followed_to_another_number(void **state)
{
    (void)state;
    struct folder folder;
    struct port before;
    struct port after;
    folder_make(&folder);
    open_port(&before);
    open_port(&after);
    assert_int_equal(symlink(after.path, folder_at(&folder, "usb-FTDI")), 0);
    assert_string_equal(port_name_resolve(before.path, folder.name), folder.name);
    close(before.fd);
    assert_string_equal(port_name_resolve(before.path, folder.name), folder.name);
    close(after.fd);
    folder_remove(&folder);
}

static void test_without_the_name_the_users_path_is_tried(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    assert_string_equal(port_name_resolve("/dev/ttyUSB0", folder_at(&folder, "usb-FTDI")),
                        "/dev/ttyUSB0");
    folder_remove(&folder);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_link_to_a_device_is_its_name),
        cmocka_unit_test(test_a_device_without_link_has_no_name),
        cmocka_unit_test(test_without_the_folder_nothing_has_a_name),
        cmocka_unit_test(test_a_name_may_lead_over_several_links),
        cmocka_unit_test(test_the_users_path_is_used_while_it_is_the_same_device),
        cmocka_unit_test(test_the_device_is_followed_to_another_number),
        cmocka_unit_test(test_without_the_name_the_users_path_is_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
