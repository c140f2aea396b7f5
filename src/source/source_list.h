/* SPDX-License-Identifier: MIT */
/* Every kind of source there is. */
#ifndef DSMR_SOURCE_SOURCE_LIST_H
#define DSMR_SOURCE_SOURCE_LIST_H

#include "source/source.h"

extern const struct source_kind serial_source;
extern const struct source_kind tcp_source;
extern const struct source_kind simulated_source;

#endif
