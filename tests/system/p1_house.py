# SPDX-License-Identifier: MIT
"""A simulated meter, a dsmr that reads it and hands its telegrams on, and those who read them there."""
import os
import re
import select
import shutil
import socket
import tempfile

from crc16 import with_crc
from harness import LEAST, Program, free_port, run, wait_until


def telegrams(data):
    """The whole telegrams in the bytes, each with its line end."""
    return re.findall(rb"/[^!]*![0-9A-F]*\r\n", data)


def sent_by_meter(count, *options):
    """What a simulated meter of DSMR 5.0 with these options sends, telegram by telegram, whatever
    its pace up to one a second."""
    options = list(options)
    if "--interval" in options:
        options[options.index("--interval") + 1] = "0"
    result = run("simulate", "--count", count, *options)
    assert result.returncode == 0, result.stderr
    return telegrams(result.stdout)


class Meter:
    """dsmr simulate on a TCP port; port 0 takes a free one."""

    def __init__(self, *options, port=0):
        self.program = Program("simulate", "--tcp", f"127.0.0.1:{port}", *options)

    def __enter__(self):
        self.program.__enter__()
        self.program.wait_log("on tcp://", 5)
        self.port = int(re.search(r"on tcp://127\.0\.0\.1:(\d+)", self.program.errors())[1])
        self.name = f"tcp://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *details):
        self.program.__exit__(*details)


class Feed:
    """A meter's converter that sends what the test says, when it says so, and serves one at a time."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.name = f"tcp://127.0.0.1:{self.port}"
        self.peer = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        if self.peer:
            self.peer.close()

    def accept(self, seconds=LEAST):
        """Waits for the next connection; the one before is forgotten, not closed."""
        self.listener.settimeout(seconds)
        self.peer = self.listener.accept()[0]
        return self.peer

    def send(self, data):
        self.peer.sendall(data)


class House:
    """dsmr run with a configuration, in a folder of its own. PORT in the lines stands for its TCP
    port, FOLDER for the folder."""

    def __init__(self, *lines):
        self.folder = tempfile.mkdtemp(prefix="dsmr-house-")
        self.tcp_port = free_port()
        self.config = os.path.join(self.folder, "dsmr.cfg")
        self.write(*lines)
        self.program = Program("run", "-c", self.config, env={"XDG_STATE_HOME": self.folder})

    def write(self, *lines):
        text = "\n".join(lines) + "\n"
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text.replace("PORT", str(self.tcp_port)).replace("FOLDER", self.folder))

    def path(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        self.program.__enter__()
        return self

    def __exit__(self, *details):
        self.program.__exit__(*details)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_listening(self, places=1):
        wait_until(lambda: self.program.errors().count("are handed on at") == places, 5,
                   lambda: f"{places} places in the log:\n{self.program.errors()}")

    def client(self, **options):
        return Client(("127.0.0.1", self.tcp_port), **options)


class Client:
    """Somebody who reads telegrams from a socket: an address, or the path of a unix socket."""

    def __init__(self, address, receive_buffer=0):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        if isinstance(address, str):
            family = socket.AF_UNIX
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(address)
        self.socket.setblocking(False)
        self.data = b""
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def read(self):
        """Adds what has come."""
        while not self.ended and select.select([self.socket], [], [], 0)[0]:
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:
                piece = b""
            self.ended = not piece
            self.data += piece
        return self.data

    def wait(self, count, seconds):
        """Waits until so many whole telegrams have come, and returns all of them."""
        return wait_until(lambda: len(found := telegrams(self.read())) >= count and found, seconds,
                          lambda: f"{count} telegrams in {len(self.data)} bytes")


class Terminal(Client):
    """Somebody who reads telegrams from a terminal as from a file."""

    def __init__(self, path):
        # It must not become the test's own terminal, whose end would end the test.
        self.socket = open(path, "rb", buffering=0,
                           opener=lambda name, flags: os.open(name, flags | os.O_NOCTTY))
        os.set_blocking(self.socket.fileno(), False)
        self.data = b""

    def read(self):
        while select.select([self.socket], [], [], 0)[0]:
            piece = self.socket.read(65536)
            if not piece:
                break
            self.data += piece
        return self.data


__all__ = ["Client", "Feed", "House", "Meter", "Terminal", "free_port", "sent_by_meter",
           "telegrams", "with_crc"]
