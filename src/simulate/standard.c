/* SPDX-License-Identifier: MIT */
/*
 * Speeds, intervals and resolutions are those of the papers; the identification lines are of meters
 * that were sold with that version. What stands behind the '/' is decoration to a reader.
 */
#include "simulate/standard.h"

#include <string.h>

static const struct standard standards[] = {
    {
        .bit = NTA8130,
        .name = "nta8130",
        .title = "NTA 8130",
        .identification = "ACE5ACE4KGPRS",
        .suffix = "*255",
        .baud = 9600,
        .interval_s = 10,
        .power_step_w = 1,
        .even_parity = true,
    },
    {
        .bit = DSMR_2_1,
        .name = "2.1",
        .title = "DSMR 2.1",
        .identification = "ISk5\\2ME382-1001",
        .suffix = "",
        .baud = 9600,
        .interval_s = 10,
        .power_step_w = 10,
        .even_parity = true,
    },
    {
        .bit = DSMR_2_2,
        .name = "2.2",
        .title = "DSMR 2.2",
        .identification = "KMP5 KA6U999",
        .identification_has_serial = true,
        .suffix = "",
        .baud = 9600,
        .interval_s = 10,
        .power_step_w = 10,
        .even_parity = true,
    },
    {
        .bit = DSMR_3_0,
        .name = "3.0",
        .title = "DSMR 3.0",
        .identification = "ISk5\\2MT382-1000",
        .suffix = "",
        .baud = 9600,
        .interval_s = 10,
        .power_step_w = 10,
        .even_parity = true,
    },
    {
        .bit = DSMR_4_0,
        .name = "4.0",
        .title = "DSMR 4.0",
        .identification = "ISk5\\2MT382-1004",
        .version = "40",
        .suffix = "",
        .baud = 115200,
        .interval_s = 10,
        .power_step_w = 1,
        .has_crc = true,
    },
    {
        .bit = DSMR_4_0_4,
        .name = "4.0.4",
        .title = "DSMR 4.0.4",
        .identification = "XMX5LGBBFFB999",
        .identification_has_serial = true,
        .version = "42",
        .suffix = "",
        .baud = 115200,
        .interval_s = 10,
        .power_step_w = 1,
        .has_crc = true,
    },
    {
        .bit = DSMR_4_2,
        .name = "4.2",
        .title = "DSMR 4.2",
        .identification = "KFM5KAIFA-METER",
        .version = "42",
        .suffix = "",
        .baud = 115200,
        .interval_s = 10,
        .power_step_w = 1,
        .has_crc = true,
    },
    {
        .bit = DSMR_5_0,
        .name = "5.0",
        .title = "DSMR 5.0",
        .identification = "Ene5\\T210-D ESMR5.0",
        .version = "50",
        .suffix = "",
        .baud = 115200,
        .interval_s = 1,
        .power_step_w = 1,
        .has_crc = true,
    },
};

enum { STANDARDS = sizeof standards / sizeof standards[0] };

const struct standard *standard_find(const char *name)
{
    for (size_t i = 0; i < STANDARDS; i++)
        if (strcmp(standards[i].name, name) == 0)
            return &standards[i];
    return NULL;
}

const struct standard *standard_at(size_t index)
{
    return index < STANDARDS ? &standards[index] : NULL;
}
