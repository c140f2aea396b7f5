# SPDX-License-Identifier: MIT
"""A web server that telegrams are pushed to, and the real InfluxDB 1."""
import collections
import gzip
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

import harness
from mqtt_broker import free_port
from test_mqtt import parse
from web_server import WebConnection, WebServer

Request = collections.namedtuple("Request", "time path headers body status")

CLOSE = "close"
HANG = "hang"


class Connection(WebConnection):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        answer = self.hub.decide(self.path, dict(self.headers), body.decode("utf-8"))
        if answer == HANG:
            self.stopping.wait(120)
        if answer in (HANG, CLOSE):
            self.close_connection = True
            return
        status, text, headers = answer
        text = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text if status != 204 else b"")


class Webhook(WebServer):
    """Takes every POST and records it; use it in a with block. answer(request) may give (status, body,
    headers) of its own, CLOSE or HANG, or None for 204; it is called with the lock held. The status is not
    known to it."""

    connection_class = Connection

    def __init__(self, answer=None, port=0, certificate=None):
        super().__init__(port, certificate)
        self.answer = answer
        self.requests = []

    @property
    def url(self):
        return super().url + "/hook"

    def decide(self, path, headers, body):
        """The answer to a request, which is recorded with its status."""
        request = Request(time.monotonic(), path, headers, body, None)
        with self.lock:
            answer = (self.answer(request) if self.answer else None) or (204, "", {})
            status = answer[0] if isinstance(answer, tuple) else None
            self.requests.append(request._replace(status=status))
        return answer

    def all(self):
        with self.lock:
            return list(self.requests)

    def taken(self):
        """The requests that were answered with success."""
        return [request for request in self.all() if request.status and request.status < 300]

    def telegrams(self):
        """Those that were taken, in the order in which they came."""
        return [telegram for request in self.taken() for telegram in parse(request.body)]

    def numbers(self):
        return [int(telegram["seq"]) for telegram in self.telegrams()]

    def wait(self, condition, seconds, what):
        return harness.wait_until(condition, seconds, lambda: f"{what}; {len(self.all())} requests")

    def wait_number(self, number, seconds=60):
        self.wait(lambda: max(self.numbers() or [0]) >= number, seconds, f"number {number}")

    def wait_requests(self, count, seconds=30):
        self.wait(lambda: len(self.all()) >= count, seconds, f"{count} requests")


class Influx:
    """The real InfluxDB 1, with a database called meters; may have a user."""

    def __init__(self, user=None, password=None):
        self.program = shutil.which("influxd")
        if not self.program:
            raise harness.Skip("influxd is not on this machine")
        self.folder = tempfile.mkdtemp(prefix="dsmr-influx-")
        self.user, self.password = user, password
        self.port, self.rpc = free_port(), free_port()
        self.process = None
        self.config = os.path.join(self.folder, "influxdb.conf")
        with open(self.config, "w", encoding="utf-8") as config:
            config.write(f"""
reporting-disabled = true
bind-address = "127.0.0.1:{self.rpc}"
[meta]
dir = "{self.folder}/meta"
[data]
dir = "{self.folder}/data"
wal-dir = "{self.folder}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{self.port}"
auth-enabled = {"true" if user else "false"}
log-enabled = false
""")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen([self.program, "-config", self.config], stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)
        harness.wait_until(self.answers, 60, self.log)

    def answers(self):
        assert self.process.poll() is None, self.log()
        try:
            return urllib.request.urlopen(self.url + "/ping", timeout=5).status == 204
        except OSError:
            return False

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
            return log.read()[-3000:]

    def stop(self, kill=False):
        if self.process and self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(20)

    def __enter__(self):
        self.start()
        if self.user:
            self.query(f"CREATE USER {self.user} WITH PASSWORD '{self.password}' WITH ALL PRIVILEGES")
        self.query("CREATE DATABASE meters")
        return self

    def __exit__(self, *_):
        self.stop(kill=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def query(self, text):
        """The series of the answer: [{name, tags, columns, values}, …]; numbers keep their digits."""
        body = urllib.parse.urlencode({"q": text, "db": "meters", "epoch": "s"}).encode()
        who = {"u": self.user, "p": self.password} if self.user else {}
        with urllib.request.urlopen(f"{self.url}/query?{urllib.parse.urlencode(who)}", body,
                                    timeout=20) as answer:
            result = json.loads(answer.read())["results"][0]
        assert "error" not in result, result
        return result.get("series", [])

    def write(self, line):
        request = urllib.request.Request(self.url + "/write?db=meters&precision=s", line.encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 204
