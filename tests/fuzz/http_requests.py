# SPDX-License-Identifier: MIT
"""Requests by HTTP made up at random, good and bad, and what each may be answered with. Everything comes
from one random.Random, so that a seed gives the same requests again."""
import re
import urllib.parse

from http_words import (BAD_ITEMS, BAD_MOMENTS, BAD_STEPS, BODIES, COUNTERS, DAMAGE, GARBAGE, HOSTS_BAD, HOSTS_GOOD,
                        KNOWN, METERS, METHODS, NEUTRAL, PAGE, PATHS, POWERS, RIGHT, STEPS, STRAY, UNCERTAIN, VERSIONS,
                        WRONG_TOKENS)


class Request:
    """answers: the statuses that it may have; None: whatever makes sense."""

    def __init__(self, data, method="GET", path="", answers=None, stream=False, closes=False):
        self.data = data
        self.method = method
        self.path = path
        self.answers = answers
        self.stream = stream  # a good answer goes on for ever
        self.closes = closes  # no other request can follow

    def __repr__(self):
        shown = self.data if len(self.data) < 1500 else self.data[:1000] + b" ... " + self.data[-400:]
        return f"{shown!r}, to be answered with {sorted(self.answers) if self.answers else 'anything'}"


def quote(rng, text):
    """Percent-encoded now as browsers do, now where there is no need, now hardly."""
    way = rng.random()
    if way < 0.6:
        return urllib.parse.quote_plus(text)
    if way < 0.8:
        return "".join(f"%{byte:02{rng.choice('xX')}}" for byte in text.encode())
    return urllib.parse.quote(text, safe="/:+,'*;@!$()")


def chance(rng, share):
    return rng.random() < share


class Generator:
    """For one place: wide where others could come, so that it has a token; folder holds what no answer may."""

    def __init__(self, rng, wide, folder):
        self.rng = rng
        self.wide = wide
        self.folder = folder

    def moment(self, day_s):
        """This second since 1970, or a moment that is special, in one of the forms that are understood."""
        rng = self.rng
        year, month, day = rng.choice(((2026, 10, 25), (2026, 3, 29), (2024, 2, 29), (2025, 12, 31), (2026, 11, 1)))
        date = f"{year}-{month:02}-{day:02}"
        offset = rng.choice(("Z", "+01:00", "-12:00", "+14:00", "-23:59"))
        return rng.choice((str(day_s), date, f"{date}T{rng.randrange(24):02}:{rng.randrange(60):02}",
                           f"{date} 02:30:00", f"{date}T02:30:00{offset}"))

    def good_history(self):
        """Two moments and a step that fits them all."""
        rng = self.rng
        items = rng.sample(COUNTERS + POWERS, rng.randrange(1, 5))
        pairs = {"items": ",".join(items)}
        if chance(rng, 0.5):
            pairs["step"] = rng.choice(("1h", "day", "month", "year", "auto"))
        if chance(rng, 0.5):
            pairs["format"] = rng.choice(("json", "csv"))
        if chance(rng, 0.6):  # before the past of the moments below ends
            pairs["from"] = rng.choice(("2026-01-01", "1767222000", "2026-03-29T01:59:59+01:00", "2026-02-28"))
            pairs["to"] = rng.choice(("2026-11-22", "1795302000", "2026-10-25T03:00", "2026-10-25 02:30:00Z"))
        return pairs

    def bad_history(self):
        pairs = self.good_history()
        name, values = self.rng.choice((("from", BAD_MOMENTS), ("to", BAD_MOMENTS), ("step", BAD_STEPS),
                                        ("format", BAD_STEPS), ("items", BAD_ITEMS), ("color", BAD_STEPS)))
        pairs[name] = self.rng.choice(values)
        return pairs, {400}

    def absurd_history(self):
        """Whatever comes of it."""
        rng = self.rng
        long_ago, some_time = self.moment(rng.randrange(-10**12, 10**12)), self.moment(rng.randrange(10**10))
        items = (",".join(COUNTERS + POWERS), ",".join(["eDelivery"] * 1000), "eDelivery", *BAD_ITEMS)
        pairs = {"items": rng.choice(items),
                 "from": rng.choice((long_ago, *BAD_MOMENTS, "0", "1", "99999999999")),
                 "to": rng.choice((some_time, *BAD_MOMENTS, "7258114799", "4102444800")),
                 "step": rng.choice(STEPS + BAD_STEPS)}
        for name in rng.sample(list(pairs), rng.randrange(2)):
            del pairs[name]
        return pairs

    def query(self, pairs):
        text = "&".join(f"{name}={quote(self.rng, value)}" for name, value in pairs)
        return f"?{text}" if text or chance(self.rng, 0.05) else ""

    def resource(self):
        """Target and answers of something that there is, asked for rightly or nearly so."""
        rng = self.rng
        path = rng.choice(tuple(KNOWN) + ("/api/v1/history",) * 6)
        pairs, answers = [], {200}
        if path == "/api/v1/history":
            kind = rng.random()
            if kind < 0.5:
                pairs = self.good_history()
            elif kind < 0.8:
                pairs, answers = self.bad_history()
            else:
                pairs, answers = self.absurd_history(), {200, 400}
            pairs = list(pairs.items())
            rng.shuffle(pairs)
        if path == "/api/v1/events" and chance(rng, 0.5):
            pairs.append(("last", rng.choice(BAD_MOMENTS + ("0", "1", str(rng.randrange(2**64))))))
        if "meter" in KNOWN[path] and chance(rng, 0.5):
            meter = rng.choice(METERS + ("Main", "main ", "", "x" * 500, "\u20ac", "../main", "main,fast", "'"))
            pairs.append(("meter", meter))
            if meter not in METERS:
                answers = answers | {404} if answers != {200} else {404}
            elif meter == "none":
                answers = answers | {503, 404}
        if chance(rng, 0.1):
            pairs, answers = pairs + rng.choice(STRAY), {400}
        if len(path + self.query(pairs)) > 3000:
            answers = answers | {400, 414}
        return path, self.query(pairs), answers

    def target(self):
        rng = self.rng
        kind = rng.random()
        if kind < 0.7:
            path, query, answers = self.resource()
            return path, path + query, answers
        if kind < 0.8:
            path = rng.choice(PAGE)
            return path, path + rng.choice(("", "?", "?a=b", "?x")), {200}
        if kind < 0.95:
            path = rng.choice(PATHS).replace("FOLDER", self.folder)
            return path, path, None if not path.startswith("/") or "#" in path else {400, 404}
        path = "/" + "".join(rng.choice("a/%.é\u20ac~+\x7f") for _ in range(rng.choice((5, 100, 3000, 5000, 20000))))
        return path, path, None

    def lines(self):
        """Lines of the head, and whether they leave the answer as it is."""
        rng = self.rng
        lines = [rng.choice(NEUTRAL) for _ in range(rng.choice((0, 0, 1, 2, 3, 4)))]
        if chance(rng, 0.03):
            lines += [("X-Many", str(i)) for i in range(rng.choice((50, 200, 800)))]
            return lines, len(lines) < 100
        sure = sum(len(name) + len(text) for name, text in lines) < 8000
        if chance(rng, 0.15):
            lines.insert(rng.randrange(len(lines) + 1), rng.choice(UNCERTAIN))
            sure = False
        return lines, sure

    def host(self):
        """Its line, and the status that it means; None where it does not matter."""
        rng = self.rng
        if chance(rng, 0.9):
            return ("Host", rng.choice(HOSTS_GOOD)), None
        if self.wide:
            return ("Host", rng.choice(HOSTS_BAD)), None
        return ("Host", rng.choice(HOSTS_BAD)), 421

    def token(self):
        """Its line, and whether it is right."""
        rng = self.rng
        if not self.wide:
            return [], True
        if chance(rng, 0.8):
            return [RIGHT], True
        wrong = rng.choice(WRONG_TOKENS)
        return [("Authorization", wrong)] if wrong and chance(rng, 0.8) else [], False

    def request(self):
        rng = self.rng
        path, target, answers = self.target()
        lines, sure = self.lines()
        host, misdirected = self.host()
        token, allowed = self.token()
        method = "GET" if chance(rng, 0.85) else rng.choice(("HEAD", "OPTIONS", *METHODS))
        body = b"" if chance(rng, 0.93) else rng.choice(BODIES)
        answers = expected(method, path, answers, misdirected, allowed, body)
        if body:
            lines.append(("Content-Length", str(len(body))))
            sure = sure and ("Content-Length", "0") not in lines
        version = "HTTP/1.1" if chance(rng, 0.9) else rng.choice(VERSIONS)
        sure = sure and version in ("HTTP/1.0", "HTTP/1.1") and re.fullmatch(r"[\x21-\x7e]{1,4000}", target)
        lines = [host, *token, *lines]
        rng.shuffle(lines)
        text = f"{method} {target} {version}\r\n" + "".join(
            name + "\r\n" if value is None else f"{name}:{rng.choice((' ', '', '  '))}{value}\r\n"
            for name, value in lines)
        closes = bool(body) or not sure or version == "HTTP/1.0" or ("Connection", "close") in lines
        return Request(text.encode() + b"\r\n" + body, method, path, answers if sure else None,
                       path == "/api/v1/events" and method == "GET", closes)

    def damaged(self):
        """A request with some bytes changed, left out, doubled or put in."""
        rng = self.rng
        request = self.request()
        text = bytearray(request.data)
        for _ in range(rng.choice((1, 1, 2, 5, 30))):
            at = rng.randrange(len(text) + 1)
            way = rng.randrange(4)
            if way == 0:
                text[at:at + 1] = bytes([rng.randrange(256)])
            elif way == 1:
                del text[at:at + rng.choice((1, 2, 10))]
            elif way == 2:
                text[at:at] = text[at:at + rng.choice((1, 5, 100))] * rng.choice((1, 2, 100))
            else:
                text[at:at] = rng.choice(DAMAGE)
        return Request(bytes(text), "?", "", closes=True)

    def garbage(self):
        rng = self.rng
        data = rng.choice(GARBAGE) if chance(rng, 0.7) else rng.randbytes(rng.choice((1, 20, 500, 20000)))
        return Request(data, "?", "", closes=True)


def expected(method, path, answers, misdirected, allowed, body):
    """What comes of it when all of these are said; the first that is wrong counts."""
    if answers == {400, 404} and body:
        return {400, 404, 413}
    if answers is None:
        return None
    bad = {400, 414} & answers
    if body:
        return bad | {413}
    if misdirected:
        return bad | {misdirected}
    if method not in ("GET", "HEAD", "OPTIONS"):
        return bad | {405}
    if method == "OPTIONS":
        return bad | {204}
    if path in KNOWN and not allowed:
        return bad | {401}
    return answers | ({304, 503} if 200 in answers else set())
