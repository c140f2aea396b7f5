#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mqtt.spool and a broker that refuses some of it: the rest flows, and nothing is lost by a broker that
refuses everything for a while."""
import os
import signal
import tempfile

import harness
from mqtt_broker import Broker, Subscriber
from push_server import Webhook
from test_mqtt import parse, running, warnings
from test_mqtt_spool import check_complete, folder, meter, numbers, spooled, wait_number
from test_push import running as pushing

READ_ALL = "topic read #\ntopic read $SYS/#\n"


class Listed(Broker):
    """A broker with an access list, which can be changed."""

    def __init__(self, *topics):
        super().__init__("acl_file {folder}/acl")
        self.allow(*topics)

    def allow(self, *topics):
        with open(self.path("acl"), "w", encoding="utf-8") as acl:
            acl.write(READ_ALL + "".join(f"topic write {topic}\n" for topic in topics))
        # Root's files are root's: it would warn otherwise.
        os.chmod(self.path("acl"), 0o600)
        if self.process:
            self.process.send_signal(signal.SIGHUP)


def seqs(subscriber, topic):
    return [int(parse(text)["seq"]) for text in subscriber.texts(topic)]


def test_a_meter_that_the_broker_refuses_holds_up_nobody():
    with folder() as path, meter("0.2") as port, meter("1") as garage, \
            Listed("dsmr/main/#", "dsmr/status") as broker, Subscriber(broker, "dsmr/#") as seen, \
            running(broker.url, f"mqtt.spool={path}", "mqtt.topic=no", "mqtt.version=5",
                    f"meter.garage.port={garage}", port=port) as dsmr:
        dsmr.wait_log("does not take a message for dsmr/garage/", 20)
        wait_number(seen, (numbers(seen) or [0])[-1] + 50, 30)
        dsmr.wait_log("takes others: not authorized (135); it is left out, 1 of them so far", 60)
        told = [line for line in warnings(dsmr) if "it is left out" in line]
        assert len(told) == 1 and "bytes for dsmr/garage/json" in told[0], told
        # Allowed again, its newest come at once, and those that wait at their next try.
        count = len(numbers(seen))
        broker.allow("dsmr/#")
        seen.wait("dsmr/garage/json", 10, 60)
        wait_number(seen, numbers(seen)[-1] + 5)
        assert numbers(seen) == sorted(set(numbers(seen))) and len(numbers(seen)) > count
        assert len(set(seqs(seen, "dsmr/garage/json"))) == len(seqs(seen, "dsmr/garage/json"))
        # What was left out leaves the folder too.
        harness.wait_until(lambda: spooled(path) < 400000, 60, lambda: spooled(path))


def test_a_broker_that_refuses_everything_for_a_while_loses_nothing():
    with folder() as path, meter("0.1") as port, Listed("dsmr/status") as broker, \
            Subscriber(broker, "dsmr/#") as seen, \
            running(broker.url, f"mqtt.spool={path}", "mqtt.topic=no", "mqtt.version=5",
                    port=port) as dsmr:
        dsmr.wait_log("does not take a message for ", 20)
        harness.wait_until(lambda: spooled(path) > 500000, 60, dsmr.errors)
        assert not seen.of("dsmr/main/json")
        broker.allow("dsmr/#")
        wait_number(seen, 150, 90)
        check_complete(numbers(seen), 0)
        assert "left out" not in dsmr.errors(), dsmr.errors()


def test_what_waits_for_a_forbidden_topic_does_not_hide_what_is_allowed():
    """As after a change of mqtt.json: hundreds that are refused for ever stand in front."""
    with folder() as path, meter("0.02") as port, Listed("house/#", "dsmr/status") as broker, \
            Subscriber(broker, "house/#") as seen:
        lines = (f"mqtt.spool={path}", "mqtt.topic=no", "mqtt.version=5")
        with running(broker.url, *lines, "mqtt.json=forbidden/{meter}", port=port) as dsmr:
            harness.wait_until(lambda: spooled(path) > 1800000, 60, dsmr.errors)
        with running(broker.url, *lines, "mqtt.json=house/{meter}", port=port) as dsmr:
            got = harness.wait_until(lambda: seqs(seen, "house/main")[20:], 60, dsmr.errors)
            assert got == sorted(set(got)), got


def test_kill_while_one_waits_for_its_next_try_sends_nothing_twice():
    with folder() as path, meter("0.1") as port, meter("1") as garage, \
            Listed("dsmr/main/#", "dsmr/status") as broker, Subscriber(broker, "dsmr/#") as seen:
        lines = (f"mqtt.spool={path}", "mqtt.topic=no", "mqtt.version=5",
                 f"meter.garage.port={garage}")
        with running(broker.url, *lines, port=port) as dsmr:
            dsmr.wait_log("does not take a message for dsmr/garage/", 20)
            wait_number(seen, (numbers(seen) or [0])[-1] + 60)
            dsmr.process.kill()
            dsmr.process.wait()
        before = set(numbers(seen))
        broker.allow("dsmr/#")
        with running(broker.url, *lines, port=port):
            wait_number(seen, max(before) + 30)
            seen.wait("dsmr/garage/json", 3)
        got = numbers(seen)
        assert len(got) - len(set(got)) <= 10, (len(got), len(set(got)))
        # Those of the garage came too, before it was killed, and their numbers fill the gaps.
        both = sorted(set(got) | set(seqs(seen, "dsmr/garage/json")))
        assert both == list(range(1, both[-1] + 1)), [b for a, b in zip(both, both[1:]) if b != a + 1]


def sent(standard, count):
    """The telegrams of a meter."""
    return harness.run("simulate", "--standard", standard, "--count", str(count)).stdout


def test_one_message_that_is_too_large_for_mqtt_3_holds_up_nobody():
    """The broker can only close the connection; the others follow all the same, with their numbers."""
    small, large = sent("2.2", 60), sent("5.0", 1)  # 1.5 and 5 kB of JSON
    with folder() as path, tempfile.TemporaryDirectory(prefix="dsmr-test-") as place, \
            Broker("max_packet_size 3500") as broker, Subscriber(broker, "dsmr/#") as seen:
        pipes = [os.path.join(place, name) for name in ("main", "garage")]
        for pipe in pipes:
            os.mkfifo(pipe)
        with running(broker.url, f"mqtt.spool={path}", "mqtt.topic=no",
                     f"meter.garage.port=pipe:{pipes[1]}", port=f"pipe:{pipes[0]}") as dsmr, \
                open(pipes[0], "wb", buffering=0) as main, \
                open(pipes[1], "wb", buffering=0) as garage:
            main.write(small)
            wait_number(seen, 60)
            garage.write(large)
            dsmr.wait_log("it closed the connection", 20)
            main.write(small)
            wait_number(seen, 121, 60)
            # Only the one is missing.
            assert sorted(set(numbers(seen))) == [*range(1, 61), *range(62, 122)], numbers(seen)
            assert not seen.of("dsmr/garage/json")
            assert dsmr.stop() == 0


def test_a_folder_that_push_had_before():
    with folder() as path, Webhook() as hook, meter("0.1") as port, Broker() as broker, \
            Subscriber(broker, "dsmr/#") as seen:
        hook.die()
        with pushing(hook.url, f"push.spool={path}", port=port) as dsmr:
            harness.wait_until(lambda: spooled(path) > 100000, 60, dsmr.errors)
        with running(broker.url, f"mqtt.spool={path}", "mqtt.topic=no", port=port) as dsmr:
            dsmr.wait_log("holds records that are none of MQTT's, as push.spool has them: they are "
                          "left out", 20)
            seen.wait("dsmr/main/json", 20)


def test_a_folder_that_mqtt_had_before():
    with folder() as path, Webhook() as hook, meter("0.1") as port:
        with running("mqtt://127.0.0.1:1", f"mqtt.spool={path}", "mqtt.topic=no",
                     "mqtt.json=In/{meter}", port=port) as dsmr:
            harness.wait_until(lambda: spooled(path) > 100000, 60, dsmr.errors)
        with pushing(hook.url, f"push.spool={path}", "push.format=influx", port=port) as dsmr:
            dsmr.wait_log("the spool holds telegrams of another push.format, or of mqtt.spool: they are "
                          "left out", 20)
            harness.wait_until(lambda: hook.requests, 20, dsmr.errors)
            assert "In/main" not in str( hook.requests[0].body)


if __name__ == "__main__":
    harness.main()
