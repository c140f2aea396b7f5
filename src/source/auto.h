/* SPDX-License-Identifier: MIT */
/* port=auto on a machine of which sysfs and /dev may be elsewhere. */
#ifndef DSMR_SOURCE_AUTO_H
#define DSMR_SOURCE_AUTO_H

#include "source/serial_list.h"
#include "source/source.h"

/* As source_kind.open; roots are borrowed. */
struct source *auto_source_open(const struct source_setup *setup, const struct serial_roots *roots);

#endif
