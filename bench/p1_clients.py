#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""200 programs read telegrams from one dsmr, and ten of them sleep. How long from the moment that the
last byte of a telegram is handed to dsmr's connection until each of the others has all of it, and how
much memory dsmr takes. Sleepers that were dropped come back. All readers are one process on the other
core, so that its own time to read is in the figures as well.

    bench/p1_clients.py [--clients 200] [--asleep 10] [--telegrams 600] [--interval 0.05]
"""
import argparse
import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import time

import measure

START_SECONDS = 10
LATE_SECONDS = 5


def telegrams(count):
    sent = subprocess.run([measure.DSMR, "simulate", "--standard", "5.0", "--seed", "7", "--count",
                           str(count)], capture_output=True, check=True).stdout
    return re.findall(rb"/[^!]*![0-9A-F]{4}\r\n", sent)


class Crowd:
    """The readers that are awake."""

    def __init__(self, address, count):
        self.poll = select.epoll()
        self.readers = {}
        for _ in range(count):
            reader = socket.create_connection(address)
            reader.setblocking(False)
            self.readers[reader.fileno()] = reader
            self.poll.register(reader, select.EPOLLIN)

    def wait(self, telegram):
        """Nanoseconds of the monotonic clock at which each had the telegram."""
        left = dict.fromkeys(self.readers, len(telegram))
        came = []
        deadline = time.monotonic() + LATE_SECONDS
        while left:
            for fd, _ in self.poll.poll(LATE_SECONDS):
                size = len(self.readers[fd].recv(65536))
                if size == 0:
                    sys.exit("a reader that is awake was dropped")
                left[fd] -= size
                if left[fd] <= 0:
                    came.append(time.monotonic_ns())
                    del left[fd]
            if time.monotonic() > deadline:
                sys.exit(f"{len(left)} readers did not get a telegram in {LATE_SECONDS} s")
        return came


class Sleepers:
    """Those that connect and never read."""

    def __init__(self, address, count):
        self.address = address
        self.sockets = [self.connect() for _ in range(count)]
        self.dropped = 0

    def connect(self):
        """With a small buffer, which is soon full."""
        sleeper = socket.socket()
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sleeper.connect(self.address)
        return sleeper

    def come_back(self):
        """Connects anew in place of each that was dropped; the peer's end shows by a hang-up."""
        watched = select.poll()
        for sleeper in self.sockets:
            watched.register(sleeper, select.POLLRDHUP)
        gone = {fd for fd, _ in watched.poll(0)}
        for place, sleeper in enumerate(self.sockets):
            if sleeper.fileno() in gone:
                sleeper.close()
                self.sockets[place] = self.connect()
                self.dropped += 1


def play(feed, crowd, sleepers, sent, interval):
    """Sends the telegrams one by one; milliseconds that each took to each reader, in order of size."""
    latencies = []
    due = time.monotonic()
    for telegram in sent:
        feed.sendall(telegram[:-1])
        began = time.monotonic_ns()
        feed.sendall(telegram[-1:])
        latencies += [(came - began) / 1e6 for came in crowd.wait(telegram)]
        sleepers.come_back()
        due += interval
        time.sleep(max(0, due - time.monotonic()))
    return sorted(latencies)


def report(latencies, memory, sleepers, of):
    def tell(name, value, unit):
        measure.figure("p1_clients", name, value, unit, **of)

    for name, percent in (("latency 50 %", 50), ("latency 99 %", 99), ("latency greatest", 100)):
        tell(name, round(measure.percentile(latencies, percent), 3), "ms")
    for name, kilobytes in memory.items():
        tell(name, kilobytes, "kB")
    tell("sleepers dropped", sleepers.dropped, "")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--asleep", type=int, default=10)
    parser.add_argument("--telegrams", type=int, default=600)
    parser.add_argument("--interval", type=float, default=0.05)
    wish = parser.parse_args()
    core, other = measure.cores()
    os.sched_setaffinity(0, {other})
    sent = telegrams(wish.telegrams)
    with socket.create_server(("127.0.0.1", 0)) as meter, tempfile.TemporaryDirectory() as folder:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            address = probe.getsockname()
        config = os.path.join(folder, "dsmr.cfg")
        with open(config, "w", encoding="utf-8") as stream:
            stream.write(f"port=tcp://127.0.0.1:{meter.getsockname()[1]}\n"
                         f"p1.listen=tcp://127.0.0.1:{address[1]}\n")
        with measure.Program(core, os.path.join(folder, "log"), "run", "-c", config,
                             env={"XDG_STATE_HOME": folder}) as program:
            program.wait(lambda: "are handed on at" in program.log(), START_SECONDS, "listening")
            feed = meter.accept()[0]
            feed.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            memory = {"memory before": program.memory_kb("VmRSS")}
            crowd = Crowd(address, wish.clients - wish.asleep)
            sleepers = Sleepers(address, wish.asleep)
            latencies = play(feed, crowd, sleepers, sent, wish.interval)
            memory["memory after"] = program.memory_kb("VmRSS")
            memory["memory peak"] = program.memory_kb("VmHWM")
    report(latencies, memory, sleepers,
           {"clients": wish.clients, "asleep": wish.asleep, "telegrams": wish.telegrams})


main()
