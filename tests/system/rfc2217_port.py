# SPDX-License-Identifier: MIT
"""A serial port behind RFC 2217 with a meter on it: at the wrong settings it brings noise."""
import random
import socket
import threading
import time

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
COM_PORT = 44
BAUD, SIZE, PARITY, STOP, CONTROL, PURGE = 1, 2, 3, 4, 5, 12


class Rfc2217Port:
    """Serves one client at a time. offers: answers the option at all; takes_speed: lets it be set;
    sends_first: asks for the option itself, before the client does."""

    def __init__(self, telegrams, baud, interval=0.2, offers=True, takes_speed=True,
                 sends_first=False, answers_purge=True):
        self.telegrams, self.baud, self.interval = telegrams, baud, interval
        self.offers, self.takes_speed, self.sends_first = offers, takes_speed, sends_first
        self.answers_purge = answers_purge
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.name = f"rfc2217://127.0.0.1:{self.listener.getsockname()[1]}"
        self.random = random.Random(1)
        self.asked = []      # (command, value) as they came
        self.verbs = []      # (verb, option) as they came
        self.port_baud = 300
        self.request = False # RTS
        self.sent = 0
        self.connections = 0
        self.ending = False
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.listener.close()
        self.thread.join(5)

    def serve(self):
        while not self.ending:
            try:
                self.listener.settimeout(0.1)
                self.client = self.listener.accept()[0]
            except (TimeoutError, OSError):
                continue
            self.connections += 1
            self.state, self.sub, self.verb = "bytes", b"", 0
            try:
                self.talk()
            except OSError:
                pass
            self.client.close()

    def talk(self):
        if self.sends_first:
            self.client.sendall(bytes([IAC, DO, COM_PORT, IAC, WILL, 0, IAC, DO, 0, IAC, WILL, 1]))
        due = time.monotonic()
        self.client.settimeout(0.02)
        while not self.ending:
            try:
                received = self.client.recv(4096)
                if not received:
                    return
                for byte in received:
                    self.take(byte)
            except TimeoutError:
                pass
            if time.monotonic() >= due and self.request:
                due = time.monotonic() + self.interval
                self.send_telegram()

    def send_telegram(self):
        data = self.telegrams[self.sent % len(self.telegrams)]
        self.sent += 1
        if self.port_baud != self.baud:
            data = bytes(self.random.choice(b"\x00\x80\xff\xfe\xe6\x98") for _ in range(400))
        self.client.sendall(data.replace(b"\xff", b"\xff\xff"))

    def take(self, byte):
        if self.state == "bytes" and byte == IAC:
            self.state = "iac"
        elif self.state == "iac" and byte in (WILL, WONT, DO, DONT):
            self.state, self.verb = "verb", byte
        elif self.state == "iac" and byte == SB:
            self.state, self.sub = "sub", b""
        elif self.state == "verb":
            self.state = "bytes"
            self.negotiate(byte)
        elif self.state == "sub" and byte == IAC:
            self.state = "sub-iac"
        elif self.state == "sub":
            self.sub += bytes([byte])
        elif self.state == "sub-iac" and byte == SE:
            self.state = "bytes"
            self.command(self.sub)
        elif self.state == "sub-iac":
            self.state = "sub"
            self.sub += bytes([byte])
        else:
            self.state = "bytes"

    def negotiate(self, option):
        self.verbs.append((self.verb, option))
        if self.verb == WILL and option == COM_PORT and not self.sends_first:
            self.client.sendall(bytes([IAC, DO if self.offers else DONT, option]))
        elif self.verb == WILL and option != COM_PORT:
            self.client.sendall(bytes([IAC, DO, option]))
        elif self.verb == DO:
            self.client.sendall(bytes([IAC, WILL, option]))

    def command(self, sub):
        assert sub[0] == COM_PORT, sub
        code, value = sub[1], int.from_bytes(sub[2:], "big")
        self.asked.append((code, value))
        if code == BAUD:
            if self.takes_speed:
                self.port_baud = value
            value = self.port_baud
        if code == CONTROL and value == 11:
            self.request = True
        if code != PURGE or self.answers_purge:
            answer = value.to_bytes(4 if code == BAUD else 1, "big").replace(b"\xff", b"\xff\xff")
            self.client.sendall(bytes([IAC, SB, COM_PORT, 100 + code]) + answer +
                                bytes([IAC, SE]))
