/* SPDX-License-Identifier: MIT */
#include "http/api.h"
void api_metrics(const struct api_call *call)
{
    buffer_add_text(&call->answer->body, "# EOF\n");
    call->answer->type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
}
