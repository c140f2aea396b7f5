#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The web server: who may ask, what is told of each answer, and what becomes of it all on SIGHUP."""
import gzip
import os
import re
import signal
import socket
import tempfile

import harness
from harness import Program, Skip, run, wait_until
from http_house import Events, Web, read_all

SECURITY = {
    "content-security-policy": r"default-src 'self'.*frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def test_every_answer_has_its_security_headers():
    with Web("port=simulated:") as web:
        web.wait_telegram()
        for path in ("/", "/api/v1/now", "/metrics", "/none", "/api/v1/now?meter=none"):
            headers = web.ask(path).headers
            for name, wanted in SECURITY.items():
                assert re.search(wanted, headers.get(name, "")), (path, name, headers)
            assert "unsafe" not in headers["content-security-policy"]


def test_the_page_is_there_by_exact_name_only():
    with Web("port=simulated:") as web:
        page = web.ask("/")
        assert page.status == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.body.lstrip().lower().startswith(b"<!doctype html>")
        assert b"<script>" not in page.body and b"style=" not in page.body
        assert web.ask("/index.html").body == page.body
        for path in ("/INDEX.HTML", "//", "/index.html/", "/./index.html", "/index", "/page", "/dsmr.cfg",
                     "/../index.html", "/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/etc/passwd"):
            answer = web.ask(path)
            assert answer.status == 404, (path, answer.status)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == 404


def test_compression_only_where_it_is_understood():
    with Web("port=simulated:") as web:
        web.wait_telegram()
        for path in ("/", "/api/v1/items", "/api/v1/openapi.json"):
            plain = web.ask(path)
            assert "content-encoding" not in plain.headers, path
            for wish in ("gzip", "br, gzip;q=0.5", "GZIP"):
                packed = web.ask(path, Accept_Encoding=wish)
                assert packed.headers["content-encoding"] == "gzip", (path, wish)
                assert gzip.decompress(packed.body) == plain.body, (path, wish)
            for wish in ("", "identity", "gzip;q=0", "br;q=1, gzip; q=0.000", "xgzip"):
                assert web.ask(path, Accept_Encoding=wish).body == plain.body, (path, wish)


def test_what_did_not_change_is_not_sent_again():
    with Web("port=simulated:") as web:
        web.wait_telegram()
        for path in ("/", "/api/v1/items", "/api/v1/settings"):
            first = web.ask(path)
            tag = first.headers["etag"]
            for wish in (tag, f'"other", {tag}', "*", tag.removeprefix("W/")):
                again = web.ask(path, If_None_Match=wish)
                assert (again.status, again.body) == (304, b""), (path, wish, again.status)
                assert again.headers["etag"] == tag
            for wish in ('"other"', tag[:-2] + '"', ""):
                assert web.ask(path, If_None_Match=wish).body == first.body, (path, wish)
        assert web.ask("/api/v1/now").headers["cache-control"] == "no-store"


def test_methods():
    with Web("port=simulated:") as web:
        web.wait_telegram()
        for path in ("/", "/api/v1/items", "/api/v1/events"):
            head = web.ask(path, "HEAD")
            assert (head.status, head.body) == (200, b""), path
        assert web.ask("/", "HEAD").headers["content-length"] == str(len(web.ask("/").body))
        assert "content-length" not in web.ask("/api/v1/events", "HEAD").headers
        options = web.ask("/api/v1/now", "OPTIONS")
        assert (options.status, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
        for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"):
            answer = web.ask("/api/v1/now", method)
            assert answer.status == 405 and answer.headers["allow"] == "GET, HEAD, OPTIONS", method
            assert answer.json()["title"] == "Method Not Allowed"
        assert web.ask("/api/v1/now", "POST", b"x" * 100000).status == 413


def test_who_has_asked_for_the_last_time_is_let_go():
    """Long before the one who may ask for more."""
    request = b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with Web("port=simulated:") as web, web.connect() as patient, web.connect() as last:
        for client in (patient, last):
            client.sendall(request * 2)
        last.shutdown(socket.SHUT_WR)
        assert read_all(last).count(b"HTTP/1.1 404") == 2
        patient.sendall(request)
        patient.shutdown(socket.SHUT_WR)
        assert read_all(patient).count(b"HTTP/1.1 404") == 3


def test_another_host_name_is_refused():
    with Web("port=simulated:") as web:
        own = socket.gethostname()
        for host in ("localhost", "127.0.0.1", "[::1]", "LOCALHOST:8095", "127.1.2.3:8095", own, f"{own}.local:{web.port}"):
            assert web.ask("/", Host=host).status == 200, host
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "127.0.0.1.", "128.0.0.1", "127.0.0",
                     "127.0.0.1" + "1" * 300, "", "[::1", "192.168.1.1",
                     "evil.example:80", "localhost@evil.example", own + ".evil.example"):
            answer = web.ask("/api/v1/now", Host=host)
            assert answer.status == 421 and b"localhost" in answer.body, (host, answer.status)


TOKEN = "abc/DEF+0123=="


def test_a_token_is_asked_for():
    with Web("port=simulated:", "http.token.file=FOLDER/token", files={"token": TOKEN + "\n"},
             listen="0.0.0.0:0") as web:
        for path in ("/api/v1/now", "/api/v1/events", "/api/v1/settings", "/metrics"):
            for wrong in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "},
                          {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Bearer {TOKEN[:-1]}"},
                          {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"},
                          {"Authorization": "Bearer " + "x" * 5000}):
                answer = web.ask(path, **wrong)
                assert answer.status == 401, (path, wrong, answer.status)
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert TOKEN.encode() not in answer.body
        right = {"Authorization": f"Bearer {TOKEN}"}
        wait_until(lambda: web.ask("/api/v1/now", **right).status == 200, 20, "a telegram")
        settings = web.ask("/api/v1/settings", **right)
        assert TOKEN.encode() not in settings.body
        assert web.ask("/").status == 200
        # Others may call this machine what they like: the token keeps strangers out.
        assert web.ask("/api/v1/now", Host="meter.example", **right).status == 200
        assert TOKEN not in web.program.errors()


def test_wider_than_this_machine_only_with_a_token():
    for listen in ("0.0.0.0:0", "[::]:0", "127.0.0.1:0,0.0.0.0:0", "*:0"):
        for command in ("run", "check"):
            result = run(command, "-c", write_config(f"port=simulated:\nhttp.listen={listen}\n"))
            output = (result.stdout + result.stderr).decode()
            assert result.returncode == 1, (listen, output)
            assert "http.token.file" in output and "openssl rand" in output, output
    result = run("run", "--port", "simulated:", "--http", "0.0.0.0:0")
    assert result.returncode == 1 and b"http.token.file" in result.stderr, result.stderr
    result = run("run", "--port", "simulated:", "--http", "example.org:80")
    assert result.returncode == 2, result.stderr


def write_config(text):
    path = os.path.join(SCRATCH.name, "dsmr.cfg")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def test_no_page_where_the_token_cannot_be_had():
    for token in (None, "\n", "x" * 300 + "\n"):
        path = os.path.join(SCRATCH.name, "token")
        if token is None:
            if os.path.exists(path):
                os.remove(path)
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(token)
            os.chmod(path, 0o600)
        config = write_config(f"port=simulated:\nhttp.listen=127.0.0.1:0\nhttp.token.file={path}\n")
        with Program("run", "-c", config, env={"XDG_STATE_HOME": SCRATCH.name}) as program:
            program.wait_log("first telegram", 20)
            assert "no page" in program.errors() and "the page is at" not in program.errors()


def test_no_means_none():
    with Program("run", "--port", "simulated:", "--http", "no") as program:
        program.wait_log("first telegram", 20)
        assert "the page is at" not in program.errors()


def test_several_addresses():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as reason:
        raise Skip(f"no IPv6 here: {reason}") from reason
    with Program("run", "--port", "simulated:", "--http", "127.0.0.1:0, [::1]:0") as program:
        wait_until(lambda: program.errors().count("the page is at") == 2, 20, "two addresses")
        for host, port in re.findall(r"http://(\S+):(\d+)/", program.errors()):
            with socket.create_connection((host.strip("[]"), int(port)), 20) as client:
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                assert client.recv(100).startswith(b"HTTP/1.1 200"), host


def test_a_place_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        web = Web("port=simulated:", listen=f"127.0.0.1:{port}")
        with web.program as program:
            program.wait_log("Address already in use; trying again", 20)
            other.close()
            program.wait_log("the page is at", 20)
            web.port = port
            web.wait_telegram()


def test_reading_the_configuration_again_keeps_those_who_are_connected():
    files = {"token": "first\n"}
    with Web("port=simulated:", "http.token.file=FOLDER/token", files=files) as web:
        with Events(web, Authorization="Bearer first") as events:
            events.wait(2)
            web.write("port=simulated:", "http.token.file=FOLDER/token", "log.level=debug",
                      "meter.garage.port=simulated:")
            web.program.process.send_signal(signal.SIGHUP)
            web.program.wait_log("was read again", 20)
            events.wait(len(events.events()) + 2)
            # With another token, whoever has the old one only has to go.
            with open(os.path.join(web.folder, "token"), "w", encoding="utf-8") as file:
                file.write("second\n")
            web.program.process.send_signal(signal.SIGHUP)
            wait_until(lambda: not events.read(0.1), 20, "the end of the events")
        assert web.ask("/api/v1/meters", Authorization="Bearer first").status == 401
        right = {"Authorization": "Bearer second"}
        names = [meter["name"] for meter in web.get("/api/v1/meters", **right)["meters"]]
        assert names == ["main", "garage"]
        values = {each["key"]: each["value"] for each in web.get("/api/v1/settings", **right)["settings"]}
        assert values["log.level"] == "debug" and values["meter.garage.port"] == "simulated:"
        web.write("port=simulated:", "http.token.file=FOLDER/token")
        web.program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: web.program.errors().count("was read again") == 3, 20, "read again")
        names = [meter["name"] for meter in web.get("/api/v1/meters", **right)["meters"]]
        assert names == ["main"]
        assert web.ask("/api/v1/now?meter=garage", **right).status == 404


def started(web):
    """When it was, by the status and by the metrics."""
    metrics = web.ask("/metrics").body.decode()
    return (web.get("/api/v1/status")["started"],
            re.search(r"^process_start_time_seconds (\S+)$", metrics, re.M)[1])


def test_another_place_is_no_other_start():
    with Web("port=simulated:") as web:
        before = started(web)
        wait_until(lambda: web.get("/api/v1/status")["uptime_s"] > 1, 20, "a second or two")
        web.listen = "localhost:0"
        web.write("port=simulated:")
        web.program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: web.program.errors().count("the page is at") == 2, 20, "another place")
        web.port = int(re.findall(r"the page is at http://\S+:(\d+)/", web.program.errors())[1])
        assert started(web) == before
        assert web.get("/api/v1/status")["uptime_s"] > 1


def test_it_ends_at_once_with_everybody_connected():
    with Web("port=simulated:") as web:
        listeners = [Events(web) for _ in range(20)]
        for each in listeners:
            each.wait(1)
        idle = [web.connect() for _ in range(20)]
        assert web.program.stop() == 0
        for each in listeners:
            each.socket.close()
        for each in idle:
            each.close()



SCRATCH = tempfile.TemporaryDirectory(prefix="dsmr-http-")
harness.main()
