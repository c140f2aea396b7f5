/* SPDX-License-Identifier: MIT */
#include "sink/push_verdict.h"

#include <string.h>

/* InfluxDB 1 says it with 400, 2 with 422 and 3 with 400. */
static bool is_partly(enum push_format format, const struct http_answer *answer)
{
    return format == PUSH_INFLUX && (answer->status == 400 || answer->status == 422) &&
           strstr(answer->body, "partial write") != NULL;
}

enum push_verdict push_judge(enum push_format format, const struct http_answer *answer)
{
    int status = answer->status;
    if (is_partly(format, answer))
        return PUSH_PARTLY;
    switch (status) {
    case 401:
    case 403:
    case 407:
        return PUSH_DENIED;
    case 404:
    case 405:
        return PUSH_MISSING;
    case 413:
        return PUSH_TOO_LARGE;
    case 408:
    case 425:
    case 429:
        return PUSH_GONE;
    }
    if (status < 200 || status >= 500)
        return PUSH_GONE;
    if (status < 300)
        return PUSH_TAKEN;
    return status < 400 ? PUSH_ELSEWHERE : PUSH_REFUSED;
}
