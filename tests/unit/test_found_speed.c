/* SPDX-License-Identifier: MIT */
/* The speed that was found on a port is kept, and nothing that can happen to the file hurts. */
#include "source/found_speed.h"

#include "core/state_folder.h"

#include "folder.h"

#include <sys/stat.h>

static void test_a_speed_is_kept_for_each_port(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    assert_int_equal(found_speed_read(folder.path, "/dev/ttyUSB0"), 0);
    found_speed_write(folder.path, "/dev/ttyUSB0", 9600);
    found_speed_write(folder.path, "/dev/ttyUSB1", 115200);
    assert_int_equal(found_speed_read(folder.path, "/dev/ttyUSB0"), 9600);
    assert_int_equal(found_speed_read(folder.path, "/dev/ttyUSB1"), 115200);
    assert_int_equal(found_speed_read(folder.path, "/dev/ttyUSB"), 0);
    found_speed_write(folder.path, "/dev/ttyUSB0", 115200);
    assert_int_equal(found_speed_read(folder.path, "/dev/ttyUSB0"), 115200);
    assert_int_equal(folder_count(&folder), 2);
    folder_remove(&folder);
}

static void test_odd_names_stay_inside_the_folder(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    found_speed_write(folder.path, "/../../etc/passwd", 9600);
    found_speed_write(folder.path, "../x", 115200);
    found_speed_write(folder.path, "/dev/serial/by-id/usb-FTDI \n\xFF-if00", 9600);
    assert_int_equal(found_speed_read(folder.path, "/../../etc/passwd"), 9600);
    assert_int_equal(found_speed_read(folder.path, "../x"), 115200);
    assert_int_equal(found_speed_read(folder.path, "/dev/serial/by-id/usb-FTDI \n\xFF-if00"), 9600);
    assert_int_equal(folder_count(&folder), 3);
    folder_remove(&folder);
}

static void test_a_file_that_makes_no_sense_is_no_speed(void **state)
{
    (void)state;
    static const char *const texts[] = {"",      "\n",  "speed",
                                        "-9600", "0",   "9601",
                                        "1e99",  "300", "115200115200115200115200115200115200"};
    struct folder folder;
    folder_make(&folder);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        folder_write(&folder, "speed-dev-p1", texts[i]);
        assert_int_equal(found_speed_read(folder.path, "/dev/p1"), 0);
    }
    folder_write(&folder, "speed-dev-p1", "9600\n");
    assert_int_equal(found_speed_read(folder.path, "/dev/p1"), 9600);
    folder_remove(&folder);
}

static void test_without_a_folder_nothing_is_kept(void **state)
{
    (void)state;
    char name[400];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    struct folder folder;
    folder_make(&folder);
    found_speed_write(NULL, "/dev/p1", 9600);
    assert_int_equal(found_speed_read(NULL, "/dev/p1"), 0);
    found_speed_write("/tmp/dsmr-test-no-such-folder", "/dev/p1", 9600);
    assert_int_equal(found_speed_read("/tmp/dsmr-test-no-such-folder", "/dev/p1"), 0);
    found_speed_write(folder.path, name, 9600); /* longer than a file name may be */
    assert_int_equal(found_speed_read(folder.path, name), 0);
    assert_int_equal(mkdir(folder_at(&folder, "speed-dev-p1"), 0700), 0);
    found_speed_write(folder.path, "/dev/p1", 9600);
    assert_int_equal(found_speed_read(folder.path, "/dev/p1"), 0);
    assert_int_equal(rmdir(folder_at(&folder, "speed-dev-p1")), 0);
    assert_int_equal(folder_count(&folder), 0);
    folder_remove(&folder);
}

static void assert_state_folder(const char *expected)
{
    char *found = state_folder_find();
    if (expected == NULL)
        assert_null(found);
    else
        assert_string_equal(found, expected);
    free(found);
}

static void test_the_state_folder_of_systemd_goes_first(void **state)
{
    (void)state;
    struct folder folder;
    char both[128];
    folder_make(&folder);
    setenv("XDG_STATE_HOME", folder.path, 1);
    setenv("STATE_DIRECTORY", "/var/lib/dsmr-test", 1);
    assert_state_folder("/var/lib/dsmr-test");
    snprintf(both, sizeof both, "%s:/var/lib/other", folder.path);
    setenv("STATE_DIRECTORY", both, 1);
    assert_state_folder(folder.path);
    assert_int_equal(folder_count(&folder), 0);
    folder_remove(&folder);
}

static void test_the_users_own_state_folder_is_made(void **state)
{
    (void)state;
    struct folder folder;
    struct stat made;
    folder_make(&folder);
    unsetenv("STATE_DIRECTORY");
    setenv("XDG_STATE_HOME", folder_at(&folder, "state"), 1);
    char *expected = strdup(folder_at(&folder, "state/dsmr"));
    assert_state_folder(expected);
    assert_int_equal(stat(expected, &made), 0);
    assert_true(S_ISDIR(made.st_mode));
    assert_int_equal(made.st_mode & 077, 0);
    assert_int_equal(rmdir(expected), 0);
    free(expected);
    assert_int_equal(rmdir(folder_at(&folder, "state")), 0);
    folder_remove(&folder);
}

/* On a fresh account there is no ~/.local yet. */
static void test_a_state_folder_is_made_in_an_empty_home(void **state)
{
    (void)state;
    static const char *const levels[] = {".local/state/dsmr", ".local/state", ".local"};
    struct folder folder;
    struct stat made;
    folder_make(&folder);
    unsetenv("STATE_DIRECTORY");
    unsetenv("XDG_STATE_HOME");
    setenv("HOME", folder.path, 1);
    if (geteuid() == 0) /* whose state folder is elsewhere */
        assert_true(chown(folder.path, 65534, 65534) == 0 && seteuid(65534) == 0);
    assert_state_folder(folder_at(&folder, levels[0]));
    assert_int_equal(stat(folder.name, &made), 0);
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        assert_int_equal(rmdir(folder_at(&folder, levels[i])), 0);
    folder_remove(&folder);
}

static void test_without_a_home_a_user_has_no_state_folder(void **state)
{
    (void)state;
    unsetenv("STATE_DIRECTORY");
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    if (geteuid() == 0) /* whose state folder is elsewhere */
        assert_int_equal(seteuid(65534), 0);
    assert_state_folder(NULL);
    setenv("HOME", "relative", 1);
    assert_state_folder(NULL);
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_speed_is_kept_for_each_port),
        cmocka_unit_test(test_odd_names_stay_inside_the_folder),
        cmocka_unit_test(test_a_file_that_makes_no_sense_is_no_speed),
        cmocka_unit_test(test_without_a_folder_nothing_is_kept),
        cmocka_unit_test(test_the_state_folder_of_systemd_goes_first),
        cmocka_unit_test(test_the_users_own_state_folder_is_made),
        cmocka_unit_test(test_a_state_folder_is_made_in_an_empty_home),
        cmocka_unit_test(test_without_a_home_a_user_has_no_state_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
