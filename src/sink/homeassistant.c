/* SPDX-License-Identifier: MIT */
#include "sink/homeassistant.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char log_topic[] = "homeassistant";

struct homeassistant {
    struct mqtt_composer composer;
    struct homeassistant_setup setup;
    struct physical_meters meters;
    struct loop_timer *restart; /* Home Assistant has started */
    struct loop_timer *settle;  /* a meter has changed */
    char *subscription;
    char *leftovers;
    struct buffer topic;   /* being composed */
    struct buffer payload; /* … */
};

static void emit(struct homeassistant *ha, enum emit_class class, int qos, bool retain)
{
    ha->setup.emit.message(ha->setup.emit.context, class, ha->topic.at, ha->payload.at,
                           ha->payload.size, qos, retain);
}

/* ------------------------------------------------------------------------------------------------
 * Messages
 */

/* The same again is dropped on the way when it is a standing message, so what is to be said again is
 * sent as a value. */
static void announce(struct homeassistant *ha, const struct port_meters *port,
                     struct physical_meter *meter, enum emit_class class)
{
    const struct ha_style *style = &ha->setup.style;
    const struct physical_meter *main = physical_meters_main(port);
    if (!meter->announced)
        log_info(ha->setup.log, log_topic, "announcing %s with %zu entities", meter->slug,
                 meter->quantities.count);
    meter->announced = true;
    meter->changed = false;
    if (!ha->setup.components) {
        ha_device_topic(&ha->topic, style, meter);
        ha_device_config(&ha->payload, style, meter, main);
        emit(ha, class, 1, true);
        return;
    }
    for (size_t i = 0; i < meter->quantities.count; i++) {
        ha_component_topic(&ha->topic, style, meter, &meter->quantities.at[i]);
        ha_component_config(&ha->payload, style, meter, main, &meter->quantities.at[i]);
        emit(ha, class, 1, true);
    }
}

static void send_state(struct homeassistant *ha, struct physical_meter *meter)
{
    meter->availability_told = meter->available;
    ha_state_topic(&ha->topic, &ha->setup.style, meter);
    ha_state(&ha->payload, meter);
    emit(ha, EMIT_VALUE, 0, false);
}

/* A message to the consumer is sent when it is new, not with every telegram. */
static void send_message(struct homeassistant *ha, const struct physical_meter *meter, bool again)
{
    const struct quantity *message = quantities_find(&meter->quantities, HA_MESSAGE_ID);
    if (!message || (!message->text_changed && !again))
        return;
    ha_message_topic(&ha->topic, &ha->setup.style, meter);
    ha_message(&ha->payload, meter);
    emit(ha, EMIT_VALUE, 1, false);
}

static void send_all(struct homeassistant *ha, bool announcements)
{
    for (size_t i = 0; i < ha->meters.count; i++) {
        const struct port_meters *port = ha->meters.ports[i];
        for (size_t j = 0; j < port->count; j++) {
            if (!port->at[j]->announced)
                continue;
            if (announcements)
                announce(ha, port, port->at[j], EMIT_VALUE);
            send_state(ha, port->at[j]);
            send_message(ha, port->at[j], true);
        }
    }
}

/* ------------------------------------------------------------------------------------------------
 * Events
 */

static void on_settled(void *context)
{
    struct homeassistant *ha = context;
    for (size_t i = 0; i < ha->meters.count; i++) {
        const struct port_meters *port = ha->meters.ports[i];
        for (size_t j = 0; j < port->count; j++)
            if (port->at[j]->announced && port->at[j]->changed)
                announce(ha, port, port->at[j], EMIT_STANDING);
    }
}

static void on_restart(void *context)
{
    struct homeassistant *ha = context;
    log_info(ha->setup.log, log_topic, "Home Assistant has started: announcing everything again");
    send_all(ha, true);
}

static void take_readings(struct mqtt_composer *composer, const struct readings *readings)
{
    struct homeassistant *ha = (struct homeassistant *)composer;
    struct port_meters *port =
        physical_meters_update(&ha->meters, readings, loop_now(ha->setup.loop));
    for (size_t i = 0; i < port->count; i++) {
        struct physical_meter *meter = port->at[i];
        if (!meter->announced && !ha_is_worth_telling(meter))
            continue;
        if (!meter->announced)
            announce(ha, port, meter, EMIT_STANDING);
        else if (meter->changed && !loop_timer_running(ha->settle))
            loop_timer_start(ha->settle, ha->setup.settle_ms, 0);
        if (meter->news || meter->available != meter->availability_told)
            send_state(ha, meter);
        if (meter->told)
            send_message(ha, meter, false);
    }
}

/* States are not retained: the broker may have been started anew, and Home Assistant with it. */
static void take_connection(struct mqtt_composer *composer)
{
    send_all((struct homeassistant *)composer, false);
}

static int64_t random_delay(int spread_ms)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
        random = 0;
    return 1 + random % (uint32_t)(spread_ms > 0 ? spread_ms : 1);
}

static void take_message(struct mqtt_composer *composer, const char *topic, const char *payload,
                         size_t size, bool retained)
{
    struct homeassistant *ha = (struct homeassistant *)composer;
    (void)retained;
    static const char online[] = "online";
    if (strcmp(topic, ha->subscription) != 0 || size != sizeof online - 1 ||
        memcmp(payload, online, size) != 0)
        return;
    if (!loop_timer_running(ha->restart))
        loop_timer_start(ha->restart, random_delay(ha->setup.restart_spread_ms), 0);
}

static bool is_ours(struct mqtt_composer *composer, const char *topic, const char *payload,
                    size_t size)
{
    const struct homeassistant *ha = (const struct homeassistant *)composer;
    return ha_config_is_ours(&ha->setup.style, topic, payload, size);
}

/* ------------------------------------------------------------------------------------------------
 * Beginning and end
 */

static void homeassistant_free(struct mqtt_composer *composer)
{
    struct homeassistant *ha = (struct homeassistant *)composer;
    physical_meters_free(&ha->meters);
    loop_timer_free(ha->restart);
    loop_timer_free(ha->settle);
    buffer_free(&ha->topic);
    buffer_free(&ha->payload);
    free(ha->subscription);
    free(ha->leftovers);
    free(ha);
}

struct mqtt_composer *homeassistant_new(const struct homeassistant_setup *setup)
{
    struct homeassistant *ha = memory_new(1, sizeof *ha);
    ha->setup = *setup;
    ha->subscription = memory_print("%s/status", setup->style.prefix);
    ha->leftovers = memory_print("%s/#", setup->style.prefix);
    ha->restart = loop_timer_new(setup->loop, on_restart, ha);
    ha->settle = loop_timer_new(setup->loop, on_settled, ha);
    physical_meters_init(&ha->meters, setup->log, log_topic);
    ha->composer = (struct mqtt_composer){
        .name = log_topic,
        .readings = take_readings,
        .connected = take_connection,
        .subscription = ha->subscription,
        .message = take_message,
        .leftovers = ha->leftovers,
        .is_ours = is_ours,
        .free = homeassistant_free,
    };
    return &ha->composer;
}
