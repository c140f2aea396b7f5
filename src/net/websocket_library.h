/* SPDX-License-Identifier: MIT */
/* How libwebsockets is started. */
#ifndef DSMR_NET_WEBSOCKET_LIBRARY_H
#define DSMR_NET_WEBSOCKET_LIBRARY_H

#include <libwebsockets.h>
#include <stdbool.h>

/* protocols ends with an empty one and must live as long. Ended by lws_context_destroy(). NULL when
 * it does not start. */
struct lws_context *websocket_library_new(const struct lws_protocols *protocols, bool tls);

#endif
