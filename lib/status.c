/* SPDX-License-Identifier: MIT */
/* The failures in words. */
#include "dsmr/dsmr.h"

const char *dsmr_strerror(enum dsmr_status status)
{
    switch (status) {
    case DSMR_OK:
        return "good";
    case DSMR_END:
        return "nothing left";
    case DSMR_MORE:
        return "more bytes needed";
    case DSMR_UNKNOWN:
        return "object unknown to the catalogue";
    case DSMR_ERR_TOO_LONG:
        return "too long: no end found";
    case DSMR_ERR_CRC:
        return "wrong CRC";
    case DSMR_ERR_CUT:
        return "cut short";
    case DSMR_ERR_GARBAGE:
        return "bytes outside any telegram";
    case DSMR_ERR_LINE:
        return "bad line";
    case DSMR_ERR_NUMBER:
        return "not a number";
    case DSMR_ERR_TIME:
        return "not a date";
    case DSMR_ERR_UNIT:
        return "wrong unit";
    case DSMR_ERR_RANGE:
        return "out of range";
    case DSMR_ERR_TEXT:
        return "not text in hexadecimal digits";
    case DSMR_ERR_SPACE:
        return "buffer too small";
    case DSMR_ERR_HDLC:
        return "DLMS in HDLC frames, not P1";
    case DSMR_ERR_KEY:
        return "encrypted, and there is no key";
    case DSMR_ERR_DECRYPT:
        return "decryption failed: wrong key, or damaged";
    case DSMR_ERR_TAG:
        return "wrong authentication tag: wrong authentication key, or tampered with";
    }
    return "unknown status";
}
