/* SPDX-License-Identifier: MIT */
/* An empty payload would delete a retained message: what is empty is not sent. */
#include "sink/mqtt_values.h"

#include "sink/plain_text.h"

void mqtt_values_free(struct mqtt_values *values)
{
    buffer_free(&values->topic);
    buffer_free(&values->text);
}

static void write_number(struct buffer *out, struct dsmr_number number)
{
    char text[DSMR_NUMBER_SIZE];
    size_t size = dsmr_number_print(number, text);
    buffer_clear(out);
    buffer_add(out, text, size);
}

static void write_value(struct buffer *out, const struct dsmr_reading *reading)
{
    char text[DSMR_TIME_SIZE];
    switch (reading->type) {
    case DSMR_TYPE_NUMBER:
        write_number(out, reading->number);
        break;
    case DSMR_TYPE_TIME:
        buffer_clear(out);
        buffer_add(out, text, dsmr_time_print(&reading->time, text));
        break;
    case DSMR_TYPE_TEXT:
        plain_text(out, reading->text);
        break;
    }
}

static void send(const struct mqtt_values *values, bool retain)
{
    const struct emit *emit = &values->emit;
    if (values->text.size > 0)
        emit->message(emit->context, EMIT_VALUE, values->topic.at, values->text.at,
                      values->text.size, values->qos, retain);
}

static void send_bound(struct mqtt_values *values, const struct readings *readings,
                       const struct spread *spread, const char *level, struct dsmr_number number)
{
    const struct dsmr_reading *reading = &readings->at[spread->reading];
    mqtt_value_topic(&values->topic, values->topics, readings->meter, dsmr_item_id(reading->item));
    buffer_add_text(&values->topic, level);
    write_number(&values->text, number);
    send(values, values->retain);
}

void mqtt_values_plain(struct mqtt_values *values, const struct readings *readings)
{
    for (size_t i = 0; i < readings->count; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        if (!readings_send(readings, i))
            continue;
        mqtt_value_topic(&values->topic, values->topics, readings->meter,
                         dsmr_item_id(reading->item));
        write_value(&values->text, reading);
        send(values, values->retain);
    }
    for (size_t i = 0; i < readings->spread_count; i++) {
        const struct spread *spread = &readings->spreads[i];
        if (!readings_send(readings, spread->reading))
            continue;
        send_bound(values, readings, spread, "/least", spread->least);
        send_bound(values, readings, spread, "/greatest", spread->greatest);
    }
}

void mqtt_values_raw(struct mqtt_values *values, const struct readings *readings)
{
    if (readings->telegram == NULL)
        return;
    mqtt_raw_topic(&values->topic, values->topics, readings->meter);
    buffer_clear(&values->text);
    buffer_add(&values->text, readings->telegram->sent.at, readings->telegram->sent.size);
    send(values, false);
}
