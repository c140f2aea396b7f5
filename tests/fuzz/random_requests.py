#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Asks two running dsmr at random, over sockets: one of this machine only, and one that others could reach,
with a token. docs/fuzzing.md tells what is asked and what has to hold. DSMR in the environment is the program,
best one with sanitizers. The same seed asks the same things, though not at the same moments."""
import argparse
import contextlib
import os
import random
import re
import resource
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "system"))
# Of memory that was freed, so little is kept that growth is seen.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "detect_leaks=1:exitcode=99") + ":quarantine_size_mb=16"

from harness import LEAST, wait_until  # noqa: E402
from http_answers import Bad, Reader, check_answer, demand  # noqa: E402
from http_house import Web  # noqa: E402
from http_requests import Request  # noqa: E402
from http_visitors import Counts, Visitor, socket_from  # noqa: E402
from http_words import RIGHT, TOKEN  # noqa: E402
from p1_house import Meter  # noqa: E402

MEMORY_KB = {True: 600000, False: 60000}  # with sanitizers, without
FILES = 768 + 100
LOOK_S = 0.25
TELL_S = 60
LINES = ("port=simulated:", "meter.none.port=/dev/no-such-port", "history.path=FOLDER/history.db",
         "history.write.seconds=1", "openhab.token=" + TOKEN)


class Place:
    """A dsmr that is asked."""

    def __init__(self, web, wide):
        self.web = web
        self.wide = wide
        self.name = "wide" if wide else "loopback"
        self.most_memory = self.most_files = 0

    def start(self):
        self.web.__enter__()
        wait_until(self.has_history, 2 * LEAST, "a history")
        with open(self.about("exe"), "rb") as program:
            self.sanitized = b"__asan_init" in program.read()
        self.files_before = self.files()

    def about(self, name):
        return f"/proc/{self.web.program.process.pid}/{name}"

    def files(self):
        return len(os.listdir(self.about("fd")))

    def memory_kb(self):
        with open(self.about("status"), encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("RssAnon:"))

    def connect(self, timeout, source="127.0.0.1"):
        client = socket_from(source)
        client.settimeout(timeout)
        client.connect(("127.0.0.1", self.web.port))
        return client

    def look(self):
        """Is it there, and no larger than it may be?"""
        demand(self.web.program.process.poll() is None, f"dsmr has ended:\n{self.web.program.errors()[-5000:]}")
        memory, files = self.memory_kb(), self.files()
        self.most_memory = max(self.most_memory, memory)
        self.most_files = max(self.most_files, files)
        demand(memory < MEMORY_KB[self.sanitized], f"{memory} kB of memory")
        demand(files < FILES, f"{files} open files")

    def size(self):
        return (f"{self.name} {self.memory_kb()} kB (at most {self.most_memory}), "
                f"{self.files()} files (at most {self.most_files})")

    def ask(self, path, patience):
        """Seconds that a good request takes."""
        begun = time.monotonic()
        lines = f"Host: localhost\r\n{RIGHT[0]}: {RIGHT[1]}\r\nConnection: close\r\n"
        request = Request(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode(), path=path, answers={200})
        with self.connect(60) as client:
            client.sendall(request.data)
            check_answer(request, Reader(client).answer("GET"), TOKEN.encode())
        taken = time.monotonic() - begun
        demand(taken < patience, f"{path} took {taken:.2f} s")
        return taken

    def has_history(self):
        try:
            return self.ask("/api/v1/peaks", LEAST)
        except Bad:
            return False

    def end(self):
        """Everybody has gone: so has what was kept for them."""
        wait_until(lambda: self.files() <= self.files_before + 8, 3 * LEAST,
                   lambda: f"{self.files()} open files, {self.files_before} in the beginning")
        status = self.web.program.stop(seconds=LEAST)
        log = self.web.program.errors()
        demand("Sanitizer" not in log and "runtime error" not in log, f"a sanitizer complained:\n{log[-10000:]}")
        demand(status == 0, f"it ended with {status}:\n{log[-5000:]}")
        demand(TOKEN not in log, "the token is in the log")
        demand(re.search("[1-9][0-9]* telegrams good, 0 refused", log), f"telegrams were lost:\n{log[-3000:]}")
        told = [line for line in log.splitlines() if " values: " not in line]
        demand(len(told) < 500, "much is told in the log:\n" + "\n".join(told[-30:]))


def watch(place, patience, counts):
    """A good request now and then, and a look at the program."""
    number = 0
    while not counts.stop.wait(LOOK_S):
        number += 1
        try:
            place.look()
            taken = place.ask(("/api/v1/meters", "/api/v1/now", "/api/v1/status")[number % 3], patience)
            with counts.lock:
                counts.waits.append(taken)
        except (Bad, OSError) as why:
            counts.fault(f"watching {place.name}: {why!r}")


def tell(places, counts, begun):
    with counts.lock:
        waits = sorted(counts.waits) or [0]
        done, statuses = dict(counts.done), dict(sorted(counts.statuses.items()))
    ranks = len(waits) // 2, len(waits) * 99 // 100, -1
    half, most, all_of_them = (f"{waits[rank] * 1000:.0f} ms" for rank in ranks)
    print(f"# {time.monotonic() - begun:.0f} s: {done}, answers {statuses}; a good one took {half}, 99 of 100 {most}, "
          f"all {all_of_them}", *(place.size() for place in places), sep="; ", flush=True)


def ask_all(places, options, counts):
    """Asks until the time is over, or something is wrong."""
    begun = time.monotonic()
    visitors = [Visitor(number, options, places, counts) for number in range(options.visitors)]
    watchers = [threading.Thread(target=watch, args=(place, options.patience, counts)) for place in places]
    for thread in visitors + watchers:
        thread.start()
    told = begun
    while time.monotonic() - begun < options.seconds and not counts.stop.wait(0.1):
        if time.monotonic() - told > TELL_S:
            told = time.monotonic()
            tell(places, counts, begun)
    counts.stop.set()
    for thread in visitors + watchers:
        thread.join(120)
    with contextlib.suppress(OSError):
        tell(places, counts, begun)


def run(options):
    """The faults that were found, as text, and what was done."""
    counts = Counts()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    files = {"token": TOKEN + "\n"}
    with Meter("--standard", "5.0", "--interval", "0.05") as meter, contextlib.ExitStack() as stack:
        fast = f"meter.fast.port={meter.name}"
        words = ("--past", options.past)
        places = [Place(Web(*LINES, fast, files=files, words=words), False),
                  Place(Web(*LINES, fast, "http.token.file=FOLDER/token", files=files, words=words,
                            listen="0.0.0.0:0"), True)]
        for place in places:
            stack.push(place.web.__exit__)
            place.start()
        try:
            ask_all(places, options, counts)
            for place in places:
                place.end()
        except (Bad, AssertionError) as why:
            counts.fault(str(why))
    return counts


def read_options(words):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--rate", type=float, default=400, help="requests a second, about")
    parser.add_argument("--visitors", type=int, default=8, help="who ask at once")
    parser.add_argument("--patience", type=float, default=5, help="seconds that a good request may take")
    parser.add_argument("--past", type=int, default=31, help="days of the meter's past in the history")
    return parser.parse_args(words)


if __name__ == "__main__":
    chosen = read_options(None)
    print(f"# {' '.join(f'{name} {value}' for name, value in vars(chosen).items())}", flush=True)
    found = run(chosen).faults
    for each in found[:20]:
        print(each)
    print("0 passed, 1 failed" if found else "1 passed, 0 failed")
    sys.exit(1 if found else 0)
