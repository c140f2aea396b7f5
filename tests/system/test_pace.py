#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How often openHAB hears of a meter: openhab.update in seconds, with the mean of what fluctuates, and
a dead-band; its least and greatest for items that are bound to them. The meter is dsmr simulate, and the
same telegrams once more, decoded, say what must come."""
import contextlib
import fractions
import json
import os
import shutil
import subprocess
import tempfile

import harness
from openhab_server import OpenHab

ITEMS = {"Power": "eActualDelivery", "Voltage": "eInstantVoltageL1", "Low": "eDeliveryTariff1",
         "Normal": "eDeliveryTariff2", "Stamp": "P1Timestamp"}
BOUNDS = {"PowerLeast": "eActualDelivery:least", "PowerGreatest": "eActualDelivery:greatest",
          "VoltageLeast": "main:eInstantVoltageL1:least",
          "VoltageGreatest": "main:eInstantVoltageL1:greatest"}  # only a pace in seconds makes them
SIMULATE = ("simulate", "--standard", "5.0", "--seed", "7", "--interval", "1")
START_SECONDS = 40


class Digits(str):
    """A number of JSON with all its digits."""


def telegrams(count):
    """What the simulated meter sends: for each telegram {item of openHAB: text}."""
    sent = subprocess.run([harness.DSMR, "simulate", "--standard", "5.0", "--seed", "7", "--interval",
                           "0", "--count", str(count)], capture_output=True, check=True).stdout
    lines = harness.run("decode", "--format", "json", input=sent).stdout.decode().splitlines()
    decoded = [{item["id"]: str(item["value"]) for item in json.loads(line, parse_float=Digits)["items"]}
               for line in lines]
    return [{name: values[item] for name, item in ITEMS.items()} for values in decoded]


def rounded_mean(texts):
    """Their mean with their own decimals, halves away from zero."""
    decimals = len(texts[0].partition(".")[2])
    scaled = fractions.Fraction(sum(map(fractions.Fraction, texts)), len(texts)) * 10 ** decimals
    whole = int(abs(scaled) + fractions.Fraction(1, 2))
    return f"{whole // 10 ** decimals}.{whole % 10 ** decimals:0{decimals}}"


class House:
    """Simulated meter, dsmr and openHAB."""

    def __init__(self, extra, bindings=None):
        self.stack = contextlib.ExitStack()
        self.extra = extra
        self.bindings = bindings or ITEMS
        self.meter = self.dsmr = self.openhab = None

    def __enter__(self):
        folder = tempfile.mkdtemp(prefix="dsmr-test-")
        self.stack.callback(shutil.rmtree, folder, ignore_errors=True)
        port, items, config = (os.path.join(folder, name) for name in ("port", "p1.items", "dsmr.cfg"))
        kinds = {name: "DateTime" if name == "Stamp" else "Number" for name in self.bindings}
        self.openhab = self.stack.enter_context(OpenHab(kinds))
        with open(items, "w", encoding="utf-8") as file:
            file.writelines(f'{kinds[name]} {name} {{ dsmr="{item}" }}\n'
                            for name, item in self.bindings.items())
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"port={port}\nopenhab.url={self.openhab.url}\nopenhab.items={items}\n"
                       f"{self.extra}")
        self.meter = self.stack.enter_context(harness.Program(*SIMULATE, "--pty", port))
        harness.wait_until(lambda: os.path.exists(port), 10, self.meter.errors)
        self.dsmr = self.stack.enter_context(harness.Program(
            "run", "-c", config, env={"XDG_STATE_HOME": folder, "STATE_DIRECTORY": folder}))
        return self

    def __exit__(self, *_):
        self.stack.close()

    def wait_states(self, item, count, seconds):
        harness.wait_until(lambda: len(self.openhab.history(item)) >= count, seconds,
                           lambda: f"{count} states of {item}: {self.openhab.history(item)}\n"
                                   f"{self.dsmr.errors()}")

    def telegrams_seen(self):
        """That dsmr read, at log.level=debug."""
        return self.dsmr.errors().count(": P1Timestamp = ")

    def times(self, item):
        return [request.time for request in self.openhab.requests if request.item == item]


def check_outputs(house, sent, count):
    """The outputs follow each other without a gap: each is the mean of the telegrams since the one
    before, and counters are those of the last of them."""
    stamps = [telegram["Stamp"] for telegram in sent]
    ends = [stamps.index(stamp) for stamp in house.openhab.history("Stamp")[:count]]
    history = {name: house.openhab.history(name) for name in house.bindings}
    for output in range(1, count):
        part = sent[ends[output - 1] + 1:ends[output] + 1]
        for name in ("Power", "Voltage"):
            values = [telegram[name] for telegram in part]
            state = history[name][output]
            assert state == rounded_mean(values), f"{name} {output}: {state} of {values}"
            assert min(map(float, values)) <= float(state) <= max(map(float, values))
            if name + "Least" in history:
                assert history[name + "Least"][output] == min(values, key=float), (name, output)
                assert history[name + "Greatest"][output] == max(values, key=float), (name, output)
        for name in ("Low", "Normal"):
            assert history[name][output] == part[-1][name], f"{name} {output}: {history[name]}"
    return ends


def test_each_five_seconds_the_mean_the_least_and_the_greatest():
    with House("openhab.update=5\n", {**ITEMS, **BOUNDS}) as house:
        house.wait_states("Stamp", 1, START_SECONDS)
        house.wait_states("Stamp", 4, 25)
        for name in house.bindings:
            house.wait_states(name, 4, 5)
        least, greatest = (float(house.openhab.history(name)[1]) for name in ("VoltageLeast", "VoltageGreatest"))
        assert least < greatest
        times = house.times("Power")[:4]
        gaps = [after - before for before, after in zip(times, times[1:])]
        assert all(2 <= gap <= 9 for gap in gaps), gaps
        assert 12 <= times[3] - times[0] <= 20, times
        ends = check_outputs(house, telegrams(100), 4)
        assert all(3 <= after - before <= 8 for before, after in zip(ends, ends[1:])), ends


def test_the_last_values_come_when_the_meter_stops():
    with House("openhab.update=5\nlog.level=debug\n") as house:
        house.wait_states("Stamp", 2, START_SECONDS)
        seen = house.telegrams_seen()
        harness.wait_until(lambda: house.telegrams_seen() >= seen + 2, 5, "two more telegrams")
        outputs = len(house.openhab.history("Stamp"))
        house.meter.stop()
        for name in ITEMS:
            house.wait_states(name, outputs + 1, 10)
        ends = check_outputs(house, telegrams(100), outputs + 1)
        assert ends[-1] + 1 - ends[0] == house.telegrams_seen(), "the last telegram is part of it"


def test_without_seconds_there_is_no_least_and_that_is_told():
    with House("openhab.update=every\n", {**ITEMS, **BOUNDS}) as house:
        house.wait_states("Stamp", 3, START_SECONDS)
        assert not any(house.openhab.history(name) for name in BOUNDS)
        for binding in BOUNDS.values():
            told = binding.removeprefix("main:")
            assert (f"'{told}' is of an interval, and openhab.update is 'every'; allowed there: seconds, as "
                    "in openhab.update=10") in house.dsmr.errors(), house.dsmr.errors()


def test_a_dead_band():
    with House("openhab.update=change\nopenhab.deadband=1000000 W, 0.1 V\n") as house:
        house.wait_states("Stamp", 8, START_SECONDS)
        assert len(house.openhab.history("Power")) == 1, house.openhab.history("Power")
        voltages = [float(state) for state in house.openhab.history("Voltage")]
        assert all(abs(after - before) > 0.1001 for before, after in zip(voltages, voltages[1:]))
        assert len(voltages) > 1, voltages


def test_a_wrong_pace_is_told():
    for line, told in (("openhab.update=0", "every, change, or seconds from 1 to 86400"),
                       ("openhab.deadband=2 kWh", "2%, 50 W, 1 V, 0.2 A")):
        with tempfile.NamedTemporaryFile("w", suffix=".cfg") as config:
            config.write(f"port=/dev/p1\n{line}\n")
            config.flush()
            result = harness.run("check", "-c", config.name)
            assert result.returncode == 1
            output = (result.stdout + result.stderr).decode()
            assert f"{config.name}:2" in output and told in output, output


if __name__ == "__main__":
    harness.main()
