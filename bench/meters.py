#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How one `dsmr run` on one core fares with many meters: simulated ones over TCP on this machine, each
with a telegram a second. For each number of meters one run with their telegrams spread over the second,
and for the greatest number one more with all of them at the same moment. For each run

  - time on the processor, once all meters are there, and memory;
  - telegrams lost: what the simulator handed to the system against what dsmr published, one by one;
  - the time from the last byte of a telegram to its publication, when every sink had it.

Both programs note each telegram with the machine's monotonic clock (--trace): the simulator just before
it sends, dsmr behind its last sink. With no sink configured, that is the log.

    bench/meters.py [--seconds 60] [NUMBER OF METERS…]
"""
import argparse
import collections
import os
import sys
import tempfile

import measure

FIRST_PORT = 20000  # below those that the system hands out by itself
START_SECONDS = 60
SETTLE_SECONDS = 3  # connecting is over, and what it took


def read_trace(path, prefix=""):
    """{meter: [(time, CRC, outcome), …]} in the order of the file."""
    lines = collections.defaultdict(list)
    with open(path, encoding="ascii") as trace:
        for line in trace:
            time, meter, crc, outcome = line.split()
            lines[meter.removeprefix(prefix)].append((float(time), crc, outcome))
    return lines


def compare(sent, published, window):
    """(number sent, refused, lost, [latency in the window, in order]) of all meters."""
    total = refused = lost = 0
    latencies = []
    for meter, telegrams in sent.items():
        total += len(telegrams)
        came = iter(published.get(meter, []))
        arrived = next(came, None)
        for time, crc, _ in telegrams:
            if arrived is None or arrived[1] != crc:
                lost += 1
                continue
            refused += arrived[2] != "good"
            if window.begin <= time < window.end:
                latencies.append(arrived[0] - time)
            arrived = next(came, None)
    return total, refused, lost, sorted(latencies)


def write_config(path, meters):
    with open(path, "w", encoding="ascii") as config:
        for number in range(meters):
            config.write(f"meter.m{number}.port=tcp://127.0.0.1:{FIRST_PORT + number}\n")


def run(meters, spread, seconds, folder):
    """One run; returns the window and what the traces say, and the memory in kB: (now, peak)."""
    core, other = measure.cores()
    config, sent, published = (os.path.join(folder, name) for name in ("dsmr.cfg", "sent", "published"))
    write_config(config, meters)
    with measure.Program(other, os.path.join(folder, "simulate.log"), "simulate", "--standard", "5.0",
                         "--seed", 1, "--interval", 1, "--meters", meters, "--spread", spread,
                         "--tcp", f"127.0.0.1:{FIRST_PORT}", "--trace", sent) as simulator:
        simulator.wait(lambda: "dsmr simulate: " in simulator.log(), START_SECONDS, "the simulator")
        with measure.Program(core, os.path.join(folder, "run.log"), "run", "-c", config,
                             "--trace", published, env={"STATE_DIRECTORY": folder}) as dsmr:
            dsmr.wait(lambda: dsmr.log().count(": first telegram, ") == meters, START_SECONDS,
                      "a telegram of every meter")
            watch(simulator, SETTLE_SECONDS)
            window = measure.Window(dsmr)
            watch(simulator, seconds)
            window.close()
            memory = dsmr.memory_kb("VmRSS"), dsmr.memory_kb("VmHWM")
            simulator.stop()
            dsmr.wait(lambda: dsmr.sockets() == 0, 10, "the end of all connections")
            dsmr.stop()
    return window, compare(read_trace(sent), read_trace(published, "m"), window), memory


def watch(program, seconds):
    """Lets time pass, in which the program must not end."""
    try:
        program.process.wait(seconds)
    except Exception:
        return
    sys.exit(f"it has ended:\n{program.log()}")


def report(meters, spread, window, outcome, memory, first_memory):
    total, refused, lost, latencies = outcome

    def figure(name, value, unit):
        measure.figure("meters", name, value, unit, meters=meters, spread=spread)

    figure("watched", round(window.seconds, 1), "s")
    figure("user time", round(window.user, 2), "s")
    figure("system time", round(window.system, 2), "s")
    figure("processor", round(100 * window.on_processor / window.seconds, 3), "% of one core")
    figure("resident memory", memory[0], "kB")
    figure("peak of resident memory", memory[1], "kB")
    if meters > 1 and first_memory:
        figure("memory for each further meter", round((memory[0] - first_memory) / (meters - 1), 1), "kB")
    figure("telegrams sent", total, "telegrams")
    figure("telegrams lost", lost, "telegrams")
    figure("telegrams refused", refused, "telegrams")
    for percent in (50, 99, 100):
        name = f"latency, {percent}th percentile" if percent < 100 else "latency, greatest"
        figure(name, round(1000 * measure.percentile(latencies, percent), 3), "ms")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=float, default=60, help="how long each run is watched")
    arguments.add_argument("meters", type=int, nargs="*", default=[1, 10, 100, 1000])
    wanted = arguments.parse_args()
    complete = True
    first_memory = 0
    for meters, spread in [(number, "yes") for number in wanted.meters] + [(max(wanted.meters), "no")]:
        with tempfile.TemporaryDirectory(prefix="dsmr-bench-") as folder:
            window, outcome, memory = run(meters, spread, wanted.seconds, folder)
        if meters == 1:
            first_memory = memory[0]
        report(meters, spread, window, outcome, memory, first_memory)
        complete = complete and outcome[1] == outcome[2] == 0 and outcome[0] >= meters
    sys.exit(0 if complete else 1)


main()
