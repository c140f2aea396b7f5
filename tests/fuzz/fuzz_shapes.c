/* SPDX-License-Identifier: MIT */
/*
 * Fuzzer for shapes: any stream, sent four times so that its shapes are learnt and met again, goes all
 * ways through the library at once, which must never differ. With a first byte that is odd, what
 * looks like the end of a telegram gets the right CRC, which no fuzzer would guess.
 */
#include "../decoding_paths.h"

#include <stdlib.h>

enum { TIMES = 4, STREAM_MAX = 16384 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void seal(char *stream, size_t size)
{
    size_t start = 0;
    for (size_t at = 1; at + 4 < size; at++) {
        char digits[8];
        if (stream[at] == '/')
            start = at;
        if (stream[at] != '!' || stream[start] != '/')
            continue;
        snprintf(digits, sizeof digits, "%04X",
                 (unsigned)dsmr_crc16(0, stream + start, at + 1 - start));
        memcpy(stream + at + 1, digits, 4);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct paths paths;
    char stream[STREAM_MAX];
    if (size < 3 || size > sizeof stream)
        return 0;
    bool sealed = (bytes[0] & 1) != 0;
    size_t piece = (size_t)bytes[1] * 64 + 1;
    memcpy(stream, bytes + 2, size -= 2);
    if (sealed)
        seal(stream, size);
    paths_open(&paths);
    for (int time = 0; time < TIMES; time++)
        for (size_t at = 0; at < size; at += piece)
            paths_push(&paths, stream + at, size - at < piece ? size - at : piece);
    if (paths.disagree)
        abort();
    return 0;
}
