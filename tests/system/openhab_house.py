# SPDX-License-Identifier: MIT
"""A simulated meter on a pseudo-terminal, an openHAB of the tests, and dsmr run between them, with the
configuration and the items of the old binding's manual and an item for every reading that is sent."""
import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile

import harness
from openhab_server import OpenHab

SEED = "7"
START_SECONDS = 60  # until the first value is there: the speed has to be found first

# As the manual has them.
MANUAL_CONFIG = """\
# DSMR Binding
port={port}

gas.channel={gas}
"""
MANUAL_ITEMS = """\
Number P1_Actual_Delivery "Actual usage [%.3f kW]" {dsmr="eActualDelivery"}
Number P1_Meter_DeliveryLow "Meterstand reading low tariff [%.3f kWh]" {dsmr="eDeliveryTariff1"}
Number P1_Meter_DeliveryNormal "Meter reading normal tariff[%.3f kWh]" {dsmr="eDeliveryTariff2"}
"""
MANUAL_READINGS = {"P1_Actual_Delivery": "eActualDelivery", "P1_Meter_DeliveryLow": "eDeliveryTariff1",
                   "P1_Meter_DeliveryNormal": "eDeliveryTariff2"}
DIMENSIONS = {"kWh": "Energy", "GJ": "Energy", "kvarh": "Energy", "kW": "Power", "kVA": "Power",
              "kvar": "Power", "A": "ElectricCurrent", "V": "ElectricPotential", "m3": "Volume",
              "s": "Time", "min": "Time", "Hz": "Frequency"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


class Digits(str):
    """A number of JSON with all its digits."""


def meaning(item):
    """What a value says, where the meter says it in its own way: a clock in octets, a switch in words."""
    said = str(item["value"])
    if "time" in item and re.fullmatch(r"[0-9A-Fa-f]{24}", said):
        return item["time"]
    return {"ON": "1", "OFF": "0"}.get(said.upper(), said)


def decode(telegrams):
    """What dsmr decode says of these bytes: for each telegram {id: (text, unit, is a number)}, nothing
    of a refused one."""
    result = harness.run("decode", "--format", "json", input=telegrams)
    decoded = []
    for line in result.stdout.decode().splitlines():
        telegram = json.loads(line, parse_float=Digits, parse_int=Digits)
        decoded.append({item["id"]: (meaning(item), item.get("unit", ""),
                                     isinstance(item["value"], Digits))
                        for item in telegram.get("items", []) if not item.get("superseded")})
    return decoded


class Binding:
    """An item of openHAB that is bound to a reading, and what its state must be."""

    def __init__(self, name, kind, reading):
        self.name, self.kind, self.reading = name, kind, reading

    def state(self, telegram):
        """The state after this telegram; None when it does not have the reading."""
        if self.reading not in telegram:
            return None
        text, unit, _ = telegram[self.reading]
        if self.kind == "Number":
            return text if "." in text else str(int(text))
        if self.kind.startswith("Number:") and self.kind != "Number:Dimensionless":
            return f"{text} {unit.replace('m3', 'm³')}"
        return text

    def line(self):
        return f'{self.kind} {self.name} "{self.name} [%s]" <energy> (gP1) {{ dsmr="{self.reading}" }}\n'


def bindings_for(reading, text, unit, number):
    """An item of every type that suits the reading."""
    kinds = ["String"]
    if number:
        kinds += ["Number", f"Number:{DIMENSIONS.get(unit, 'Dimensionless')}"]
    elif TIME.fullmatch(text):
        kinds += ["DateTime"]
    elif text.isdigit() and len(text) <= 4:
        kinds += ["Number"]
    return [Binding(f"{kind.partition(':')[0]}{'Q' if ':' in kind else ''}_{reading}", kind, reading)
            for kind in kinds]


class Household:
    """A simulated meter, an openHAB and dsmr between them, in a folder of their own."""

    def __init__(self, standard, extra="", token=None, interval="1", known=None, certificate=None,
                 server=OpenHab):
        self.standard, self.interval = standard, interval
        sample = harness.run("simulate", "--standard", standard, "--seed", SEED, "--count", "3").stdout
        self.stack = contextlib.ExitStack()
        self.folder = tempfile.mkdtemp(prefix="dsmr-openhab-")
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.bindings = [Binding(name, "Number", reading) for name, reading in MANUAL_READINGS.items()]
        for reading, (text, unit, number) in decode(sample)[0].items():
            self.bindings += bindings_for(reading, text, unit, number)
        kinds = {b.name: b.kind for b in self.bindings if known is None or known(b)}
        self.openhab = self.stack.enter_context(server(kinds, token, certificate))
        self.port = os.path.join(self.folder, "ttyP1")
        self.write_files(extra)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write_files(self, extra):
        os.mkdir(self.path("items"))
        with open(self.path("items", "dsmr.items"), "w", encoding="utf-8") as items:
            items.write(MANUAL_ITEMS)
        with open(self.path("items", "every.items"), "w", encoding="utf-8") as items:
            items.writelines(b.line() for b in self.bindings if b.name not in MANUAL_READINGS)
        with open(self.path("dsmr.cfg"), "w", encoding="utf-8") as config:
            gas = 3 if self.standard == "nta8130" else 1  # where the ACE4000 always has it
            config.write(MANUAL_CONFIG.format(port=self.port, gas=gas))
            config.write(f"openhab.url={self.openhab.url}\nopenhab.items={self.path('items')}\n{extra}")

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_):
        self.stack.close()

    def start(self):
        simulate = ("simulate", "--standard", self.standard, "--seed", SEED, "--interval", self.interval)
        # The same meter once more, into a file: what openHAB is to get.
        with open(self.path("sent"), "wb") as sent:
            reference = subprocess.Popen([harness.DSMR, *simulate, "--count", "1000"], stdout=sent,
                                         stderr=subprocess.DEVNULL)
        self.stack.callback(reference.wait)
        self.stack.callback(reference.kill)
        meter = self.stack.enter_context(harness.Program(*simulate, "--pty", self.port))
        harness.wait_until(lambda: os.path.exists(self.port), 10, meter.errors)
        environment = {"XDG_STATE_HOME": self.folder, "STATE_DIRECTORY": self.folder}
        self.dsmr = self.stack.enter_context(
            harness.Program("run", "-c", self.path("dsmr.cfg"), env=environment))

    def sent(self):
        """The telegrams that were sent so far, decoded."""
        with open(self.path("sent"), "rb") as sent:
            text = sent.read()
        return decode(text[:text.rfind(b"\n/") + 1])

    def wait_telegrams(self, count):
        """Until openHAB has the manual's first item for the count'th time."""
        harness.wait_until(lambda: len(self.openhab.history("P1_Actual_Delivery")) >= count,
                           START_SECONDS, lambda: f"{count} telegrams\n{self.dsmr.errors()}")

    def wait_log(self, text, seconds=20):
        self.dsmr.wait_log(text, seconds)

    def times_logged(self, text):
        return self.dsmr.errors().count(text)

    def warnings(self):
        return [line for line in self.dsmr.errors().splitlines()
                if (" warn " in line or " error " in line) and " openhab: " in line]

    def check_states(self, telegrams):
        """Every item's history is what the meter sent in so many telegrams one after the other."""
        histories = {b.name: self.openhab.history(b.name) for b in self.bindings}

        def wrong_from(sent, first):
            window = sent[first:first + telegrams]
            for b in self.bindings:
                wanted = [b.state(telegram) for telegram in window]
                if None in wanted or histories[b.name][:telegrams] != wanted:
                    return f"{b.name}: {histories[b.name][:telegrams]} is not {wanted}"
            return None

        def wrong():
            sent = self.sent()
            return [wrong_from(sent, first) for first in range(len(sent) - telegrams + 1)]

        # The meter that writes the file keeps its own time, and may be a telegram behind.
        harness.wait_until(lambda: None in wrong(), 10, wrong)
