# SPDX-License-Identifier: MIT
"""A dsmr with its web server on a free port, and those who ask it things."""
import http.client
import json
import os
import re
import shutil
import socket
import tempfile

from harness import LEAST, Program, wait_until


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = body

    def json(self):
        return json.loads(self.body.decode("utf-8"))


class Web:
    """dsmr run with these lines as its configuration, http.listen apart. FOLDER stands for a folder of its
    own, which is made before; files are written into it. words follow on the command
    line; within as for a Program."""

    def __init__(self, *lines, files=None, listen="127.0.0.1:0", port=None, words=(), within=()):
        self.folder = tempfile.mkdtemp(prefix="dsmr-web-")
        for name, text in (files or {}).items():
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(os.path.join(self.folder, name), 0o600)
        self.config = os.path.join(self.folder, "dsmr.cfg")
        self.listen = listen
        self.port = port
        self.write(*lines)
        self.program = Program("run", "-c", self.config, *words, env={"XDG_STATE_HOME": self.folder},
                               within=within)

    def write(self, *lines):
        listen = [f"http.listen={self.listen}"] if self.listen else []
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, *listen]).replace("FOLDER", self.folder) + "\n")

    def __enter__(self):
        self.program.__enter__()
        self.program.wait_log("the page is at http://", LEAST)
        self.port = int(re.search(r"the page is at http://\S+:(\d+)/", self.program.errors())[1])
        return self

    def __exit__(self, *details):
        self.program.__exit__(*details)
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, path, method="GET", body=None, timeout=LEAST, **headers):
        """The answer. Names of headers are written with _ for -."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body,
                               {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        """What a good answer has, as JSON."""
        answer = self.ask(path, **headers)
        assert answer.status == 200, f"{path}: {answer.status} {answer.body}"
        return answer.json()

    def wait_telegram(self, meter="main"):
        wait_until(lambda: self.ask(f"/api/v1/now?meter={meter}").status == 200, LEAST, "a telegram")

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.port), LEAST)
        return client

    def say(self, data):
        """Everything that comes back for these bytes until the other side closes."""
        with self.connect() as client:
            try:
                client.sendall(data)
                return read_all(client)
            except (ConnectionResetError, BrokenPipeError):
                return b""


def read_all(client):
    data = b""
    while True:
        try:
            piece = client.recv(65536)
        except ConnectionResetError:
            return data
        if not piece:
            return data
        data += piece


class Events:
    """Somebody who listens to the events."""

    def __init__(self, web, query="", receive_buffer=0, **headers):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(LEAST)
        self.socket.connect(("127.0.0.1", web.port))
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self.socket.sendall(f"GET /api/v1/events{query} HTTP/1.0\r\nHost: localhost\r\n{lines}\r\n".encode())
        self.data = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def events(self):
        """(id, name, object) of each that came whole."""
        _, _, text = self.data.partition(b"\r\n\r\n")
        found = re.findall(rb"id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n", text)
        return [(int(number), name.decode(), json.loads(data)) for number, name, data in found]

    def read(self, seconds=0):
        """Takes what is there, or comes within so many seconds; False when it was closed."""
        self.socket.settimeout(seconds)
        try:
            piece = self.socket.recv(1 << 20)
            self.data += piece
            return piece != b""
        except (BlockingIOError, TimeoutError):
            return True
        except ConnectionResetError:
            return False

    def wait(self, count):
        """The first so many events."""
        def enough():
            open_still = len(self.events()) >= count or self.read(0.1)
            assert open_still, f"closed after {self.data[-300:]!r}"
            return len(self.events()) >= count
        wait_until(enough, LEAST, lambda: f"{count} events, not {len(self.events())}: {self.data[-500:]!r}")
        return self.events()[:count]
