/* SPDX-License-Identifier: MIT */
/*
 * A pseudo-terminal that is found by a symbolic link, as the port of a meter: the simulated one, or
 * what telegrams are handed on by.
 */
#ifndef DSMR_CORE_PTY_LINK_H
#define DSMR_CORE_PTY_LINK_H

#include <stdbool.h>

struct pty_link {
    const char *path; /* of the link; borrowed */
    bool ready; /* the reader's side starts raw, at 115200, for all who may read serial ports */
    int fd;     /* our side, non-blocking; -1 while there is none */
    char device[64];   /* the reader's side: /dev/pts/3 */
    char trouble[240]; /* what was returned last, where it is no static text */
    bool had_reader;   /* when it was last looked */
    bool plugged;      /* the link is there */
};

/*
 * Makes a terminal and the link to it. With ready, a program that just reads can do so without
 * setting anything. What is at path is replaced only if it is a symbolic link to nothing, or to a
 * pseudo-terminal that no dsmr serves; then at no moment is there none. Returns, as all that do, NULL
 * or what is wrong (valid as long as the link, or until the next failure); after a failure nothing is
 * open.
 */
const char *pty_link_open(struct pty_link *link, const char *path, bool ready);

/* Takes the link away and hangs up on the reader: the terminal is another from now on. */
const char *pty_link_unplug(struct pty_link *link);

/* Puts the link back. */
const char *pty_link_plug(struct pty_link *link);

/*
 * Makes the terminal new for the next reader: what the last one left unread is thrown away. One that
 * was left locked (TIOCEXCL) is replaced, so that fd may be another afterwards. Does nothing harmful
 * while there is a reader.
 */
const char *pty_link_renew(struct pty_link *link);

/* Renews the terminal when the reader has left since the last look. To be called often. */
const char *pty_link_look(struct pty_link *link);

/*
 * Looks whether the link is still there, and makes it again where it was taken away; *made tells that.
 * What somebody else has put in its place is treated as by pty_link_open(). The terminal stays open in
 * any case.
 */
const char *pty_link_keep(struct pty_link *link, bool *made);

/* True when somebody has the reader's side open. */
bool pty_link_has_reader(const struct pty_link *link);

/* Removes the link, unless somebody else has taken the path over, and closes the terminal. */
void pty_link_close(struct pty_link *link);

#endif
