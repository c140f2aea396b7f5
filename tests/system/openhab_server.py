# SPDX-License-Identifier: MIT
"""openHAB's REST interface for items, as far as a sink of values can tell: PUT /rest/items/NAME/state
answers 202 when the state suits the item, 400 when it cannot be parsed, 404 for an unknown item and
401 when the token is missing or wrong. HTTP/1.1 with kept connections. Every request is recorded, and
the server can be told to be slow, to hang, to close connections, to answer 503, or to be dead.
GET /rest/items tells the items with their metadata of the namespace dsmr, and GET /rest/things things.

Real openHAB cannot be installed where the tests run; what it accepts was taken from its sources.
"""
import collections
import datetime
import json
import re
import time
import urllib.parse

from web_server import WebConnection, WebServer

Request = collections.namedtuple(
    "Request", "time order connection method path item state headers status")

# The units that openHAB reads, by dimension. It writes cubic metres as m³, and does not know m3.
UNITS = {
    "Energy": {"kWh", "Wh", "MWh", "GJ", "MJ", "kvarh", "varh", "kVAh", "VAh"},
    "Power": {"kW", "W", "MW", "kvar", "var", "kVA", "VA"},
    "ElectricCurrent": {"A", "mA", "kA"},
    "ElectricPotential": {"V", "kV", "mV"},
    "Volume": {"m³", "l"},
    "Time": {"s", "min", "h"},
    "Frequency": {"Hz", "kHz"},
    "Dimensionless": {"%", "one"},
}
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def is_time(text):
    """An ISO 8601 time with its offset."""
    try:
        return datetime.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def is_number(text):
    """A number, or for any Number a quantity with a unit that openHAB reads."""
    number, _, unit = text.partition(" ")
    known = set().union(*UNITS.values())
    return NUMBER.fullmatch(number) is not None and (unit in known or " " not in text)


def fits(text, dimension):
    """openHAB parses any unit, and then drops what is not of the item's dimension."""
    _, _, unit = text.partition(" ")
    return not unit or dimension is None or unit in UNITS[dimension]


class Connection(WebConnection):
    def do_PUT(self):
        hub = self.hub
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match = re.fullmatch(r"/rest/items/([a-zA-Z_0-9]+)/state", self.path)
        status, why = hub.record(self.number, self.command, self.path, match and match[1],
                                 body.decode("utf-8"), self.headers)
        if hub.delay:
            self.stopping.wait(hub.delay)
        if status is None and not hub.closing:
            self.stopping.wait()
        if status is None or self.stopping.is_set():
            self.close_connection = True
            return
        text = json.dumps({"error": {"message": why, "http-code": status}}) if why else ""
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_DELETE = do_PUT

    def do_GET(self):
        hub = self.hub
        status, body = hub.tell(self.path, self.headers)
        if status is None and not hub.closing:
            self.stopping.wait()
        if status is None or self.stopping.is_set():
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if 300 <= status < 400:
            self.send_header("Location", "http://elsewhere.invalid/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class OpenHab(WebServer):
    """A server for these items, {name: type}; use it in a with block. state holds what each item has,
    requests what came. Everything may be changed while it runs."""

    connection_class = Connection

    def __init__(self, items, token=None, certificate=None):
        super().__init__(certificate=certificate)
        self.items = dict(items)
        self.token = token
        self.requests = []
        self.states = {}
        self.delay = 0        # seconds before each answer
        self.hanging = False  # no answer at all
        self.closing = False  # the connection is closed instead
        self.status = None    # this one for everything
        self.first_status = None  # this one for a single request, before the others count
        self.bindings = {}    # {name: value} of the metadata dsmr
        self.things = []      # as /rest/things has them
        self.body = None      # what is answered to every question, instead of the truth
        self.questions = []   # paths of what was asked for by GET

    def answer_for(self, item, state, headers):
        """The status for a request, None for no answer, and why; called with the lock held."""
        if self.hanging or self.closing:
            return None, ""
        if self.first_status is not None:
            status, self.first_status = self.first_status, None
            return status, ""
        if self.status is not None:
            return self.status, "as the test wants"
        if self.token and headers.get("Authorization") != f"Bearer {self.token}":
            return 401, "Authentication required"
        if not headers.get("Content-Type", "").startswith("text/plain"):
            return 415, "Unsupported media type"
        if item not in self.items:
            return 404, f"Item {item} does not exist!"
        kind, _, dimension = self.items[item].partition(":")
        good = {"Number": lambda: is_number(state), "DateTime": lambda: is_time(state),
                "String": lambda: True}[kind]()
        if not good:
            return 400, f"State could not be parsed: {state}"
        if kind != "Number" or fits(state, dimension or None):
            self.states[item] = state
        return 202, ""

    def record(self, connection, method, path, item, state, headers):
        """Files a request and returns the answer for it."""
        with self.lock:
            status, why = self.answer_for(item, state, headers)
            self.requests.append(Request(time.monotonic(), len(self.requests), connection, method,
                                         path, item, state, dict(headers), status))
            return status, why

    def list_items(self, query):
        """What openHAB tells of its items."""
        wanted = query.get("fields", "").split(",")
        items = []
        for name, kind in self.items.items():
            facts = {"link": f"{self.url}/rest/items/{name}", "state": self.states.get(name, "NULL"),
                     "editable": False, "type": kind, "name": name, "label": "é", "tags": [],
                     "groupNames": []}
            if name in self.bindings and query.get("metadata") == "dsmr":
                facts["metadata"] = {"dsmr": {"value": self.bindings[name], "editable": False}}
            items.append({key: facts[key] for key in facts if not wanted[0] or key in wanted})
        return items

    def tell(self, path, headers):
        """The status and the body for a question; None for no answer."""
        address = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(address.query))
        with self.lock:
            self.questions.append(path)
            if self.hanging or self.closing:
                return None, b""
            if self.status is not None:
                return self.status, b""
            if self.token and headers.get("Authorization") != f"Bearer {self.token}":
                return 401, b'{"error":{"message":"Authentication required","http-code":401}}'
            if self.body is not None:
                return 200, self.body
            if address.path == "/rest/items":
                told = self.list_items(query)
            elif address.path == "/rest/things":
                told = [{key: thing[key] for key in thing
                         if not query.get("summary") or key not in ("channels", "configuration")}
                        for thing in self.things]
            else:
                return 404, b""
            return 200, json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

    def history(self, item):
        """The states that openHAB took for the item, in their order."""
        with self.lock:
            return [r.state for r in self.requests if r.item == item and r.status == 202]

    def count(self, **wanted):
        """How many requests have these properties."""
        with self.lock:
            return sum(all(getattr(r, key) == value for key, value in wanted.items())
                       for r in self.requests)

    def forget(self):
        """Empties the record."""
        with self.lock:
            self.requests.clear()
