/* SPDX-License-Identifier: MIT */
/* What dsmr run would come upon in the file of the history, without opening it as a database: that would
 * leave files beside it. */
#ifndef DSMR_HISTORY_FILE_FAULT_H
#define DSMR_HISTORY_FILE_FAULT_H

/* Why it cannot be a history, in static words; NULL when it can, when there is no such file, or when it
 * cannot be told. */
const char *history_file_fault(const char *path);

#endif
