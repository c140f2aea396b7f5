/* SPDX-License-Identifier: MIT */
/* libmosquitto is called as its manual says for an external loop; only that the socket is not its own. */
#include "net/mqtt_wire.h"

#include <errno.h>
#include <mosquitto.h>
#include <sys/ioctl.h>

void mqtt_wire_note(struct mqtt_wire *wire, int result)
{
    wire->result = result;
    wire->error = errno;
}

bool mqtt_wire_is_fine(const struct mqtt_wire *wire)
{
    return wire->result == MOSQ_ERR_SUCCESS && mosquitto_socket(wire->handle) >= 0;
}

/* Bytes that libmosquitto was fed and has not read. */
static int unread(const struct mqtt_wire *wire)
{
    int left = 0;
    return ioctl(mosquitto_socket(wire->handle), FIONREAD, &left) == 0 ? left : 0;
}

/* Lets libmosquitto read all of the piece that it was fed. */
static void read_piece(struct mqtt_wire *wire)
{
    int before, left = unread(wire);
    wire->reading = true;
    do {
        before = left;
        mqtt_wire_note(wire, mosquitto_loop_read(wire->handle, 1));
        left = mqtt_wire_is_fine(wire) ? unread(wire) : 0;
    } while (left > 0 && left < before);
    wire->reading = false;
}

void mqtt_wire_heard(struct mqtt_wire *wire)
{
    if (wire->reading && !mqtt_relay_waits(&wire->relay))
        wire->noise = 0;
}

/* The connection is broken; what the broker said last may tell why. */
static void read_last(struct mqtt_wire *wire, int error)
{
    bool closed = error == 0 || error == ECONNRESET || error == EPIPE;
    while (mqtt_wire_is_fine(wire) && mqtt_relay_feed(&wire->relay) > 0)
        read_piece(wire);
    if (!mqtt_wire_is_fine(wire))
        return;
    wire->result = closed ? MOSQ_ERR_CONN_LOST : MOSQ_ERR_ERRNO;
    wire->error = error;
}

void mqtt_wire_receive(struct mqtt_wire *wire)
{
    long size = mqtt_relay_feed(&wire->relay);
    if (size < 0) {
        read_last(wire, errno);
    } else if (size > 0) {
        wire->noise += (size_t)size;
        read_piece(wire);
    }
}

/* Sends what libmosquitto wrote, and what it had no room for. It may want to write for as long as a
 * TLS handshake lasts, without having anything to write. */
void mqtt_wire_send(struct mqtt_wire *wire)
{
    long sent = 1;
    while (mqtt_wire_is_fine(wire) && sent > 0) {
        if (mosquitto_want_write(wire->handle))
            mqtt_wire_note(wire, mosquitto_loop_write(wire->handle, 1));
        sent = mqtt_wire_is_fine(wire) ? mqtt_relay_send(&wire->relay) : 0;
        if (sent < 0)
            read_last(wire, errno);
    }
}
