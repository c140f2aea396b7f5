#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What an ordinary `dsmr run` costs: one simulated meter of DSMR 5.0 over TCP, a telegram a second. User
and system time, and the peak of resident memory, first with the log alone, then with one consumer after
the other, a minute each, then with all of them at once, for ten minutes. The servers that it talks to
are those of the tests, and a real mosquitto where one is installed.

    bench/idle.py [--seconds SECONDS] [NAME OF A CASE…]
"""
import argparse
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

import measure

sys.path.insert(0, os.path.join(measure.ROOT, "tests", "system"))
from harness import free_port  # noqa: E402
from openhab_server import OpenHab  # noqa: E402

START_SECONDS = 30

ITEMS = {
    "Delivery": "eActualDelivery", "Production": "eActualProduction", "Tariff": "eTariffIndicator",
    "Delivery1": "eDeliveryTariff1", "Delivery2": "eDeliveryTariff2", "Gas": "gValue",
    "Production1": "eProductionTariff1", "Production2": "eProductionTariff2",
    "Voltage1": "eInstantVoltageL1", "Voltage2": "eInstantVoltageL2", "Voltage3": "eInstantVoltageL3",
    "Current1": "eInstantCurrentL1",
}


def openhab(stack, folder):
    """An openHAB with a dozen items, each sent with every telegram."""
    items = os.path.join(folder, "p1.items")
    with open(items, "w", encoding="utf-8") as stream:
        stream.writelines(f'Number {name} {{dsmr="{reading}"}}\n' for name, reading in ITEMS.items())
    server = stack.enter_context(OpenHab({name: "Number" for name in ITEMS}))
    return (f"openhab.url={server.url}\nopenhab.items={items}\n",
            lambda: len(server.history("Delivery")))


def p1(stack, folder):
    """A program that reads the telegrams on a TCP port."""
    port = free_port()
    came = []

    def read():
        with contextlib.suppress(OSError):
            while True:
                try:
                    with socket.create_connection(("127.0.0.1", port)) as peer:
                        while piece := peer.recv(65536):
                            came.extend(piece.count(b"!") * [1])
                except ConnectionRefusedError:
                    time.sleep(0.1)

    threading.Thread(target=read, daemon=True).start()
    return f"p1.listen=tcp://127.0.0.1:{port}\n", lambda: len(came)


def start_mosquitto(stack, folder):
    """A broker on a free port; returns the port."""
    port = free_port()
    config = os.path.join(folder, "mosquitto.conf")
    with open(config, "w", encoding="utf-8") as stream:
        stream.write(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    _, core = measure.cores()
    process = subprocess.Popen(["mosquitto", "-c", config], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL,
                               preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    stack.callback(process.wait)
    stack.callback(process.kill)
    return port


def subscribe(stack, port):
    """Counts the messages below dsmr/."""
    came = []
    process = subprocess.Popen(["mosquitto_sub", "-p", str(port), "-t", "dsmr/#", "-v"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.kill)
    threading.Thread(target=lambda: [came.append(1) for _ in process.stdout], daemon=True).start()
    return lambda: len(came)


def mqtt(stack, folder, more=""):
    port = start_mosquitto(stack, folder)
    time_out = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            if time.monotonic() > time_out:
                sys.exit("mosquitto does not start")
            time.sleep(0.05)
    return f"mqtt.url=mqtt://127.0.0.1:{port}\n{more}", subscribe(stack, port)


def homeassistant(stack, folder):
    return mqtt(stack, folder, "homeassistant.discovery=yes\n")


def everything(stack, folder):
    """openHAB, programs that read P1, and MQTT with Home Assistant's discovery where it can be had."""
    parts = [case(stack, folder) for case in (openhab, p1) + ((homeassistant,) if has_mqtt() else ())]
    return "".join(keys for keys, _ in parts), lambda: min(count() for _, count in parts)


def has_mqtt():
    return shutil.which("mosquitto") is not None and shutil.which("mosquitto_sub") is not None


CASES = {
    "log": lambda stack, folder: ("", None),
    "openhab": openhab,
    "p1": p1,
    "mqtt": mqtt,
    "homeassistant": homeassistant,
    "everything": everything,
}


def seconds_of(name):
    return 600 if name == "everything" else 60


def run(name, seconds):
    """One case: prints its figures, and returns False when a consumer did not get what it should."""
    core, other = measure.cores()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="dsmr-bench-"))
        keys, consumed = CASES[name](stack, folder)
        meter = stack.enter_context(measure.Program(
            other, os.path.join(folder, "simulate.log"), "simulate", "--standard", "5.0", "--interval",
            1, "--tcp", "127.0.0.1:0"))
        meter.wait(lambda: " on tcp://" in meter.log(), START_SECONDS, "the simulator")
        port = re.search(r" on (tcp://\S+?),? ", meter.log())[1]
        config = os.path.join(folder, "dsmr.cfg")
        with open(config, "w", encoding="utf-8") as stream:
            stream.write(f"port={port}\n{keys}")
        dsmr = stack.enter_context(measure.Program(
            core, os.path.join(folder, "run.log"), "run", "-c", config,
            env={"STATE_DIRECTORY": folder}))
        dsmr.wait(lambda: ": first telegram, " in dsmr.log(), START_SECONDS, "the first telegram")
        if consumed:
            dsmr.wait(lambda: consumed() > 0, START_SECONDS, f"a value for {name}")
        before = consumed() if consumed else 0
        window = measure.Window(dsmr)
        watched = time.monotonic() + seconds
        dsmr.wait(lambda: time.monotonic() >= watched, seconds + 5, "the time")
        window.close()
        report(name, dsmr, window)
        return not consumed or consumed() - before >= 0.9 * seconds - 1


def report(name, dsmr, window):
    def figure(what, value, unit):
        measure.figure("idle", what, value, unit, case=name)

    figure("watched", round(window.seconds, 1), "s")
    figure("user time", round(window.user, 2), "s")
    figure("system time", round(window.system, 2), "s")
    figure("processor", round(100 * window.on_processor / window.seconds, 3), "% of one core")
    figure("peak of resident memory", dsmr.memory_kb("VmHWM"), "kB")
    figure("of that, pages of libraries and the program", dsmr.memory_kb("RssFile"), "kB")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=float, help="how long each case is watched")
    arguments.add_argument("cases", nargs="*", metavar="case", help=", ".join(CASES))
    wanted = arguments.parse_args()
    for name in wanted.cases:
        if name not in CASES:
            arguments.error(f"there is no case '{name}'; there are {', '.join(CASES)}")
    names = wanted.cases or [name for name in CASES
                             if has_mqtt() or name not in ("mqtt", "homeassistant")]
    complete = [run(name, wanted.seconds or seconds_of(name)) for name in names]
    sys.exit(0 if all(complete) else 1)


main()
