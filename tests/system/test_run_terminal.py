#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr run at a terminal: the living table, and that the terminal is left as it was."""
import fcntl
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time

import harness
from p1 import PtyMeter, folder, telegram, write

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"
SHOW_CURSOR = "\x1b[?25h"


class Terminal:
    """dsmr run at a terminal of its own, as its controlling terminal."""

    def __init__(self, *arguments, rows=40, columns=100, env=None):
        self.state = tempfile.mkdtemp(prefix="dsmr-test-")
        self.bytes = b""
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        environment = {**os.environ, "STATE_DIRECTORY": self.state, "TERM": "xterm", **(env or {})}
        self.process = subprocess.Popen(
            [harness.DSMR, "run", *arguments], stdin=slave, stdout=slave, stderr=slave, env=environment,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while True:
            try:
                piece = os.read(self.master, 65536)
            except OSError:
                return
            if not piece:
                return
            self.bytes += piece

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def text(self):
        return self.bytes.decode("utf-8", errors="replace")

    def screen(self):
        """What the last whole drawing shows, without colours."""
        drawings = self.text().split("\x1b[H")
        text = re.sub("\x1b\\[[0-9;?]*[a-zA-Z]", "", drawings[-1 if len(drawings) < 3 else -2])
        return text.replace("\r", "")  # the terminal adds more of them

    def wait(self, text, seconds=5):
        harness.wait_until(lambda: text in self.screen(), seconds,
                           lambda: f"'{text}' on the screen:\n{self.screen()}\n{self.text()[-3000:]!r}")

    def wait_end(self, seconds=harness.AT_ONCE):
        status = self.process.wait(seconds)
        self.thread.join(5)
        return status

    def stop_well(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        status = self.wait_end()
        assert status == 0, f"status {status}:\n{self.text()[-5000:]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.thread.join(5)
        os.close(self.master)
        shutil.rmtree(self.state, ignore_errors=True)


def test_the_table_shows_meter_port_and_values():
    with folder() as at, PtyMeter(at) as meter, Terminal("--port", meter.path) as terminal:
        terminal.wait("waiting for a telegram")
        harness.wait_until(lambda: meter.send(telegram("01.111")), 5, "the port is opened")
        terminal.wait("/KFM5KAIFA-METER")
        terminal.wait("1 good, 0 refused")
        for text in (meter.path, "115200 8N1", "reading", "eActualDelivery", "1.111 kW",
                     "eDeliveryTariff1", "1581.123 kWh", "K8EG", "Ctrl+C ends"):
            terminal.wait(text)
        meter.send(telegram(wrong_by=1))
        terminal.wait("1 good, 1 refused")
        terminal.wait("meter: main: telegram refused")
        meter.send(telegram("02.222"))
        terminal.wait("2.222 kW")
        terminal.wait("2 good, 1 refused")
        terminal.stop_well()


def test_the_age_of_the_last_telegram_grows():
    with folder() as at, PtyMeter(at) as meter, Terminal("--port", meter.path) as terminal:
        harness.wait_until(lambda: meter.send(telegram()), 5, "the port is opened")
        terminal.wait("last 1.", 4)
        terminal.wait("last 2.", 4)
        terminal.stop_well()


def test_a_lost_port_is_told():
    with folder() as at, PtyMeter(at) as meter, Terminal("--port", meter.path) as terminal:
        harness.wait_until(lambda: meter.send(telegram()), 5, "the port is opened")
        terminal.wait("1.234 kW")
        meter.unplug()
        terminal.wait("was lost (unplugged)")
        terminal.wait("1.234 kW")
        meter.plug()
        harness.wait_until(lambda: meter.send(telegram("02.222")), 5, "the port is opened again")
        terminal.wait("2.222 kW")
        terminal.stop_well()


def assert_restored(terminal):
    assert terminal.text().count(ENTER) == terminal.text().count(LEAVE) == 1
    end = terminal.text().rsplit(LEAVE, 1)
    assert SHOW_CURSOR in end[0].rsplit("\x1b[H", 1)[1] + end[1], end
    assert "\x1b" not in end[1].replace(SHOW_CURSOR, ""), end[1]


def test_the_terminal_is_restored_on_sigterm():
    with folder() as at, PtyMeter(at) as meter, Terminal("--port", meter.path) as terminal:
        meter.every(0.1)
        terminal.wait("1.234 kW")
        terminal.stop_well()
        assert_restored(terminal)


def test_the_terminal_is_restored_on_ctrl_c():
    with folder() as at, PtyMeter(at) as meter, Terminal("--port", meter.path) as terminal:
        before = termios.tcgetattr(terminal.master)
        terminal.wait("Ctrl+C ends")
        os.write(terminal.master, b"\x03")
        assert terminal.wait_end() == 0, terminal.text()[-3000:]
        assert_restored(terminal)
        assert termios.tcgetattr(terminal.master) == before


def test_it_ends_when_its_terminal_is_closed():
    """Otherwise it would keep the port, unseen."""
    with folder() as at, PtyMeter(at) as meter, Terminal("--port", meter.path) as terminal:
        meter.every(0.2)
        terminal.wait("1.234 kW")
        held = terminal.master
        terminal.master = os.open("/dev/null", os.O_RDONLY)
        os.close(held)
        assert terminal.process.wait(2) == 0
        harness.wait_until(lambda: not meter.has_reader(), 1, "the port is let go")


def test_it_follows_the_size_of_the_window():
    with folder() as at, PtyMeter(at) as meter:
        with Terminal("--port", meter.path, rows=12, columns=40) as terminal:
            meter.every(0.2, lambda: telegram(lines=[f"1-0:{c}(001.0*{u})" for c, u in (
                ("1.8.1", "kWh"), ("1.8.2", "kWh"), ("2.8.1", "kWh"), ("2.8.2", "kWh"), ("1.7.0", "kW"),
                ("2.7.0", "kW"), ("21.7.0", "kW"), ("22.7.0", "kW"))]))
            terminal.wait("more: a larger window shows them")
            assert max(map(len, terminal.screen().split("\n"))) <= 40
            terminal.resize(40, 120)
            terminal.wait("eInstantPowerProductionL1")
            assert "more:" not in terminal.screen()
            terminal.stop_well()


def test_sighup_keeps_the_table_and_the_port():
    with folder() as at, PtyMeter(at) as meter:
        config = write(os.path.join(at, "dsmr.cfg"), f"port={meter.path}\n")
        with Terminal("-c", config) as terminal:
            harness.wait_until(lambda: meter.send(telegram("01.111")), 5, "the port is opened")
            terminal.wait("1.111 kW")
            terminal.process.send_signal(signal.SIGHUP)
            terminal.wait("was read again")
            terminal.wait("115200 8N1  reading")  # although no telegram came since
            terminal.wait("refused")
            meter.send(telegram("02.222"))
            terminal.wait("2.222 kW")
            assert "is open again" not in terminal.text()
            terminal.stop_well()


def test_where_there_is_no_table_it_says_whom_the_values_go_to():
    with folder() as at:
        config = write(os.path.join(at, "dsmr.cfg"), "port=simulated:\nmqtt.url=mqtt://127.0.0.1:9\n"
                       f"p1.listen=unix:{at}/p1.sock\n")
        with Terminal("-c", config) as terminal:
            harness.wait_until(lambda: "run: values go to p1, mqtt; -v shows them here too, Ctrl+C ends"
                               in terminal.text(), 10, terminal.text)
            assert ENTER not in terminal.text()
            terminal.stop_well()


def test_why_it_cannot_start_is_readable():
    with Terminal("--port", "simulated:nonsense") as terminal:
        assert terminal.wait_end() == 1
        assert "nonsense" in terminal.text().rsplit(LEAVE, 1)[-1], terminal.text()


def test_hostile_bytes_do_not_reach_the_terminal():
    name = "KFM5\x1B]0;owned\x07\x1B[2J\x9B31m\x1B[?1049l"
    lines = ["0-0:96.13.0(1B5D303B6F776E656407)", "0-0:96.13.1(\x1B[2J)", "\x1B[2Jrubbish\x07",
             "1-0:1.7.0(01.111*kW)"]
    with folder() as at, PtyMeter(at) as meter, Terminal("--port", meter.path) as terminal:
        text = telegram(identification=name, lines=lines)
        harness.wait_until(lambda: meter.send(text), 5, "the port is opened")
        terminal.wait("1.111 kW")
        terminal.stop_well()
        sequences = set(re.findall(b"\x1b(?:\\[[0-9;?]*[a-zA-Z]|.)", terminal.bytes))
        known = {b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?25l", b"\x1b[H", b"\x1b[K", b"\x1b[J"}
        assert all(s in known or re.fullmatch(b"\x1b\\[[0-9]*m", s) for s in sequences), sequences
        assert terminal.text().count(LEAVE) == 1
        rest = re.sub(b"\x1b\\[[0-9;?]*[a-zA-Z]|\r+\n|\xe2\x80\xa6", b"", terminal.bytes)
        assert all(0x20 <= byte < 0x7F for byte in rest), rest


def test_a_flood_of_telegrams_is_not_drawn_one_by_one():
    with folder() as at, PtyMeter(at) as meter, Terminal("--port", meter.path) as terminal:
        harness.wait_until(lambda: meter.send(telegram()), 5, "the port is opened")
        terminal.wait("1.234 kW")
        start = time.monotonic()
        drawn = terminal.bytes.count(b"\x1b[H")
        meter.send(telegram("01.111") * 3000 + telegram("02.222"))
        terminal.wait("2.222 kW", 10)
        terminal.wait("3002 good")
        drawn = terminal.bytes.count(b"\x1b[H") - drawn
        assert drawn < 20 + 20 * (time.monotonic() - start), f"{drawn} drawings"
        terminal.stop_well()


def test_verbose_logs_at_a_terminal_too():
    with folder() as at, PtyMeter(at) as meter, Terminal("-v", "--port", meter.path) as terminal:
        meter.every(0.2)
        harness.wait_until(lambda: "eActualDelivery = 1.234 kW" in terminal.text(), 5, terminal.text)
        assert ENTER not in terminal.text()
        terminal.stop_well()


def test_a_terminal_that_can_do_nothing_gets_the_log():
    with folder() as at, PtyMeter(at) as meter:
        with Terminal("--port", meter.path, env={"TERM": "dumb"}) as terminal:
            meter.every(0.2)
            harness.wait_until(lambda: "values: main: eActualDelivery 1.234 kW" in terminal.text(), 5,
                               terminal.text)
            assert "\x1b" not in terminal.text(), terminal.text()
            terminal.stop_well()


def test_no_colour_where_it_is_not_wanted():
    with folder() as at, PtyMeter(at) as meter:
        with Terminal("--port", meter.path, env={"NO_COLOR": "1"}) as terminal:
            meter.every(0.2)
            terminal.wait("1.234 kW")
            terminal.stop_well()
            assert not re.search("\x1b\\[[0-9;]*m", terminal.text())


harness.main()
