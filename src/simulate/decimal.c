/* SPDX-License-Identifier: MIT */
#include "simulate/decimal.h"
#include "dsmr/dsmr.h"

#include <string.h>

bool decimal_parse(const char *text, int decimals, int64_t most, int64_t *value)
{
    struct dsmr_number number;
    size_t size = strlen(text);
    if (size == 0 || strspn(text, "0123456789.") != size)
        return false;
    if (dsmr_number_parse((struct dsmr_text){text, size}, &number) != DSMR_OK ||
        number.decimals > decimals)
        return false;
    for (int i = number.decimals; i < decimals && number.mantissa <= most; i++)
        number.mantissa *= 10;
    *value = number.mantissa;
    return number.mantissa <= most;
}
