#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mqtt.spool: every telegram reaches the broker, in order, whatever dies in between."""
import contextlib
import os
import re
import resource
import shutil
import subprocess
import tempfile
import time

import harness
from mqtt_broker import Broker, Gate, Subscriber, free_port
from p1_house import House
from test_mqtt import parse, running, warnings

IN_FLIGHT = 10  # messages of the spool that may be under way


@contextlib.contextmanager
def meter(interval="0.02"):
    """A simulated meter at a TCP port; yields what dsmr has to name as its port."""
    port = free_port()
    with harness.Program("simulate", "--standard", "5.0", "--tcp", f"127.0.0.1:{port}", "--interval",
                         interval):
        yield f"tcp://127.0.0.1:{port}"


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="dsmr-spool-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def later(topic="dsmr/main/json"):
    """A broker that is away until its gate is opened, with somebody who listens from the first moment:
    it keeps messages for nobody."""
    with Broker() as broker, Gate(broker, is_open=False) as gate, Subscriber(broker, topic) as seen:
        yield gate, seen


def numbers(subscriber):
    """The sequence numbers in the order in which they came."""
    return [int(parse(text)["seq"]) for text in subscriber.texts("dsmr/main/json")]


def check_complete(got, breaks):
    """Every number came, in order; only what was in flight at a break came twice."""
    first_time = list(dict.fromkeys(got))
    assert first_time == list(range(1, max(got) + 1)), \
        [(a, b) for a, b in zip(first_time, first_time[1:]) if b != a + 1][:10]
    assert len(got) - len(first_time) <= breaks * IN_FLIGHT, (len(got), len(first_time))


def spooled(path):
    """Bytes of all segments."""
    return sum(os.path.getsize(os.path.join(path, name)) for name in os.listdir(path)
               if name.endswith(".spool"))


def wait_number(subscriber, number, seconds=60):
    harness.wait_until(lambda: max(numbers(subscriber)[-1:], default=0) >= number, seconds,
                       lambda: f"number {number}, last came {numbers(subscriber)[-3:]}")


def test_broker_killed_under_load():
    # With QoS 0 the broker has handed a message on before it acknowledges it.
    with folder() as path, meter() as port, Broker() as broker, Gate(broker) as gate, \
            Subscriber(broker, "dsmr/main/json", qos=0) as seen, \
            running(gate.url, f"mqtt.spool={path}", "mqtt.topic=no", port=port) as dsmr:
        for _ in range(4):
            wait_number(seen, (numbers(seen) or [0])[-1] + 40)
            gate.open = False
            broker.stop(kill=True)
            gate.shut()
            before = spooled(path)
            harness.wait_until(lambda: spooled(path) > before + 200000, 60, lambda: spooled(path))
            # Somebody has to listen before dsmr is back: this broker keeps messages for nobody.
            seen.forget()
            broker.start()
            seen.wait_again()
            gate.open = True
        # What is delivered leaves the folder.
        harness.wait_until(lambda: spooled(path) < 270000, 90, lambda: spooled(path))
        wait_number(seen, numbers(seen)[-1] + 50)
        dsmr.stop()
        check_complete(numbers(seen), 4)
        assert max(numbers(seen)) > 300
        assert "all telegrams are kept for it in the spool" in dsmr.errors()


def test_dsmr_killed_under_load():
    with folder() as path, meter() as port, Broker() as broker, \
            Subscriber(broker, "dsmr/main/json") as seen:
        for _ in range(5):
            with running(broker.url, f"mqtt.spool={path}", "mqtt.topic=no", port=port) as dsmr:
                wait_number(seen, (numbers(seen) or [0])[-1] + 60)
                dsmr.process.kill()
                dsmr.process.wait()
        with running(broker.url, f"mqtt.spool={path}", "mqtt.topic=no", port=port) as dsmr:
            wait_number(seen, numbers(seen)[-1] + 60)
            dsmr.stop()
        check_complete(numbers(seen), 6)


def test_dsmr_killed_while_the_broker_is_away():
    broker_port = free_port()
    with folder() as path, meter() as port:
        last = 0
        for _ in range(3):
            with running(f"mqtt://127.0.0.1:{broker_port}", f"mqtt.spool={path}", "mqtt.topic=no",
                         port=port) as dsmr:
                harness.wait_until(lambda: spooled(path) > last + 300000, 60, dsmr.errors)
                last = spooled(path)
                dsmr.process.kill()
                dsmr.process.wait()
        # A torn tail, as a power failure leaves it.
        newest = sorted(name for name in os.listdir(path) if name.endswith(".spool"))[-1]
        with open(os.path.join(path, newest), "r+b") as segment:
            segment.truncate(os.path.getsize(segment.name) - 100)
        with Broker(port=broker_port) as broker, Subscriber(broker, "dsmr/main/json") as seen, \
                running(broker.url, f"mqtt.spool={path}", "mqtt.topic=no", port=port) as dsmr:
            dsmr.wait_log(" messages of before wait in the spool in ", 10)
            wait_number(seen, 250)
            check_complete(numbers(seen), 1)


def test_backlog_follows_at_a_bounded_rate_and_newest_values_at_once():
    with folder() as path, meter("0.1") as port, later("dsmr/#") as (gate, seen), \
            running(gate.url, f"mqtt.spool={path}", "mqtt.spool.rate=20", port=port) as dsmr:
        harness.wait_until(lambda: spooled(path) > 700000, 90, dsmr.errors)
        gate.open = True
        dsmr.wait_log("is there again", 60)
        connected = time.monotonic()
        waiting = spooled(path) // 4900
        wait_number(seen, waiting)
        took = time.monotonic() - connected
        assert took > (waiting - 20) / 30 * 0.8, (took, waiting)
        assert took < waiting / 20 * 6, (took, waiting)
        # The value that was published first is newer than most of the backlog.
        moment = seen.texts("dsmr/main/P1Timestamp")[0]
        backlog = [parse(text) for text in seen.texts("dsmr/main/json")[:waiting // 2]]
        last = {item["id"]: item["value"] for item in backlog[-1]["items"]}["P1Timestamp"]
        assert moment > last, (moment, last)
        check_complete(numbers(seen), 0)


def test_full_spool_drops_the_oldest():
    with folder() as path, meter("0.002") as port, later() as (gate, seen), \
            running(gate.url, f"mqtt.spool={path}", "mqtt.spool.limit=2",
                    "mqtt.spool.rate=10000", "mqtt.topic=no", port=port) as dsmr:
        dsmr.wait_log("is full: the oldest messages make room for new ones", 120)
        sizes = []
        harness.wait_until(lambda: sizes.append(spooled(path)) or len(sizes) > 100, 30, "100 looks")
        assert max(sizes) < 3000000, max(sizes)
        gate.open = True
        seen.wait("dsmr/main/json", 500, 90)
        got = numbers(seen)
        gaps = [(a, b) for a, b in zip(got, got[1:]) if b != a + 1]
        assert len(gaps) == 1 and gaps[0][1] > gaps[0][0], gaps
        assert len([line for line in warnings(dsmr) if "is full" in line]) == 1


def fill(path):
    """Leaves little room in the folder, by a small file system of its own where that is allowed.
    Returns what frees the room again; None where it is not allowed."""
    mount = shutil.which("mount")
    if not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=200k", "none", path],
                                   capture_output=True).returncode != 0:
        return None
    return lambda: subprocess.run([mount, "-o", "remount,size=100m", path], check=True)


def check_full_disk(path, port, limit_files):
    free = None if limit_files else fill(path)
    if not limit_files and not free:
        raise harness.Skip("only root may mount a small file system; the other test limits files")
    try:
        with later() as (gate, seen), \
                running(gate.url, f"mqtt.spool={path}", "mqtt.topic=no", port=port) as dsmr:
            if limit_files:
                resource.prlimit(dsmr.process.pid, resource.RLIMIT_FSIZE, (200000, -1))
            dsmr.wait_log("cannot be written: ", 60)
            # The broker comes while the disk is full: nothing is lost, and nothing waits for the disk.
            gate.open = True
            wait_number(seen, 200)
            if limit_files:
                resource.prlimit(dsmr.process.pid, resource.RLIMIT_FSIZE, (-1, -1))
            else:
                free()
            dsmr.wait_log("can be written again; 0 messages were dropped", 60)
            wait_number(seen, numbers(seen)[-1] + 50)
            check_complete(numbers(seen), 0)
            assert dsmr.errors().count("cannot be written: ") == 1
    finally:
        if free:
            subprocess.run(["umount", "-l", path], check=True)


def test_full_disk():
    with folder() as path, meter() as port:
        check_full_disk(path, port, limit_files=False)


def test_files_that_may_not_grow():
    with folder() as path, meter() as port:
        check_full_disk(path, port, limit_files=True)


def test_folder_that_cannot_be_used():
    with Broker() as broker, Subscriber(broker) as seen, \
            running(broker.url, "mqtt.spool=/nowhere/at/all") as dsmr:
        dsmr.wait_log("mqtt.spool: /nowhere/at/all cannot be used: No such file or directory", 10)
        seen.wait("dsmr/main/json", 2)


def test_spool_without_anything_to_keep_is_told():
    with folder() as path, Broker() as broker, \
            running(broker.url, f"mqtt.spool={path}", "mqtt.json=no") as dsmr:
        dsmr.wait_log("key 'mqtt.spool' has no effect with mqtt.json=no", 10)


def test_a_folder_beside_the_configuration():
    with folder() as path, Broker() as broker, House("port=simulated:", f"mqtt.url={broker.url}",
                                                      "mqtt.spool=spool") as house:
        harness.wait_until(lambda: os.path.exists(house.path("spool/lock")), 10, house.program.errors)


def test_folder_of_another_dsmr():
    with folder() as path, Broker() as broker, running(broker.url, f"mqtt.spool={path}") as first:
        first.wait_log("connected to the broker", 10)
        with running(broker.url, f"mqtt.spool={path}") as second:
            second.wait_log("is in use, by this or another dsmr", 10)


def test_reading_the_configuration_again_loses_nothing():
    with folder() as path, meter() as port, Broker() as broker, \
            Subscriber(broker, "dsmr/main/json") as seen, \
            running(broker.url, f"mqtt.spool={path}", "mqtt.topic=no", port=port) as dsmr:
        for round_ in range(5):
            wait_number(seen, (numbers(seen) or [0])[-1] + 30)
            dsmr.process.send_signal(1)
            harness.wait_until(lambda: dsmr.errors().count("was read again") == round_ + 1, 10,
                               dsmr.errors)
        wait_number(seen, numbers(seen)[-1] + 30)
        check_complete(numbers(seen), 5)
        moments = [{i["id"]: i["value"] for i in parse(text)["items"]}["P1Timestamp"]
                   for text in seen.texts("dsmr/main/json")]
        assert moments == sorted(moments)


def test_what_is_done_takes_no_room():
    with folder() as path, meter("0.005") as port, Broker() as broker, \
            Subscriber(broker, "dsmr/main/json") as seen, \
            running(broker.url, f"mqtt.spool={path}", "mqtt.topic=no", port=port):
        wait_number(seen, 400)
        assert spooled(path) < 400000, spooled(path)
        assert re.fullmatch(r"\d{20}\.spool", sorted(os.listdir(path))[0])


if __name__ == "__main__":
    harness.main()
