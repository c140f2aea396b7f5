/* SPDX-License-Identifier: MIT */
#include "meter/origin.h"

void origin_words(struct buffer *out, const struct dsmr_origin *origin)
{
    const char *standard = dsmr_standard_name(origin->standard);
    buffer_add_text(out, origin->country);
    if (origin->grid[0] != '\0')
        buffer_print(out, " (%s)", origin->grid);
    if (standard[0] != '\0')
        buffer_print(out, "%s%s", origin->country[0] != '\0' ? ", " : "", standard);
    if (standard[0] != '\0' && origin->version[0] != '\0')
        buffer_print(out, " %s", origin->version);
}
