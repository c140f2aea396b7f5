/* SPDX-License-Identifier: MIT */
#include "sink/mqtt_record.h"

#include <string.h>

void mqtt_record_write(struct buffer *out, const char *topic, const char *payload, size_t size)
{
    buffer_clear(out);
    buffer_add(out, topic, strlen(topic) + 1);
    buffer_add(out, payload, size);
}

bool mqtt_record_is_ours(const struct spool_record *record)
{
    size_t topic = strnlen(record->bytes, record->size);
    return topic > 0 && topic + 1 < record->size && record->bytes[topic + 1] == '{' &&
           strpbrk(record->bytes, "+#") == NULL;
}

const char *mqtt_record_topic(const struct spool_record *record)
{
    return record->bytes;
}

const char *mqtt_record_payload(const struct spool_record *record, size_t *size)
{
    size_t topic = strlen(record->bytes) + 1;
    *size = record->size - topic;
    return record->bytes + topic;
}
