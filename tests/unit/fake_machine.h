/* SPDX-License-Identifier: MIT */
/* A machine with serial ports, in a temporary folder: what sysfs and /dev show of it. A port may lead
 * to a real pseudo-terminal. */
#ifndef DSMR_TESTS_FAKE_MACHINE_H
#define DSMR_TESTS_FAKE_MACHINE_H

#include "source/serial_list.h"

#include <ftw.h>
#include <sys/stat.h>

#include "folder.h"

struct fake_machine {
    struct folder folder;
    char sysfs[80], devices[80], names[80];
    struct serial_roots roots;
};

/* Makes the folder, and those above it, in the machine. */
static inline void fake_folder(struct fake_machine *machine, const char *path)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s/%s", machine->folder.path, path);
    for (char *slash = strchr(whole + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(whole, 0700);
        *slash = '/';
    }
    mkdir(whole, 0700);
}

static inline void fake_link(struct fake_machine *machine, const char *path, const char *target)
{
    assert_int_equal(symlink(target, folder_at(&machine->folder, path)), 0);
}

static inline void fake_start(struct fake_machine *machine)
{
    folder_make(&machine->folder);
    snprintf(machine->sysfs, sizeof machine->sysfs, "%s/sys", machine->folder.path);
    snprintf(machine->devices, sizeof machine->devices, "%s/dev", machine->folder.path);
    snprintf(machine->names, sizeof machine->names, "%s/dev/serial/by-id", machine->folder.path);
    machine->roots = (struct serial_roots){machine->sysfs, machine->devices, machine->names};
    fake_folder(machine, "sys/class/tty");
    fake_folder(machine, "dev/serial/by-id");
    fake_folder(machine, "sys/bus/drivers/ftdi_sio");
    fake_folder(machine, "sys/bus/drivers/usb");
}

/* An FTDI adapter as the USB device usb, "1-1", with one port called name, "ttyUSB0", that leads to
 * terminal. */
static inline void fake_adapter(struct fake_machine *machine, const char *usb, const char *name,
                                const char *terminal)
{
    char path[300];
    char target[300];
    snprintf(path, sizeof path, "sys/devices/hub/%s/%s:1.0/%s/tty/%s", usb, usb, name, name);
    fake_folder(machine, path);
    snprintf(path, sizeof path, "sys/devices/hub/%s/%s:1.0/%s/tty/%s/device", usb, usb, name, name);
    fake_link(machine, path, "../..");
    snprintf(path, sizeof path, "sys/devices/hub/%s/%s:1.0/%s/driver", usb, usb, name);
    fake_link(machine, path, "../../../../../bus/drivers/ftdi_sio");
    static const char *const facts[][2] = {{"idVendor", "0403\n"},
                                           {"idProduct", "6001\n"},
                                           {"manufacturer", "FTDI\n"},
                                           {"product", "FT232R UART\n"},
                                           {"serial", "AB0CD1EF\n"}};
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        snprintf(path, sizeof path, "sys/devices/hub/%s/%s", usb, facts[i][0]);
        folder_write(&machine->folder, path, facts[i][1]);
    }
    snprintf(path, sizeof path, "sys/class/tty/%s", name);
    snprintf(target, sizeof target, "../../devices/hub/%s/%s:1.0/%s/tty/%s", usb, usb, name, name);
    fake_link(machine, path, target);
    snprintf(path, sizeof path, "dev/%s", name);
    fake_link(machine, path, terminal);
    snprintf(path, sizeof path, "dev/serial/by-id/usb-FTDI-%s", usb);
    snprintf(target, sizeof target, "../../%s", name);
    fake_link(machine, path, target);
}

/* The adapter is pulled out. */
static inline void fake_unplug(struct fake_machine *machine, const char *usb, const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "sys/class/tty/%s", name);
    assert_int_equal(unlink(folder_at(&machine->folder, path)), 0);
    snprintf(path, sizeof path, "dev/%s", name);
    assert_int_equal(unlink(folder_at(&machine->folder, path)), 0);
    snprintf(path, sizeof path, "dev/serial/by-id/usb-FTDI-%s", usb);
    assert_int_equal(unlink(folder_at(&machine->folder, path)), 0);
}

static inline int fake_remove(const char *path, const struct stat *facts, int kind, struct FTW *at)
{
    (void)facts;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void fake_end(struct fake_machine *machine)
{
    assert_int_equal(nftw(machine->folder.path, fake_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

#endif
