#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr run on a meter behind TCP: there, away, closing, and never to be found."""
import os
import socket
import subprocess
import time

import harness
from harness import free_port
from p1 import Reader, TcpMeter, folder, telegram, write


def connected(meter, dsmr, count=1):
    harness.wait_until(lambda: meter.accepted >= count and meter.clients, 5,
                       lambda: f"connection {count}:\n{dsmr.errors()}")


def test_values_come_over_tcp():
    with TcpMeter() as meter, Reader("--port", f"tcp://127.0.0.1:{meter.port}") as dsmr:
        connected(meter, dsmr)
        meter.send(telegram("01.111"))
        dsmr.wait_power("1.111")
        for byte in telegram("02.222"):
            meter.send(bytes([byte]))
        dsmr.wait_power("2.222")
        dsmr.stop_well()


def test_the_port_of_the_configuration_may_be_tcp():
    with TcpMeter() as meter, folder() as at:
        config = write(os.path.join(at, "dsmr.cfg"), f"port=tcp://127.0.0.1:{meter.port}\n")
        with Reader("-c", config) as dsmr:
            connected(meter, dsmr)
            meter.send(telegram("01.111"))
            dsmr.wait_power("1.111")
            dsmr.stop_well()


def test_seven_bits_over_tcp_are_read_too():
    with TcpMeter() as meter, Reader("--port", f"tcp://127.0.0.1:{meter.port}") as dsmr:
        connected(meter, dsmr)
        text = telegram("01.111", crc=False)
        meter.send(bytes(byte | (bin(byte).count("1") & 1) << 7 for byte in text))
        dsmr.wait_power("1.111")
        dsmr.stop_well()


def test_a_closed_connection_is_made_again():
    with TcpMeter() as meter, Reader("--port", f"tcp://127.0.0.1:{meter.port}") as dsmr:
        connected(meter, dsmr)
        meter.send(telegram("01.111") + telegram("06.666")[:60])
        dsmr.wait_power("1.111")
        meter.hang_up()
        dsmr.wait_log("the other side closed the connection; trying again", 2)
        connected(meter, dsmr, 2)
        meter.send(telegram("02.222"))
        dsmr.wait_power("2.222")
        assert "= 6.666 kW" not in dsmr.errors()
        dsmr.stop_well()


def test_a_telegram_that_the_end_of_the_connection_ends_is_read():
    with TcpMeter() as meter, Reader("--port", f"tcp://127.0.0.1:{meter.port}") as dsmr:
        connected(meter, dsmr)
        meter.send(telegram("01.111")[:-2])
        meter.hang_up()
        dsmr.wait_power("1.111", 2)
        dsmr.stop_well()


def test_a_server_that_is_away_at_the_start_is_waited_for_and_told_once():
    port = free_port()
    with Reader("--port", f"tcp://127.0.0.1:{port}") as dsmr:
        dsmr.wait_log("Connection refused; trying again", 5)
        deadline = time.monotonic() + 3.5
        harness.wait_until(lambda: time.monotonic() > deadline, 10, "two more tries")
        assert dsmr.count("Connection refused") == 1, dsmr.errors()
        with TcpMeter(port) as meter:
            harness.wait_until(lambda: meter.clients, 10, "a connection")
            meter.send(telegram("01.111"))
            dsmr.wait_power("1.111")
            dsmr.stop_well()


def test_a_server_that_throws_everybody_out_does_not_fill_the_log():
    with TcpMeter() as meter:
        meter.closing = True
        with Reader("--port", f"tcp://127.0.0.1:{meter.port}", verbose=False) as dsmr:
            harness.wait_until(lambda: meter.accepted >= 3, 20,
                               lambda: f"three connections, only {meter.accepted}")
            assert dsmr.count("closed the connection") == 1, dsmr.errors()
            assert dsmr.count("\n") - dsmr.count(" http: ") <= 3, dsmr.errors()
            dsmr.stop_well()


def test_two_readers_that_throw_each_other_out_do_not_fill_the_log():
    with TcpMeter() as meter, Reader("--port", f"tcp://127.0.0.1:{meter.port}", verbose=False) as dsmr:
        for count in range(1, 5):
            connected(meter, dsmr, count)
            meter.send(telegram())
            meter.hang_up()
        assert dsmr.count("closed the connection") <= 1, dsmr.errors()
        assert dsmr.count("is connected") <= 2, dsmr.errors()
        dsmr.stop_well()


def test_a_name_that_nobody_knows_is_told_once():
    with Reader("--port", "tcp://no-such-host.invalid:2000") as dsmr:
        dsmr.wait_log("tcp://no-such-host.invalid:2000: ", 30)
        assert "; trying again" in dsmr.errors(), dsmr.errors()
        deadline = time.monotonic() + 3
        harness.wait_until(lambda: time.monotonic() > deadline, 10, "another try")
        assert dsmr.count("trying again") == 1, dsmr.errors()
        dsmr.stop_well()


def test_an_address_that_makes_no_sense_ends_it():
    for port in ("tcp://", "tcp://:2000", "tcp://host", "tcp://host:0", "tcp://host:99999"):
        done = harness.run("run", "--port", port)
        assert done.returncode == 1, (port, done)
        assert b"tcp://192.168.1.5:2000" in done.stderr, (port, done)


def test_it_ends_at_once_while_a_connection_is_being_made():
    with harness.deaf_port() as port, Reader("--port", f"tcp://127.0.0.1:{port}") as dsmr:
        harness.wait_until(lambda: os.path.exists(f"/proc/{dsmr.process.pid}/fd/8"), 5, "start")
        start = time.monotonic()
        dsmr.stop_well()
        assert time.monotonic() - start < harness.AT_ONCE


def test_it_ends_at_once_while_a_name_is_being_looked_up():
    with folder() as at, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent_server:
        resolver = write(os.path.join(at, "resolv.conf"), "nameserver 127.0.0.9\n")
        script = f"mount --bind {resolver} /etc/resolv.conf && " \
                 f"exec {harness.DSMR} run --port tcp://meter.example.org:2000"
        try:
            silent_server.bind(("127.0.0.9", 53))
            silent_server.settimeout(20)
            subprocess.run(["unshare", "-m", "mount", "--bind", resolver, "/etc/resolv.conf"], check=True,
                           capture_output=True)
        except (OSError, subprocess.CalledProcessError) as reason:
            raise harness.Skip("no name server of our own can be set up here") from reason
        dsmr = subprocess.Popen(["unshare", "-m", "sh", "-c", script], stderr=subprocess.DEVNULL,
                                env={**os.environ, "STATE_DIRECTORY": at})
        try:
            silent_server.recvfrom(1000)
            start = time.monotonic()
            dsmr.terminate()
            assert dsmr.wait(5) == 0
            assert time.monotonic() - start < harness.AT_ONCE, time.monotonic() - start
        finally:
            dsmr.kill()


harness.main()
