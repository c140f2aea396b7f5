/* SPDX-License-Identifier: MIT */
#include "sink/net_power.h"

static const struct net_power net_powers[NET_POWERS] = {
    {"eActualNet", "Net power now (below zero: fed in)",
     "Nettovermogen nu (onder nul: teruglevering)", "eActualDelivery", "eActualProduction"},
    {"eInstantPowerNetL1", "Net power now, phase L1", "Nettovermogen nu, fase L1",
     "eInstantPowerDeliveryL1", "eInstantPowerProductionL1"},
    {"eInstantPowerNetL2", "Net power now, phase L2", "Nettovermogen nu, fase L2",
     "eInstantPowerDeliveryL2", "eInstantPowerProductionL2"},
    {"eInstantPowerNetL3", "Net power now, phase L3", "Nettovermogen nu, fase L3",
     "eInstantPowerDeliveryL3", "eInstantPowerProductionL3"},
};

const struct net_power *net_power_at(size_t index)
{
    return &net_powers[index];
}

/* The same number with so many decimals, at least as many as it has. */
static bool widen(struct dsmr_number *number, uint8_t decimals)
{
    for (; number->decimals < decimals; number->decimals++)
        if (__builtin_mul_overflow(number->mantissa, 10, &number->mantissa))
            return false;
    return true;
}

bool net_power_of(struct dsmr_number taken, struct dsmr_number fed, struct dsmr_number *net)
{
    uint8_t decimals = taken.decimals > fed.decimals ? taken.decimals : fed.decimals;
    if (!widen(&taken, decimals) || !widen(&fed, decimals))
        return false;
    net->decimals = decimals;
    return !__builtin_sub_overflow(taken.mantissa, fed.mantissa, &net->mantissa);
}
