/* SPDX-License-Identifier: MIT */
#include "cmd/doctor_report.h"

#include "core/memory.h"
#include "core/printable.h"

#include <ctype.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { SERIAL_DIGITS = 6, SERIAL_DECIMAL = 4 };

/* ------------------------------------------------------------------------------------------------
 * Masking
 */

static size_t stretch_of_digits(const char *text, size_t size, size_t *decimal)
{
    size_t length = 0;
    *decimal = 0;
    while (length < size && isxdigit((unsigned char)text[length]))
        *decimal += isdigit((unsigned char)text[length++]) != 0;
    return length;
}

void doctor_report_mask(struct buffer *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t decimal;
        size_t length = stretch_of_digits(text + i, size - i, &decimal);
        bool serial = length >= SERIAL_DIGITS && decimal >= SERIAL_DECIMAL;
        for (size_t n = 0; serial && n < length; n++)
            buffer_add_text(out, "*");
        if (!serial)
            buffer_add(out, text + i, length > 0 ? length : 1);
        i += length > 0 ? length : 1;
    }
}

static void mask_all(struct buffer *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        buffer_add_text(out, "*");
}

/* Strangers' bytes, fit to be printed. */
static void add_text(struct buffer *out, const struct buffer *text)
{
    size_t room = PRINTABLE_SIZE(text->size);
    char *printable = memory_new(room, 1);
    printable_write(printable, printable + room, text->at);
    buffer_add_text(out, printable);
    free(printable);
}

static void add_masked(struct buffer *out, const char *text, bool show)
{
    struct buffer masked = {0};
    if (show)
        buffer_add_text(&masked, text);
    else
        doctor_report_mask(&masked, text, strlen(text));
    if (masked.size > 0)
        add_text(out, &masked);
    buffer_free(&masked);
}

/* ------------------------------------------------------------------------------------------------
 * Machine and port
 */

static void add_system(struct buffer *out)
{
    struct utsname names;
    char line[256] = "";
    FILE *file = fopen("/etc/os-release", "re");
    buffer_print(out, "dsmr    %s", DSMR_VERSION);
    if (uname(&names) == 0)
        buffer_print(out, " on %s %s %s", names.sysname, names.release, names.machine);
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "PRETTY_NAME=", 12) == 0)
            buffer_print(out, ", %.*s", (int)strcspn(line + 13, "\"\n"), line + 13);
    if (file)
        fclose(file);
    buffer_add_text(out, "\n");
}

/* The last part of the path that a link of sysfs leads to; NULL when there is none. Freed by the
 * caller. */
static char *link_name(const char *link, const char *name)
{
    char *path = memory_print("/sys/class/tty/%s/%s", name, link);
    char *real = realpath(path, NULL);
    char *last = real ? memory_text(strrchr(real, '/') + 1) : NULL;
    free(real);
    free(path);
    return last;
}

static void add_device(struct buffer *out, const char *path)
{
    struct stat facts;
    char *real = realpath(path, NULL);
    char *driver = real ? link_name("device/driver", strrchr(real, '/') + 1) : NULL;
    if (real && strcmp(real, path) != 0)
        buffer_print(out, ", that is %s", real);
    if (stat(path, &facts) == 0) {
        const struct group *group = getgrgid(facts.st_gid);
        buffer_print(out, ", mode %03o, group %s", facts.st_mode & 0777U,
                     group ? group->gr_name : "without name");
    }
    if (driver)
        buffer_print(out, ", driver %s", driver);
    free(driver);
    free(real);
}

/* udev's names of cables end in their serial number and the interface: …_A50285BI-if00-port0. */
static void add_port_name(struct buffer *out, const char *port, bool show)
{
    const char *end = strstr(port, "/by-id/") ? strstr(port, "-if") : NULL;
    const char *serial = end;
    while (serial && serial > port && serial[-1] != '_' && serial[-1] != '/')
        serial--;
    if (!end || show) {
        add_masked(out, port, show);
        return;
    }
    buffer_add(out, port, (size_t)(serial - port));
    mask_all(out, (size_t)(end - serial));
    add_masked(out, end, false);
}

static void add_port(struct buffer *out, const struct report_wish *wish)
{
    static const char *const kinds[] = {
        [PORT_SERIAL] = "serial port",     [PORT_NETWORK_SERIAL] = "serial port of another machine",
        [PORT_STREAM] = "stream of bytes", [PORT_PIPE] = "named pipe",
        [PORT_INPUT] = "standard input",   [PORT_RECORDING] = "recording",
    };
    const struct doctor_history *history = wish->history;
    buffer_add_text(out, "port    ");
    add_port_name(out, wish->order->port, wish->serial_numbers);
    buffer_print(out, ", %s", kinds[history->findings.kind]);
    if (history->findings.kind == PORT_SERIAL)
        add_device(out, wish->order->port);
    if (history->request >= 0)
        buffer_print(out, ", RTS %s", history->request ? "on" : "off");
    if (history->holder)
        buffer_print(out, ", open in %s too", history->holder);
    buffer_add_text(out, "\n");
}

/* ------------------------------------------------------------------------------------------------
 * What was heard
 */

static unsigned percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (unsigned)(part * 100 / whole) : 0;
}

static void add_tally(struct buffer *out, const struct tally *tally, bool live)
{
    const struct line_settings *settings = &tally->settings;
    buffer_add_text(out, "heard   ");
    if (settings->baud > 0)
        buffer_print(out, "at %d %d%c%d", settings->baud, settings->bits, settings->parity,
                     settings->stop);
    if (live)
        buffer_print(out, "%s%.1f s", settings->baud > 0 ? " for " : "",
                     (double)tally->listened_ms / 1000);
    buffer_print(out, "%s%llu bytes", live ? ": " : "", (unsigned long long)tally->bytes);
    if (tally->bytes > 0)
        buffer_print(out,
                     "; text %u %%, text with even parity %u %%, with any eighth bit %u %%, "
                     "inverted %u %%; runs of one level %u %%, NULs %llu",
                     percent(tally->text, tally->bytes), percent(tally->parity, tally->bytes),
                     percent(tally->masked, tally->bytes), percent(tally->inverted, tally->bytes),
                     percent(tally->extreme, tally->bytes), (unsigned long long)tally->nuls);
    buffer_add_text(out, "\n");
}

static void add_telegrams(struct buffer *out, const struct findings *findings)
{
    const struct {
        const char *name;
        uint64_t count;
    } rows[] = {
        {"good", findings->good},
        {"with CRC", findings->good_crc},
        {"decrypted", findings->good_encrypted},
        {"wrong CRC", findings->wrong_crc},
        {"empty", findings->empty},
        {"cut", findings->cut},
        {"unfinished", findings->unfinished},
        {"without end", findings->too_long},
        {"no key", findings->without_key},
        {"not decrypted", findings->not_decrypted},
        {"wrong tag", findings->wrong_tag},
        {"HDLC", findings->hdlc},
    };
    buffer_add_text(out, "telegrams ");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (i == 0 || rows[i].count > 0)
            buffer_print(out, "%s%s %llu", i > 0 ? ", " : "", rows[i].name,
                         (unsigned long long)rows[i].count);
    buffer_add_text(out, "\n");
}

static void add_damage(struct buffer *out, const struct findings *findings)
{
    static const char *const names[DAMAGES] = {
        [DAMAGE_FLIPPED] = "single flipped bits", [DAMAGE_LOST] = "lost bytes",
        [DAMAGE_ADDED] = "added bytes",           [DAMAGE_NULS] = "NULs",
        [DAMAGE_LINE_ENDS] = "changed line ends", [DAMAGE_CHANGED] = "changed bytes",
    };
    if (findings->bad_bytes == 0)
        return;
    buffer_print(out, "damage  at least %llu bad bytes", (unsigned long long)findings->bad_bytes);
    for (enum damage damage = 0; damage < DAMAGES; damage++)
        if (findings->damages[damage] > 0)
            buffer_print(out, ", %s %llu", names[damage],
                         (unsigned long long)findings->damages[damage]);
    buffer_add_text(out, "\n");
}

static void add_errors(struct buffer *out, const struct findings *findings)
{
    const struct line_errors *errors = &findings->errors;
    if (findings->kind != PORT_SERIAL || findings->trouble != PORT_OPENED)
        return;
    if (errors->known)
        buffer_print(
            out, "kernel  overruns %llu, framing errors %llu, parity errors %llu, breaks %llu\n",
            (unsigned long long)errors->overruns, (unsigned long long)errors->framing,
            (unsigned long long)errors->parity, (unsigned long long)errors->breaks);
    else
        buffer_add_text(out, "kernel  this driver does not count errors\n");
}

/* ------------------------------------------------------------------------------------------------
 * The meter
 */

static void add_equipment(struct buffer *out, const struct report_wish *wish)
{
    const char *at = wish->history->equipment.at;
    while (at && *at != '\0') {
        size_t size = strcspn(at, "\n");
        size_t id = strcspn(at, " ");
        struct buffer line = {0};
        buffer_add(&line, at, wish->serial_numbers ? size : id + 1);
        if (!wish->serial_numbers)
            mask_all(&line, size - id - 1);
        buffer_add_text(out, "device  ");
        add_text(out, &line);
        buffer_add_text(out, "\n");
        buffer_free(&line);
        at += size + (at[size] == '\n');
    }
}

/* The first three letters of a system title stand for the maker. */
static void add_title(struct buffer *out, const struct report_wish *wish)
{
    const char *title = wish->history->title;
    if (title[0] == '\0')
        return;
    struct buffer maker = {0};
    buffer_add(&maker, title, 3);
    buffer_add_text(out, "title   ");
    add_text(out, &maker);
    for (size_t i = 3; i < DSMR_TITLE_SIZE; i++) {
        if (wish->serial_numbers)
            buffer_print(out, " %02X", (unsigned char)title[i]);
        else
            buffer_add_text(out, " **");
    }
    buffer_add_text(out, "\n");
    buffer_free(&maker);
}

static void add_meter(struct buffer *out, const struct report_wish *wish)
{
    const struct doctor_history *history = wish->history;
    if (history->identification.size > 0) {
        buffer_add_text(out, "meter   /");
        add_masked(out, history->identification.at, wish->serial_numbers);
        if (history->origin.size > 0)
            buffer_print(out, ", %s", history->origin.at);
        if (history->settings[0] != '\0')
            buffer_print(out, ", at %s", history->settings);
        buffer_add_text(out, "\n");
    }
    add_title(out, wish);
    add_equipment(out, wish);
}

void doctor_report_write(struct buffer *out, const struct report_wish *wish)
{
    const struct findings *findings = &wish->history->findings;
    add_system(out);
    add_port(out, wish);
    if (wish->order->fixed.baud > 0)
        buffer_print(out, "asked   %d %d%c%d\n", wish->order->fixed.baud, wish->order->fixed.bits,
                     wish->order->fixed.parity, wish->order->fixed.stop);
    for (size_t i = 0; i < findings->tally_count; i++)
        add_tally(out, &findings->tallies[i], findings->kind != PORT_RECORDING);
    add_telegrams(out, findings);
    add_damage(out, findings);
    add_errors(out, findings);
    add_meter(out, wish);
    buffer_print(out, "verdict %s%s\n", verdict_name(wish->verdict),
                 findings->stopped ? " (stopped before the time was over)" : "");
}
