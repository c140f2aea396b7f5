# SPDX-License-Identifier: MIT
"""How other programs read a P1 port on the network or a terminal, each in the way of its own: what it
looks for in the bytes, and what it refuses. Written from what their sources do."""
import os
import re
import socket
import time

from harness import wait_until
from crc16 import crc16
from p1_house import Terminal


class Stream:
    """A TCP connection that is read piece by piece until a deadline."""

    def __init__(self, port, seconds=20):
        self.socket = wait_until(lambda: self.connect(port), seconds, f"somebody listens on {port}")
        self.deadline = time.monotonic() + seconds

    @staticmethod
    def connect(port):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5)
        except ConnectionRefusedError:
            return None

    def read(self, size):
        self.socket.settimeout(max(0.01, self.deadline - time.monotonic()))
        piece = self.socket.recv(size)
        assert piece, "dsmr has hung up"
        return piece

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def checked(text, crc):
    """The telegram as dsmr decode reads it, once its CRC is found to be right."""
    assert int(crc, 16) == crc16(text), f"wrong CRC: {text!r} {crc!r}"
    return text + crc + b"\r\n"


def domoticz(port, count):
    """Line by line: from one with '/' to one with '!', whose digits are the CRC of all before."""
    found, line, telegram = [], b"", None
    with Stream(port) as stream:
        while len(found) < count:
            for byte in stream.read(4096):
                line += bytes([byte])
                if byte != ord("\n"):
                    continue
                if line.startswith(b"/"):
                    telegram = b""
                if telegram is not None and line.startswith(b"!"):
                    found.append(checked(telegram + b"!", line[1:].strip()))
                    telegram = None
                elif telegram is not None:
                    telegram += line
                line = b""
    return found[:count]


def dsmr_reader(port, count):
    """Pieces of at most 1024 bytes into a buffer of 10 kB, until '/' … '!' and four characters stand in
    it; then it is emptied."""
    found, buffer = [], b""
    with Stream(port) as stream:
        while len(found) < count:
            buffer += stream.read(1024)
            assert len(buffer) <= 10240, "no telegram in 10 kB"
            match = re.search(rb"/.+![A-Z0-9]{4}", buffer, re.DOTALL)
            if match:
                found.append(checked(match[0][:-4], match[0][-4:]))
                buffer = b""
    return found


def evcc(port, count):
    """Skips to '/', reads to '!' and from there to the end of the line, and refuses what has no right
    CRC."""
    found, buffer = [], b""
    with Stream(port) as stream:
        while len(found) < count:
            buffer += stream.read(4096)
            while match := re.match(rb"[^/]*(/[^!]*!)([^\n]*)\n", buffer):
                found.append(checked(match[1], match[2].strip()))
                buffer = buffer[match.end():]
    return found[:count]


def home_assistant(port, count):
    """Takes '/' … '!', up to four digits, CR and LF out of a buffer that it looks at after each piece."""
    found, buffer = [], ""
    with Stream(port) as stream:
        while len(found) < count:
            buffer += stream.read(4096).decode("latin-1")
            for telegram in re.findall(r"/[^/]+?![A-F0-9]{0,4}\0?\r\n", buffer):
                buffer = buffer.replace(telegram, "")
                text, _, crc = telegram.rpartition("!")
                found.append(checked((text + "!").encode("latin-1"), crc.strip().encode()))
    return found[:count]


def serial_port(path, count):
    """Opens the terminal and reads it as it is."""
    wait_until(lambda: os.path.exists(path), 20, path)
    with Terminal(path) as terminal:
        return terminal.wait(count, 20)[:count]
