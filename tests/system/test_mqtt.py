#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr run publishing to the real mosquitto: what, where, how sure, how safe."""
import contextlib
import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import harness
from mqtt_broker import Broker, Subscriber, free_port


class Digits(str):
    """A number of JSON with all its digits."""


def parse(text):
    return json.loads(text, parse_float=Digits, parse_int=Digits)


@contextlib.contextmanager
def running(url, *lines, port="simulated:", env=None):
    """dsmr with these lines in its configuration; its folder goes with it."""
    folder = tempfile.mkdtemp(prefix="dsmr-mqtt-")
    try:
        config = os.path.join(folder, "dsmr.cfg")
        with open(config, "w", encoding="utf-8") as file:
            file.write("\n".join([f"port={port}", f"mqtt.url={url}", "homie.version=no", *lines, ""]))
        environment = {"XDG_STATE_HOME": folder, "STATE_DIRECTORY": folder, **(env or {})}
        with harness.Program("run", "-c", config, env=environment) as dsmr:
            dsmr.config = config
            yield dsmr
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def warnings(dsmr):
    return [line for line in dsmr.errors().splitlines()
            if (" warn " in line or " error " in line) and " mqtt: " in line]


def plain(item):
    """What stands in the topic of an item of the JSON."""
    value = str(item["value"])
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "", value).strip()


def items_of(telegram):
    return {item["id"]: item for item in telegram["items"] if not item.get("superseded")}


def test_every_value_of_a_telegram():
    with Broker() as broker, Subscriber(broker) as seen, running(broker.url, "mqtt.raw=yes") as dsmr:
        seen.wait("dsmr/main/raw", 3)
        assert dsmr.stop() == 0
        seen.wait("dsmr/status", 2)
        telegrams = [parse(text) for text in seen.texts("dsmr/main/json")]
        for number, raw in enumerate(seen.of("dsmr/main/raw")):
            assert re.fullmatch(rb"/.*\r\n![0-9A-F]{4}", raw.payload, re.DOTALL), raw.payload
            decoded = harness.run("decode", "--format", "json", input=raw.payload + b"\r\n")
            wanted = parse(decoded.stdout)
            told = telegrams[number]
            assert list(told)[:4] == ["meter", "seq", "received", "crc16"], list(told)
            assert told["meter"] == "main" and told["seq"] == str(number + 1)
            assert told["crc16"].encode() == raw.payload[-4:]
            assert {key: told[key] for key in wanted} == wanted
            for name, item in items_of(wanted).items():
                assert seen.texts(f"dsmr/main/{name}")[number] == plain(item), name
        assert len(items_of(telegrams[0])) > 50
        received = datetime.datetime.strptime(telegrams[0]["received"], "%Y-%m-%dT%H:%M:%S.%fZ")
        assert abs(received - datetime.datetime.utcnow()).total_seconds() < 60


def test_states_are_retained_and_values_are_not():
    with Broker() as broker, running(broker.url):
        with Subscriber(broker) as first:
            first.wait("dsmr/main/json", 2)
        with Subscriber(broker) as late:
            late.wait("dsmr/main/json")
            retained = {message.topic for message in late.messages if message.retained}
            assert retained == {"dsmr/status", "dsmr/main/status"}, retained
            assert late.texts("dsmr/status")[0] == late.texts("dsmr/main/status")[0] == "online"


def test_values_are_retained_on_request():
    with Broker() as broker, running(broker.url, "mqtt.retain=yes", "mqtt.raw=yes") as dsmr:
        with Subscriber(broker) as first:
            first.wait("dsmr/main/raw", 2)
        dsmr.stop()
        with Subscriber(broker) as late:
            late.wait("dsmr/main/eDeliveryTariff1")
            retained = {message.topic for message in late.messages}
            assert "dsmr/main/json" in retained and "dsmr/main/gValue" in retained
            assert "dsmr/main/raw" not in retained
            assert late.texts("dsmr/status") == ["offline"]


def test_last_will_after_kill_9():
    with Broker() as broker, Subscriber(broker) as seen, running(broker.url) as dsmr:
        seen.wait("dsmr/main/json")
        assert seen.texts("dsmr/status") == ["online"]
        dsmr.process.kill()
        seen.wait("dsmr/status", 2)
        assert seen.texts("dsmr/status") == ["online", "offline"]
        with Subscriber(broker) as late:
            assert late.wait("dsmr/status")[0].retained


def test_farewell_at_a_clean_end():
    with Broker() as broker, Subscriber(broker) as seen, running(broker.url) as dsmr:
        seen.wait("dsmr/main/json")
        begun = time.monotonic()
        assert dsmr.stop() == 0
        assert time.monotonic() - begun < harness.AT_ONCE
        seen.wait("dsmr/status", 2)
        assert seen.texts("dsmr/status") == ["online", "offline"]
        assert "disconnected" in broker.errors()  # not lost: DISCONNECT was sent


def test_line_of_a_meter_that_is_not_there():
    port = f"tcp://127.0.0.1:{free_port()}"
    with Broker() as broker, Subscriber(broker) as seen, running(broker.url, port=port):
        seen.wait("dsmr/main/status")
        assert seen.texts("dsmr/main/status") == ["offline"]
        assert seen.texts("dsmr/status") == ["online"]


def test_line_of_a_meter_whose_port_is_refused():
    with Broker() as broker, Subscriber(broker) as seen:
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-t", "dsmr/garage/status",
                        "-m", "online", "-r"], check=True, timeout=30)  # of the run before
        seen.wait("dsmr/garage/status", 1)
        with running(broker.url, "meter.garage.port=simulated:none") as dsmr:
            seen.wait("dsmr/main/json", 2)
            dsmr.wait_log("no simulated meter is called 'none'", 10)
            seen.wait("dsmr/garage/status", 2)
            assert seen.texts("dsmr/garage/status") == ["online", "offline"]


def test_line_of_a_meter_that_comes_and_goes():
    port = free_port()
    simulate = ("simulate", "--standard", "5.0", "--tcp", f"127.0.0.1:{port}", "--interval", "0.2")
    with Broker() as broker, Subscriber(broker) as seen, \
            running(broker.url, port=f"tcp://127.0.0.1:{port}"):
        seen.wait("dsmr/main/status", 1)
        with harness.Program(*simulate):
            seen.wait("dsmr/main/status", 2)
        seen.wait("dsmr/main/status", 3)
        assert seen.texts("dsmr/main/status") == ["offline", "online", "offline"]


def test_topics_of_the_users_choice():
    lines = ("mqtt.topic=huis/p1/{item}", "mqtt.json=huis/alles", "mqtt.raw=huis/{meter}.raw")
    with Broker() as broker, Subscriber(broker) as seen, running(broker.url, *lines):
        seen.wait("huis/main.raw", 2)
        seen.wait("huis/alles")
        seen.wait("huis/p1/gValue")
        seen.wait("huis/p1/status")  # of dsmr
        seen.wait("huis/p1/line")
        assert not [m.topic for m in seen.messages if not m.topic.startswith("huis/")]


def test_only_json():
    with Broker() as broker, Subscriber(broker) as seen, running(broker.url, "mqtt.topic=no"):
        seen.wait("dsmr/main/json", 2)
        assert {m.topic for m in seen.messages} == {"dsmr/main/json", "dsmr/main/status",
                                                    "dsmr/status"}


def test_no_json():
    with Broker() as broker, Subscriber(broker) as seen, running(broker.url, "mqtt.json=no"):
        seen.wait("dsmr/main/gValue", 2)
        assert not seen.of("dsmr/main/json")


def test_two_meters():
    lines = ("meter.garage.port=simulated:4.2", "log.level=debug")
    with Broker() as broker, Subscriber(broker) as seen, running(broker.url, *lines):
        seen.wait("dsmr/main/json", 2)
        seen.wait("dsmr/garage/json")
        seen.wait("dsmr/garage/status")
        assert parse(seen.texts("dsmr/garage/json")[0])["meter"] == "garage"


def qos_of(qos):
    with Broker() as broker, Subscriber(broker) as seen, running(broker.url, f"mqtt.qos={qos}"):
        seen.wait("dsmr/main/json", 3)
        assert {m.qos for m in seen.of("dsmr/main/json") + seen.of("dsmr/main/gValue")} == {qos}
        numbers = [int(parse(text)["seq"]) for text in seen.texts("dsmr/main/json")]
        assert numbers == list(range(1, len(numbers) + 1)), numbers


def test_qos_0():
    qos_of(0)


def test_qos_1():
    qos_of(1)


def test_qos_2():
    qos_of(2)


def test_mqtt_5():
    with Broker() as broker, Subscriber(broker, options=("-V", "5")) as seen, \
            running(broker.url, "mqtt.version=5", "mqtt.qos=1") as dsmr:
        seen.wait("dsmr/main/json", 3)
        assert "with MQTT 5" in dsmr.errors()
        assert re.search(r"connected from .* as dsmr[0-9a-f]{16} \(p5", broker.errors()), broker.errors()
        dsmr.process.kill()
        seen.wait("dsmr/status", 2)


def test_client_id_and_keep_alive():
    with Broker() as broker, Subscriber(broker) as seen, \
            running(broker.url, "mqtt.client=the cellar", "mqtt.keepalive=7"):
        seen.wait("dsmr/main/json")
        assert re.search(r" as the cellar \(p2, c1, k7\)", broker.errors()), broker.errors()


def test_unix_socket():
    with Broker("listener 0 {folder}/socket") as broker, Subscriber(broker) as seen, \
            running(f"unix:{broker.folder}/socket") as dsmr:
        seen.wait("dsmr/main/json", 2)
        broker.stop()
        dsmr.wait_log("lost the connection to the broker at unix:", 20)
        dsmr.wait_log("the newest values are kept for it", 1)


def test_broker_that_comes_later():
    port = free_port()
    with running(f"mqtt://127.0.0.1:{port}") as dsmr:
        dsmr.wait_log(f"no broker at mqtt://127.0.0.1:{port}: connection refused; the newest values "
                      "are kept for it", 20)
        with Broker(port=port) as broker, Subscriber(broker) as seen:
            seen.wait("dsmr/main/json", 2, 60)
            dsmr.wait_log("is there again after ", 5)
            assert len(warnings(dsmr)) == 1, warnings(dsmr)


def test_broker_that_restarts():
    with Broker() as broker, running(broker.url, "mqtt.raw=yes") as dsmr:
        with Subscriber(broker) as seen:
            seen.wait("dsmr/main/json", 2)
        broker.stop()
        dsmr.wait_log("lost the connection to the broker", 10)
        broker.start()
        with Subscriber(broker) as seen:
            seen.wait("dsmr/main/json", 2, 60)
            # What stands is sent again: this broker has nothing retained of before.
            assert seen.texts("dsmr/status")[0] == seen.texts("dsmr/main/status")[0] == "online"
        assert len(warnings(dsmr)) == 1, warnings(dsmr)
        assert dsmr.errors().count("is there again") == 1


def test_newest_values_win_while_the_broker_is_away():
    """Only the newest of each topic is sent when it is back, however long that took."""
    port = free_port()
    feed = free_port()
    simulate = ("simulate", "--standard", "5.0", "--tcp", f"127.0.0.1:{feed}", "--interval", "0.05", "--seed", "3")
    with harness.Program(*simulate), \
            running(f"mqtt://127.0.0.1:{port}", "log.level=debug", port=f"tcp://127.0.0.1:{feed}") as dsmr:
        harness.wait_until(lambda: dsmr.errors().count("P1Timestamp = ") > 20, 20, "20 telegrams")
        dsmr.wait_log("no broker at ", 20)
        with Broker(port=port) as broker, Subscriber(broker) as seen:
            first = parse(seen.wait("dsmr/main/json", 1, 60)[0].text)
            assert int(first["seq"]) > 10, first["seq"]
            moments = seen.wait("dsmr/main/P1Timestamp", 3)
            assert items_of(first)["P1Timestamp"]["value"] <= moments[1].text


def password_file(folder, text, mode=0o600):
    path = os.path.join(folder, "password")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


@contextlib.contextmanager
def guarded_broker(*lines):
    """A broker that lets nobody in but user, whose password is 'right one'."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "users")
        subprocess.run(["mosquitto_passwd", "-b", "-c", path, "user", "right one"], check=True)
        os.chmod(path, 0o600)
        with Broker(f"password_file {path}", *lines, anonymous=False) as broker:
            yield broker, folder


LOGIN = ("-u", "user", "-P", "right one")


def test_user_and_password():
    with guarded_broker() as (broker, folder), Subscriber(broker, options=LOGIN) as seen:
        path = password_file(folder, "right one\n")
        with running(broker.url, "mqtt.user=user", f"mqtt.password.file={path}") as dsmr:
            seen.wait("dsmr/main/json", 2)
            assert not warnings(dsmr), warnings(dsmr)
            assert "right one" not in dsmr.errors() + dsmr.output()


def test_wrong_password_is_told_once():
    for version, number in (("3.1.1", 5), ("5", 135)):
        with guarded_broker() as (broker, folder):
            path = password_file(folder, "wrong one\n")
            with running(broker.url, "mqtt.user=user", f"mqtt.password.file={path}",
                         f"mqtt.version={version}") as dsmr:
                dsmr.wait_log(f"check mqtt.user, mqtt.password.file and its access list ({number})", 20)
                harness.wait_until(lambda: broker.errors().count("not authorised") >= 3, 30,
                                   broker.errors)
                assert len(warnings(dsmr)) == 1, warnings(dsmr)
                assert "wrong one" not in dsmr.errors()
                assert dsmr.stop() == 0


def test_password_that_others_can_read():
    with guarded_broker() as (broker, folder), Subscriber(broker, options=LOGIN) as seen:
        path = password_file(folder, "right one", 0o644)
        with running(broker.url, "mqtt.user=user", f"mqtt.password.file={path}") as dsmr:
            seen.wait("dsmr/main/json")
            assert f"others on this machine can read {path}; cure: chmod 600 '{path}'" in dsmr.errors()


def test_password_file_that_is_missing():
    with Broker() as broker, running(broker.url, "mqtt.user=u", "mqtt.password.file=/nowhere") as dsmr:
        dsmr.wait_log("key 'mqtt.password.file': /nowhere: no such file", 10)


def make_certificates(folder):
    """A CA, a certificate of it for 127.0.0.1, one for another host, and one for a client."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=folder, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
            "-days", "2", "-subj", "/CN=a CA for tests")
    for name, extra in (("server", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
                        ("other", "subjectAltName=DNS:other.example"),
                        ("client", "extendedKeyUsage=clientAuth")):
        with open(os.path.join(folder, "extra"), "w", encoding="utf-8") as file:
            file.write(extra)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out",
                name + ".csr", "-subj", f"/CN={name}.example")
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", name + ".pem", "-days", "2", "-extfile", "extra")


@contextlib.contextmanager
def tls_broker(certificate="server", *lines):
    """A broker with a second port that speaks TLS; its plain one is for the subscriber."""
    with tempfile.TemporaryDirectory() as folder:
        make_certificates(folder)
        port = free_port()
        with Broker(f"listener {port} 127.0.0.1", f"cafile {folder}/ca.pem",
                    f"certfile {folder}/{certificate}.pem", f"keyfile {folder}/{certificate}.key",
                    *lines) as broker:
            yield broker, f"mqtts://127.0.0.1:{port}", folder


def test_tls():
    with tls_broker() as (broker, url, folder), Subscriber(broker) as seen, \
            running(url, f"mqtt.ca={folder}/ca.pem", "mqtt.qos=1") as dsmr:
        seen.wait("dsmr/main/json", 3)
        assert not warnings(dsmr), warnings(dsmr)
        assert dsmr.stop() == 0
        seen.wait("dsmr/status", 2)


def test_tls_by_name():
    harness.need_localhost()
    with tls_broker() as (broker, url, folder), Subscriber(broker) as seen, \
            running(url.replace("127.0.0.1", "localhost"), f"mqtt.ca={folder}/ca.pem"):
        seen.wait("dsmr/main/json")


def test_client_certificate():
    with tls_broker("server", "require_certificate true", "use_identity_as_username true") as \
            (broker, url, folder), Subscriber(broker) as seen:
        files = (f"mqtt.ca={folder}/ca.pem", f"mqtt.cert={folder}/client.pem",
                 f"mqtt.key={folder}/client.key")
        with running(url, *files):
            seen.wait("dsmr/main/json", 2)
            assert "client.example" in broker.errors(), broker.errors()


def told_once(url, text, *lines):
    """A broker that cannot be had, and that is said once, however often it is tried."""
    with running(url, "log.level=debug", *lines) as dsmr:
        dsmr.wait_log(text, 20)
        attempts = re.compile(r" debug mqtt: (no |the broker|lost)")
        harness.wait_until(lambda: len(attempts.findall(dsmr.errors())) >= 3, 30, dsmr.errors)
        assert len(warnings(dsmr)) == 1, warnings(dsmr)
        assert text in warnings(dsmr)[0], warnings(dsmr)
        begun = time.monotonic()
        assert dsmr.stop() == 0
        assert time.monotonic() - begun < harness.AT_ONCE


def test_client_certificate_that_is_missing():
    with tls_broker("server", "require_certificate true") as (_, url, folder):
        told_once(url, "want mqtt.cert and mqtt.key?", f"mqtt.ca={folder}/ca.pem")


def test_certificate_that_nobody_trusts():
    with tls_broker() as (broker, url, _), Subscriber(broker) as seen:
        told_once(url, "its certificate is not trusted: mqtt.ca names the file of the CA")
        assert not seen.messages


def test_certificate_for_another_host():
    with tls_broker("other") as (broker, url, folder), Subscriber(broker) as seen:
        told_once(url, "its certificate is for another host name", f"mqtt.ca={folder}/ca.pem")
        assert not seen.messages


def test_ca_that_cannot_be_read():
    told_once(f"mqtts://127.0.0.1:{free_port()}", "since mqtt.ca=/nowhere/ca.pem: no such file",
              "mqtt.ca=/nowhere/ca.pem")


def test_tls_to_a_port_without():
    with Broker() as broker:
        told_once(f"mqtts://127.0.0.1:{broker.port}", "is it mqtt:// instead of mqtts://")


def test_no_tls_to_a_port_with_it():
    with tls_broker() as (_, url, _):
        told_once(url.replace("mqtts:", "mqtt:"), "does it want mqtts://?")


def test_reading_the_configuration_again():
    with Broker() as broker, Subscriber(broker) as seen, running(broker.url) as dsmr:
        seen.wait("dsmr/main/json", 2)
        with open(dsmr.config, "a", encoding="utf-8") as config:
            config.write("mqtt.topic=p1/{meter}/{item}\n")
        dsmr.process.send_signal(signal.SIGHUP)
        seen.wait("p1/main/json", 2)
        assert seen.texts("dsmr/status") == ["online", "offline", ""]  # and nothing stays
        assert seen.texts("p1/status") == ["online"]


def test_pace_with_mean_least_and_greatest():
    feed = free_port()
    simulate = ("simulate", "--standard", "5.0", "--tcp", f"127.0.0.1:{feed}", "--interval", "0.1")
    with Broker() as broker, Subscriber(broker) as seen, harness.Program(*simulate), \
            running(broker.url, "mqtt.update=2", port=f"tcp://127.0.0.1:{feed}"):
        seen.wait("dsmr/main/json", 3)
        told = parse(seen.texts("dsmr/main/json")[2])
        volts = items_of(told)["eInstantVoltageL1"]
        assert float(volts["least"]) <= float(volts["value"]) <= float(volts["greatest"]), volts
        assert seen.texts("dsmr/main/eInstantVoltageL1")[2] == volts["value"]
        seen.wait("dsmr/main/eInstantVoltageL1/least")
        seen.wait("dsmr/main/eInstantVoltageL1/greatest")




if __name__ == "__main__":
    harness.main()
