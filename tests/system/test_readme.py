#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the README promises: every row of its table "What do you run?" is tried with the very lines that
stand there, and every configuration in the documents is right. Only what belongs to the reader's house
is put in its place: addresses, ports, files and the meter."""
import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request

import harness
import p1_hubs
from harness import ROOT, Program, Skip, wait_until
from mqtt_broker import Broker, Subscriber
from push_server import Influx, Webhook
from openhab_server import OpenHab
from p1_house import free_port

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md",
             *sorted(f"docs/{name}" for name in os.listdir(os.path.join(ROOT, "docs"))
                     if name.endswith(".md"))]
KEY = re.compile(r"(?:dsmr:)?(?:meter\.\w+\.)?[a-z0-9]+(?:\.[a-z]+)*=")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def blocks(name):
    """What stands between fences in a document: (language, text)."""
    return re.findall(r"^```([a-z]*)\n(.*?)^```$", read(name), re.DOTALL | re.MULTILINE)


def plain_blocks(name):
    return [text for language, text in blocks(name) if not language]


def rows():
    """{what you run: (lines of dsmr.cfg, what to do there)}"""
    table = read("README.md").split("<!-- hubs -->")[1].split("<!-- /hubs -->")[0]
    found = {}
    for line in table.strip().splitlines()[2:]:
        _, who, lines, there, _ = re.split(r"(?<!\\)\|", line)
        found[who.replace("*", "").strip()] = (re.findall(r"`([^`]+)`", lines), there.strip())
    return found


def commands(text):
    """What stands as code in a cell, as a shell gets it."""
    return [command.replace("\\|", "|") for command in re.findall(r"`([^`]+)`", text)]


class Trial:
    """A row in a fresh folder: dsmr run with its lines. The words of the README's example house are
    exchanged for those of this one."""

    def __init__(self, row, *words):
        self.lines, self.there = rows()[row]
        self.folder = tempfile.mkdtemp(prefix="dsmr-readme-")
        text = "\n".join(["port=simulated:", *self.lines, ""])
        for word, own in words:
            assert word in text, f"the README does not say {word} for {row}: {self.lines}"
            text = text.replace(word, own.format(folder=self.folder))
        self.config = self.write("dsmr.cfg", text)
        self.program = None

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        write_secret(path, text)
        return path

    def __enter__(self):
        checked = harness.run("check", "-c", self.config)
        assert checked.returncode == 0 and b"warning" not in checked.stdout, checked.stdout.decode()
        self.program = Program("run", "-c", self.config, env={"STATE_DIRECTORY": self.folder})
        return self

    def __exit__(self, kind, *_):
        try:
            status = self.program.stop(seconds=20)
            told = self.program.errors()
            if kind is None:
                assert status == 0, f"status {status}:\n{told}"
                assert " warn " not in told and " error " not in told, told
        finally:
            self.program.__exit__()
            shutil.rmtree(self.folder, ignore_errors=True)


def items_of(telegram):
    """What dsmr decode says of it, by id."""
    result = harness.run("decode", "--format", "json", input=telegram)
    assert result.returncode == 0, result.stdout
    return {item["id"]: item["value"] for item in json.loads(result.stdout)["items"]}


@contextlib.contextmanager
def by_mqtt(row):
    """A broker in the place of the row's, the row's dsmr, and somebody who sees everything."""
    with Broker() as broker, Subscriber(broker) as seen, \
            Trial(row, ("mqtt://localhost", broker.url)) as trial:
        yield broker, seen, trial


def by_p1(row, address, read_telegrams):
    """Three telegrams by the row's P1 port, as that reader takes them."""
    port = free_port()
    with Trial(row, (f"tcp://{address}:2000", f"tcp://{address}:{port}")) as trial:
        assert "2000" in trial.there, trial.there
        telegrams = [items_of(telegram) for telegram in read_telegrams(port, 3)]
    assert len({items["P1Timestamp"] for items in telegrams}) == 3, telegrams
    assert all(float(items["eDeliveryTariff1"]) > 0 for items in telegrams)


def readme_items():
    """The items that the README shows, but those of another meter."""
    return "".join(block for block in plain_blocks("README.md")
                   if block.startswith("Number ") and 'dsmr="garage' not in block)


def test_openHAB_with_items_files():
    items = readme_items()
    wanted = dict(re.findall(r'(\w+) ".*dsmr="(\w+)"', items))
    assert len(wanted) >= 4, items
    kinds = {name: re.search(rf"(\S+) {name} ", items)[1] for name in wanted}
    with OpenHab(kinds) as hub:
        trial = Trial("openHAB with items files", ("http://localhost:8080", hub.url),
                      ("/etc/openhab/items", "{folder}/items"))
        os.mkdir(os.path.join(trial.folder, "items"))
        trial.write("items/p1.items", items)
        with trial:
            for name in wanted:
                wait_until(lambda name=name: hub.history(name), 20, f"a state of {name}")


def test_openHAB_with_items_of_its_user_interface():
    with OpenHab({"P1_Power": "Number:Power"}) as hub:
        hub.bindings = {"P1_Power": "eActualDelivery"}
        with Trial("openHAB with items of its user interface", ("http://localhost:8080", hub.url)):
            wait_until(lambda: hub.history("P1_Power"), 30, "a state of P1_Power")


def test_openHAB_without_items():
    with by_mqtt("openHAB without items") as (_, seen, _):
        # As its Homie part does: the version first, then what the device has, then the values.
        seen.wait("homie/dsmr/$homie")
        wait_until(lambda: seen.texts("homie/dsmr/$state")[-1:] == ["ready"], 20, "it is ready")
        assert seen.texts("homie/dsmr/$homie")[-1].startswith("4.")
        for node in seen.texts("homie/dsmr/$nodes")[-1].split(","):
            for name in seen.texts(f"homie/dsmr/{node}/$properties")[-1].split(","):
                assert seen.texts(f"homie/dsmr/{node}/{name}/$datatype"), (node, name)
        seen.wait("homie/dsmr/electricity/e-delivery-tariff1")


def test_Home_Assistant():
    password = "{folder}/mqtt.password"
    with tempfile.TemporaryDirectory(prefix="dsmr-readme-") as folder:
        users = os.path.join(folder, "users")
        subprocess.run(["mosquitto_passwd", "-b", "-c", users, "dsmr", "a word"], check=True)
        os.chmod(users, 0o644)
        with Broker(f"password_file {users}", anonymous=False) as broker, \
                Subscriber(broker, options=("-u", "dsmr", "-P", "a word")) as seen:
            trial = Trial("Home Assistant", ("mqtt://homeassistant.local", broker.url),
                          ("/etc/dsmr/mqtt.password", password))
            trial.write("mqtt.password", "a word\n")
            with trial:
                for kind in ("electricity", "gas"):
                    see_device(seen, kind)


def see_device(seen, kind):
    """An announcement, the states that it promises, and that it is there."""
    pattern = re.compile(rf"homeassistant/device/dsmr_{kind}_\w+/config")
    told = wait_until(lambda: [m for m in list(seen.messages) if pattern.fullmatch(m.topic)], 20,
                      f"the {kind} meter is announced")
    device = json.loads(told[-1].text)
    state = json.loads(seen.wait(device["stat_t"])[-1].text)
    for entity in device["cmps"].values():
        name = re.fullmatch(r"\{\{ value_json\.(\w+) \}\}", entity["val_tpl"])[1]
        assert name in state, (kind, name)
    for source in device["avty"][:2]:
        wait_until(lambda source=source: seen.texts(source["t"])[-1:] == ["online"], 20, source["t"])


def test_Home_Assistant_without_MQTT():
    by_p1("Home Assistant without MQTT", "0.0.0.0", p1_hubs.home_assistant)


def test_Domoticz():
    by_p1("Domoticz", "127.0.0.1", p1_hubs.domoticz)


def test_DSMR_reader():
    by_p1("DSMR-reader", "127.0.0.1", p1_hubs.dsmr_reader)


def test_evcc():
    by_p1("evcc", "127.0.0.1", p1_hubs.evcc)


def test_Node_RED():
    with by_mqtt("Node-RED") as (_, seen, trial):
        whole, single = re.findall(r"`(dsmr/\S+)`", trial.there)
        telegram = json.loads(seen.wait(whole)[0].text)
        items = {item["id"]: item["value"] for item in telegram["items"]}
        assert float(seen.wait(single)[0].text) == items[single.rpartition("/")[2]]


def test_another_MQTT_client():
    with by_mqtt("another MQTT client") as (broker, _, trial):
        command = commands(trial.there)[0].replace("-h localhost", f"-h 127.0.0.1 -p {broker.port}")
        assert command.startswith("mosquitto_sub -h 127.0.0.1 -p"), command
        with subprocess.Popen(command, shell=True, stdout=subprocess.PIPE, text=True,
                              process_group=0) as watcher:
            topics = set()
            for line in watcher.stdout:
                topics.add(line.split()[0])
                if {"dsmr/status", "dsmr/main/json", "dsmr/main/gValue"} <= topics:
                    break
            os.killpg(watcher.pid, 15)


def test_a_script():
    port = free_port()
    with Trial("a script", (":2000", f":{port}")) as trial:
        trial.program.wait_log("are handed on at", 20)
        command = commands(trial.there)[0].replace(" 2000", f" {port}")
        assert f"127.0.0.1 {port}" in command, command
        if shutil.which("nc") is None:
            raise Skip("nc is not here")
        path = os.path.dirname(harness.DSMR) + ":" + os.environ["PATH"]
        with subprocess.Popen(command, shell=True, stdout=subprocess.PIPE, text=True,
                              process_group=0, env={**os.environ, "PATH": path}) as script:
            lines = [script.stdout.readline() for _ in range(3)]
            os.killpg(script.pid, 15)
        assert all(json.loads(line)["crc"] == "ok" for line in lines), lines


def test_InfluxDB_and_Grafana():
    with Influx() as influx, \
            Trial("InfluxDB and Grafana", ("http://localhost:8086", influx.url),
                  ("/var/lib/dsmr/push", "{folder}/push")):
        wait_until(lambda: influx.query("SELECT eDeliveryTariff1 FROM dsmr"), 60, "values in InfluxDB")


def test_Prometheus_and_Grafana():
    address = f"127.0.0.1:{free_port()}"
    with Trial("Prometheus and Grafana", ("127.0.0.1:8095", address)) as trial:
        assert "127.0.0.1:8095" in trial.there, trial.there

        def scraped():
            try:
                with urllib.request.urlopen(f"http://{address}/metrics", timeout=20) as answer:
                    return b"dsmr_power_delivered_watts{" in answer.read()
            except OSError:
                return False
        wait_until(scraped, 20, "metrics")


def test_a_webhook():
    with Webhook() as hook, \
            Trial("a webhook", ("http://localhost:8000/meter", hook.url)):
        hook.wait_requests(3)
        assert all("eDeliveryTariff1" in {item["id"] for item in telegram["items"]}
                   for telegram in hook.telegrams())


def test_a_program_with_a_serial_port():
    with Trial("a program with a serial port", ("/run/dsmr/p1", "{folder}/p1")) as trial:
        telegrams = p1_hubs.serial_port(os.path.join(trial.folder, "p1"), 3)
        assert all("eDeliveryTariff1" in items_of(telegram) for telegram in telegrams)


def test_several_meters():
    """With the lines of another row, as the README says that they go together."""
    port = free_port()
    garage = Program("simulate", "--standard", "4.2", "--tcp", f"127.0.0.1:{port}", "--interval", "1")
    with Broker() as broker, Subscriber(broker) as seen, garage:
        garage.wait_log("on tcp://", 10)
        trial = Trial("several meters", ("tcp://192.168.1.5:2000", f"tcp://127.0.0.1:{port}"))
        with open(trial.config, "a", encoding="utf-8") as config:
            config.write(rows()["Node-RED"][0][0].replace("mqtt://localhost", broker.url) + "\n")
        with trial:
            for meter in ("main", "garage"):
                seen.wait(f"dsmr/{meter}/json")
                seen.wait(f"dsmr/{meter}/eActualDelivery")


def test_rows_go_together():
    """In one file, as they stand there: all those that do not differ in a line."""
    kinds = {name: "Number" for name in re.findall(r"^Number\S* (\w+) ", readme_items(), re.MULTILINE)}
    port = free_port()
    with Broker() as broker, Subscriber(broker) as seen, Webhook() as hook, Webhook() as influx, \
            OpenHab(kinds) as hub:
        trial = Trial("openHAB with items files", ("http://localhost:8080", hub.url),
                      ("/etc/openhab/items", "{folder}/items"))
        os.mkdir(os.path.join(trial.folder, "items"))
        trial.write("items/p1.items", readme_items())
        others = ("openHAB without items", "Domoticz", "DSMR-reader", "evcc", "Node-RED",
                  "another MQTT client", "a script", "InfluxDB and Grafana", "a webhook")
        text = "".join(f"{line}\n" for row in others for line in rows()[row][0])
        for word, own in (("mqtt://localhost", broker.url), (":2000", f":{port}"),
                          ("http://localhost:8086/write", influx.url + "/write"),
                          ("/var/lib/dsmr/push", f"{trial.folder}/push"),
                          ("http://localhost:8000/meter", hook.url)):
            assert word in text, word
            text = text.replace(word, own)
        with open(trial.config, "a", encoding="utf-8") as config:
            config.write(text)
        with trial:
            seen.wait("dsmr/main/json")
            hook.wait_requests(2)
            influx.wait_requests(1)
            assert influx.all()[0].body.startswith("dsmr,meter=main ")
            assert items_of(p1_hubs.domoticz(port, 1)[0])
            wait_until(lambda: hub.history("P1_Actual_Delivery"), 20, "a state of openHAB's")


def test_every_row_has_a_trial():
    tried = {name[len("test_"):].replace("_", " ").replace("-", " ").lower()
             for name in globals() if name.startswith("test_")}
    listed = [row.replace("-", " ").lower() for row in rows()]
    assert len(listed) >= 12 and len(set(listed)) == len(listed), listed
    assert set(listed) <= tried, set(listed) - tried


def write_secret(path, text):
    with open(path, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        file.write(text)


def configurations():
    """The blocks of configuration in the documents: (document, text)."""
    for name in DOCUMENTS:
        for block in plain_blocks(name):
            lines = [line for line in block.splitlines() if line.strip()]
            if lines and all(KEY.match(line) or line.startswith("#") for line in lines):
                yield name, block


def test_every_configuration_in_the_documents_is_right():
    count = 0
    with tempfile.TemporaryDirectory(prefix="dsmr-readme-") as folder:
        with open(os.path.join(folder, "p1.items"), "w", encoding="utf-8") as file:
            file.write(readme_items())
        for count, (name, text) in enumerate(configurations(), 1):
            if not re.search(r"^(dsmr:)?(meter\.\w+\.)?port=", text, re.MULTILINE):
                text = "port=/dev/ttyUSB0\n" + text
            for secret in re.findall(r"=/etc/dsmr/(\S+)", text):
                write_secret(os.path.join(folder, secret), "00112233445566778899AABBCCDDEEFF\n")
            path = os.path.join(folder, "dsmr.cfg")
            write_secret(path, text.replace("/etc/openhab/items", folder)
                         .replace("=/etc/dsmr/", f"={folder}/"))
            told = harness.run("check", "-c", path)
            said = told.stdout.decode()
            assert told.returncode == 0 and "warning" not in said, f"{name}:\n{text}\n{said}"
    assert count >= 3, "the documents have configurations in them"


def test_every_key_in_the_documents_is_there():
    sample = harness.run("check", "--sample").stdout.decode()
    known = set(re.findall(r"^#?([a-z][a-z0-9.]*)=", sample, re.MULTILINE))
    groups = "|".join(sorted({key.partition(".")[0] for key in known if "." in key}))
    for name in DOCUMENTS:
        for key in re.findall(rf"`((?:{groups})\.[a-z.]+)(?:=[^`]*)?`", read(name)):
            is_file = key.endswith((".cfg", ".items"))
            of_one = re.sub(r"^push\.\w+\.", "push.", key)  # push.house.url
            assert key in known or of_one in known or is_file, f"{name} has the key {key}, and dsmr has not"


def test_the_tables_of_keys_say_what_the_program_does_by_itself():
    sample = harness.run("check", "--sample").stdout.decode()
    defaults = dict(re.findall(r"^#([a-z][a-z0-9.]*)=(.*)$", sample, re.MULTILINE))
    for group, name in (("mqtt", "docs/mqtt.md"), ("homeassistant", "docs/homeassistant.md"),
                        ("homie", "docs/homie.md")):
        table = [[cell.strip() for cell in line.split("|")] for line in read(name).splitlines()
                 if line.startswith(f"| `{group}.")]
        listed = {cells[1].strip("`"): cells[3] for cells in table}
        wanted = {key: value for key, value in defaults.items() if key.startswith(group + ".")}
        assert set(listed) == set(wanted), (name, set(listed) ^ set(wanted))
        for key, value in wanted.items():
            assert not value or listed[key] == f"`{value}`", (name, key, listed[key], value)


harness.main()
