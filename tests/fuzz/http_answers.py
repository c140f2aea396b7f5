# SPDX-License-Identifier: MIT
"""Answers by HTTP as they come from a socket, held against the rules: of HTTP, of docs/openapi.json, and of
what dsmr promises of every answer."""
import gzip
import json
import os
import re
import zlib

from harness import ROOT
from json_schema import check

with open(os.path.join(ROOT, "docs", "openapi.json"), encoding="utf-8") as stream:
    OPENAPI = json.load(stream)

NO_BODY = (204, 304)
PROMISED = {
    "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"}
# Of what libmicrohttpd refuses by itself: dsmr does not see it.
REFUSED_BELOW = {400, 411, 413, 414, 417, 431, 501, 505}
NOT_TO_BE_SEEN = (b"root:x:0", b"SQLite format 3", b"AddressSanitizer", b"runtime error")
VERBATIM = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9]) [ -~]*")
LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t -~\x80-\xff]*)")
MOST = 64 << 20  # bytes of an answer


class Bad(Exception):
    """An answer that should not be."""


class Closed(Exception):
    """The other side has closed, and nothing of an answer was there."""


def demand(condition, what):
    if not condition:
        raise Bad(what)


class Answer:
    def __init__(self, status, lines):
        self.status = status
        self.lines = lines
        self.body = b""
        self.endless = False  # events follow

    def line(self, name):
        found = [text for each, text in self.lines if each == name]
        demand(len(found) < 2, f"{name} comes {len(found)} times")
        return found[0] if found else None

    def text(self):
        """The body as it was before it was compressed."""
        packed = self.line("content-encoding")
        demand(packed in (None, "gzip"), f"Content-Encoding: {packed}")
        try:
            return gzip.decompress(self.body) if packed and self.body else self.body
        except (OSError, EOFError, zlib.error) as why:
            raise Bad(f"bad gzip: {why}") from why


class Reader:
    """Takes answers from a socket."""

    def __init__(self, client):
        self.client = client
        self.kept = b""
        self.seen = 0
        self.used = False  # something was asked over it before

    def more(self):
        piece = self.client.recv(65536)
        self.kept += piece
        self.seen += len(piece)
        demand(self.seen < MOST, "an answer without end")
        return piece

    def upto(self, mark):
        while mark not in self.kept:
            if not self.more():
                if not self.kept:
                    raise Closed
                raise Bad(f"broken off in {self.kept[:300]!r}")
        found, _, self.kept = self.kept.partition(mark)
        return found

    def exactly(self, size):
        while len(self.kept) < size:
            demand(self.more(), f"{len(self.kept)} bytes of {size}, then the end")
        found, self.kept = self.kept[:size], self.kept[size:]
        return found

    def head(self):
        while True:
            first, *rest = self.upto(b"\r\n\r\n").split(b"\r\n")
            match = VERBATIM.fullmatch(first)
            demand(match, f"no status line: {first[:200]!r}")
            lines = []
            for line in rest:
                found = LINE.fullmatch(line)
                demand(found, f"no line of a head: {line[:200]!r}")
                lines.append((found[1].decode().lower(), found[2].decode("latin-1").strip()))
            if int(match[1]) >= 200:
                return Answer(int(match[1]), lines)

    def chunks(self):
        body = b""
        while True:
            size = self.upto(b"\r\n")
            demand(re.fullmatch(rb"[0-9a-fA-F]{1,8}", size), f"no size of a chunk: {size[:50]!r}")
            body += self.exactly(int(size, 16))
            demand(self.exactly(2) == b"\r\n", "a chunk of another size than it says")
            if int(size, 16) == 0:
                return body

    def rest(self):
        while self.more():
            pass
        found, self.kept = self.kept, b""
        return found

    def answer(self, method):
        """The next one, whole. What libmicrohttpd refuses by itself ends with the connection: it may have
        understood HEAD, and version 0.9.75 sends the head of some of its refusals twice."""
        answer = self.head()
        length, coding = answer.line("content-length"), answer.line("transfer-encoding")
        demand(not (length and coding), "Content-Length and Transfer-Encoding")
        if method == "HEAD" or answer.status in NO_BODY:
            return answer
        if answer.line("content-security-policy") is None:
            answer.body = self.rest()
            return answer
        answer.endless = answer.line("content-type") == "text/event-stream"
        if answer.endless:
            return answer
        if coding:
            demand(coding == "chunked", f"Transfer-Encoding: {coding}")
            answer.body = self.chunks()
        elif length is not None:
            demand(length.isdigit(), f"Content-Length: {length}")
            answer.body = self.exactly(int(length))
        else:
            answer.body = self.rest()
        return answer


def check_problem(answer, text):
    kind = answer.line("content-type")
    demand(kind == "application/problem+json", f"{answer.status} as {kind}")
    demand(answer.line("cache-control") == "no-store", "a problem that may be kept")
    try:
        said = json.loads(text.decode("utf-8"))
        check(OPENAPI, {"$ref": "#/components/schemas/Problem"}, said)
    except Exception as why:
        raise Bad(f"no problem by RFC 9457: {why}: {text[:300]!r}") from why
    demand(said["status"] == answer.status, f"says {said['status']}, is {answer.status}")
    if answer.status == 401:
        demand((answer.line("www-authenticate") or "").startswith("Bearer"), "401 without a challenge")
    if answer.status == 405:
        demand(answer.line("allow"), "405 without Allow")


def check_described(request, answer, text):
    """Against the description of what was asked for."""
    operation = OPENAPI["paths"].get(request.path)
    if not operation or answer.status in NO_BODY or answer.status in (405, 413, 414):
        return
    response = operation["get"]["responses"].get(str(answer.status))
    demand(response, f"{answer.status} of {request.path} is not described")
    kind = answer.line("content-type").partition(";")[0]
    demand(kind in response["content"], f"{request.path} as {kind}")
    if request.method == "HEAD" or not kind.endswith("json"):
        return
    try:
        check(OPENAPI, response["content"][kind]["schema"], json.loads(text.decode("utf-8")))
    except Exception as why:
        raise Bad(f"{request.path}: {why}") from why


def check_answer(request, answer, secret):
    """Raises Bad where the answer to the request is not as it should be."""
    text = answer.text()
    for word in (*NOT_TO_BE_SEEN, secret):
        demand(word not in text, f"{word!r} in the answer")
    if answer.line("content-security-policy") is None:
        demand(request.answers is None and answer.status in REFUSED_BELOW,
               f"{answer.status} not by dsmr: {text[:200]!r}")
        return
    for name, value in PROMISED.items():
        demand(answer.line(name) == value, f"{name}: {answer.line(name)}")
    demand(answer.line("access-control-allow-origin") is None, "other pages may read this")
    demand(answer.status in (200, 204, 304, 400, 401, 404, 405, 413, 414, 421, 503), f"status {answer.status}")
    demand(request.answers is None or answer.status in request.answers, f"status {answer.status}: {text[:300]!r}")
    if answer.status >= 400 and request.method not in ("HEAD", "?"):
        check_problem(answer, text)
    if request.answers is not None:
        check_described(request, answer, text)
    if answer.line("content-encoding"):
        demand(b"gzip" in request.data.lower(), "compressed without being asked to")
