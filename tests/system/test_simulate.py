#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr simulate from outside: real pseudo-terminals, sockets and pipes."""
import json
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import termios
import time

import harness
from crc16 import crc16
from harness import DSMR, Program, run, wait_until

STANDARDS = ["nta8130", "2.1", "2.2", "3.0", "4.0", "4.0.4", "4.2", "5.0"]
WITH_CRC = ["4.0", "4.0.4", "4.2", "5.0"]
BAUD = {name: 115200 if name in WITH_CRC else 9600 for name in STANDARDS}
SPEED = {9600: termios.B9600, 38400: termios.B38400, 115200: termios.B115200}
# From the start of a telegram to its end, without the start of another between.
TELEGRAM = re.compile(rb"/[A-Za-z]{3}[0-9](?:(?!/[A-Za-z]{3}[0-9])[^!])*\r\n!([0-9A-F]{4})?\r\n")


def telegrams(data):
    """All whole telegrams in the bytes, as (text, is the CRC right; None without one)."""
    found = []
    for match in TELEGRAM.finditer(data):
        text = match[0]
        good = None
        if match[1]:
            good = crc16(text[:text.rindex(b"!") + 1]) == int(match[1], 16)
        found.append((text, good))
    return found


def count(standard, number, *options):
    result = run("simulate", "--standard", standard, "--count", number, *options)
    assert result.returncode == 0, result.stderr
    return result.stdout


def value(text, code):
    match = re.search(re.escape(code).encode() + rb"(?:\*255)?\(([^*)]*)", text)
    return match[1].decode() if match else None


class Reader:
    """A reader on the simulated port; opens it as a serial port is opened."""

    def __init__(self, path, baud):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.device = os.ttyname(self.fd)
        self.data = b""
        self.set_speed(baud)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)

    def set_speed(self, baud):
        settings = termios.tcgetattr(self.fd)
        settings[0] = settings[1] = settings[3] = 0
        settings[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
        settings[4] = settings[5] = SPEED[baud]
        termios.tcsetattr(self.fd, termios.TCSAFLUSH, settings)
        self.data = b""

    def read(self):
        """Adds what has come; False when the port was hung up."""
        if select.select([self.fd], [], [], 0)[0]:
            try:
                piece = os.read(self.fd, 65536)
            except OSError:
                return False
            if not piece:
                return False
            self.data += piece
        return True

    def read_fast(self, size):
        """Reads so many bytes at the pace at which they come."""
        pieces = []
        while size > 0:
            assert select.select([self.fd], [], [], 10)[0], f"{size} bytes are missing"
            pieces.append(os.read(self.fd, 65536))
            size -= len(pieces[-1])
        return b"".join(pieces)

    def read_until(self, condition, seconds, what):
        def look():
            assert self.read(), "hung up"
            return condition(self.data)
        return wait_until(look, seconds, lambda: f"{what} in {self.data[-200:]!r}")


class Port:
    """dsmr simulate on a pseudo-terminal."""

    def __init__(self, standard, *options):
        self.folder = tempfile.TemporaryDirectory(prefix="dsmr-test-")
        self.link = os.path.join(self.folder.name, "p1")
        self.program = Program("simulate", "--standard", standard, "--pty", self.link, *options)

    def __enter__(self):
        self.program.__enter__()
        self.program.wait_log("dsmr simulate: ", 5)
        return self

    def __exit__(self, *details):
        self.program.__exit__(*details)
        self.folder.cleanup()


def strip_parity(data):
    assert all(bin(byte).count("1") % 2 == 0 for byte in data), "a byte without even parity"
    return bytes(byte & 0x7F for byte in data)


# ---- to standard output ----

def test_the_same_seed_gives_the_same_telegrams():
    for standard in STANDARDS:
        first = count(standard, 20, "--seed", 7)
        assert first == count(standard, 20, "--seed", 7)
        assert first != count(standard, 20, "--seed", 8)


def test_without_a_seed_it_is_told_and_gives_the_same_again():
    result = run("simulate", "--standard", "5.0", "--count", 3)
    told = re.search(rb"seed (\d+), from (\S+)\n", result.stderr)
    assert result.stderr.count(b"\n") == 1, result.stderr
    assert result.stdout == count("5.0", 3, "--seed", told[1].decode(), "--start", told[2].decode())


def test_as_many_telegrams_as_were_asked_for():
    for standard in STANDARDS:
        data = count(standard, 25, "--seed", 1)
        found = telegrams(data)
        assert len(found) == 25, f"{standard}: {len(found)}"
        assert b"".join(text for text, _ in found) == data
        assert {good for _, good in found} == {True if standard in WITH_CRC else None}


def test_every_standard_is_decoded_without_a_leftover():
    for standard in STANDARDS:
        result = run("decode", "--format", "json",
                     input=count(standard, 5, "--seed", 2, "--devices", "gas,water"))
        assert result.returncode == 0, result.stderr
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert len(lines) == 5
        for line in lines:
            assert line["crc"] == ("ok" if standard in WITH_CRC else "none"), line
            assert line["items"] and not line.get("unknown"), line
            ids = {item["id"] for item in line["items"]}
            assert {"eEquipmentId", "eDeliveryTariff1", "eDeliveryTariff2", "eActualDelivery",
                    "gValue", "gValueTS", "wValue", "wEquipmentId"} <= ids, ids
            assert "gEquipmentId" in ids, ids


def test_registers_are_the_sum_of_the_power():
    for standard, step in (("5.0", 1), ("4.2", 10)):
        delivered = produced = None
        for text, _ in telegrams(count(standard, 500, "--seed", 3)):
            total = [sum(int(value(text, f"1-0:{way}.8.{tariff}").replace(".", ""))
                         for tariff in (1, 2)) for way in (1, 2)]
            if delivered is not None:
                # Both tariffs' registers show whole watt hours.
                assert abs(total[0] - start[0] - delivered / 3600) <= 2, text
                assert abs(total[1] - start[1] - produced / 3600) <= 2, text
            else:
                start, delivered, produced = total, 0, 0
            delivered += int(value(text, "1-0:1.7.0").replace(".", "")) * step
            produced += int(value(text, "1-0:2.7.0").replace(".", "")) * step


def test_both_clock_changes():
    for start, expected in (
            ("2025-03-30T01:59:58+01:00",
             ["250330015958W", "250330015959W", "250330030000S", "250330030001S"]),
            ("2025-10-26T02:59:58+02:00",
             ["251026025958S", "251026025959S", "251026020000W", "251026020001W"])):
        found = telegrams(count("5.0", 4, "--seed", 1, "--start", start))
        assert [value(text, "0-0:1.0.0") for text, _ in found] == expected
    summer = count("5.0", 1, "--seed", 1, "--start", "2025-07-01T12:00:00")
    assert summer == count("5.0", 1, "--seed", 1, "--start", "2025-07-01T10:00:00Z")
    assert b"0-0:1.0.0(250701120000S)" in summer


def test_an_interval_to_standard_output():
    began = time.monotonic()
    found = telegrams(count("5.0", 4, "--seed", 1, "--interval", "0.2"))
    assert time.monotonic() - began >= 0.6
    assert len(found) == 4


def test_a_reader_that_has_enough():
    program = subprocess.Popen([DSMR, "simulate", "--standard", "5.0", "--count", "1000000"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert program.stdout.read(10)
    program.stdout.close()
    wait_until(lambda: program.poll() is not None, 5, "end of the program")


# ---- on a pseudo-terminal ----

def test_the_right_speed_gives_telegrams():
    for standard in STANDARDS:
        with Port(standard, "--interval", 1, "--seed", 4) as port:
            with Reader(port.link, BAUD[standard]) as reader:
                data = reader.read_until(
                    lambda data: len(telegrams(bytes(b & 0x7F for b in data))) >= 2 and data, 10,
                    f"telegrams of {standard}")
            if standard not in WITH_CRC:
                assert any(byte > 0x7F for byte in data), "no parity bit was ever set"
                data = strip_parity(data)
            assert {good for _, good in telegrams(data)} == {True if standard in WITH_CRC else None}


def test_the_wrong_speed_gives_noise():
    for standard, wrong in (("5.0", 9600), ("5.0", 38400), ("2.2", 115200), ("3.0", 38400)):
        with Port(standard, "--interval", "0.3") as port, Reader(port.link, wrong) as reader:
            noise = reader.read_until(lambda data: len(data) > 300 and data, 10, "noise")
            assert b"1-0:1.8.1" not in bytes(byte & 0x7F for byte in noise)
            assert not telegrams(bytes(byte & 0x7F for byte in noise))
            reader.set_speed(BAUD[standard])
            reader.read_until(lambda data: telegrams(bytes(byte & 0x7F for byte in data)), 10,
                              "a telegram at the right speed")


def test_a_speed_that_was_never_set_gives_noise():
    with Port("5.0", "--interval", "0.3") as port:
        fd = os.open(port.link, os.O_RDWR | os.O_NOCTTY)
        try:
            settings = termios.tcgetattr(fd)
            settings[0] = settings[1] = settings[3] = 0  # raw, but the speed is left alone
            termios.tcsetattr(fd, termios.TCSAFLUSH, settings)
            data = b""
            while len(data) < 300:
                assert select.select([fd], [], [], 10)[0], "nothing came"
                data += os.read(fd, 4096)
            assert b"1-0:1.8.1" not in data
        finally:
            os.close(fd)


def test_bytes_come_at_the_pace_of_the_line():
    with Port("2.2", "--interval", 3) as port, Reader(port.link, 9600) as reader:
        reader.read_until(lambda data: b"\xAF" in data, 10, "a telegram's first byte")
        began = time.monotonic()
        data = reader.read_until(lambda data: b"!" in data[data.index(b"\xAF"):] and data, 10,
                                 "its end")
        size = len(data) - data.index(b"\xAF")
        assert size > 400
        assert time.monotonic() - began >= size / 960 * 0.8, f"{size} bytes came too fast"


def test_as_fast_as_it_goes_loses_nothing():
    with Port("5.0", "--interval", 0, "--seed", 5) as port:
        with Reader(port.link, 115200) as reader:
            data = reader.read_fast(5_000_000)
            data = data[data.index(b"/"):data.rindex(b"/")]
            found = telegrams(data)
            assert len(found) > 3000
            assert b"".join(text for text, _ in found) == data, "bytes were lost"
            assert data[:2_000_000] in count("5.0", 4000, "--seed", 5), "not what the seed gives"


def test_a_second_reader_gets_nothing_of_the_first():
    with Port("5.0", "--interval", "0.2", "--seed", 5) as port:
        with Reader(port.link, 115200) as reader:
            wait_until(lambda: select.select([reader.fd], [], [], 0)[0], 10, "a first byte")
            began = time.monotonic()
            wait_until(lambda: time.monotonic() - began > 1, 10, "a second's worth of bytes")
        wait_until(lambda: time.monotonic() - began > 1.5, 10, "half a second without a reader")
        fd = os.open(port.link, os.O_RDWR | os.O_NOCTTY)  # at the speed that the first one set
        try:
            data = b""
            while not telegrams(data):
                assert select.select([fd], [], [], 10)[0], "nothing came"
                data += os.read(fd, 4096)
        finally:
            os.close(fd)
        # Five simulated seconds a second.
        assert value(data, "0-0:1.0.0") >= "250317120005W", data


def test_without_a_reader_time_goes_on():
    with Port("5.0", "--seed", 6) as port:
        began = time.monotonic()
        with Reader(port.link, 115200) as reader:
            reader.read_until(lambda data: b"0-0:1.0.0(250317" in data, 10, "a first telegram")
        wait_until(lambda: time.monotonic() - began > 3, 10, "three seconds without a reader")
        with Reader(port.link, 115200) as reader:
            found = reader.read_until(telegrams, 10, "a telegram after a pause")
        assert value(found[-1][0], "0-0:1.0.0") >= "250317120003W"
        assert port.program.process.poll() is None


def test_a_reader_that_locks_the_port_and_leaves():
    import fcntl
    with Port("5.0", "--interval", "0.2") as port:
        for _ in range(3):
            def read_once():
                try:
                    with Reader(port.link, 115200) as reader:
                        fcntl.ioctl(reader.fd, termios.TIOCEXCL)
                        reader.read_until(telegrams, 10, "a telegram")
                        return True
                except OSError:
                    return False  # still locked; a new port is on its way
            wait_until(read_once, 5, "a port that can be opened again")


def test_unplugged_it_returns_under_another_number():
    with Port("5.0", "--fault", "unplug=0.2", "--interval", "0.1", "--seed", 1) as port:
        for _ in range(2):
            wait_until(lambda: os.path.exists(port.link), 10, "the link")
            with Reader(port.link, 115200) as reader:
                before = reader.device
                wait_until(lambda: not reader.read(), 20, "the port to hang up")
                wait_until(lambda: os.path.exists(port.link), 10, "the link to return")
            assert os.path.realpath(port.link) != before

        def read_one():
            try:
                with Reader(port.link, 115200) as reader:
                    while not telegrams(reader.data):
                        if not reader.read():
                            return False  # unplugged again meanwhile
                    return True
            except OSError:
                return False
        wait_until(read_one, 30, "a telegram after the return")


def test_the_link_is_removed_at_the_end():
    for number in (signal.SIGTERM, signal.SIGINT):
        with Port("5.0") as port:
            assert os.path.islink(port.link)
            assert port.program.stop(number, 1) == 0
            assert not os.path.lexists(port.link)
        with Port("5.0", "--fault", "unplug=1", "--interval", "0.1") as port:
            wait_until(lambda: not os.path.lexists(port.link), 10, "the port to be unplugged")
            assert port.program.stop(number, 1) == 0
            assert not os.path.lexists(port.link)


def test_an_old_link_is_replaced_and_a_file_is_not():
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as folder:
        link = os.path.join(folder, "p1")
        os.symlink("/nowhere", link)
        with Program("simulate", "--standard", "5.0", "--pty", link) as program:
            program.wait_log("dsmr simulate: ", 5)
            assert os.path.realpath(link).startswith("/dev/")
            assert os.listdir(folder) == ["p1"]
            program.stop()
        with open(link, "w", encoding="ascii") as file:
            file.write("precious")
        result = run("simulate", "--standard", "5.0", "--pty", link)
        assert result.returncode == 2
        assert b"left alone" in result.stderr and result.stderr.count(b"\n") == 1, result.stderr
        with open(link, encoding="ascii") as file:
            assert file.read() == "precious"


def test_the_link_of_another_one_is_left():
    with Port("5.0") as port:
        device = os.readlink(port.link)
        result = run("simulate", "--standard", "5.0", "--pty", port.link)
        assert result.returncode == 2
        assert (f"{port.link}: dsmr (process {port.program.process.pid}) has its pseudo-terminal there"
                .encode() in result.stderr), result.stderr
        assert os.readlink(port.link) == device
        # One that was put in its place is not removed.
        os.unlink(port.link)
        os.symlink("/nowhere", port.link)
        assert port.program.stop() == 0
        assert os.readlink(port.link) == "/nowhere"


# ---- over TCP ----

def tcp_port(program):
    program.wait_log("on tcp://", 5)
    return int(re.search(r"on tcp://\S+:(\d+),", program.errors())[1])


def receive(client, condition, seconds=harness.LEAST):
    data = b""
    client.settimeout(seconds)
    while not condition(data):
        piece = client.recv(65536)
        assert piece, "the connection was closed"
        data += piece
    return data


def test_several_clients_hear_the_same():
    with Program("simulate", "--standard", "5.0", "--tcp", "127.0.0.1:0", "--interval", "0.1",
                 "--seed", 1) as program:
        port = tcp_port(program)
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        heard = [receive(client, lambda data: len(telegrams(data)) >= 3) for client in clients]
        expected = count("5.0", 200, "--seed", 1)
        for data in heard:
            assert data.startswith(b"/"), "a telegram was begun in its middle"
            assert all(good and text in expected for text, good in telegrams(data))
        clients[0].close()
        receive(clients[1], lambda data: len(telegrams(data)) >= 2)
        assert program.stop() == 0
        for client in clients:
            client.close()


def test_tcp_sends_seven_bits_without_parity():
    with Program("simulate", "--standard", "2.2", "--tcp", "127.0.0.1:0") as program:
        with socket.create_connection(("127.0.0.1", tcp_port(program))) as client:
            data = receive(client, telegrams, 15)
            assert all(byte < 0x80 for byte in data)


def test_a_client_that_does_not_read_is_dropped():
    with Program("simulate", "--standard", "5.0", "--tcp", "127.0.0.1:0",
                 "--interval", 0) as program:
        port = tcp_port(program)
        sleeper = socket.socket()
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sleeper.connect(("127.0.0.1", port))
        with socket.create_connection(("127.0.0.1", port)) as client:
            # More than all buffers between hold: only without the sleeper there can be so much.
            total = 0
            client.settimeout(20)
            while total < 20_000_000:
                piece = client.recv(1 << 20)
                assert piece, "the wrong one was dropped"
                total += len(piece)
        sleeper.settimeout(20)
        try:
            while sleeper.recv(1 << 20):
                pass
        except ConnectionResetError:
            pass
        sleeper.close()


def test_unplugging_drops_the_clients():
    with Program("simulate", "--standard", "5.0", "--tcp", "127.0.0.1:0", "--interval", "0.1",
                 "--fault", "unplug=0.5", "--seed", 2) as program:
        port = tcp_port(program)
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.settimeout(20)
                try:
                    while client.recv(65536):
                        pass
                except ConnectionResetError:
                    pass
        with socket.create_connection(("127.0.0.1", port)) as client:
            receive(client, lambda data: data.startswith(b"/"), 20)


def test_an_address_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        result = run("simulate", "--standard", "5.0", "--tcp", address)
        assert result.returncode == 1
        assert b"in use" in result.stderr and result.stderr.count(b"\n") == 1, result.stderr


# ---- faults ----

def test_faults_come_at_their_rate():
    number = 1000
    good = count("5.0", number, "--seed", 9)
    texts = {text for text, _ in telegrams(good)}

    def whole(kind, rate):
        data = count("5.0", number, "--seed", 9, "--fault", f"{kind}={rate}")
        found = telegrams(data)
        return [[text for text, good in found if good is wanted] for wanted in (True, False)]

    right, wrong = whole("crc", 0.3)
    assert len(right) + len(wrong) == number and 250 < len(wrong) < 350, len(wrong)
    assert set(right) <= texts
    right, wrong = whole("cut", 0.3)
    assert 650 <= len(set(right) & texts) <= 750, len(right)
    right, wrong = whole("noise", 0.3)
    assert set(right) <= texts and 780 < len(right) < 910, len(right)  # half comes between
    for rate, expected in ((0, number), (1, 0)):
        right, _ = whole("crc", rate)
        assert len(right) == expected
    several = count("5.0", number, "--seed", 9, "--fault", "crc=0.1", "--fault", "cut=0.1")
    assert 750 < sum(1 for text, right in telegrams(several) if right) < 870


def test_silence_leaves_telegrams_out():
    times = [value(text, "0-0:1.0.0") for text, _ in
             telegrams(count("5.0", 500, "--seed", 9, "--fault", "silence=0.1"))]
    assert len(times) == 500
    seconds = [int(t[6:8]) * 3600 + int(t[8:10]) * 60 + int(t[10:12]) for t in times]
    gaps = [after - before for before, after in zip(seconds, seconds[1:])]
    assert min(gaps) == 1 and 2 <= max(gaps) <= 11, gaps
    assert 30 <= sum(1 for gap in gaps if gap > 1) <= 70


def test_the_other_telegrams_are_read_all_the_same():
    data = count("5.0", 300, "--seed", 9, "--fault", "crc=0.1", "--fault", "noise=0.1")
    right = [text for text, good in telegrams(data) if good]
    result = run("decode", "--format", "json", input=data)
    assert result.returncode == 1, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert sum(1 for line in lines if line["crc"] == "ok") >= len(right) > 200


# ---- recordings ----

def test_a_recording_is_replayed_byte_for_byte():
    recording = count("2.2", 3, "--seed", 1) + b"garbage between\r\n" + count("5.0", 2, "--seed", 1)
    with tempfile.NamedTemporaryFile(prefix="dsmr-test-") as file:
        file.write(recording)
        file.flush()
        assert count("5.0", 5, "--replay", file.name) == recording
        assert count("5.0", 10, "--replay", file.name) == recording * 2
        result = run("simulate", "--replay", file.name, "--count", 1)
        assert result.returncode == 0 and result.stdout == count("2.2", 1, "--seed", 1)
        with Port("4.2", "--replay", file.name, "--interval", "0.1") as port:
            with Reader(port.link, 115200) as reader:
                reader.read_until(lambda data: recording in data, 20, "the whole recording")


def test_a_recording_that_is_none():
    for content in (b"", b"nothing that looks like a telegram\n"):
        with tempfile.NamedTemporaryFile(prefix="dsmr-test-") as file:
            file.write(content)
            file.flush()
            result = run("simulate", "--replay", file.name, "--count", 1)
            assert result.returncode == 2 and b"no telegram" in result.stderr, result.stderr
    result = run("simulate", "--replay", "/nonexistent", "--count", 1)
    assert result.returncode == 2 and b"/nonexistent: No such file" in result.stderr


# ---- usage ----

def test_wrong_usage_is_told_in_one_line():
    for arguments, told in (
            ([], "--standard is missing"),
            (["--count", "1"], "--standard is missing"),
            (["--standard", "5.0"], "one of --pty, --tcp and --count is missing"),
            (["--standard", "5.0", "--count", "1", "--pty", "x"], "only one of"),
            (["--standard", "6.0", "--count", "1"], "nta8130, 2.1, 2.2, 3.0, 4.0, 4.0.4, 4.2, 5.0"),
            (["--standard", "5.0", "--count", "0"], "1 to 1000000000"),
            (["--standard", "5.0", "--count", "-1"], "1 to 1000000000"),
            (["--standard", "5.0", "--count", "1", "--interval", "fast"], "0 to 86400"),
            (["--standard", "5.0", "--count", "1", "--seed", "x"], "whole number"),
            (["--standard", "5.0", "--count", "1", "--start", "yesterday"], "2025-03-30T01:59:50"),
            (["--standard", "5.0", "--count", "1", "--start", "2025-02-30T00:00:00"], "--start"),
            (["--standard", "5.0", "--count", "1", "--fault", "fire=1"], "crc, cut, noise"),
            (["--standard", "5.0", "--count", "1", "--fault", "crc=2"], "from 0 to 1"),
            (["--standard", "5.0", "--count", "1", "--devices", "gas,sun"], "gas,water,heating"),
            (["--standard", "2.2", "--count", "1", "--devices", "generic"], "know no generic"),
            (["--standard", "5.0", "--tcp", "2000"], "127.0.0.1:2000"),
            (["--standard", "5.0", "--tcp", "localhost:99999"], "127.0.0.1:2000"),
            (["--standard", "5.0", "--count", "1", "extra"], "belongs to no option"),
            (["--standard", "5.0", "--colour"], "--colour: there is no such option"),
            (["--standard", "5.0", "--count"], "--count: something must follow")):
        result = run("simulate", *arguments)
        assert result.returncode == 2, arguments
        assert result.stdout == b"", arguments
        assert told in result.stderr.decode() and result.stderr.count(b"\n") == 1, result.stderr


def test_help():
    result = run("simulate", "--help")
    assert result.returncode == 0 and result.stderr == b""
    for word in ("--standard", "--pty", "--tcp", "--count", "--interval", "--seed", "--start",
                 "--devices", "--fault", "--replay", *STANDARDS):
        assert word in result.stdout.decode(), word


if __name__ == "__main__":
    harness.main()
