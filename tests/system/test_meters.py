#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Several meters: dsmr run reads them all, a reload touches only those that changed, every item gets
its own meter's value, and dsmr simulate is as many meters as are wanted."""
import contextlib
import fcntl
import os
import pty
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time

import harness
from crc16 import with_crc
from harness import Program, run, wait_until
from openhab_server import OpenHab

POWERS = ("00.111", "00.222", "00.333")


def telegram(power):
    """A telegram of a meter that draws so many kW."""
    text = (f"/KFM5KAIFA-METER\r\n\r\n1-3:0.2.8(42)\r\n0-0:1.0.0(161113205757W)\r\n"
            f"1-0:1.8.1(001581.123*kWh)\r\n1-0:1.7.0({power}*kW)\r\n!").encode()
    return with_crc(text)


class TcpMeter:
    """A meter on a TCP port that counts who connects; 20 telegrams a second."""

    def __init__(self, power):
        self.data = telegram(power)
        self.connections = 0
        self.closed = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.name = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                peer = self.listener.accept()[0]
                self.connections += 1
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        peer.settimeout(0.05)
        with peer, contextlib.suppress(OSError):
            while True:
                peer.sendall(self.data)
                try:
                    if not peer.recv(100):
                        break
                except TimeoutError:
                    pass
        self.closed += 1


class House:
    """Three meters and a folder for files; in what is written into them {0}, {1} and {2} stand for the
    meters' ports and @ for the folder."""

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.folder = tempfile.mkdtemp(prefix="dsmr-meters-")
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.meters = [self.stack.enter_context(TcpMeter(power)) for power in POWERS]
        return self

    def __exit__(self, *_):
        self.stack.close()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        for number, meter in enumerate(self.meters):
            text = text.replace(f"{{{number}}}", meter.name)
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text.replace("@", self.folder))
        return self.path(name)

    def run(self, *options):
        """dsmr run with dsmr.cfg."""
        return self.stack.enter_context(Program("run", "-c", self.path("dsmr.cfg"), *options,
                                                env={"STATE_DIRECTORY": self.folder}))


def free_ports(count):
    """The first of so many TCP ports one after the other that are free."""
    for first in range(21000, 30000, count):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + count):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
    raise AssertionError("no free ports")


def read_trace(path):
    with open(path, encoding="ascii") as trace:
        return [line.split() for line in trace]


# ---- dsmr run ----

def test_every_meter_is_read():
    with House() as house:
        house.write("dsmr.cfg", "port={0}\nmeter.garage.port={1}\nmeter.shed-2.port={2}\n")
        dsmr = house.run()
        for name, power in zip(("main", "garage", "shed-2"), POWERS):
            dsmr.wait_log(f"values: {name}: eActualDelivery 0.{power[3:]} kW", 5)
        assert dsmr.stop() == 0
        assert re.search(r"meter: 3 meters: \d+ telegrams good, 0 refused", dsmr.errors()), dsmr.errors()


def test_main_need_not_be_there():
    with House() as house:
        house.write("dsmr.cfg", "meter.garage.port={1}\n")
        dsmr = house.run()
        dsmr.wait_log("values: garage: eActualDelivery 0.222 kW", 5)
        assert dsmr.stop() == 0
        assert "main" not in dsmr.errors(), dsmr.errors()


def test_port_option_is_the_port_of_main():
    with House() as house:
        house.write("dsmr.cfg", "meter.garage.port={1}\n")
        dsmr = house.run("--port", house.meters[0].name)
        dsmr.wait_log("values: main: eActualDelivery 0.111 kW", 5)
        dsmr.wait_log("values: garage: eActualDelivery 0.222 kW", 5)
        assert dsmr.stop() == 0


def test_one_meter_that_cannot_work_leaves_the_others_alone():
    with House() as house:
        house.write("dsmr.cfg", "port=simulated:9.9\nmeter.garage.port={1}\n")
        dsmr = house.run()
        dsmr.wait_log("no simulated meter is called '9.9'", 5)
        dsmr.wait_log("values: garage: eActualDelivery 0.222 kW", 5)
        assert dsmr.stop() == 0


def test_reload_touches_only_what_changed():
    with House() as house:
        house.write("dsmr.cfg", "port={0}\nmeter.garage.port={1}\n")
        trace = house.path("trace")
        dsmr = house.run("--trace", trace)
        dsmr.wait_log("garage: first telegram", 5)
        dsmr.wait_log("main: first telegram", 5)
        # Another zone for garage, a new meter; main stays as it is.
        house.write("dsmr.cfg", "port={0}\nmeter.garage.port={1}\nmeter.garage.zone=Europe/Brussels\n"
                    "meter.shed.port={2}\nlog.level=debug\n")
        dsmr.process.send_signal(signal.SIGHUP)
        dsmr.wait_log("shed: first telegram", 5)
        wait_until(lambda: dsmr.errors().count("garage: first telegram") == 2, 5, "garage begins anew")
        # Gone again, and garage too.
        house.write("dsmr.cfg", "port={0}\nmeter.shed.port={2}\n")
        dsmr.process.send_signal(signal.SIGHUP)
        dsmr.wait_log("garage: no longer read", 5)
        wait_until(lambda: house.meters[1].closed == 2, 5, "garage's connection is closed")
        assert dsmr.stop() == 0
        assert [m.connections for m in house.meters] == [1, 2, 1]
        names = {meter for _, meter, _, _ in read_trace(trace)}
        assert names == {"main", "garage", "shed"}, names


def test_reload_with_mistakes_changes_nothing():
    with House() as house:
        house.write("dsmr.cfg", "port={0}\nmeter.garage.port={1}\n")
        dsmr = house.run()
        dsmr.wait_log("garage: first telegram", 5)
        house.write("dsmr.cfg", "port={0}\nmeter.garage.prot={1}\n")
        dsmr.process.send_signal(signal.SIGHUP)
        dsmr.wait_log("key 'meter.garage.prot' is unknown; did you mean 'meter.garage.port'?", 5)
        dsmr.wait_log("nothing was changed", 5)
        assert dsmr.stop() == 0
        assert [m.connections for m in house.meters] == [1, 1, 0]


def test_more_meters_than_open_files_are_allowed_at_first():
    count = 150
    first = free_ports(count)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with House() as house:
        house.write("dsmr.cfg", "".join(f"meter.m{i}.port=tcp://127.0.0.1:{first + i}\n"
                                        for i in range(count)))
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
        try:
            with Program("simulate", "--standard", "5.0", "--meters", count, "--interval", "0.5",
                         "--tcp", f"127.0.0.1:{first}") as meters:
                meters.wait_log("on tcp://", 10)
                dsmr = house.run()
                wait_until(lambda: dsmr.errors().count(": first telegram, ") == count, 20,
                           lambda: f"a telegram of every meter:\n{dsmr.errors()[-2000:]}")
                assert dsmr.stop() == 0
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_too_few_open_files_are_told():
    with House() as house:
        house.write("dsmr.cfg", "port={0}\n")
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = "ulimit -n 100; exec \"$@\""
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(["sh", "-c", limit, "sh", harness.DSMR, "run", "-c",
                                        house.path("dsmr.cfg")], stderr=errors,
                                       stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            try:
                wait_until(lambda: house.meters[0].connections == 1, 5, "the connection")
            finally:
                process.terminate()
                assert process.wait(harness.AT_ONCE) == 0
            errors.seek(0)
            text = errors.read()
        assert "1 meter may need 514 open files, and 100 are allowed: raise the limit" in text, text
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, hard)


# ---- dsmr check ----

def test_check_shows_every_meter_in_a_line():
    with House() as house:
        house.write("dsmr.cfg", "port=@/nothing\ngas.channel=2\nmeter.garage.port={1}\n"
                    "meter.garage.zone=Europe/Brussels\nopenhab.url=http://localhost\n"
                    "openhab.items=@/p1.items\n")
        house.write("p1.items", 'Number A {dsmr="garage:gValue"}\n')
        result = run("check", "-c", house.path("dsmr.cfg"))
        text = result.stdout.decode()
        assert result.returncode == 0 and result.stderr == b"", result
        assert (f"meter     main: port={house.folder}/nothing (not there now; dsmr run waits for it), "
                f"gas.channel=2\nmeter     garage: port={house.meters[1].name}, "
                "zone=Europe/Brussels\n") in text, text
        assert text.endswith("items     1 bound\n"), text


def test_check_tells_of_items_without_meter():
    with House() as house:
        house.write("dsmr.cfg", "meter.garage.port={1}\nopenhab.url=http://localhost\n"
                    "openhab.items=@/p1.items\n")
        house.write("p1.items", 'Number A {dsmr="gValue"}\n')
        result = run("check", "-c", house.path("dsmr.cfg"))
        assert result.returncode == 1 and result.stdout.decode() == (
            f"{house.folder}/p1.items:1: error: item 'A': 'gValue' is of the meter main, which has no "
            "port; did you mean 'garage:gValue'?\n"), result.stdout
        # Items alone, without any configuration, may name any meter.
        result = subprocess.run([harness.DSMR, "check", house.path("p1.items")], capture_output=True,
                                env={**os.environ, "HOME": house.folder}, timeout=30)
        assert result.returncode == 0, result.stdout


# ---- openHAB ----

def test_items_get_the_value_of_their_meter():
    items = {"Main": "Number", "Garage": "Number:Power", "Shed": "String"}
    with House() as house, OpenHab(items) as openhab:
        house.write("p1.items", 'Number Main {dsmr="eActualDelivery"}\n'
                    'Number:Power Garage {dsmr="garage:eActualDelivery"}\n'
                    'String Shed {dsmr="shed:eActualDelivery"}\n')
        house.write("dsmr.cfg", "port={0}\nmeter.garage.port={1}\nmeter.shed.port={2}\n"
                    f"openhab.url={openhab.url}\nopenhab.items=@/p1.items\nopenhab.update=every\n")
        dsmr = house.run()
        wait_until(lambda: all(len(openhab.history(item)) >= 5 for item in items), 10,
                   lambda: f"five states of each item: {openhab.states}\n{dsmr.errors()}")
        assert set(openhab.history("Main")) == {"0.111"}
        assert set(openhab.history("Garage")) == {"0.222 kW"}
        assert set(openhab.history("Shed")) == {"0.333"}
        assert dsmr.stop() == 0


def test_item_of_an_unknown_meter_is_left_out():
    with House() as house, OpenHab({"Main": "Number", "Other": "Number"}) as openhab:
        house.write("p1.items", 'Number Main {dsmr="eActualDelivery"}\n'
                    'Number Other {dsmr="garag:eActualDelivery"}\n')
        house.write("dsmr.cfg", "port={0}\nmeter.garage.port={1}\n"
                    f"openhab.url={openhab.url}\nopenhab.items=@/p1.items\n")
        dsmr = house.run()
        dsmr.wait_log("p1.items:2: item 'Other': there is no meter 'garag'; did you mean 'garage'?", 5)
        wait_until(lambda: len(openhab.history("Main")) >= 3, 5, "states of Main")
        assert openhab.count(item="Other") == 0
        assert dsmr.stop() == 0


# ---- the live table ----

class Terminal:
    """dsmr run at a terminal of its own."""

    def __init__(self, house):
        self.bytes = b""
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.process = subprocess.Popen(
            [harness.DSMR, "run", "-c", house.path("dsmr.cfg")], stdin=slave, stdout=slave,
            stderr=slave, start_new_session=True, env={**os.environ, "STATE_DIRECTORY": house.folder,
                                                            "TERM": "xterm"},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.slave = slave
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.slave)
        os.close(self.master)

    def _read(self):
        with contextlib.suppress(OSError):
            while piece := os.read(self.master, 65536):
                self.bytes += piece

    def screen(self):
        """The last whole drawing, without colours."""
        drawings = self.bytes.decode("utf-8", errors="replace").split("\x1b[H")
        return re.sub("\x1b\\[[0-9;?]*[a-zA-Z]", "", drawings[-2] if len(drawings) > 2 else "")

    def wait(self, *texts):
        wait_until(lambda: all(text in self.screen() for text in texts), 5,
                   lambda: f"{texts} on the screen:\n{self.screen()}")

    def press(self, keys):
        os.write(self.master, keys)


def test_live_table_goes_from_meter_to_meter():
    with House() as house:
        house.write("dsmr.cfg", "port={0}\nmeter.garage.port={1}\nmeter.shed.port={2}\n")
        with Terminal(house) as terminal:
            terminal.wait("main, meter 1 of 3", "0.111 kW", "Tab shows the next meter")
            terminal.press(b"\t")
            terminal.wait("garage, meter 2 of 3", "0.222 kW", house.meters[1].name)
            assert "0.111 kW" not in terminal.screen()
            terminal.press(b"\x1b[C")
            terminal.wait("shed, meter 3 of 3", "0.333 kW")
            terminal.press(b"\t\t")
            terminal.wait("garage, meter 2 of 3")
            terminal.press(b"\x1b[Z")
            terminal.wait("main, meter 1 of 3")
            terminal.press(b"\x1b[A")
            terminal.wait("shed, meter 3 of 3")
            terminal.press(b"xyz\x1b[5~\x00")
            terminal.wait("shed, meter 3 of 3")
            terminal.press(b"\x03")
            assert terminal.process.wait(harness.AT_ONCE) == 0
            assert termios.tcgetattr(terminal.slave) == terminal.before
            assert fcntl.fcntl(terminal.slave, fcntl.F_GETFL) & os.O_NONBLOCK == 0


def test_live_table_counts_silent_meters():
    with House() as house:
        nobody = f"tcp://127.0.0.1:{free_ports(1)}"
        house.write("dsmr.cfg", f"port={{0}}\nmeter.garage.port={nobody}\n")
        with Terminal(house) as terminal:
            terminal.wait("main, meter 1 of 2, 1 silent", "0.111 kW")


def test_live_table_of_one_meter_names_no_others():
    with House() as house:
        house.write("dsmr.cfg", "meter.garage.port={1}\n")
        with Terminal(house) as terminal:
            terminal.wait("0.222 kW", "Ctrl+C ends")
            assert "meter 1 of" not in terminal.screen() and "Tab" not in terminal.screen()


# ---- dsmr simulate ----

def test_simulated_meters_differ_and_are_spread():
    first = free_ports(10)
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as folder:
        trace = os.path.join(folder, "trace")
        with Program("simulate", "--standard", "5.0", "--seed", "7", "--meters", "10", "--interval",
                     "1", "--tcp", f"127.0.0.1:{first}", "--trace", trace) as meters:
            meters.wait_log(f"on tcp://127.0.0.1:{first} to {first + 9}, 10 of them", 5)
            peers = [socket.create_connection(("127.0.0.1", first + i)) for i in range(10)]
            received = [b""] * 10
            for number, peer in enumerate(peers):
                peer.settimeout(harness.LEAST)
                while received[number].count(b"!") < 2 or not received[number].endswith(b"\r\n"):
                    received[number] += peer.recv(65536)
            assert meters.stop() == 0
            for peer in peers:
                peer.close()
        lines = read_trace(trace)
    for number, data in enumerate(received):
        own = run("simulate", "--standard", "5.0", "--seed", 7 + number, "--count", "30",
                  "--interval", "0").stdout
        assert data.split(b"!")[0] in own, number
        crcs = [crc for _, meter, crc, outcome in lines if meter == str(number)]
        found = re.findall(rb"!([0-9A-F]{4})\r\n", data)
        assert [crc.decode() for crc in found] == crcs[:len(found)], number
    # Ten meters in a second: 100 ms apart, as far as a busy machine can tell.
    times = sorted(float(time) % 1 for time, meter, _, _ in lines)
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    assert max(gaps) < 0.5 and times[-1] - times[0] > 0.5, times


def test_simulated_meters_can_send_at_the_same_moment():
    first = free_ports(5)
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as folder:
        trace = os.path.join(folder, "trace")
        with Program("simulate", "--standard", "5.0", "--seed", "7", "--meters", "5", "--interval",
                     "2", "--tcp", f"127.0.0.1:{first}", "--trace", trace, "--spread", "no") as meters:
            meters.wait_log("5 of them", 5)
            with contextlib.ExitStack() as stack:
                for number in range(5):
                    peer = stack.enter_context(socket.create_connection(("127.0.0.1", first + number)))
                    peer.settimeout(harness.LEAST)
                    assert peer.recv(1) == b"/"
                assert meters.stop() == 0
        # A connection may have been too late for the first round.
        times = [float(line[0]) for line in read_trace(trace)]
        last = [time for time in times if time > times[-1] - 1]
        assert len(last) == 5 and last[-1] - last[0] < 0.8, times


def test_simulated_meters_that_cannot_be():
    for options, reason in (
            (["--count", "3"], b"--meters needs --tcp with the first of their ports"),
            (["--tcp", "127.0.0.1:0"], b"--meters needs --tcp with the first of their ports"),
            (["--tcp", "127.0.0.1:65000"], b"there are not so many ports for --meters"),
            (["--tcp", "127.0.0.1:2000", "--replay", "x"], b"--meters and --replay")):
        result = run("simulate", "--standard", "5.0", "--meters", "1000", *options)
        assert result.returncode == 2 and reason in result.stderr, result.stderr
    result = run("simulate", "--standard", "5.0", "--meters", "0", "--tcp", "127.0.0.1:2000")
    assert result.returncode == 2 and b"--meters: '0' is not allowed" in result.stderr
    result = run("simulate", "--standard", "5.0", "--count", "1", "--spread", "maybe")
    assert result.returncode == 2 and b"--spread: 'maybe' is not allowed" in result.stderr
    result = run("simulate", "--standard", "5.0", "--count", "1", "--trace", "x")
    assert result.returncode == 2 and b"--trace needs --tcp" in result.stderr


def test_a_port_that_is_taken_is_named():
    first = free_ports(3)
    with socket.create_server(("127.0.0.1", first + 2)):
        result = run("simulate", "--standard", "5.0", "--meters", "3", "--tcp", f"127.0.0.1:{first}")
    assert result.returncode == 1 and f"port {first + 2} for a meter".encode() in result.stderr, \
        result.stderr


# ---- the trace ----

def test_trace_has_every_telegram():
    with House() as house, Program("simulate", "--standard", "5.0", "--seed", "3", "--tcp",
                                   "127.0.0.1:0", "--interval", "0.05", "--fault", "crc=0.3",
                                   "--trace", house.path("sent")) as meter:
        meter.wait_log("on tcp://", 5)
        port = re.search(r"on (tcp://127\.0\.0\.1:\d+)", meter.errors())[1]
        house.write("dsmr.cfg", f"meter.a.port={port}\n")
        begin = time.monotonic()
        dsmr = house.run("--trace", house.path("read"))
        dsmr.wait_log("telegram refused", 10)
        wait_until(lambda: os.path.exists(house.path("read")), 5, "the trace")
        dsmr.wait_log("a: first telegram", 10)
        assert meter.stop() == 0
        wait_until(lambda: dsmr.errors().count(port) >= 2, 5, "the connection is closed")
        assert dsmr.stop() == 0
        sent, found = read_trace(house.path("sent")), read_trace(house.path("read"))
        assert [line[2] for line in sent] == [line[2] for line in found]
        assert {line[1] for line in found} == {"a"} and {line[1] for line in sent} == {"0"}
        assert {line[3] for line in found} == {"good", "refused"}, found
        for before, after in zip(sent, found):
            assert begin < float(before[0]) < float(after[0]) < float(before[0]) + 5


def test_trace_that_cannot_be_written():
    result = run("run", "--port", "simulated:", "--trace", "/nowhere/trace")
    assert result.returncode == 1 and b"/nowhere/trace cannot be written: No such file" in result.stderr
    result = run("simulate", "--standard", "5.0", "--tcp", "127.0.0.1:0", "--trace", "/nowhere/trace")
    assert result.returncode == 1 and b"/nowhere/trace: No such file" in result.stderr


harness.main()
