/* SPDX-License-Identifier: MIT */
/* The lines of a telegram that tell of the meters on the M-Bus. */
#ifndef DSMR_SIMULATE_DEVICE_LINES_H
#define DSMR_SIMULATE_DEVICE_LINES_H

#include "simulate/page.h"

/* All lines of the devices in the set (bits 1 << enum device_kind) that the standard knows. */
void device_lines_write(struct page *page, unsigned devices);

#endif
