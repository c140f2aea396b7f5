# SPDX-License-Identifier: MIT
"""What requests are made of: targets, parameters, lines of the head, good and bad."""
TOKEN = "oh.dsmr.NoAnswerAndNoLogMayHoldThis"
RIGHT = ("Authorization", "Bearer " + TOKEN)
PAGE = ("/", "/index.html", "/app.js", "/app.css", "/openapi.json")
OF_METER = ("now", "items", "telegram", "failures", "peaks")
PLAIN = ("meters", "status", "settings", "openapi.json")
METERS = ("main", "fast", "none")
# Each resource with its parameters.
KNOWN = {f"/api/v1/{name}": "meter" for name in OF_METER} | {f"/api/v1/{name}": "" for name in PLAIN} | {
    "/api/v1/history": "meter items from to step format", "/api/v1/events": "meter last", "/metrics": ""}
COUNTERS = ("eDelivery", "eProduction", "eDeliveryTariff1", "eDeliveryTariff2", "gValue")
POWERS = ("eActualDelivery", "eActualProduction", "eInstantVoltageL1", "eInstantCurrentL1")
STEPS = ("10s", "1min", "15min", "1h", "day", "month", "year", "auto")
BAD_MOMENTS = (
    "-1", "NaN", "inf", "1e9", "0x7fffffff", "99999999999999999999", "-62135596800", "12026-01-01", "0000-00-00",
    "2026-02-30", "2026-13-01", "2026-01-01T24:00:01", "2026-01-01T12", "now", "2026-01-01T00:00:00.5Z",
    "2026-01-01T00:00+99:99", "2026-01-01T00:00[Europe/Paris]", "1999-12-31", "2026-W01", "9" * 200,
    "\u0662\u0660", "2026-01-01\u00a0", "' OR 1=1 --", "%s%n", "../../etc/passwd")
BAD_STEPS = ("0", "-1", "1", "NaN", "1s", "10S", "10 s", "P1D", "century", "9" * 300, "10s,1h", "'", "10s;DROP TABLE x")
BAD_ITEMS = (
    "", ",", ",,,", "nonsense", "eDelivery,eDelivery", "eTariffIndicator", "eDelivery;", "edelivery",
    "eDelivery eProduction", "*", "eDelivery'--", "\u20acDelivery", "P1Timestamp")
METHODS = ("POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get", "G", "BREW", "X" * 300, "GET1")
PATHS = (
    "/../../../../etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
    "/FOLDER/token", "/../../../..FOLDER/token", "/..FOLDER/token", "/%2e%2eFOLDER/history.db",
    "/file:///etc/passwd", "/proc/self/environ", "/index.html%00.js", "/api/v1/now%00", "/api/v1/%6eow/",
    "/api/v1//now", "/api//v1/now", "/API/V1/now", "/api/v1", "/api/v1/", "/api/v2/now", "/%c0%ae%c0%ae/",
    "/\\..\\..\\etc", "/favicon.ico", "/wp-login.php", "/%", "/%4", "/%zz", "/%e2%82", "/\u20ac", "/app.js.map",
    "/app.js/", "/.git/config", "/dsmr.cfg", "/api/v1/openapi.json/..", "*", "http://localhost/", "localhost:80",
    "", "?meter=main", "#x", "/#/now", "/;a=b", "/api/v1/now;meter=main", "/\u202e", "/%0d%0aX-Evil:%201")
HOSTS_GOOD = ("localhost", "127.0.0.1", "localhost:8095", "LOCALHOST", "[::1]:1", "127.0.0.1:99999", "localhost.")
HOSTS_BAD = (
    "evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "[::1", "192.168.1.1", "a@localhost", "[", ":",
    "0", "127.1", "2130706433", "x" * 1000, "localhost evil.example", "localhost,evil.example", "\u20ac")
# Lines that must not change what is answered.
NEUTRAL = (
    ("User-Agent", "x" * 3000), ("Cookie", "a=" + "b" * 2000), ("Range", "bytes=0-10"),
    ("Range", "bytes=-1,5-2,0-"), ("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"), ("If-Range", '"x"'),
    ("Origin", "http://evil.example"), ("Referer", "http://evil.example/"), ("X-Forwarded-For", "1.2.3.4"),
    ("X-Forwarded-Host", "evil.example"), ("X-HTTP-Method-Override", "DELETE"),
    ("X-Original-URL", "/api/v1/settings"), ("Accept", "*/*"), ("Accept", "image/png"),
    ("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"), ("Accept-Language", "nl, en;q=0.5"),
    ("Accept", ";;;q=,,,"), ("Accept-Encoding", "gzip, deflate, br"), ("Accept-Encoding", "gzip;q=0"),
    ("Accept-Encoding", "gzip;q=9e9,identity;q=0"), ("Accept-Encoding", "," * 2000), ("Connection", "keep-alive"),
    ("Connection", "close"), ("Connection", "upgrade"), ("Upgrade", "websocket"), ("Upgrade", "h2c"),
    ("HTTP2-Settings", "AAMAAABkAAQAAP__"), ("TE", "trailers"), ("DNT", "1"), ("If-None-Match", '"x", W/"y", '),
    ("If-None-Match", "W/" * 500), ("Last-Event-ID", "5"), ("Last-Event-ID", "\u20ac"),
    ("Sec-Fetch-Site", "cross-site"), ("Content-Length", "0"), ("Content-Type", "text/xml"), ("X-Empty", ""),
    ("Date", "never"))
# Lines with which the library may do what it likes, within reason.
UNCERTAIN = (
    ("Host", "other"), ("Cookie", "a=b; " * 500), ("Content-Length", "-1"), ("Content-Length", "5, 6"),
    ("Content-Length", "0x10"), ("Content-Length", "9" * 40), ("Content-Length", "10"),
    ("Content-Length", "18446744073709551616"), ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip"),
    ("Transfer-Encoding", "chunked, identity"), ("Transfer-Encoding", "xchunked"),
    ("Transfer-Encoding", "\x0bchunked"), ("Expect", "100-continue"), ("Expect", "x"), (" Folded", "x"),
    ("X\r\n folded", "y"), ("No colon at all", None), ("", "empty name"), ("Bad name ", "x"), ("X", "\0"),
    ("X", "a\rb"), ("X", "a\nb"), ("X", "y" * 20000), ("\u20ac", "x"), ("Authorization", "Bearer x"),
    ("Authorization", "Bearer " + "x" * 9000), ("Authorization", "Basic dG9rZW4="),
    ("Authorization", "bearer\t" + "y"), ("Trailer", "Host"), ("Content-Length", "+0"), ("Content-Length", ""),
    ("Upgrade-Insecure-Requests", "1"))
GARBAGE = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 500, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\0" * 500, b"\r\n" * 50, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET  /  HTTP/1.1\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x80\x80\x01\x03\x01",
    b"/KFM5KAIFA-METER\r\n\r\n1-0:1.7.0(02.027*kW)\r\n!\r\n", b"GET /\n\n", b"GET / HTTP/1.1\nHost: localhost\n\n",
    b"*1\r\n$4\r\nPING\r\n", b"GET / HTTP/1.1 \r\nHost: localhost\r\n\r\n", b"GET\t/\tHTTP/1.1\r\n\r\n",
    b"\x05\x01\x00", b"a" * 70000, b"GET / HTTP/0.9\r\n\r\n")
BODIES = (b"x", b'{"a":1}', b"GET / HTTP/1.1\r\n\r\n", b"\0" * 5000, b"y" * 100000)
VERSIONS = ("HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.11", "HTTP")
# Parameters that are a mistake, whatever the others are.
STRAY = (
    [("x", "1")] * 2, [("p", "1")], [("", "x")], [("Meter", "main")], [("meter", "main")] * 2,
    [("items[]", "eDelivery")], [("__proto__", "1")], [("callback", "alert(1)")],
    *([(f"p{i}", str(i)) for i in range(count)] for count in (16, 17, 60)))
WRONG_TOKENS = (
    "", "Bearer", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, f"Bearer  {TOKEN}",
    "Bearer " + TOKEN.upper(), "Bearer " + "x" * 255, "Bearer " + "x" * 256, "Bearer " + "x" * 4000)
DAMAGE = (
    b"\r\n", b"\0", b"\xff", b" ", b"\t", b":", b"%", b"&" * 50, b"\r", b"\n\n", b"HTTP/1.1")
