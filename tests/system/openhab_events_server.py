# SPDX-License-Identifier: MIT
"""openHAB's event WebSocket beside its REST interface: GET /ws/events, upgraded by RFC 6455. A state
event is answered by its eventId, success or failed, a heartbeat by PONG; whoever is silent for 10 s is
sent away, and all events of the house are sent until a filter says otherwise. The server can be told to
refuse, to be mute, to be deaf, and to talk nonsense.

What real openHAB does was taken from its sources (EventWebSocket, ItemEventUtility).
"""
import base64
import hashlib
import json
import re
import socket
import struct
import threading

from openhab_server import Connection, OpenHab

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # of RFC 6455
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
IDLE_SECONDS = 10
TYPES = {"Number": ("Decimal", "Quantity"), "String": ("String",), "DateTime": ("DateTime",)}


def frame(opcode, payload, final=True):
    """A frame of a server, which masks nothing."""
    size = len(payload)
    head = bytes([(0x80 if final else 0) | opcode])
    if size < 126:
        head += bytes([size])
    elif size < 65536:
        head += struct.pack("!BH", 126, size)
    else:
        head += struct.pack("!BQ", 127, size)
    return head + payload


def unmask(mask, payload):
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


class EventSocket:
    """One open WebSocket, on the server's side."""

    def __init__(self, hub, connection, number, headers):
        self.hub, self.connection, self.number = hub, connection, number
        self.headers = dict(headers)
        self.filtered = False
        self.lock = threading.Lock()

    def send(self, opcode, payload, final=True):
        with self.lock:
            self.connection.sendall(frame(opcode, payload, final))

    def tell(self, topic, payload="", event=None):
        message = {"type": "WebSocketEvent", "topic": f"openhab/websocket/{topic}", "payload": payload}
        if event is not None:
            message["eventId"] = event
        self.send(TEXT, json.dumps(message).encode())

    def read_exactly(self, size):
        received = b""
        while len(received) < size:
            more = self.connection.recv(size - len(received))
            if not more:
                raise ConnectionError
            received += more
        return received

    def read(self):
        """(opcode, payload) of the next frame."""
        first, second = self.read_exactly(2)
        size = second & 0x7F
        if not second & 0x80:
            raise ConnectionError("a client must mask")
        if size == 126:
            size, = struct.unpack("!H", self.read_exactly(2))
        elif size == 127:
            size, = struct.unpack("!Q", self.read_exactly(8))
        mask = self.read_exactly(4)
        return first & 0x0F, unmask(mask, self.read_exactly(size))

    def serve(self):
        self.connection.settimeout(IDLE_SECONDS)
        for opcode, payload in self.hub.greeting:
            self.send(opcode, payload)
        try:
            while True:
                while self.hub.deaf and not self.hub.stopping.wait(0.02):
                    pass
                opcode, payload = self.read()
                if opcode == CLOSE:
                    return
                if opcode == PONG:
                    self.hub.pongs += 1
                if opcode == TEXT and self.hub.mute:
                    self.hub.unanswered += 1
                elif opcode == TEXT:
                    self.handle(json.loads(payload))
        except socket.timeout:
            self.hub.idle_closes += 1
            self.send(CLOSE, struct.pack("!H", 1001) + b"Idle Timeout")

    def handle(self, message):
        if not self.filtered:
            self.send(TEXT, json.dumps({"type": "ItemStateChangedEvent", "payload": "{}",
                                        "topic": "openhab/items/Lamp/statechanged"}).encode())
        if message["type"] == "ItemStateEvent":
            self.take_state(message)
        elif message["topic"] == "openhab/websocket/heartbeat" and message["payload"] == "PING":
            self.hub.heartbeats += 1
            self.tell("heartbeat", "PONG")
        elif message["topic"] == "openhab/websocket/filter/type":
            assert all(isinstance(kind, str) for kind in json.loads(message["payload"]))
            self.filtered = True
            self.tell("filter/type", message["payload"])
        else:
            self.tell("response/failed", "Processing error: Invalid topic or payload in WebSocketEvent")

    def take_state(self, message):
        item = re.fullmatch(r"openhab/items/(\w+)/state", message["topic"])[1]
        state = json.loads(message["payload"])
        kind = self.hub.items.get(item, "").partition(":")[0]
        headers = {**self.headers, "Content-Type": "text/plain", "type": state["type"]}
        if kind and state["type"] not in TYPES[kind]:
            headers["Content-Type"] = "wrong type"
        status, why = self.hub.record(self.number, "EVENT", message["topic"], item, state["value"],
                                      headers)
        if self.hub.silent_about == item or status is None:
            return
        if status == 202:
            self.tell("response/success", event=message["eventId"])
        elif status == 404:
            self.tell("response/failed", f"Processing error: Could not find item '{item}' in registry.",
                      message["eventId"])
        else:
            self.tell("response/failed", f"Processing error: Incompatible datatype, rejected. {why}",
                      message["eventId"])


class EventsConnection(Connection):
    def do_GET(self):
        hub = self.hub
        if self.path != "/ws/events":
            super().do_GET()
            return
        with hub.lock:
            hub.upgrades += 1
        hub.upgrade_headers = dict(self.headers)
        self.close_connection = True
        if hub.hanging_upgrade:
            self.stopping.wait()
            return
        refusal = hub.refusal
        if hub.token and self.headers.get("Authorization") != f"Bearer {hub.token}":
            refusal = 401
        if refusal:
            self.send_response(refusal)
            if refusal == 302:
                self.send_header("Location", f"{hub.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.upgrade()

    def upgrade(self):
        hub = self.hub
        key = self.headers["Sec-WebSocket-Key"]
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        self.send_response(101)
        for name, text in (("Upgrade", "websocket"), ("Connection", "Upgrade"),
                           ("Sec-WebSocket-Accept", accept)):
            self.send_header(name, text)
        self.end_headers()
        events = EventSocket(hub, self.connection, self.number, self.headers)
        with hub.lock:
            hub.sockets.append(events)
        try:
            events.serve()
        except OSError:
            pass
        finally:
            with hub.lock:
                hub.sockets.remove(events)


class OpenHabWithEvents(OpenHab):
    """An openHAB with its event WebSocket. Everything may be changed while it runs."""

    connection_class = EventsConnection

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.refusal = None           # status for each upgrade
        self.hanging_upgrade = False  # no answer to an upgrade
        self.mute = False             # reads, and answers nothing
        self.deaf = False             # reads nothing
        self.unanswered = 0           # messages while it was mute
        self.silent_about = None      # an item whose states are not answered
        self.greeting = []            # frames that are sent at once
        self.sockets = []             # those that are open
        self.upgrades = 0             # requests for one
        self.upgrade_headers = {}
        self.heartbeats = 0
        self.pongs = 0
        self.idle_closes = 0

    def events(self):
        """How many states came as an event."""
        return self.count(method="EVENT")

    def puts(self):
        return self.count(method="PUT")

    def drop_sockets(self):
        """Closes the WebSockets, and nothing else."""
        with self.lock:
            sockets = list(self.sockets)
        for events in sockets:
            events.connection.shutdown(socket.SHUT_RDWR)
