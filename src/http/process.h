/* SPDX-License-Identifier: MIT */
/* What the system counts of this program. */
#ifndef DSMR_HTTP_PROCESS_H
#define DSMR_HTTP_PROCESS_H

#include <stdint.h>

/* Bytes of resident memory; 0 when the system does not tell. */
int64_t process_memory(void);

/* Microseconds on the processor, since the start. */
int64_t process_time_us(void);

/* Open files and sockets; 0 when the system does not tell. */
int64_t process_files(void);

#endif
