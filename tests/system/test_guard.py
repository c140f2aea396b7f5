#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Wrong totals that a meter sends must not reach openHAB: a meter made of a pseudo-terminal says what
a test wants, dsmr run reads it, and every state that openHAB ever got is looked at."""
import contextlib
import os
import pty
import shutil
import tempfile
import tty

import harness
from crc16 import with_crc
from openhab_server import OpenHab

ITEMS = {"Power": "eActualDelivery", "Low": "eDeliveryTariff1", "Normal": "eDeliveryTariff2",
         "Fed": "eProductionTariff1", "Gas": "gValue"}
START_SECONDS = 40  # until the speed is found


class Meter:
    """A DSMR 5 meter; its attributes are what it says next. Each telegram has another power, so that
    it can be told in openHAB which ones have come through."""

    def __init__(self, link):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.master)
        os.symlink(os.ttyname(self.slave), link)
        self.watts = 0
        self.id = "4530303030303030"
        self.gas_id = "4730303030303030"
        self.low, self.normal, self.fed = "001581.120", "000204.000", "000000.000"
        self.gas = "00981.443"
        self.gas_time = "210103120000W"

    def close(self):
        os.close(self.master)
        os.close(self.slave)

    def telegram(self):
        self.watts += 1
        lines = ("/TST5MADE-UP", "", "1-3:0.2.8(50)", f"0-0:96.1.1({self.id})",
                 f"1-0:1.8.1({self.low}*kWh)", f"1-0:1.8.2({self.normal}*kWh)",
                 f"1-0:2.8.1({self.fed}*kWh)", f"1-0:1.7.0({self.watts / 1000:06.3f}*kW)",
                 "0-1:24.1.0(003)", f"0-1:96.1.0({self.gas_id})",
                 f"0-1:24.2.1({self.gas_time})({self.gas}*m3)", "!")
        text = "\r\n".join(lines).encode()
        return with_crc(text)

    def send(self):
        """One telegram; returns the state of Power that tells of its arrival."""
        os.write(self.master, self.telegram())
        return f"{self.watts / 1000:.3f}"


class House:
    """The meter, openHAB, and dsmr between them, started as often as a test wants."""

    def __init__(self, extra=""):
        self.stack = contextlib.ExitStack()
        self.folder = tempfile.mkdtemp(prefix="dsmr-test-")
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.openhab = self.stack.enter_context(OpenHab({name: "Number" for name in ITEMS}))
        self.meter = Meter(self.path("port"))
        self.stack.callback(self.meter.close)
        with open(self.path("p1.items"), "w", encoding="utf-8") as items:
            items.writelines(f'Number {name} {{ dsmr="{item}" }}\n' for name, item in ITEMS.items())
        with open(self.path("dsmr.cfg"), "w", encoding="utf-8") as config:
            config.write(f"port={self.path('port')}\nopenhab.url={self.openhab.url}\n"
                         f"openhab.items={self.path('p1.items')}\n{extra}")
        self.dsmr = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def start(self):
        """Starts dsmr and sends telegrams until one has come through."""
        os.makedirs(self.path("state"), exist_ok=True)
        environment = {"STATE_DIRECTORY": self.path("state"), "XDG_STATE_HOME": self.path("state")}
        self.dsmr = self.stack.enter_context(
            harness.Program("run", "-c", self.path("dsmr.cfg"), env=environment))
        before = len(self.states("Power"))

        def came():
            self.meter.send()
            return len(self.states("Power")) > before
        harness.wait_until(came, START_SECONDS, self.dsmr.errors)
        self.send()

    def stop(self):
        assert self.dsmr.stop() == 0, self.dsmr.errors()

    def states(self, item):
        return self.openhab.history(item)

    def send(self, times=1):
        """Sends telegrams, each when the one before has come through."""
        for _ in range(times):
            power = self.meter.send()
            harness.wait_until(lambda: power in self.states("Power"), 10,
                               lambda: f"{power} kW\n{self.dsmr.errors()}")

    def wait_state(self, item, wanted):
        """Of one telegram, the states come in any order."""
        harness.wait_until(lambda: self.openhab.states.get(item) == wanted, 10,
                           lambda: f"{item} = {wanted}, not {self.states(item)[-3:]}\n"
                                   f"{self.dsmr.errors()}")

    def check_only(self, item, *wanted):
        """Each state that the item ever had is one of these."""
        wrong = set(self.states(item)) - set(wanted)
        assert not wrong, f"{item} was {wrong}\n{self.dsmr.errors()}"


def test_zeros_of_a_meter_that_starts_up():
    with House() as house:
        house.meter.low = house.meter.normal = "000000.000"
        house.meter.gas = "00000.000"
        house.send(5)
        house.meter.low, house.meter.normal, house.meter.gas = "001581.121", "000204.000", "00981.443"
        house.send()
        house.wait_state("Low", "1581.121")
        house.wait_state("Gas", "981.443")
        house.check_only("Low", "1581.120", "1581.121")
        house.check_only("Normal", "204.000")
        house.check_only("Gas", "981.443")
        house.check_only("Fed", "0.000")  # there are no panels: a true zero
        assert house.dsmr.errors().count("eDeliveryTariff1 = 0.000 kWh is not passed on") == 1


def test_a_step_back():
    with House() as house:
        house.meter.low = "001581.020"
        house.send(5)
        house.meter.low = "001581.121"
        house.send()
        house.wait_state("Low", "1581.121")
        house.check_only("Low", "1581.120", "1581.121")


def test_a_jump():
    with House() as house:
        house.meter.low, house.meter.gas = "009581.120", "90981.443"
        house.meter.gas_time = "210103120500W"
        house.send(3)
        house.meter.low, house.meter.gas = "001581.121", "00981.500"
        house.send()
        house.wait_state("Low", "1581.121")
        house.wait_state("Gas", "981.500")
        house.check_only("Low", "1581.120", "1581.121")
        house.check_only("Gas", "981.443", "981.500")


def test_a_jump_that_the_connection_can_carry():
    with House("guard.power=0\nguard.gas=0\n") as house:
        house.meter.low, house.meter.gas = "009581.120", "90981.443"
        house.meter.gas_time = "210103120500W"
        house.send()
        house.wait_state("Low", "9581.120")
        house.wait_state("Gas", "90981.443")


def test_another_meter():
    with House() as house:
        house.meter.id = "4531313131313131"
        house.meter.low, house.meter.normal = "000000.017", "000000.000"
        house.send()
        house.wait_state("Low", "0.017")
        house.wait_state("Normal", "0.000")
        house.check_only("Gas", "981.443")
        house.dsmr.wait_log("another electricity meter, 4531313131313131: a new series begins", 5)
        house.meter.low = "000000.000"
        house.send(3)
        house.check_only("Low", "1581.120", "0.017")


def test_zeros_right_after_dsmr_was_started_again():
    with House() as house:
        house.stop()
        house.meter.low = house.meter.normal = "000000.000"
        house.start()
        house.send(3)
        house.check_only("Low", "1581.120")
        house.check_only("Normal", "204.000")
        house.meter.low, house.meter.normal = "001581.125", "000204.000"
        house.send()
        house.wait_state("Low", "1581.125")


def test_zeros_at_the_very_first():
    house = House()
    house.meter.low = house.meter.normal = "000000.000"
    with house:
        house.send(3)
        for item in ("Low", "Normal", "Fed"):
            house.check_only(item)
        house.meter.low = "001581.120"
        house.send()
        house.wait_state("Low", "1581.120")
        house.wait_state("Fed", "0.000")


def test_a_gas_meter_out_of_reach():
    with House() as house:
        house.meter.gas_time, house.meter.gas = "632525252525S", "00000.000"
        house.send(2)
        house.meter.gas_time = "210103110000W"  # an hour ago
        house.meter.gas = "00981.500"
        house.send(2)
        house.meter.gas_time, house.meter.gas = "210103121000W", "00981.510"
        house.send()
        house.wait_state("Gas", "981.510")
        house.check_only("Gas", "981.443", "981.510")


if __name__ == "__main__":
    harness.main()
