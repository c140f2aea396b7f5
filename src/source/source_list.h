/* SPDX-License-Identifier: MIT */
/* Every kind of source there is. */
#ifndef DSMR_SOURCE_SOURCE_LIST_H
#define DSMR_SOURCE_SOURCE_LIST_H

#include "source/source.h"

extern const struct source_kind auto_source;
extern const struct source_kind serial_source;
extern const struct source_kind tcp_source;
extern const struct source_kind rfc2217_source;
extern const struct source_kind input_source;
extern const struct source_kind pipe_source;
extern const struct source_kind file_source;
extern const struct source_kind mqtt_source;
extern const struct source_kind mqtts_source;
extern const struct source_kind simulated_source;

#endif
