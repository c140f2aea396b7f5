#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The API: every answer is as docs/openapi.json describes it, and says what the telegram said."""
import csv
import glob
import io
import json
import os
import re
import urllib.parse

import harness
from harness import ROOT, Program, run, wait_until
from http_house import Events, Web, read_all
from json_schema import Wrong, check, fits

with open(os.path.join(ROOT, "docs", "openapi.json"), encoding="utf-8") as stream:
    OPENAPI = json.load(stream)
GOLDEN = sorted(path for path in glob.glob(os.path.join(ROOT, "tests", "golden", "[a-z][a-z]-*.txt")))


def check_question(operation, path):
    """What was answered was asked as the description has it."""
    known = {each["name"]: each["schema"] for each in operation.get("parameters", []) if each["in"] == "query"}
    for name, value in urllib.parse.parse_qsl(path.partition("?")[2], keep_blank_values=True):
        check(OPENAPI, known[name], value, name)


def described(path, answer):
    """Checks an answer and its question against the description, and returns what it says."""
    operation = OPENAPI["paths"][path.partition("?")[0]]["get"]
    if answer.status == 200:
        check_question(operation, path)
    response = operation["responses"].get(str(answer.status))
    assert response, f"{path}: {answer.status} is not described: {answer.body[:300]}"
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in response["content"], f"{path}: {kind} is not described"
    if not kind.endswith("json"):
        return answer.body
    said = answer.json()
    try:
        check(OPENAPI, response["content"][kind]["schema"], said)
    except Wrong as why:
        raise AssertionError(f"{path}: {why}") from why
    return said


def ask(web, path, status=200, **headers):
    answer = web.ask(path, **headers)
    assert answer.status == status, f"{path}: {answer.status} {answer.body[:300]}"
    return described(path, answer)


def test_the_check_itself_finds_mistakes():
    good = {"value": 1.5, "time": None}
    peak = OPENAPI["components"]["schemas"]["Quarter"]["properties"]["month_peak"]
    assert fits(OPENAPI, peak, good) and fits(OPENAPI, peak, None)
    for wrong in ({"value": 1.5}, {**good, "other": 1}, {**good, "value": "1.5"}, {**good, "time": "now"}, []):
        assert not fits(OPENAPI, peak, wrong), wrong


def test_questions_that_are_not_as_described():
    """Each of them is refused, so that the description can be relied on."""
    path = "/api/v1/history"
    known = {each["name"]: each["schema"] for each in OPENAPI["paths"][path]["get"]["parameters"]}
    wrong = {"meter": ("", "a b", "x" * 33, "\u20ac", "../main"), "items": ("", ",", "a,,b", "a b", "eDelivery;"),
             "from": ("", "soon", "-5", "1999-01-01", "2026-1-1", "2026-01-01T12", "123456789012", "2026-13-01",
                     "2026-01-32", "2026-01-01T24:00", "2026-01-01T00:00+25:00"), "step": ("7s",), "format": ("xml",)}
    with Web("port=simulated:", "history.path=FOLDER/history.db") as web:
        web.wait_telegram()
        for name, values in {**wrong, "to": wrong["from"]}.items():
            for value in values:
                assert not fits(OPENAPI, known[name], value), (name, value)
                query = urllib.parse.urlencode({"items": "eDelivery", name: value})
                assert web.ask(f"{path}?{query}").status in (400, 404), (name, value)


def test_every_resource_is_described_and_none_else():
    with open(os.path.join(ROOT, "src", "http", "web.c"), encoding="utf-8") as source:
        routes = dict(re.findall(r'\{"(/[a-z0-9/.]+)", "([a-z ]*)", api_', source.read()))
    assert set(routes) == set(OPENAPI["paths"])
    for path, parameters in routes.items():
        said = OPENAPI["paths"][path]["get"].get("parameters", [])
        assert sorted(parameters.split()) == sorted(p["name"] for p in said if p["in"] == "query"), path


def test_answers_before_a_telegram():
    with Web("port=/dev/no-such-port", "history.path=FOLDER/history.db") as web:
        for path in ("/api/v1/now", "/api/v1/telegram", "/api/v1/failures"):
            assert "no telegram" in ask(web, path, 503)["detail"] or \
                "has not sent a telegram" in ask(web, path, 503)["detail"]
        for path in ("/api/v1/items", "/api/v1/meters", "/api/v1/status", "/api/v1/settings", "/metrics"):
            ask(web, path)
        meter = ask(web, "/api/v1/meters")["meters"][0]
        assert meter["connected"] is False and meter["state"] and meter["devices"] == []


def test_every_golden_telegram_as_it_was_decoded():
    names = {os.path.basename(path)[:-4].replace(".", "-")[:32]: path for path in GOLDEN}
    assert len(names) == len(GOLDEN) > 40
    lines = [f"meter.{name}.port=file:{path}" for name, path in names.items()]
    with Web(*lines) as web:
        web.program.wait_log("first telegram", 20)
        wait_until(lambda: len(web.get("/api/v1/meters")["meters"]) == len(names), 20, "all meters")
        ask(web, "/api/v1/meters")
        ask(web, "/api/v1/status")
        ask(web, "/metrics")
        seen = 0
        for name, path in names.items():
            decoded = run("decode", "--format", "json", path).stdout.splitlines()
            if len(decoded) != 1 or b'"error"' in decoded[0]:
                continue
            want = json.loads(decoded[0], parse_float=str)
            wait_until(lambda: web.ask(f"/api/v1/now?meter={name}").status == 200, 20, name)
            ask(web, f"/api/v1/now?meter={name}")
            ask(web, f"/api/v1/items?meter={name}")
            ask(web, f"/api/v1/failures?meter={name}")
            got = json.loads(web.ask(f"/api/v1/now?meter={name}").body, parse_float=str)
            assert got["identification"] == want["identification"]
            assert got["items"] == [each for each in want["items"] if "superseded" not in each], name
            with open(path, "rb") as file:
                sent = web.ask(f"/api/v1/telegram?meter={name}").body
                assert sent.strip().startswith(b"/") and sent.rstrip() in file.read(), name
            seen += 1
        assert seen > 40, seen


HISTORY = ("port=simulated:", "history.path=FOLDER/history.db")


class Past:
    """A simulated meter with a past of some days, made once for all tests."""
    web = None


def past():
    if not Past.web:
        Past.web = Web(*HISTORY)
        Past.web.program.__exit__()
        Past.web.program = Program("run", "-c", Past.web.config, "--past", "35",
                                   env={"XDG_STATE_HOME": Past.web.folder})
        Past.web.__enter__()
        Past.web.program.wait_log("first telegram", 60)
        Past.web.wait_telegram()
    return Past.web


def test_all_answers_with_a_history():
    web = past()
    for path in OPENAPI["paths"]:
        if path not in ("/api/v1/events", "/api/v1/history"):
            ask(web, path)
    now = ask(web, "/api/v1/now")
    assert now["today"]["eDelivery"] is not None and now["quarter"]["month_peak"]["value"] > 0
    status = ask(web, "/api/v1/status")
    assert status["history"]["bytes"] > 0 and status["history"]["first"] < status["history"]["last"]
    items = {each["id"]: each for each in ask(web, "/api/v1/items")["items"]}
    assert items["eActualDelivery"]["history"] and not items["eEquipmentId"]["history"]
    peaks = ask(web, "/api/v1/peaks")
    assert len(peaks["months"]) >= 2 and peaks["months"] == sorted(peaks["months"], key=lambda p: p["month"])


def history(web, **parameters):
    return ask(web, "/api/v1/history?" + urllib.parse.urlencode(parameters))


def exact(web, **parameters):
    """The same with all digits: numbers in thousandths."""
    body = web.ask("/api/v1/history?" + urllib.parse.urlencode(parameters)).body
    return json.loads(body, parse_float=lambda text: int(text.replace(".", "")))


def test_history_by_every_step_adds_up():
    web = past()
    last = ask(web, "/api/v1/status")["history"]["last"][:10]
    day = exact(web, items="eDelivery", to=last, step="day", **{"from": "2000-01-02"})
    assert len(day["times"]) == len(day["series"][0]["used"]) + 1
    start = next(t for t, used in zip(day["times"], day["series"][0]["used"]) if used is not None)
    sums = set()
    for step in ("15min", "1h", "day", "month", "year"):
        answer = exact(web, items="eDelivery", to=last, step=step, **{"from": start})
        sums.add((step if step in ("month", "year") else "",
                  sum(used for used in answer["series"][0]["used"] if used is not None)))
    whole = [total for name, total in sums if not name]
    assert len(whole) == 1 and whole[0] > 0, sums
    power = history(web, items="eActualDelivery,gValue", to=last, step="1h", **{"from": start + 2 * 86400})
    for mean, least, greatest in zip(*(power["series"][0][name] for name in ("mean", "least", "greatest"))):
        assert least <= mean <= greatest
    assert [series["id"] for series in power["series"]] == ["eActualDelivery", "gValue"]


def test_the_same_period_said_in_other_words():
    web = past()
    last = ask(web, "/api/v1/status")["history"]["last"][:10]
    year, month, day = map(int, last.split("-"))
    base = history(web, items="eDelivery", step="15min", to=f"{last}T06:00", **{"from": last})
    assert base["from"].startswith(f"{year:04}-{month:02}-{day:02}T00:00:00")
    offset = base["from"][19:]
    for start in (base["times"][0], base["from"], base["from"].replace("+", " "), f"{last}T00:00",
                  f"{last}T00:00:00", f"{last} 00:00"):
        again = history(web, items="eDelivery", step="15min", to=f"{last}T06:00:00{offset}", **{"from": start})
        assert again["times"] == base["times"], start


def test_history_as_csv():
    web = past()
    last = ask(web, "/api/v1/status")["history"]["last"][:10]
    path = f"/api/v1/history?items=eDelivery,eActualDelivery&from={last}T00:00&to={last}T02:00&step=15min"
    for answer in (web.ask(path + "&format=csv"), web.ask(path, Accept="text/csv")):
        assert answer.headers["content-type"].startswith("text/csv"), answer.headers
        rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8"))))
        assert rows[0] == ["time", "eDelivery used kWh", "eDelivery reading kWh", "eActualDelivery mean kW",
                           "eActualDelivery least kW", "eActualDelivery greatest kW"]
        assert len(rows) == 9 and rows[1][0].startswith(f"{last}T00:00:00")
    for wish, csv_wanted in (("application/json, text/csv;q=0.5", False), ("text/csv, application/json", False),
                             ("*/*", False), ("text/html, */*;q=0.8", False), ("text/csv, */*;q=0.1", True),
                             ("application/json;q=0.4, text/csv;q=0.5", True), ("text/csv;q=0", False)):
        answer = web.ask(path, Accept=wish)
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/csv") == csv_wanted, wish
    same = json.loads(web.ask(path).body, parse_float=str)["series"][0]["used"]
    assert [row[1] for row in rows[1:]] == [used or "" for used in same]


def test_no_item_without_a_history_is_taken():
    """Those of which the items say that they have one are answered, the others are not."""
    web = past()
    kinds = {True: 200, False: 400}
    items = {each["id"]: each["history"] for each in ask(web, "/api/v1/items")["items"]}
    assert set(items.values()) == {True, False}
    for item, kept in items.items():
        ask(web, f"/api/v1/history?items={item}&step=1h", kinds[kept])


with open(os.path.join(ROOT, "lib", "objects.def"), encoding="utf-8") as stream:
    MANY = re.findall(r'^ITEM\((\w+),[^"]*"\w*", "total_increasing"', stream.read(), re.M)


def test_wrong_questions_are_told():
    web = past()
    good = "items=eDelivery&from=2026-01-01&to=2026-01-02"
    for query, words in (
            ("", "items has to name"), ("items=", "items has to name"), ("items=,", "no item"),
            ("items=nonsense", "no item 'nonsense'"), ("items=eDelivery&from=soon", "from=soon is no time"),
            ("items=eDelivery&from=2026-13-01", "is no time"), ("items=eDelivery&from=2026-02-30", "is no time"),
            ("items=eDelivery&to=1999-01-01", "is no time"), ("items=eDelivery&from=2026-01-01T25:00", "is no time"),
            ("items=eDelivery&from=2026-01-01T00:00%2B99:00", "is no time"), (good + "&step=7s", "step has to be"),
            (good + "&format=xml", "format has to be"), (good + "&color=red", "'color' is not known"),
            (good + "&from=2026-01-01", "there twice"), ("items=eDelivery&from=2026-01-02&to=2026-01-01", "before"),
            ("items=eDelivery&from=-5", "is no time"), ("items=eDelivery&from=2026-01-01&step=10s&to=2027-01-01",
                                                        "step=1h is the finest"),
            ("items=" + ",".join(MANY[:33]), "at most 32"), ("items=eDelivery,eDelivery", "'eDelivery' twice"),
            ("items=gValue,eActualDelivery,gValue", "'gValue' twice"),
            ("items=eTariffIndicator", "'eTariffIndicator' has no history"),
            ("items=eTreshold", "'eTreshold' has no history"),
            ("items=eDelivery,P1Timestamp", "'P1Timestamp' has no history"),
            ("items=eDelivery&from=0&to=99999999999", "the period is too long"),
            ("items=eDelivery&from=1&to=99999999999&step=year", "the period is too long"),
            ("items=eDelivery&to=0", "from has to be before to"),
            ("items=eDelivery&from=99999999999", "from is in the future"),
            ("items=eDelivery&from=2099-12-31&step=day", "from is in the future")):
        answer = ask(web, "/api/v1/history?" + query, 400)
        assert words in answer["detail"], (query, answer)
    assert ask(web, "/api/v1/history?items=eDelivery&meter=none", 404)["title"] == "Not Found"
    assert "no meter 'a\"<b>'" in ask(web, "/api/v1/now?meter=a%22%3Cb%3E", 404)["detail"]
    assert b"meter=%FF" not in web.ask("/api/v1/now?meter=%FF").body
    assert web.ask("/api/v1/now?meter=%FF").status == 400


def test_many_questions_at_once():
    """Each is answered or told to come again; those who leave meanwhile harm nobody."""
    web = past()
    last = ask(web, "/api/v1/status")["history"]["last"][:10]
    query = f"items=eDelivery,eProduction,eActualDelivery,gValue&from={last}&step=10s"
    request = f"GET /api/v1/history?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    for patient in (False, True):
        clients = [web.connect() for _ in range(150)]
        for client in clients:
            client.sendall(request)
        for number, client in enumerate(clients):
            if patient or number % 3 == 0:
                client.settimeout(60)
                answer = read_all(client)
                assert answer[:12] in (b"HTTP/1.1 200", b"HTTP/1.1 503"), answer[:200]
                assert (b"\r\nRetry-After: " in answer) == answer.startswith(b"HTTP/1.1 503"), answer[:500]
            client.close()
    good = ask(web, "/api/v1/status")["meters"][0]["telegrams"]["good"]
    wait_until(lambda: ask(web, "/api/v1/status")["meters"][0]["telegrams"]["good"] > good, 20, "telegrams")


def test_what_is_long_over_may_be_kept():
    web = past()
    old = web.ask("/api/v1/history?items=eDelivery&from=2024-01-01&to=2024-02-01&step=day")
    assert "max-age" in old.headers["cache-control"]
    assert web.ask("/api/v1/history?items=eDelivery&step=1h").headers["cache-control"] == "no-cache"
    again = web.ask("/api/v1/history?items=eDelivery&from=2024-01-01&to=2024-02-01&step=day",
                    If_None_Match=old.headers["etag"], Accept_Encoding="gzip")
    assert (again.status, again.body) == (304, b"")


def test_without_a_history():
    with Web("port=simulated:") as web:
        web.wait_telegram()
        for path in ("/api/v1/history?items=eDelivery", "/api/v1/peaks"):
            assert "history.path" in ask(web, path, 404)["detail"]
        assert ask(web, "/api/v1/now")["today"] is None
        assert ask(web, "/api/v1/status")["history"] is None
        assert not any(each["history"] for each in ask(web, "/api/v1/items")["items"])


def test_a_history_that_cannot_be_read_is_told():
    with Web("port=simulated:", "history.path=FOLDER/none/history.db") as web:
        web.wait_telegram()
        for path in ("/api/v1/history?items=eDelivery", "/api/v1/peaks"):
            assert "cannot be read" in ask(web, path, 503)["detail"]
        assert ask(web, "/api/v1/now")["today"] is None
        ask(web, "/api/v1/failures")
        assert ask(web, "/api/v1/status")["history"] is None


def test_a_history_of_which_nothing_is_written_yet():
    with Web("port=simulated:", "history.path=FOLDER/history.db", "history.write.seconds=1234") as web:
        web.wait_telegram()
        for path in ("/api/v1/history?items=eDelivery", "/api/v1/peaks"):
            answer = web.ask(path)
            assert answer.headers["retry-after"] == "1234", (path, answer.headers)
            detail = described(path, answer)["detail"]
            assert answer.status == 503 and "written within 1234 seconds" in detail, detail
            assert "no meter" not in detail and web.folder not in detail, detail


def test_settings_without_secrets():
    lines = ("port=simulated:", "openhab.token=oh.dsmr.geheim", "push.url=http://me:geheim@localhost:9/geheim",
             "push.hook.url=http://me:geheim@localhost:9/in?key=geheim", "push.hook.batch=7",
             "decryption.key=00112233445566778899AABBCCDDEEFF", "meter.garage.port=simulated:",
             "meter.garage.decryption.key=FFEEDDCCBBAA99887766554433221100")
    with Web(*lines) as web:
        settings = ask(web, "/api/v1/settings")
        values = {each["key"]: each["value"] for each in settings["settings"]}
        assert values["openhab.token"] == "***" and values["meter.garage.decryption.key"] == "***"
        assert (values["push.hook.batch"], values["push.hook.url"]) == ("7", "http://***@localhost:9/***")
        assert "push.hook.format" not in values
        assert [sink["name"] for sink in ask(web, "/api/v1/status")["sinks"]] == ["push", "push.hook"]
        assert all(each["description_nl"] and each["description_nl"] != each["description"]
                   for each in settings["settings"])
        text = json.dumps(settings)
        for secret in ("geheim", "00112233", "FFEEDDCC"):
            assert secret not in text
        assert settings["file"] == web.config


def test_events_are_as_described():
    with Web("port=simulated:") as web, Events(web) as events:
        for _, name, said in events.wait(3):
            check(OPENAPI, {"$ref": "#/components/schemas/" + ("Event" if name == "telegram" else "Line")}, said)
        assert "text/event-stream" in events.data.decode().lower()


def test_ends():
    """Last: the one with a past."""
    assert past().program.stop() == 0
    past().__exit__(None, None, None)


harness.main()
