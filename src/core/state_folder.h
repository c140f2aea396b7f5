/* SPDX-License-Identifier: MIT */
/* The folder of the program's own state: what was found out and can be found out again. */
#ifndef DSMR_CORE_STATE_FOLDER_H
#define DSMR_CORE_STATE_FOLDER_H

/*
 * That of systemd, else /var/lib/dsmr for root, else $XDG_STATE_HOME/dsmr or ~/.local/state/dsmr; made where it
 * is missing. Freed by the caller; NULL when there is none.
 */
char *state_folder_find(void);

/* The line, without its end, of a file of one line in the folder. Freed by the caller; NULL when there is no
 * such file, or its line is not whole. folder may be NULL. */
char *state_line_read(const char *folder, const char *name);

/* Writes that file, which is then the old one or the new one as a whole. Does without when that cannot be done.
 * folder may be NULL. */
void state_line_write(const char *folder, const char *name, const char *line);

#endif
