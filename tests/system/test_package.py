#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the Debian package adds to the program, as far as it can be tried without installing it: what
systemd is told, which cable gets /dev/p1, the manual page. tests/fresh/package.sh tries the rest."""
import os
import re
import signal
import socket
import subprocess
import tempfile

import harness
from harness import Program, run, wait_until

PACKAGING = os.path.join(harness.ROOT, "packaging")


class Systemd:
    """The socket that systemd listens on; address is what $NOTIFY_SOCKET names."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address.replace("@", "\0"))
        self.socket.settimeout(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def next(self):
        return self.socket.recv(4096).decode()


def test_systemd_hears_that_it_is_ready_and_that_it_stops():
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as folder:
        config = os.path.join(folder, "dsmr.cfg")
        with open(config, "w", encoding="utf-8") as f:
            f.write("port=simulated:\n")
        address = os.path.join(folder, "notify")
        with Systemd(address) as systemd, Program("run", "-c", config,
                                                  env={"NOTIFY_SOCKET": address}) as dsmr:
            assert systemd.next() == "READY=1\nSTATUS=reading 1 meter"
            with open(config, "a", encoding="utf-8") as f:
                f.write("meter.garage.port=simulated:\n")
            dsmr.process.send_signal(signal.SIGHUP)
            assert systemd.next() == "READY=1\nSTATUS=reading 2 meters"
            assert dsmr.stop() == 0
            assert systemd.next() == "STOPPING=1"


def test_watchdog_gets_its_signs_of_life():
    address = f"@dsmr-test-{os.getpid()}"
    with Systemd(address) as systemd, Program("run", "--port", "simulated:",
                                              env={"NOTIFY_SOCKET": address,
                                                   "WATCHDOG_USEC": "200000"}) as dsmr:
        told = [systemd.next() for _ in range(5)]
        assert told[0].startswith("READY=1") and told[1:] == ["WATCHDOG=1"] * 4, told
        assert dsmr.stop() == 0


def test_watchdog_of_another_process_is_left_alone():
    address = f"@dsmr-test-{os.getpid()}"
    with Systemd(address) as systemd, Program("run", "--port", "simulated:",
                                              env={"NOTIFY_SOCKET": address, "WATCHDOG_PID": "1",
                                                   "WATCHDOG_USEC": "20000"}) as dsmr:
        assert systemd.next().startswith("READY=1")
        dsmr.wait_log("first telegram", 5)
        assert dsmr.stop() == 0
        assert systemd.next() == "STOPPING=1"


def test_socket_that_nobody_listens_on_is_no_trouble():
    for address in ("/nowhere/notify", "@nobody-listens", "x", "", "/" + 200 * "x"):
        with Program("run", "--port", "simulated:", env={"NOTIFY_SOCKET": address}) as dsmr:
            dsmr.wait_log("first telegram", 5)
            assert dsmr.stop() == 0, address


def alone(port, *ports):
    """What the rule is told about the port while these are there."""
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as sys:
        for name in ports:
            os.makedirs(os.path.join(sys, "class", "tty", name))
        return subprocess.run([os.path.join(PACKAGING, "udev", "only-usb-serial"), port],
                              env={**os.environ, "DSMR_SYS": sys}, timeout=30).returncode == 0


def test_only_usb_port_gets_the_link():
    assert alone("ttyUSB0", "ttyUSB0", "ttyS0", "tty1")
    assert alone("ttyUSB7", "ttyUSB7")
    assert alone("ttyACM0", "ttyACM0", "ttyS0")


def test_none_of_several_usb_ports_gets_the_link():
    assert not alone("ttyUSB0", "ttyUSB0", "ttyUSB1")
    assert not alone("ttyUSB1", "ttyUSB0", "ttyUSB1")
    assert not alone("ttyUSB0", "ttyUSB0", "ttyACM0")
    assert not alone("ttyACM0", "ttyUSB0", "ttyACM0")


def test_port_that_is_gone_gets_no_link():
    assert not alone("ttyUSB0")
    assert not alone("ttyUSB0", "ttyS0")


def awk(script, text):
    return subprocess.run(["awk", "-f", os.path.join(PACKAGING, "man", script)], input=text,
                          capture_output=True, check=True, timeout=30).stdout.decode()


def test_manual_page_has_every_key_and_command():
    sample = run("check", "--sample").stdout
    page = awk("keys.awk", sample)
    keys = re.findall(r"^#?([a-z][a-z0-9.]*)=", sample.decode(), re.MULTILINE)
    assert len(keys) >= 13
    for key in keys:
        assert f".TP\n.B {key}\n" in page, key
    assert page.count(".TP\n") == page.count("\nAllowed: ") == len(keys)
    assert re.search(r"\.B log\.level\n.*\n\.br\nAllowed: error warn info debug\n\.br\nWithout it: info\n",
                     page)
    text = run("--help").stdout
    commands = awk("commands.awk", text)
    listed = re.findall(r"^  ([a-z]+)  +[a-z]", text.decode(), re.MULTILINE)
    assert len(listed) >= 4 and commands.count(".TP\n") == len(listed), commands
    for command in listed:
        assert f".TP\n.B dsmr {command}\n" in commands, commands
    assert "or the screen\n" in commands, f"the second line of a command is missing: {commands}"


def test_configuration_of_the_package_is_right():
    """It is the sample with another port, as packaging/build_deb.sh makes it."""
    sample = run("check", "--sample").stdout.decode()
    assert sample.count("\nport=/dev/ttyUSB0\n") == 1
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as folder:
        config = os.path.join(folder, "dsmr.cfg")
        with open(config, "w", encoding="utf-8") as f:
            f.write(sample.replace("port=/dev/ttyUSB0", "port=/dev/p1"))
        result = run("check", "-c", config)
        assert result.returncode == 0 and b"port      /dev/p1" in result.stdout, result.stdout
        with Program("run", "-c", config, env={"STATE_DIRECTORY": folder}) as dsmr:
            if not os.path.exists("/dev/p1"):
                dsmr.wait_log("/dev/p1 is not there", 5)
            wait_until(lambda: dsmr.process.poll() is None, 1, "it waits")
            assert dsmr.stop() == 0


harness.main()
