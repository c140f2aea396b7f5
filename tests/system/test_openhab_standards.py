#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each standard of the old binding's manual, from the meter to openHAB: the manual's configuration, its
three example items, and an item of each suitable type for every reading; every state is checked."""
import threading

import harness
from openhab_house import Household

class Standards(threading.Thread):
    """Finding a meter's speed takes a while: all the standards do it at the same time."""

    NAMES = ("nta8130", "2.1", "2.2", "3.0", "4.0", "4.0.4", "4.2", "5.0")
    TELEGRAMS = 3

    def __init__(self, standard):
        super().__init__()
        self.standard = standard
        self.failure = None
        self.log = ""

    def run(self):
        try:
            with Household(self.standard, interval="2") as household:
                household.wait_telegrams(self.TELEGRAMS + 1)
                household.check_states(self.TELEGRAMS)
                assert not household.warnings(), household.warnings()
                assert household.openhab.count(status=202) == household.openhab.count()
        except Exception as failure:  # told by the test of this standard
            self.failure = failure


standards = {}


def check_standard(name):
    if not standards:
        for standard in Standards.NAMES:
            standards[standard] = Standards(standard)
            standards[standard].start()
    standards[name].join()
    if standards[name].failure:
        raise standards[name].failure


def test_nta8130_reaches_openhab():
    check_standard("nta8130")


def test_dsmr_2_1_reaches_openhab():
    check_standard("2.1")


def test_dsmr_2_2_reaches_openhab():
    check_standard("2.2")


def test_dsmr_3_0_reaches_openhab():
    check_standard("3.0")


def test_dsmr_4_0_reaches_openhab():
    check_standard("4.0")


def test_dsmr_4_0_4_reaches_openhab():
    check_standard("4.0.4")


def test_dsmr_4_2_reaches_openhab():
    check_standard("4.2")


def test_dsmr_5_0_reaches_openhab():
    check_standard("5.0")


if __name__ == "__main__":
    harness.main()
