/* SPDX-License-Identifier: MIT */
/* Who may ask: pages of other hosts may not, and where a token is set, nobody without it. */
#ifndef DSMR_HTTP_ACCESS_H
#define DSMR_HTTP_ACCESS_H

#include "config/http_listen.h"
#include "http/request.h"

enum { ACCESS_TOKEN_MAX = HTTP_TOKEN_MAX };

/*
 * False when a browser was made to believe that this machine has another name (DNS rebinding): at an
 * address of loopback the Host line has to say localhost, such an address, or this machine's own name.
 */
bool access_host_is_right(const struct http_request *request);

/* True when the Authorization line has the token. Takes as long whatever stands there. */
bool access_token_is_right(const struct http_request *request, const char *token);

#endif
