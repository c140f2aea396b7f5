#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The metrics: good OpenMetrics text, the meter's values in base units, and every name that the dashboard
and the documentation use."""
import json
import os
import re
import tempfile
from decimal import Decimal

import harness
from harness import ROOT, wait_until
from http_house import Web
from p1_house import Feed, sent_by_meter

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = NAME + r'="(?:[^"\\\n]|\\["\\n])*"'
UNITS = ("joules", "watts", "volts", "amperes", "hertz", "cubic_meters", "bytes", "seconds", "varseconds")
ENDS = {"counter": "_total", "info": "_info", "gauge": ""}


def parse(text):
    """{(sample, labels): value}, after a look at every rule that OpenMetrics has for these types."""
    assert text.endswith("\n# EOF\n") and text.count("# EOF") == 1
    samples, families, family = {}, {}, None
    for line in text[:-len("# EOF\n")].splitlines():
        if line.startswith("# "):
            _, word, name, rest = line.split(" ", 3)
            assert word in ("TYPE", "UNIT", "HELP"), line
            if word == "TYPE":
                assert name not in families, f"{name} comes twice, or in two pieces"
                family = families[name] = {"TYPE": rest}
            assert families[name] is family and (word == "TYPE" or word not in family), line
            family[word] = rest
            if word == "UNIT":
                assert name.endswith("_" + rest) and rest in UNITS, line
            current = name
        else:
            match = re.fullmatch(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9]+(?:\.[0-9]+)?)", line)
            assert match, line
            assert match[1] == current + ENDS[family["TYPE"]], line
            labels = dict(re.findall(rf'({NAME})="((?:[^"\\]|\\.)*)"', match[2] or ""))
            key = match[1], tuple(sorted(labels.items()))
            assert key not in samples, line
            samples[key] = Decimal(match[3])
    assert all("HELP" in family for family in families.values())
    return samples


def named(samples, name, **labels):
    return samples[name, tuple(sorted(labels.items()))]


def metrics(web):
    answer = web.ask("/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    return parse(answer.body.decode("utf-8"))


def test_values_in_base_units_to_the_last_digit():
    sent = sent_by_meter(1, "--standard", "5.0", "--seed", "7")[0]
    with Feed() as feed, Web(f"port={feed.name}") as web:
        feed.accept()
        feed.send(sent)
        web.wait_telegram()
        samples = metrics(web)
        def value(code):
            return Decimal(re.search(re.escape(code) + rb"\((?:[0-9]{12}[SW]\)\()?([0-9.]+)", sent)[1].decode())
        for tariff in "12":
            assert named(samples, "dsmr_electricity_delivered_joules_total", meter="main", tariff=tariff) == \
                value(b"1-0:1.8." + tariff.encode()) * 3600000
        assert named(samples, "dsmr_power_delivered_watts", meter="main") == value(b"1-0:1.7.0") * 1000
        assert named(samples, "dsmr_voltage_volts", meter="main", phase="L2") == value(b"1-0:52.7.0")
        assert named(samples, "dsmr_gas_cubic_meters_total", meter="main", channel="1") == value(b"0-1:24.2.1")
        assert named(samples, "dsmr_telegrams_total", meter="main", outcome="good") == 1
        feed.send(sent.replace(b"(", b"[", 1) + sent[:300])
        wait_until(lambda: named(metrics(web), "dsmr_telegrams_total", meter="main", outcome="refused") == 1, 20,
                   "a telegram that is refused")
        reasons = {labels: value for (name, labels), value in metrics(web).items() if "errors" in name}
        assert sum(reasons.values()) == 1, reasons
        assert named(metrics(web), "process_resident_memory_bytes") > 1000000


def parse_older(text):
    """The same samples in the text format of Prometheus 0.0.4, which names the sample and not the family."""
    samples, kinds = {}, {}
    for line in text.splitlines():
        if line.startswith("# "):
            _, word, name, rest = line.split(" ", 3)
            assert word in ("TYPE", "HELP"), line
            if word == "TYPE":
                assert rest in ("counter", "gauge") and name not in kinds, line
                kinds[name] = rest
        else:
            name, labels, value = re.fullmatch(rf"({NAME})(?:\{{(.*)\}})? (\S+)", line).groups()
            assert name in kinds and (kinds[name] == "counter") == name.endswith("_total"), line
            samples[name, labels] = Decimal(value)
    return samples


def test_the_older_form_for_those_who_know_no_other():
    with Web("port=simulated:") as web:
        web.wait_telegram()
        for accept in ("text/plain", "text/plain;version=0.0.4;q=1,*/*;q=0.1",
                       "application/openmetrics-text;version=1.0.0;q=0.2, text/plain;version=0.0.4;q=0.5"):
            answer = web.ask("/metrics", Accept=accept)
            assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8", accept
            older = parse_older(answer.body.decode("utf-8"))
            assert {name for name, _ in older} == {name for name, _ in metrics(web)}
        for accept in ("*/*", "", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                       "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
                       "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"):
            answer = web.ask("/metrics", Accept=accept)
            assert answer.headers["content-type"].startswith("application/openmetrics-text;"), accept
            parse(answer.body.decode("utf-8"))


def test_names_of_meters_are_no_way_out_of_a_label():
    telegram = (b"/X\"\\{}\xff\xc3\xa9\r\n\r\n1-0:1.8.1(000001.000*kWh)\r\n1-0:1.8.2(000001.000*kWh)\r\n"
                b"1-0:1.7.0(00.100*kW)\r\n!\r\n")
    with Feed() as feed, Web(f"port={feed.name}") as web:
        feed.accept()
        feed.send(telegram)
        web.wait_telegram()
        infos = [dict(labels) for name, labels in metrics(web) if name == "dsmr_meter_info"]
        assert infos[0]["identification"] == 'X\\"\\\\{}ÿé', infos


def everything(web):
    """Names of samples that there can be: those of a file with all objects, and those that need an error."""
    return {name for name, _ in metrics(web)}


def first_telegram(name, folder):
    """A recording of the first telegram in a golden file: what a meter says now is its last one."""
    path = os.path.join(folder, name)
    with open(os.path.join(ROOT, "tests", "golden", name), "rb") as file, open(path, "wb") as out:
        out.write(re.split(rb"(?<=\n)(?=/)", file.read().lstrip(b"\r\n"))[0])
    return path


def names_exist(lines):
    with Web("port=simulated:", *lines) as web:
        web.wait_telegram()
        wait_until(lambda: "dsmr_telegram_errors_total" in everything(web), 20, "an error")
        for number in range(7):
            web.wait_telegram(f"m{number}")
        there = everything(web)
    with open(os.path.join(ROOT, "packaging", "grafana", "dsmr.json"), encoding="utf-8") as file:
        dashboard = json.load(file)
    targets = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    used = set(re.findall(r"\b(?:dsmr|process)_[a-z_]+", " ".join(targets)))
    used |= set(re.findall(r"label_values\((\w+),", json.dumps(dashboard)))
    assert len(used) > 15 and used <= there, used - there
    with open(os.path.join(ROOT, "docs", "api.md"), encoding="utf-8") as file:
        table = set(re.findall(r"`((?:dsmr|process)_[a-z_]+)`", file.read()))
    assert table <= there, table - there
    assert there <= table, there - table


def test_the_dashboard_and_the_documentation_use_names_that_exist():
    golden = ("nl-50-four-kinds.txt", "be-fluvius-devices-of-every-kind.txt", "nl-22-all-media.txt",
              "hu-sagemcom.txt", "nl-50-water-and-combined-heat.txt", "be-fluvius-13-months.txt",
              "lt-eso-maximal.txt")
    wrong = os.path.join(ROOT, "tests", "golden", "stream-wrong-crc.txt")
    with tempfile.TemporaryDirectory() as folder:
        names_exist([f"meter.m{number}.port=file:{first_telegram(name, folder)}"
                     for number, name in enumerate(golden)] + [f"meter.wrong.port=file:{wrong}"])


harness.main()
