#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr run finds the speed of simulated meters, which send what a UART makes of them at the wrong one."""
import contextlib
import os
import time

import harness
from p1 import Reader, folder

DEADLINE = 35  # seconds, for a meter of ten


@contextlib.contextmanager
def simulated(link, standard, *arguments):
    """A simulated meter on a port of that path."""
    with harness.Program("simulate", "--standard", standard, "--pty", link, "--seed", 7,
                         *arguments) as meter:
        harness.wait_until(lambda: os.path.exists(link), 5, meter.errors)
        yield
        assert meter.stop() == 0, meter.errors()


@contextlib.contextmanager
def place():
    """A path for a port."""
    with folder() as at:
        yield os.path.join(at, "p1")


def assert_found(standard, settings):
    with place() as link, simulated(link, standard, "--interval", 1), Reader("--port", link) as dsmr:
        dsmr.wait_log("eActualDelivery = ", DEADLINE)
        assert f"found a meter at {settings}" in dsmr.errors(), dsmr.errors()
        dsmr.stop_well()


def test_nta_8130_is_found():
    assert_found("nta8130", "9600 7E1")


def test_dsmr_2_2_is_found():
    assert_found("2.2", "9600 7E1")


def test_dsmr_3_0_is_found():
    assert_found("3.0", "9600 7E1")


def test_dsmr_4_2_is_found():
    assert_found("4.2", "115200 8N1")


def test_dsmr_5_0_is_found():
    assert_found("5.0", "115200 8N1")


def test_a_wrong_memory_costs_little():
    with place() as link, folder() as state:
        for standard, settings in (("5.0", "115200 8N1"), ("2.2", "9600 7E1"), ("5.0", "115200 8N1")):
            with simulated(link, standard, "--interval", 1), Reader("--port", link, state=state) as dsmr:
                dsmr.wait_log("eActualDelivery = ", 20)
                assert f"found a meter at {settings}" in dsmr.errors(), dsmr.errors()
                dsmr.stop_well()


def test_an_old_meter_of_ten_seconds_is_found_in_time():
    with place() as link, simulated(link, "2.2", "--interval", 10), Reader("--port", link) as dsmr:
        start = time.monotonic()
        dsmr.wait_log("eActualDelivery = ", DEADLINE)
        assert time.monotonic() - start < DEADLINE
        assert "found a meter at 9600 7E1" in dsmr.errors(), dsmr.errors()
        dsmr.stop_well()


def test_faults_of_every_kind_do_not_stop_it():
    faults = ("crc=0.1", "cut=0.1", "noise=0.2", "silence=0.02", "unplug=0.01")
    with place() as link, simulated(link, "5.0", "--interval", 0.1,
                                    *(word for fault in faults for word in ("--fault", fault))):
        with Reader("--port", link) as dsmr:
            dsmr.wait_count("eActualDelivery = ", 100, 90)
            dsmr.wait_log("was lost (unplugged)", 60)
            count = dsmr.count("eActualDelivery = ")
            dsmr.wait_count("eActualDelivery = ", count + 20, 60)
            dsmr.stop_well()


harness.main()
