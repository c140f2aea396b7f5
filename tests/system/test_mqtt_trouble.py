#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Brokers that refuse, hang, close, flood or talk nonsense: told once, and everything else runs on."""
import os
import re
import socket
import tempfile
import time

import harness
from mqtt_broker import Broker, Impostor, Subscriber, free_port
from test_mqtt import running, told_once, warnings

CONNACK = b"\x20\x02\x00\x00"
SUCCESS_5 = b"\x20\x03\x00\x00\x00"


def read_telegrams(port, count, seconds=20):
    """As a program does that reads the P1 port from dsmr; returns how long it took."""
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as reader:
        got = b""
        while got.count(b"/") < count:
            data = reader.recv(65536)
            assert data
            got += data
    return time.monotonic() - begun


def is_sanitized():
    with open(harness.DSMR, "rb") as program:
        return b"__asan_init" in program.read()


# AddressSanitizer keeps what was freed. (And Meson has the C library write to all that is allocated,
# which is therefore turned off where memory is looked at.)
MEMORY = 1000 if is_sanitized() else 40


def memory(dsmr):
    """The most memory that was resident, in MB."""
    with open(f"/proc/{dsmr.process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) / 1000


def processor(dsmr):
    """Seconds of a processor that were used so far."""
    with open(f"/proc/{dsmr.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def with_impostor(act, text, *lines, scheme="mqtt", seconds=30, tries=2, work=5):
    """dsmr and a server that does this to it: the text is told once, telegrams go on, no harm."""
    p1 = free_port()
    with Impostor(act) as server, running(f"{scheme}://127.0.0.1:{server.port}",
                                          f"p1.listen=tcp://127.0.0.1:{p1}", *lines,
                                          env={"MALLOC_PERTURB_": "0"}) as dsmr:
        dsmr.wait_log(text, seconds)
        harness.wait_until(lambda: server.connections >= tries, 60, dsmr.errors)
        assert len(warnings(dsmr)) == 1, warnings(dsmr)
        assert read_telegrams(p1, 4) < 15
        assert memory(dsmr) < MEMORY, memory(dsmr)
        assert processor(dsmr) < work
        begun = time.monotonic()
        assert dsmr.stop() == 0
        assert time.monotonic() - begun < harness.AT_ONCE


def say_nothing(connection):
    while connection.recv(65536):
        pass


def test_hangs_before_connack():
    with_impostor(say_nothing, "it accepts the connection, but does not answer", tries=1)


def test_hangs_in_tls():
    with_impostor(say_nothing, "it accepts the connection, but does not answer", scheme="mqtts",
                  tries=1)


def test_closes_at_once():
    with_impostor(lambda connection: connection.close(), "it closed the connection at once", tries=3)


def test_closes_after_connect():
    def act(connection):
        connection.recv(65536)
        connection.close()
    with_impostor(act, "it closed the connection at once: does it want mqtts://?", tries=3)


def test_talks_something_else():
    def act(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"<p>What is that?</p>" * 20)
        say_nothing(connection)
    with_impostor(act, "what it sends is no MQTT 3.1.1")


def test_talks_nonsense():
    def act(connection):
        connection.recv(65536)
        connection.sendall(os.urandom(100000))
        say_nothing(connection)
    with_impostor(act, "no broker at", tries=2)


def test_comes_and_goes():
    """Accepted, and thrown out at once, again and again: that is no news each time."""
    def act(connection):
        connection.recv(65536)
        connection.sendall(CONNACK)
        connection.close()
    with_impostor(act, "it closed the connection", tries=4)


def test_each_refusal_has_its_words():
    words = {1: "does not speak MQTT 3.1.1: try mqtt.version=5", 2: "set mqtt.client",
             3: "says that it is not available", 4: "does not accept user name or password",
             5: "does not let us in", 77: "does not say why"}
    for code, text in words.items():
        def act(connection, code=code):
            connection.recv(65536)
            connection.sendall(bytes((0x20, 2, 0, code)))
            say_nothing(connection)
        with Impostor(act) as server:
            told_once(f"mqtt://127.0.0.1:{server.port}", text)


def test_each_refusal_of_mqtt_5_has_its_words():
    words = {132: "leave mqtt.version out", 133: "set mqtt.client", 134: "user name or password",
             135: "does not let us in", 136: "not available", 137: "busy", 138: "banned",
             140: "another way", 144: "last will", 149: "does not say why", 151: "quota",
             154: "retained", 155: "QoS 1", 156: "another broker", 157: "moved", 159: "too often"}
    for code, text in words.items():
        def act(connection, code=code):
            connection.recv(65536)
            connection.sendall(bytes((0x20, 3, 0, code, 0)))
            say_nothing(connection)
        with Impostor(act) as server, running(f"mqtt://127.0.0.1:{server.port}",
                                              "mqtt.version=5") as dsmr:
            dsmr.wait_log(text, 20)
            assert f"({code})" in warnings(dsmr)[0]


def test_ends_the_connection_with_a_reason():
    def act(connection):
        connection.recv(65536)
        connection.sendall(SUCCESS_5 + bytes((0xE0, 2, 142, 0)))
        say_nothing(connection)
    with_impostor(act, "another client has taken our client id: give each its own mqtt.client (142)",
                  "mqtt.version=5")


def flood(connection, packet):
    connection.recv(65536)
    connection.sendall(CONNACK)
    deadline = time.monotonic() + 5
    connection.settimeout(5)
    while time.monotonic() < deadline:
        connection.sendall(packet)


def test_floods_with_what_nobody_asked_for():
    """A broker that sends at full speed is read, but nobody has to wait for that."""
    p1 = free_port()
    packet = b"\x30\x0c\x00\x05a/b/chello" * 1000
    with Impostor(lambda connection: flood(connection, packet)) as server, \
            running(f"mqtt://127.0.0.1:{server.port}", f"p1.listen=tcp://127.0.0.1:{p1}") as dsmr:
        harness.wait_until(lambda: server.connections >= 1, 20, dsmr.errors)
        assert read_telegrams(p1, 4) < 15
        assert memory(dsmr) < MEMORY, memory(dsmr)
        begun = time.monotonic()
        assert dsmr.stop() == 0
        assert time.monotonic() - begun < harness.AT_ONCE


def test_sends_a_packet_of_256_megabytes():
    """It is cut off after one, and never held in memory."""
    def act(connection):
        connection.recv(65536)
        connection.sendall(CONNACK + b"\x30\xff\xff\xff\x7f\x00\x01a")
        while True:
            connection.sendall(bytes(65536))
    with_impostor(act, "it sends far more than was asked for", tries=2)


def test_sends_a_packet_of_256_megabytes_slowly():
    """What dsmr publishes meanwhile is no sign that the broker makes sense."""
    def act(connection):
        connection.recv(65536)
        connection.sendall(CONNACK + b"\x30\xff\xff\xff\x7f\x00\x01a")
        while True:
            connection.sendall(bytes(65536))
            time.sleep(0.1)
    with_impostor(act, "it sends far more than was asked for", tries=2)


def test_floods_with_messages_that_want_an_answer():
    """And takes none: they would pile up."""
    def act(connection):
        connection.recv(65536)
        connection.sendall(CONNACK)
        packet = b"".join(b"\x32\x05\x00\x01a" + number.to_bytes(2, "big") for number in range(1, 9000))
        while True:
            connection.sendall(packet)
    # Until its side takes no more, there is nothing wrong with it.
    with_impostor(act, "it sends far more than was asked for", tries=2, seconds=60, work=60)


def test_never_acknowledges():
    """With QoS 1 only so many messages are under way; the rest waits, the newest of each topic."""
    def act(connection):
        connection.recv(65536)
        connection.sendall(CONNACK)
        say_nothing(connection)
    with Impostor(act) as server, running(f"mqtt://127.0.0.1:{server.port}", "mqtt.qos=1",
                                          "mqtt.keepalive=5") as dsmr:
        dsmr.wait_log("it does not answer any more", 40)
        assert memory(dsmr) < MEMORY
        assert dsmr.stop() == 0


def test_stops_reading():
    def act(connection):
        connection.recv(65536)
        connection.sendall(CONNACK)
        time.sleep(60)
    p1 = free_port()
    with Impostor(act) as server, running(f"mqtt://127.0.0.1:{server.port}", "mqtt.raw=yes",
                                          "mqtt.keepalive=5", f"p1.listen=tcp://127.0.0.1:{p1}") as dsmr:
        dsmr.wait_log("it does not answer any more", 40)
        assert read_telegrams(p1, 3) < 15
        assert dsmr.stop() == 0


def test_name_that_nobody_knows():
    told_once("mqtt://no-such-host.invalid", "its name is not known to the network")


def test_socket_that_is_not_there():
    told_once("unix:/nowhere/at/all", "no broker at unix:/nowhere/at/all: no such file or directory")


def test_topic_that_is_not_allowed_is_told_once():
    with tempfile.TemporaryDirectory() as folder:
        acl = os.path.join(folder, "acl")
        with open(acl, "w", encoding="utf-8") as file:
            file.write("topic read #\ntopic read $SYS/#\ntopic write dsmr/status\ntopic write dsmr/main/json\n")
        os.chmod(acl, 0o600)
        with Broker(f"acl_file {acl}") as broker, Subscriber(broker) as seen, \
                running(broker.url, "mqtt.version=5", "mqtt.qos=1") as dsmr:
            seen.wait("dsmr/main/json", 3)
            dsmr.wait_log("does not take a message for dsmr/main/", 10)
            assert "not authorized (135)" in warnings(dsmr)[0]
            assert len(warnings(dsmr)) == 1, warnings(dsmr)
            assert {m.topic for m in seen.messages} == {"dsmr/status", "dsmr/main/json"}


def test_wrong_urls_are_found_by_check():
    for url in ("localhost", "http://localhost", "mqtt://", "mqtt://u:p@host", "mqtt://host:0",
                "mqtt://host/topic", "unix:relative", "mqtt://host:99999"):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "dsmr.cfg")
            with open(path, "w", encoding="utf-8") as config:
                config.write(f"port=simulated:\nmqtt.url={url}\n")
            result = harness.run("check", "-c", path)
            assert result.returncode == 1, url
            assert b"key 'mqtt.url'" in result.stdout + result.stderr, url


if __name__ == "__main__":
    harness.main()
