/* SPDX-License-Identifier: MIT */
/*
 * The library as we want it: small, without a proxy, trusting whom the HTTP client trusts.
 *
 * Its log is a setting of the whole process, which gives a line to a function without any context
 * of ours, and says the same at each try. It is silenced: what a user can act on comes with the
 * callbacks.
 */
#include "net/websocket_library.h"

#include <curl/curl.h>

enum { DESCRIPTORS = 8 }; /* a connection, and what the library has for itself */

struct lws_context *websocket_library_new(const struct lws_protocols *protocols, bool tls)
{
    struct lws_context_creation_info wanted = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .fd_limit_per_thread = DESCRIPTORS,
        .http_proxy_address = "", /* else the environment's, even for this machine itself */
    };
    if (tls) {
        wanted.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        wanted.client_ssl_ca_filepath = curl_version_info(CURLVERSION_NOW)->cainfo;
        if (wanted.client_ssl_ca_filepath != NULL)
            wanted.options |= LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
    }
    lws_set_log_level(0, NULL);
    return lws_create_context(&wanted);
}
