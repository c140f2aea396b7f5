#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr run pushing to web servers: what arrives, and what becomes of it when a server will not.
Times of waiting are tested in unit/test_push.c."""
import contextlib
import os
import shutil
import subprocess
import tempfile
import time

import harness
import p1
from mqtt_broker import free_port
from push_server import CLOSE, HANG, Influx, Webhook
from test_mqtt import parse
from test_mqtt_spool import check_complete, folder, meter

GOLDEN = os.path.join(harness.ROOT, "tests", "golden")
SECRET = "s3cr3t-t0ken"


@contextlib.contextmanager
def running(url, *lines, port="simulated:", verbose=False):
    """dsmr with these lines in its configuration; {folder} in them is a folder of its own."""
    path = tempfile.mkdtemp(prefix="dsmr-push-")
    try:
        config = os.path.join(path, "dsmr.cfg")
        text = "\n".join([f"port={port}", f"push.url={url}", *lines, ""])
        with open(config, "w", encoding="utf-8") as file:
            file.write(text.replace("{folder}", path))
        environment = {"XDG_STATE_HOME": path, "STATE_DIRECTORY": path}
        with harness.Program("run", *(["-v"] if verbose else []), "-c", config,
                             env=environment) as dsmr:
            dsmr.config = config
            yield dsmr
    finally:
        shutil.rmtree(path, ignore_errors=True)


def secret(path, text):
    """A file that only its owner may read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="latin-1") as file:
        file.write(text)
    return path


def told(dsmr, level="warn"):
    return [line for line in dsmr.errors().splitlines() if f" {level} " in line and " push: " in line]


def golden(name):
    with open(os.path.join(GOLDEN, name + ".txt"), "rb") as file:
        return file.read()


def decoded(telegram):
    return parse(harness.run("decode", "--format", "json", input=telegram).stdout.splitlines()[0])


@contextlib.contextmanager
def pushed(telegram, url, *lines):
    """dsmr that has read one telegram."""
    with p1.TcpMeter() as source, \
            running(url, "push.batch=1", *lines, port=f"tcp://127.0.0.1:{source.port}",
                    verbose=True) as dsmr:
        harness.wait_until(lambda: source.clients, 20, dsmr.errors)
        source.send(telegram)
        yield dsmr


def fields_of(telegram):
    """{item: value}, {item: own time} of what counts of a telegram."""
    items = [item for item in telegram["items"] if not item.get("superseded")]
    return {item["id"]: item["value"] for item in items}, \
        {item["id"]: item["time"] for item in items if "time" in item and "channel" in item}


def test_json_is_what_decode_prints():
    telegram = golden("nl-50-four-kinds")
    with Webhook() as hook, pushed(telegram, hook.url):
        hook.wait_requests(1)
        request = hook.all()[0]
        assert request.path == "/hook"
        assert request.headers["Content-Type"] == "application/json"
        assert "Content-Encoding" not in request.headers and "Authorization" not in request.headers
        sent, = parse(request.body)
        wanted = decoded(telegram)
        assert {key: sent[key] for key in wanted} == wanted
        assert list(sent)[:4] == ["meter", "seq", "received", "crc16"], list(sent)
        assert sent["meter"] == "main" and sent["seq"] == "1"
        assert sent["crc16"].encode() == telegram.rsplit(b"!", 1)[1][:4]


def test_telegrams_come_in_batches():
    with Webhook() as hook, meter("0.02") as port, \
            running(hook.url, "push.batch=7", port=port):
        hook.wait_number(50)
        sizes = [len(parse(request.body)) for request in hook.all()]
        assert sizes[:6] == [7] * 6, sizes
        check_complete(hook.numbers(), 0)


def test_a_batch_that_is_not_full_goes_out_in_time():
    begun = time.monotonic()
    with Webhook() as hook, pushed(golden("nl-42-no-line-end"), hook.url, "push.batch=100",
                                   "push.batch.seconds=2"):
        hook.wait_requests(1)
        assert hook.all()[0].time - begun >= 2
        assert len(hook.telegrams()) == 1


def test_body_may_be_compressed():
    with Webhook() as hook, meter() as port, running(hook.url, "push.gzip=yes", port=port):
        hook.wait_requests(2)
        assert hook.all()[0].headers["Content-Encoding"] == "gzip"
        check_complete(hook.numbers(), 0)


def test_two_meters():
    with Webhook() as hook, meter("0.1") as first, meter("0.1") as second, \
            running(hook.url, f"meter.garage.port={second}", port=first):
        hook.wait_number(40)
        assert {telegram["meter"] for telegram in hook.telegrams()} == {"main", "garage"}


def test_pace():
    with Webhook() as hook, meter("0.05") as port, \
            running(hook.url, "push.update=2", "push.batch=1", port=port):
        hook.wait_number(3)
        mean = {item["id"]: item for item in hook.telegrams()[1]["items"]}["eActualDelivery"]
        assert float(mean["least"]) <= float(mean["value"]) <= float(mean["greatest"]), mean
        assert "crc16" not in hook.telegrams()[1]


def check_influx(database, telegram, measurement='"dsmr"'):
    """Every value of the telegram is there, at its own time, and nothing else."""
    series = harness.wait_until(lambda: database.query(f"SELECT * FROM {measurement}"), 30, "no row")
    rows = {row[0]: dict(zip(series[0]["columns"][1:], row[1:])) for row in series[0]["values"]}
    values, times = fields_of(decoded(telegram))
    moment = values.pop("P1Timestamp")
    got = {}
    for at, row in rows.items():
        assert row.pop("meter") == "main"
        for name, value in row.items():
            if value is None:
                continue
            assert name not in got, name
            got[name] = value
            own = int(subprocess.run(["date", "-d", times.get(name, moment), "+%s"],
                                     capture_output=True, text=True, check=True).stdout)
            assert at == own, (name, at, own)
    kinds = {row[0]: row[1] for row in database.query(f"SHOW FIELD KEYS FROM {measurement}")[0]["values"]}
    for name, value in values.items():
        number = not isinstance(value, str) or type(value) is not str
        assert kinds[name] == ("float" if number else "string"), (name, kinds[name], value)
        assert float(got[name]) == float(value) if number else got[name] == value, name
    assert set(got) == set(values)
    assert len(rows) > 1 or not times


def test_influx_1():
    telegram = golden("nl-50-four-kinds")
    with Influx() as database, \
            pushed(telegram, database.url + "/write?db=meters", "push.format=influx") as dsmr:
        check_influx(database, telegram)
        assert not told(dsmr), told(dsmr)
        assert database.query("SHOW TAG KEYS")[0]["values"] == [["meter"]]


def test_influx_1_with_a_password_and_a_measurement_of_odd_name():
    telegram = golden("nl-50-iskra-one-phase")
    with folder() as path, Influx("me", "pass word") as database:
        word = secret(os.path.join(path, "word"), "pass word\n")
        with pushed(telegram, database.url + "/write?db=meters&precision=ns", "push.format=influx",
                    "push.measurement=my, 1=meter", "push.user=me", f"push.password.file={word}"):
            check_influx(database, telegram, '"my, 1=meter"')


def test_influx_2_and_3_are_asked_as_they_want_it():
    for path, wanted, scheme in (
            ("/api/v2/write?org=o&precision=ms&bucket=b", "/api/v2/write?org=o&bucket=b&precision=s",
             "Token"),
            ("/api/v3/write_lp?db=b", "/api/v3/write_lp?db=b&precision=second", "Bearer")):
        with folder() as secrets, Webhook() as hook:
            token = secret(os.path.join(secrets, "token"), SECRET + "\n")
            with pushed(golden("nl-50-four-kinds"), f"http://127.0.0.1:{hook.port}{path}",
                        "push.format=influx", f"push.token.file={token}") as dsmr:
                hook.wait_requests(1)
                request = hook.all()[0]
                assert request.path == wanted, request.path
                assert request.headers["Authorization"] == f"{scheme} {SECRET}"
                assert request.headers["Content-Type"] == "text/plain; charset=utf-8"
                assert request.body.startswith("dsmr,meter=main ") and request.body.endswith("\n")
                assert SECRET not in dsmr.errors()


def test_influx_gets_hostile_texts():
    hostile = 'a, b=c "d" \\e\\ \u00e9#'.encode("latin-1")
    lines = ["0-0:96.1.1(" + hostile.decode("latin-1") + ")", "1-0:1.8.1(001581.123*kWh)",
             "0-0:96.13.0(" + hostile.hex() + ")", "0-0:1.0.0(260102030405W)"]
    telegram = p1.telegram(identification="KFM\\5 \"x\",=", lines=lines)
    with Influx() as database, \
            pushed(telegram, database.url + "/write?db=meters", "push.format=influx") as dsmr:
        def whole_row():  # the database shows a point while it still takes it in, field by field
            rows = [dict(zip(one["columns"], one["values"][0])) for one in database.query('SELECT * FROM "dsmr"')]
            return rows and None not in rows[0].values() and rows[0]

        row = harness.wait_until(whole_row, 30, dsmr.errors)
        assert row["eEquipmentId"] == hostile.decode("latin-1"), row
        assert row["eDeliveryTariff1"] == 1581.123, row
        assert row["time"] == 1767319445, row
        assert len(database.query("SHOW MEASUREMENTS")[0]["values"]) == 1
        assert not told(dsmr), told(dsmr)


def test_influx_that_writes_a_part_is_told_and_not_asked_again():
    with Influx() as database:
        # It minds the types of a week.
        database.write(f'dsmr,meter=main eDeliveryTariff1="was text" {int(time.time())}')
        with meter() as port, running(database.url + "/write?db=meters", "push.format=influx",
                                      "push.update=change", port=port, verbose=True) as dsmr:
            dsmr.wait_log("does not write all that it gets", 30)
            assert "field type conflict" in dsmr.errors()
            harness.wait_until(
                lambda: (database.query('SELECT count("eInstantVoltageL1") FROM "dsmr"') or
                         [{"values": [[0, 0]]}])[0]["values"][0][1] > 30, 60, dsmr.errors)
            assert len(told(dsmr)) == 1, told(dsmr)


def test_who_is_not_let_in_keeps_everything():
    open_door = []

    def answer(_):
        return None if open_door else (401, '{"error":"unauthorized\\naccess"}', {})
    with folder() as path, Webhook(answer) as hook, meter("0.05") as port:
        token = secret(os.path.join(path, "token"), SECRET)
        with running(hook.url, f"push.token.file={token}", port=port) as dsmr:
            dsmr.wait_log("lets nobody in with this token or password: it answers 401: "
                          '{"error":"unauthorized', 20)
            hook.wait_requests(3)
            assert hook.all()[0].headers["Authorization"] == f"Bearer {SECRET}"
            open_door.append(True)
            hook.wait_number(60)
            check_complete(hook.numbers(), 0)
            assert len(told(dsmr)) == 1, told(dsmr)
            assert SECRET not in dsmr.errors()


def test_one_poisoned_telegram_is_left_out():
    def answer(request):
        poisoned = any(telegram["seq"] == "13" for telegram in parse(request.body))
        return (400, "number 13 again", {}) if poisoned else None
    with folder() as path, Webhook(answer) as hook, meter("0.05") as port, \
            running(hook.url, f"push.spool={path}", "push.batch=8", port=port) as dsmr:
        hook.wait_number(60, 120)
        got = hook.numbers()
        assert got == [number for number in range(1, max(got) + 1) if number != 13], got
        assert len(told(dsmr)) == 1, told(dsmr)
        assert "refuses telegram number 13 and takes others: it answers 400: number 13 again" \
            in told(dsmr)[0], told(dsmr)


def test_a_server_that_refuses_everything_costs_nothing():
    willing = []

    def answer(_):
        return None if willing else (400, "no such thing", {})
    with Webhook(answer) as hook, meter("0.1") as port, running(hook.url, port=port) as dsmr:
        dsmr.wait_log("refuses every telegram: it answers 400: no such thing", 30)
        willing.append(True)
        hook.wait_number(40, 90)
        check_complete(hook.numbers(), 0)
        assert len(told(dsmr)) == 1, told(dsmr)


def test_what_is_too_large_is_halved():
    def answer(request):
        return (413, "too large", {}) if len(parse(request.body)) > 5 else None
    with Webhook(answer) as hook, meter() as port, running(hook.url, "push.batch=40", port=port) as dsmr:
        hook.wait_number(100)
        check_complete(hook.numbers(), 0)
        assert 0 < len([request for request in hook.all() if request.status == 413]) <= 3
        assert not told(dsmr), told(dsmr)


def test_a_server_that_closes_and_one_that_hangs():
    answers = [CLOSE, CLOSE]
    hanging = []

    def answer(request):
        return answers.pop() if answers else HANG if hanging else None
    with Webhook(answer) as hook, Webhook() as other, meter("0.2") as port, folder() as path, \
            running(hook.url, f"push.spool={path}", port=port) as dsmr:
        hook.wait_number(40)
        check_complete(hook.numbers(), 0)
        assert len(told(dsmr)) == 1 and "the connection was closed" in told(dsmr)[0], told(dsmr)
        hanging.append(True)
        before = len(hook.all())
        hook.wait_requests(before + 1)
        begun = time.monotonic()
        assert dsmr.stop() == 0
        assert time.monotonic() - begun < 2
        # What hung is not lost.
        last = hook.numbers()[-1]
        with running(other.url, f"push.spool={path}", port=port):
            other.wait_number(last + 20)
            check_complete([*range(1, last + 1), *other.numbers()], 1)


def test_a_redirection_is_told_and_not_followed():
    with Webhook() as real:
        def answer(_):
            return 307, "", {"Location": real.url + "?key=" + SECRET}
        with Webhook(answer) as hook, running(hook.url, "push.batch=1") as dsmr:
            dsmr.wait_log(f"points elsewhere (307, to http://127.0.0.1:{real.port}): set push.url", 20)
            assert not real.all()
            assert SECRET not in dsmr.errors()


def test_nothing_there():
    with Webhook(lambda _: (404, "<html>\r\n  not here", {})) as hook, \
            running(hook.url, "push.batch=1") as dsmr:
        dsmr.wait_log("has nothing there to push to: it answers 404: <html> not here; is push.url right?",
                      20)


def test_secrets_are_in_no_log():
    port = free_port()
    with folder() as path:
        headers = secret(os.path.join(path, "head"), f"# ours\nX-Api-Key: {SECRET}\n\nbad {SECRET}\n")
        with Webhook() as hook:
            with running(f"http://me:{SECRET}@127.0.0.1:{hook.port}/{SECRET}?p={SECRET}",
                         f"push.header.file={headers}", "push.batch=1", verbose=True) as dsmr:
                hook.wait_requests(2)
                request = hook.all()[0]
                assert request.headers["X-Api-Key"] == SECRET
                assert request.headers["Authorization"].startswith("Basic ")
                assert request.path == f"/{SECRET}?p={SECRET}"
                dsmr.wait_log(f"telegrams go to http://127.0.0.1:{hook.port}, as JSON", 5)
                dsmr.wait_log(f"{headers}:4 is left out", 5)
                assert SECRET not in dsmr.errors()
        with running(f"http://me:{SECRET}@127.0.0.1:{port}/{SECRET}", "push.batch=1") as dsmr:
            dsmr.wait_log("nothing can be pushed", 20)
            assert SECRET not in dsmr.errors()
            shown = harness.run("check", "-c", dsmr.config).stdout.decode()
            assert f"push      http://***@127.0.0.1:{port}/***, json" in shown and SECRET not in shown


def test_secret_in_a_wrong_url():
    with folder() as path:
        config = p1.write(os.path.join(path, "dsmr.cfg"),
                          f"port=/dev/null\npush.url=htp://me:{SECRET}@host/\n")
        shown = harness.run("check", "-c", config).stdout.decode()
        assert "push.url" in shown and SECRET not in shown, shown


def test_certificates():
    with folder() as path:
        both = os.path.join(path, "both.pem")
        certificate, key = os.path.join(path, "cert.pem"), os.path.join(path, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        with open(both, "wb") as file:
            for part in (key, certificate):
                with open(part, "rb") as source:
                    file.write(source.read())
        with Webhook(certificate=both) as hook:
            with running(hook.url, "push.batch=1") as dsmr:
                dsmr.wait_log("its certificate is not trusted", 20)
                assert not hook.all()
            with running(hook.url, f"push.ca={certificate}", "push.batch=1"):
                hook.wait_number(2)


def test_a_slow_server_that_was_not_ready():
    statuses = [(503, "later", {}), (429, "later", {"Retry-After": "2"})]

    def answer(_):
        time.sleep(0.3)
        return statuses.pop(0) if statuses else None
    with Webhook(answer) as hook, meter("0.02") as port, \
            running(hook.url, "push.spool.rate=1000", port=port) as dsmr:
        hook.wait_number(50, 60)
        check_complete(hook.numbers(), 0)
        assert hook.all()[2].time - hook.all()[1].time >= 1.9
        assert len(told(dsmr)) == 1 and "it answers 503: later" in told(dsmr)[0], told(dsmr)


if __name__ == "__main__":
    harness.main()
