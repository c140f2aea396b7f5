# SPDX-License-Identifier: MIT
"""Meters for the system tests: telegrams, a meter on a pseudo-terminal, one behind TCP, and dsmr run
reading them."""
import contextlib
import os
import pty
import random
import select
import shutil
import socket
import tempfile
import termios
import threading
import time

import harness
from crc16 import crc16

BAUDS = {termios.B9600: 9600, termios.B115200: 115200}


def telegram(power="01.234", identification="KFM5KAIFA-METER", lines=None, crc=True, wrong_by=0):
    """One with these lines, or with the usual ones and this power."""
    if lines is None:
        lines = ["0-0:96.1.1(4B384547)", "1-0:1.8.1(001581.123*kWh)", "1-0:1.8.2(001435.706*kWh)",
                 f"1-0:1.7.0({power}*kW)", "1-0:2.7.0(00.000*kW)"]
    text = "\r\n".join(["/" + identification, "", *lines, "!"]).encode("latin-1")
    if crc:
        text += b"%04X" % (crc16(text) + wrong_by & 0xFFFF)
    return text + b"\r\n"


def even_parity(data):
    return bytes(byte & 0x7F | (bin(byte & 0x7F).count("1") & 1) << 7 for byte in data)


class PtyMeter:
    """A meter on a pseudo-terminal behind the link PATH. Where the reader has another speed than the
    meter, random bytes come. Sends by itself once every() was called."""

    def __init__(self, folder, baud=115200, name="p1"):
        self.path = os.path.join(folder, name)
        self.baud = baud
        self.master = None
        self.lock = threading.Lock()
        self.noise = random.Random(1)
        self.stopping = threading.Event()
        self.thread = None
        self.bauds_seen = []  # by which the reader went
        self.number = None
        self.reserve = []
        self.plug()

    def plug(self):
        """Appears under another number than before."""
        with self.lock:
            number = self.number
            while self.number == number:
                self.master, slave = pty.openpty()
                self.number = os.ttyname(slave)
                os.close(slave)
                if self.number == number:
                    self.reserve.append(self.master)
            os.set_blocking(self.master, False)
            os.symlink(self.number, self.path + ".new")
            os.rename(self.path + ".new", self.path)

    def unplug(self):
        with self.lock:
            os.unlink(self.path)
            os.close(self.master)
            self.master = None

    def has_reader(self):
        """True when somebody has the port open."""
        if self.master is None:
            return False
        poll = select.poll()
        poll.register(self.master, 0)
        return not any(events & select.POLLHUP for _, events in poll.poll(0))

    def reader_baud(self):
        speed = termios.tcgetattr(self.master)[5]
        return BAUDS.get(speed, speed)

    def _drain(self):
        with contextlib.suppress(OSError):
            while os.read(self.master, 4096):
                pass

    def _write(self, data):
        deadline = time.monotonic() + 20
        while data:
            try:
                data = data[os.write(self.master, data):]
            except BlockingIOError:
                if time.monotonic() > deadline or self.stopping.is_set():
                    raise AssertionError("the reader does not read") from None
                time.sleep(0.002)

    def send(self, data, piece=None):
        """Sends as the meter; without a reader the bytes are gone. Returns whether it could be read."""
        with self.lock:
            if not self.has_reader():
                return False
            self._drain()
            baud = self.reader_baud()
            if self.bauds_seen[-1:] != [baud]:
                self.bauds_seen.append(baud)
            if baud != self.baud:
                self._write(self.noise.randbytes(min(len(data), 300)))
                return False
            if self.baud == 9600:
                data = even_parity(data)
            for at in range(0, len(data), piece or len(data) or 1):
                self._write(data[at:at + (piece or len(data))])
            return True

    def every(self, seconds, make=telegram):
        """Sends make() again and again from now on."""
        def work():
            while not self.stopping.is_set():
                with contextlib.suppress(OSError, AssertionError, TypeError):
                    self.send(make())
                self.stopping.wait(seconds)
        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping.set()
        if self.thread:
            self.thread.join(5)
        for fd in [self.master, *self.reserve]:
            if fd is not None:
                os.close(fd)


class TcpMeter:
    """A meter that serves its telegrams to whoever connects, on 127.0.0.1."""

    def __init__(self, port=0):
        self.server = socket.create_server(("127.0.0.1", port))
        self.port = self.server.getsockname()[1]
        self.clients = []
        self.accepted = 0
        self.closing = False  # says goodbye to every client at once
        self.server.settimeout(0.05)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while not self.stopping.is_set():
            try:
                client, _ = self.server.accept()
            except OSError:
                continue
            self.accepted += 1
            if self.closing:
                client.close()
            else:
                self.clients.append(client)

    def send(self, data):
        for client in self.clients:
            client.sendall(data)

    def hang_up(self):
        while self.clients:
            self.clients.pop().close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join(5)
        self.hang_up()
        self.server.close()


@contextlib.contextmanager
def folder():
    """A temporary folder that anybody may look into."""
    path = tempfile.mkdtemp(prefix="dsmr-test-")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


class Reader(harness.Program):
    """dsmr run -v, with a state folder of its own unless the test gives one. Without verbose it is
    dsmr run as users start it."""

    def __init__(self, *arguments, state=None, verbose=True, env=None):
        self.state = None if state else tempfile.mkdtemp(prefix="dsmr-test-")
        super().__init__("run", *(["-v"] if verbose else []), *arguments,
                         env={"STATE_DIRECTORY": state or self.state, **(env or {})})

    def __exit__(self, *trouble):
        super().__exit__(*trouble)
        if self.state:
            shutil.rmtree(self.state, ignore_errors=True)

    def count(self, text):
        return self.errors().count(text)

    def wait_power(self, power, seconds=5):
        self.wait_log(f"eActualDelivery = {power} kW", seconds)

    def wait_count(self, text, count, seconds):
        harness.wait_until(lambda: self.count(text) >= count, seconds,
                           lambda: f"{count} times '{text}', only {self.count(text)}")

    def stop_well(self):
        """Ends it; a leak or a fault found by a sanitizer is a status other than 0."""
        status = self.stop()
        assert status == 0, f"status {status}:\n{self.errors()[-5000:]}"
