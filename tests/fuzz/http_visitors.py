# SPDX-License-Identifier: MIT
"""Somebody who asks a dsmr one thing after the other, well-behaved or not, and looks at each answer."""
import collections
import contextlib
import random
import socket
import struct
import threading
import time
import traceback

from http_answers import Bad, Closed, Reader, check_answer, demand
from http_requests import Generator, Request, chance
from http_words import RIGHT, TOKEN

PARKED = 24  # connections that a visitor leaves open at once
WAIT = 30  # seconds for an answer
IP_BIND_ADDRESS_NO_PORT = 24  # of Linux; older Pythons have no name for it


def socket_from(address):
    """Its port is chosen with the connection, and is in the way of nobody who listens at all addresses."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    client.bind((address, 0))
    return client


class Counts:
    """What was done and seen, by all threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.done = collections.Counter()
        self.statuses = collections.Counter()
        self.waits = []
        self.faults = []
        self.stop = threading.Event()

    def add(self, name, count=1):
        with self.lock:
            self.done[name] += count

    def fault(self, what):
        with self.lock:
            self.faults.append(what)
        self.stop.set()


class Visitor(threading.Thread):
    """Asks one thing after the other, each over a connection of its own or one that was kept."""

    def __init__(self, number, options, places, counts):
        super().__init__(daemon=True)
        self.rng = random.Random(f"{options.seed} {number}")
        self.pause = options.visitors / options.rate
        self.places = places
        self.counts = counts
        self.generators = {place: Generator(self.rng, place.wide, place.web.folder) for place in places}
        self.kept = {}
        self.parked = collections.deque()
        self.place = places[0]
        self.last = None

    def run(self):
        ways = {self.ask: 60, self.ask_many: 8, self.ask_damaged: 12, self.garbage: 4, self.half: 3, self.vanish: 4,
                self.not_read: 1, self.events: 3, self.crowd: 0.15, self.slow: 1, self.piecemeal: 4}
        due = time.monotonic()
        while not self.counts.stop.is_set():
            self.place = self.rng.choice(self.places)
            way = self.rng.choices(list(ways), ways.values())[0]
            try:
                way()
            except (Bad, OSError) as why:
                self.fault(way, repr(why))
            except Exception:
                self.fault(way, traceback.format_exc())
            self.clear_away()
            due = max(due + self.pause * self.rng.uniform(0.5, 1.5), time.monotonic() - 1)
            self.counts.stop.wait(max(0, due - time.monotonic()))
        for client, _ in self.parked:
            client.close()
        for client, _ in self.kept.values():
            client.close()

    def fault(self, way, what):
        self.counts.fault(f"{self.name}, {way.__name__}, {self.place.name}: {what}\n  after {self.last}")

    # -- connections

    def connect(self):
        return self.place.connect(WAIT, f"127.0.{self.rng.randrange(1, 4)}.{self.rng.randrange(1, 30)}")

    def park(self, client, seconds):
        """Stays open, and nobody reads it."""
        self.parked.append((client, time.monotonic() + seconds))

    def clear_away(self):
        while self.parked and (len(self.parked) > PARKED or self.parked[0][1] < time.monotonic()):
            self.leave(self.parked.popleft()[0])

    def leave(self, client):
        """As well-behaved programs do, or as a cable that is pulled."""
        if chance(self.rng, 0.5):
            with contextlib.suppress(OSError):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()

    def send(self, client, request):
        """False when the other side did not want all of it."""
        self.last = request
        self.counts.add("requests")
        try:
            client.sendall(request.data)
            return True
        except (ConnectionResetError, BrokenPipeError):
            return False

    def take(self, reader, request):
        """Its answer, checked. None when it was closed: by an uncertain request, while its body was not read
        yet, or because a connection that asks nothing had to make room."""
        used = reader.used
        reader.used = True
        try:
            answer = reader.answer(request.method)
        except (Closed, ConnectionResetError):
            demand(request.answers is None or 413 in request.answers or used, "closed without an answer")
            return None
        except Bad:
            if request.answers is None and b"HEAD" in request.data:
                return None  # nobody knows which answers have a body
            raise
        check_answer(request, answer, TOKEN.encode())
        with self.counts.lock:
            self.counts.statuses[answer.status] += 1
            self.counts.done["good"] += request.answers is not None
        return answer

    # -- ways to ask

    def ask(self):
        """Something that there is or is not, over a connection that is kept where it may be."""
        request = self.generators[self.place].request()
        client, reader = self.kept.pop(self.place, (None, None))
        if client and chance(self.rng, 0.3):
            client.close()
            client = None
        if not client:
            client = self.connect()
            reader = Reader(client)
        self.send(client, request)
        if request.answers is None:
            self.look_at_what_comes(client, reader, request)
            return
        answer = self.take(reader, request)
        if answer and answer.endless:
            self.park(client, self.rng.choice((0, 1, 5)))
        elif answer and not request.closes and answer.line("connection") != "close":
            reader.seen = 0
            self.kept[self.place] = client, reader
        else:
            client.close()

    def look_at_what_comes(self, client, reader, request):
        """To what may be no request at all; its answers, if there are any."""
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_WR)
        client.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            answer = self.take(reader, request)
            while answer and not answer.endless and answer.line("connection") != "close":
                answer = self.take(reader, request)
        self.leave(client)

    def ask_many(self):
        """All at once, without waiting for an answer."""
        requests = []
        while len(requests) < self.rng.choice((2, 5, 30)):
            request = self.generators[self.place].request()
            if not request.stream and request.answers is not None and not request.closes:
                requests.append(request)
        with self.connect() as client:
            reader = Reader(client)
            together = Request(b"".join(request.data for request in requests))
            sender = threading.Thread(target=self.send, args=(client, together))
            sender.start()
            for request in requests:
                self.last = request
                answer = self.take(reader, request)
                demand(answer, "no answer")
                if answer.line("connection") == "close":  # as to HEAD of the events
                    break
            sender.join()
        self.counts.add("requests", len(requests) - 1)

    def ask_damaged(self):
        request = self.generators[self.place].damaged()
        client = self.connect()
        self.send(client, request)
        self.look_at_what_comes(client, Reader(client), request)

    def garbage(self):
        request = self.generators[self.place].garbage()
        client = self.connect()
        self.send(client, request)
        self.look_at_what_comes(client, Reader(client), request)

    def half(self):
        """Breaks off, and stays."""
        request = self.generators[self.place].request()
        client = self.connect()
        self.send(client, Request(request.data[:self.rng.randrange(len(request.data))]))
        self.park(client, self.rng.choice((0, 1, 12)))

    def vanish(self):
        """Asks and is gone before the answer, or in the midst of it."""
        client = self.connect()
        for _ in range(self.rng.choice((1, 1, 20))):
            if not self.send(client, self.generators[self.place].request()):
                break
        client.settimeout(0.01)
        with contextlib.suppress(OSError):
            client.recv(self.rng.choice((1, 100, 5000)))
        self.leave(client)

    def not_read(self):
        """Asks for much and takes nothing of it."""
        client = socket_from(f"127.0.5.{self.rng.randrange(1, 30)}")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.settimeout(10)
        client.connect(("127.0.0.1", self.place.web.port))
        head = f"{RIGHT[0]}: {RIGHT[1]}\r\nHost: localhost\r\n\r\n"
        path = self.rng.choice(("/api/v1/openapi.json", "/app.js", "/api/v1/events",
                                "/api/v1/history?items=eDelivery,gValue&from=2026-01-01&to=2026-11-22&step=1h"))
        client.setblocking(False)
        self.counts.add("requests", 20)
        with contextlib.suppress(OSError):
            client.sendall(f"GET {path} HTTP/1.1\r\n{head}".encode() * 20)
        self.park(client, self.rng.choice((1, 5, 25)))

    def events(self):
        """Listens for a while, with some number as the last one that it had."""
        some_time_ago = str(int(time.time()) * 1000 - self.rng.randrange(10**5))
        last = self.rng.choice((None, "0", "-1", "x", "9" * 25, some_time_ago))
        line = f"Last-Event-ID: {last}\r\n" if last else ""
        meter = self.rng.choice(("main", "fast", "none"))
        self.last = Request(f"GET /api/v1/events?meter={meter} HTTP/1.{self.rng.randrange(2)}\r\nHost: localhost\r\n"
                            f"{RIGHT[0]}: {RIGHT[1]}\r\n{line}\r\n".encode())
        client = self.connect()
        self.counts.add("event streams")
        client.sendall(self.last.data)
        reader = Reader(client)
        answer = reader.head()
        demand(answer.status in (200, 503), f"events: {answer.status}")
        if answer.status == 200:
            demand(answer.line("content-type") == "text/event-stream", "events of another type")
            demand(reader.kept or reader.more(), "a stream that ends at once")
        self.park(client, self.rng.choice((0, 0.5, 3, 20)))

    def crowd(self):
        """Hundreds at once, some of whom say something."""
        clients = []
        for _ in range(self.rng.choice((100, 300))):
            client = socket_from(f"127.0.6.{self.rng.randrange(1, 200)}")
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", self.place.web.port))
            clients.append(client)
        self.counts.add("connections of crowds", len(clients))
        self.counts.stop.wait(self.rng.choice((0.01, 0.5)))
        for client in clients:
            if chance(self.rng, 0.5):
                with contextlib.suppress(OSError):
                    client.send(self.generators[self.place].request().data)
                    self.counts.add("requests")
        self.counts.stop.wait(self.rng.choice((0, 0.5, 2)))
        for client in clients:
            self.leave(client)

    def slow(self):
        """A byte now and then, for a second or so."""
        data = self.generators[self.place].request().data
        client = self.connect()
        self.last = Request(data)
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            for byte in data[:self.rng.randrange(40)]:
                client.sendall(bytes([byte]))
                self.counts.stop.wait(0.03)
        self.park(client, 5)

    def piecemeal(self):
        """A good request in pieces, as a bad network brings it."""
        request = self.generators[self.place].request()
        while request.stream or request.answers is None:
            request = self.generators[self.place].request()
        with self.connect() as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            rest = request.data
            self.last = request
            self.counts.add("requests")
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                while rest:
                    size = self.rng.choice((1, 10, 100, 1000, 100000))
                    client.sendall(rest[:size])
                    rest = rest[size:]
                    self.counts.stop.wait(0.002)
            self.take(Reader(client), request)
