/* SPDX-License-Identifier: MIT */
#include "core/fixed_point.h"

bool fixed_from_number(struct dsmr_number number, int64_t *billionths)
{
    int64_t value = number.mantissa;
    for (int decimals = number.decimals; decimals < FIXED_DECIMALS; decimals++)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    for (int decimals = number.decimals; decimals > FIXED_DECIMALS && value != 0; decimals--) {
        if (value % 10 != 0)
            return false;
        value /= 10;
    }
    *billionths = value;
    return true;
}

struct dsmr_number fixed_to_number(int64_t billionths, uint8_t decimals)
{
    int64_t step = 1;
    for (int i = decimals; i < FIXED_DECIMALS; i++)
        step *= 10;
    int64_t whole = billionths / step;
    int64_t rest = billionths % step;
    int64_t half = step / 2;
    if (half > 0 && rest >= half)
        whole++;
    else if (half > 0 && rest <= -half)
        whole--;
    return (struct dsmr_number){whole, decimals};
}
