#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""500 clients listen to the events of one dsmr at a telegram a second, and fifty of them never read. How
late is an event: from the moment that the last byte of a telegram is handed to dsmr's connection until each
of the others has all of its event; and how much memory dsmr takes. All clients are one process on the other
core, so that its own time to read 450 events is in the figures as well.

    bench/events.py [--clients 500] [--asleep 50] [--telegrams 120] [--interval 1]
"""
import argparse
import os
import re
import resource
import select
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import measure

START_SECONDS = 20
LATE_SECONDS = 10
REQUEST = b"GET /api/v1/events HTTP/1.0\r\nHost: localhost\r\n\r\n"


def telegrams(count):
    sent = subprocess.run([measure.DSMR, "simulate", "--standard", "5.0", "--seed", "7", "--count",
                           str(count)], capture_output=True, check=True).stdout
    return re.findall(rb"/[^!]*![0-9A-F]{4}\r\n", sent)


def listen(port, receive_buffer=0):
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect(("127.0.0.1", port))
    client.sendall(REQUEST)
    return client


class Crowd:
    """Those who read. An event of a telegram ends with ]} and an empty line."""

    def __init__(self, port, count):
        self.poll = select.epoll()
        self.clients = {}
        for _ in range(count):
            client = listen(port)
            client.setblocking(False)
            self.clients[client.fileno()] = client
            self.poll.register(client, select.EPOLLIN)

    def wait(self):
        """Nanoseconds of the monotonic clock at which each had one more event of a telegram."""
        left = dict.fromkeys(self.clients, b"")
        came = []
        deadline = time.monotonic() + LATE_SECONDS
        while left:
            for fd, _ in self.poll.poll(1):
                data = self.clients[fd].recv(1 << 18)
                if not data:
                    sys.exit("a client that reads was dropped")
                if fd not in left:
                    continue
                end = (left[fd] + data)[-64:]
                if end.endswith(b"]}\n\n"):
                    came.append(time.monotonic_ns())
                    del left[fd]
                else:
                    left[fd] = end
            if time.monotonic() > deadline:
                sys.exit(f"{len(left)} clients did not get an event in {LATE_SECONDS} s")
        return came


def metric(port, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return int(re.search(rf"^{name} (\d+)$", answer.read().decode(), re.MULTILINE)[1])


def play(feed, crowd, sent, interval, program):
    """Sends the telegrams one by one; milliseconds that each took to each client, in order of size, and the
    greatest memory meanwhile."""
    latencies, memory = [], 0
    due = time.monotonic()
    for telegram in sent:
        feed.sendall(telegram[:-1])
        time.sleep(0.01)
        began = time.monotonic_ns()
        feed.sendall(telegram[-1:])
        latencies += [(came - began) / 1e6 for came in crowd.wait()]
        memory = max(memory, program.memory_kb("RssAnon"))
        due += interval
        time.sleep(max(0, due - time.monotonic()))
    return sorted(latencies), memory


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--asleep", type=int, default=50)
    parser.add_argument("--telegrams", type=int, default=120)
    parser.add_argument("--interval", type=float, default=1)
    wish = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    core, other = measure.cores()
    os.sched_setaffinity(0, {other})
    sent = telegrams(wish.telegrams + 1)
    of = {"clients": wish.clients, "asleep": wish.asleep, "telegrams": wish.telegrams}
    with socket.create_server(("127.0.0.1", 0)) as meter, tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "dsmr.cfg")
        with open(config, "w", encoding="utf-8") as stream:
            stream.write(f"port=tcp://127.0.0.1:{meter.getsockname()[1]}\nhttp.listen=127.0.0.1:0\n")
        with measure.Program(core, os.path.join(folder, "log"), "run", "-c", config,
                             env={"XDG_STATE_HOME": folder}) as program:
            program.wait(lambda: "the page is at" in program.log(), START_SECONDS, "listening")
            port = int(re.search(r"the page is at http://\S+:(\d+)/", program.log())[1])
            feed = meter.accept()[0]
            feed.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            feed.sendall(sent[0])
            program.wait(lambda: "first telegram" in program.log(), START_SECONDS, "a telegram")
            before = program.memory_kb("RssAnon")
            crowd = Crowd(port, wish.clients - wish.asleep)
            crowd.wait()
            sleepers = [listen(port, 4096) for _ in range(wish.asleep)]
            latencies, memory = play(feed, crowd, sent[1:], wish.interval, program)
            dropped = metric(port, "dsmr_event_clients_dropped_total")
            left = metric(port, "dsmr_event_clients")
    for name, percent in (("latency 50 %", 50), ("latency 99 %", 99), ("latency greatest", 100)):
        measure.figure("events", name, round(measure.percentile(latencies, percent), 3), "ms", **of)
    measure.figure("events", "memory without clients", before, "kB", **of)
    measure.figure("events", "memory, greatest", memory, "kB", **of)
    measure.figure("events", "sleepers dropped", dropped, "", **of)
    measure.figure("events", "clients at the end", left, "", **of)
    del sleepers


main()
