/* SPDX-License-Identifier: MIT */
#include "source/serial_list.h"

#include "core/memory.h"
#include "source/port_name.h"
#include "source/serial_port.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct serial_roots serial_system = {.sysfs = "/sys", .devices = "/dev", .names = PORT_NAMES};

/* ------------------------------------------------------------------------------------------------
 * sysfs
 */

/* The first line of a file of sysfs; NULL when there is no such file, or nothing in it. */
static char *read_fact(const char *folder, const char *fact)
{
    char line[256];
    char *path = memory_print("%s/%s", folder, fact);
    FILE *file = fopen(path, "re");
    free(path);
    if (!file)
        return NULL;
    bool any = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    if (!any)
        return NULL;
    size_t size = strcspn(line, "\n");
    while (size > 0 && line[size - 1] == ' ')
        size--;
    return size > 0 ? memory_copy(line, size) : NULL;
}

/* Newer kernels put devices of their own between a UART and its driver. */
static bool is_between(const char *driver)
{
    return strcmp(driver, "port") == 0 || strcmp(driver, "ctrl") == 0;
}

static char *read_driver(const char *folder)
{
    char target[PATH_MAX];
    char *path = memory_print("%s/driver", folder);
    ssize_t size = readlink(path, target, sizeof target - 1);
    free(path);
    if (size <= 0)
        return NULL;
    target[size] = '\0';
    const char *slash = strrchr(target, '/');
    const char *name = slash ? slash + 1 : target;
    return is_between(name) ? NULL : memory_text(name);
}

static bool read_usb(struct serial_entry *entry, const char *folder)
{
    entry->vendor_id = read_fact(folder, "idVendor");
    if (!entry->vendor_id)
        return false;
    entry->product_id = read_fact(folder, "idProduct");
    entry->vendor = read_fact(folder, "manufacturer");
    entry->product = read_fact(folder, "product");
    entry->serial_number = read_fact(folder, "serial");
    return true;
}

/* From the port up to the machine: the port's driver comes first, then the adapter that it is in. */
static void read_devices(struct serial_entry *entry, const char *device, const char *sysfs)
{
    char folder[PATH_MAX];
    char root[PATH_MAX];
    if (!realpath(device, folder) || !realpath(sysfs, root))
        return;
    size_t root_size = strlen(root);
    while (strlen(folder) > root_size && strncmp(folder, root, root_size) == 0) {
        if (!entry->driver)
            entry->driver = read_driver(folder);
        if (read_usb(entry, folder))
            return;
        *strrchr(folder, '/') = '\0';
    }
}

/* The kernel keeps names ready for UARTs that are not there; their type is 0. Consoles and
 * pseudo-terminals have no device. */
static bool is_there(const char *folder, const char *device)
{
    struct stat found;
    if (stat(device, &found) != 0)
        return false;
    char *type = read_fact(folder, "type");
    bool absent = type && strcmp(type, "0") == 0;
    free(type);
    return !absent;
}

/* The kernel writes its own messages there, at a speed that must stay. */
static bool is_console(const char *name, const char *sysfs)
{
    char *folder = memory_print("%s/class/tty/console", sysfs);
    char *consoles = read_fact(folder, "active");
    bool found = false;
    char *rest = consoles;
    for (const char *word; !found && rest && (word = strsep(&rest, " "));)
        found = strcmp(word, name) == 0;
    free(consoles);
    free(folder);
    return found;
}

/* ------------------------------------------------------------------------------------------------
 * The list
 */

static void look_at_path(struct serial_entry *entry, const struct serial_roots *roots)
{
    struct stat found;
    entry->stable = port_name_of(roots->names, entry->path);
    if (stat(entry->path, &found) != 0) {
        entry->obstacle = memory_print("%s is not there: is the cable plugged in, and in a "
                                       "container, was the device handed on to it?",
                                       entry->path);
        return;
    }
    entry->holder = serial_port_holder(entry->path);
    entry->obstacle = serial_port_denied(entry->path);
}

static struct serial_entry *append(struct serial_list *list)
{
    list->at = memory_grow(list->at, list->count + 1, sizeof *list->at);
    list->at[list->count] = (struct serial_entry){0};
    return &list->at[list->count++];
}

static void take_port(struct serial_list *list, const char *name, const struct serial_roots *roots)
{
    char *folder = memory_print("%s/class/tty/%s", roots->sysfs, name);
    char *device = memory_print("%s/device", folder);
    if (is_there(folder, device)) {
        struct serial_entry *entry = append(list);
        entry->path = memory_print("%s/%s", roots->devices, name);
        read_devices(entry, device, roots->sysfs);
        look_at_path(entry, roots);
        if (!entry->holder && is_console(name, roots->sysfs))
            entry->holder = memory_text("the kernel, as its console");
    }
    free(device);
    free(folder);
}

static int by_name(const void *a, const void *b)
{
    return strverscmp(((const struct serial_entry *)a)->path,
                      ((const struct serial_entry *)b)->path);
}

void serial_list_read(struct serial_list *list, const struct serial_roots *roots)
{
    char *path = memory_print("%s/class/tty", roots->sysfs);
    DIR *ports = opendir(path);
    free(path);
    if (!ports)
        return;
    const struct dirent *entry;
    while ((entry = readdir(ports)))
        if (entry->d_name[0] != '.')
            take_port(list, entry->d_name, roots);
    closedir(ports);
    if (list->count > 1)
        qsort(list->at, list->count, sizeof *list->at, by_name);
}

static bool is_same_port(const char *path, const char *other)
{
    struct stat a;
    struct stat b;
    if (strcmp(path, other) == 0)
        return true;
    return stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_ino == b.st_ino &&
           a.st_dev == b.st_dev;
}

size_t serial_list_add(struct serial_list *list, const char *path, const struct serial_roots *roots)
{
    for (size_t i = 0; i < list->count; i++)
        if (is_same_port(list->at[i].path, path))
            return i;
    struct serial_entry *entry = append(list);
    entry->path = memory_text(path);
    look_at_path(entry, roots);
    return list->count - 1;
}

bool serial_entry_is_free(const struct serial_entry *entry)
{
    return !entry->holder && !entry->obstacle;
}

const char *serial_entry_name(const struct serial_entry *entry)
{
    return entry->stable ? entry->stable : entry->path;
}

void serial_list_free(struct serial_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct serial_entry *entry = &list->at[i];
        char *const texts[] = {
            entry->path,       entry->stable,   entry->driver,  entry->vendor_id,
            entry->product_id, entry->vendor,   entry->product, entry->serial_number,
            entry->holder,     entry->obstacle,
        };
        for (size_t text = 0; text < sizeof texts / sizeof texts[0]; text++)
            free(texts[text]);
    }
    free(list->at);
    *list = (struct serial_list){0};
}
