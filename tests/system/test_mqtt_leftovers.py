#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the broker would keep for ever of meters, topics and prefixes that are gone: removed, and nothing
that belongs to anybody else."""
import contextlib
import re
import signal
import socket
import subprocess
import tempfile

import harness
from mqtt_broker import Broker, Subscriber, free_port

ANNOUNCED = re.compile(r"[a-z0-9]+/(device|sensor)/dsmr_.*/config")


@contextlib.contextmanager
def meter(seed):
    """A simulated meter at a TCP port, with equipment ids of its own."""
    port = free_port()
    with harness.Program("simulate", "--standard", "5.0", "--tcp", f"127.0.0.1:{port}", "--seed", seed):
        yield f"tcp://127.0.0.1:{port}"


@contextlib.contextmanager
def house(broker, *lines):
    """Yields a function that writes the configuration, and its file."""
    with tempfile.NamedTemporaryFile("w", suffix=".cfg", encoding="utf-8") as file:
        def write(*others):
            file.seek(0)
            file.truncate()
            file.write("\n".join([f"mqtt.url={broker.url}", *lines, *others, ""]))
            file.flush()
            return file.name
        yield write


def reload(dsmr, count=1):
    dsmr.process.send_signal(signal.SIGHUP)
    harness.wait_until(lambda: dsmr.errors().count("was read again") == count, 20, dsmr.errors)


def retained(broker):
    """What the broker has kept, by topic."""
    with Subscriber(broker) as watcher:
        # All of it has come once the watcher is there.
        return {m.topic: m.text for m in list(watcher.messages) if m.retained}


def wait_retained(broker, condition, dsmr=None, seconds=30):
    """What the broker keeps, once it is as wanted."""
    return harness.wait_until(lambda: condition(kept := retained(broker)) and kept, seconds,
                              lambda: f"{sorted(retained(broker))}\n{dsmr.errors() if dsmr else ''}")


def announcements(kept, name=None):
    """Topics of the announcements, those of a meter if one is named."""
    return {topic for topic, text in kept.items()
            if ANNOUNCED.fullmatch(topic) and (not name or f'/{name}/' in text)}


def of_garage(kept):
    return {topic for topic in kept if "garage" in topic} - set(STRANGERS) | announcements(
        kept, "garage")


def is_complete(kept, *names):
    """All of these meters is there."""
    return all(kept.get(f"dsmr/{name}/status") == "online" and announcements(kept, name)
               for name in names) and kept.get("homie/dsmr/$state") == "ready"


def publish(broker, topic, payload):
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-t", topic, "-m",
                    payload, "-r"], check=True, timeout=30)


STRANGERS = {"homeassistant/sensor/other/x/config": '{"o":{"name":"other"}}',
             "homie/other/$state": "ready", "dsmr/notes": "mine", "dsmr/garage/notes": "mine",
             "dsmr/attic/status": "busy", "dsmr/attic/gValue": "12"}


@contextlib.contextmanager
def two_meters(*lines):
    with Broker() as broker, meter(1) as main, meter(2) as garage:
        for topic, payload in STRANGERS.items():
            publish(broker, topic, payload)
        with house(broker, "homeassistant.discovery=yes", *lines) as write:
            yield broker, write, f"port={main}", f"meter.garage.port={garage}"


def is_untouched(kept):
    return all(kept.get(topic) == payload for topic, payload in STRANGERS.items())


def emptied(watcher):
    return {m.topic for m in list(watcher.messages) if m.payload == b""}


def test_a_meter_that_goes_by_a_reload_leaves_nothing():
    with two_meters("mqtt.retain=yes") as (broker, write, main, garage), \
            harness.Program("run", "-c", write(main, garage)) as dsmr:
        before = wait_retained(broker, lambda kept: is_complete(kept, "main", "garage"), dsmr)
        assert "dsmr/garage/eActualDelivery" in before and "dsmr/garage/json" in before
        assert any(topic.startswith("homie/dsmr/garage-") for topic in before), sorted(before)
        gone = of_garage(before)
        with Subscriber(broker) as watcher:
            write(main)
            reload(dsmr)
            after = wait_retained(broker, lambda kept: not gone & set(kept), dsmr)
            dsmr.wait_log(f"{len(gone)} messages that the broker kept for what is no longer configured "
                          "are removed", 10)
            # Nothing else was, not even for a moment.
            assert emptied(watcher) <= gone, emptied(watcher) - gone
        assert is_untouched(after) and set(before) - set(after) == gone, set(before) - set(after) - gone
        assert is_complete(wait_retained(broker, lambda kept: is_complete(kept, "main")), "main")


def test_what_a_reload_removes_is_not_told_as_a_strangers():
    with two_meters() as (broker, write, main, garage), \
            harness.Program("run", "-c", write(main, garage)) as dsmr:
        wait_retained(broker, lambda kept: is_complete(kept, "main", "garage"), dsmr)
        # That is told, so it is known when dsmr has looked.
        publish(broker, "dsmr/shed/status", "offline")
        write(main)
        reload(dsmr)
        dsmr.wait_log("not configured here: ", 30)
        told = [line for line in dsmr.errors().splitlines() if "not configured here: " in line]
        assert len(told) == 1 and "of 1 meter that is not configured here: shed;" in told[0], told


def test_one_message_is_told_as_one():
    with two_meters() as (broker, write, main, garage):
        few = ("homeassistant.discovery=no", "homie.version=no")
        with harness.Program("run", "-c", write(main, garage, *few)) as dsmr:
            wait_retained(broker, lambda kept: kept.get("dsmr/garage/status") == "online", dsmr)
            write(main, *few)
            reload(dsmr)
            dsmr.wait_log("1 message that the broker kept for what is no longer configured is removed",
                          10)
            wait_retained(broker, lambda kept: "dsmr/garage/status" not in kept, dsmr)


def test_reloads_soon_after_each_other_leave_nothing():
    with Broker() as broker, meter(1) as main, contextlib.ExitStack() as plugged, house(
            broker, "homeassistant.discovery=yes", "mqtt.retain=yes", f"port={main}") as write:
        garage = f"meter.garage.port={plugged.enter_context(meter(2))}"
        with harness.Program("run", "-c", write(garage)) as dsmr:
            wait_retained(broker, lambda kept: is_complete(kept, "main", "garage"), dsmr)
            # From here on the meter says nothing that the next connections could know of.
            plugged.close()
            before = wait_retained(broker, lambda kept: kept["dsmr/garage/status"] == "offline", dsmr)
            assert "dsmr/garage/eActualDelivery" in before and announcements(before, "garage")
            reload(dsmr)
            # And what is to be removed does not get to the broker at first.
            broker.process.send_signal(signal.SIGSTOP)
            try:
                write()
                reload(dsmr, 2)
                reload(dsmr, 3)
            finally:
                broker.process.send_signal(signal.SIGCONT)
            after = wait_retained(broker, lambda kept: not of_garage(kept) and
                                  is_complete(kept, "main"), dsmr)
            assert announcements(after) == announcements(before, "main")


def test_a_meter_that_sent_nothing_in_this_run_is_told():
    """What an earlier run said of it is not known: its state stays, by which the next start tells it."""
    with two_meters() as (broker, write, main, garage):
        with harness.Program("run", "-c", write(main, garage)) as dsmr:
            wait_retained(broker, lambda kept: is_complete(kept, "main", "garage"), dsmr)
            assert dsmr.stop() == 0
        with socket.create_server(("127.0.0.1", 0)) as dead, harness.Program("run", "-c", write(
                main, f"meter.garage.port=tcp://127.0.0.1:{dead.getsockname()[1]}")) as dsmr:
            before = wait_retained(broker, lambda kept: is_complete(kept, "main") and
                                   kept["dsmr/garage/status"] == "offline", dsmr)
            config = write(main)
            reload(dsmr)
            dsmr.wait_log("the broker may keep what an earlier run said of garage, which sent nothing "
                          f"in this one: dsmr run --forget -c {config}, with this dsmr ended, removes",
                          10)
            after = wait_retained(broker, lambda kept: is_complete(kept, "main"), dsmr)
            assert of_garage(after) == of_garage(before) and announcements(after, "garage")
            assert "are removed" not in dsmr.errors(), dsmr.errors()
            assert dsmr.stop() == 0
        assert harness.run("run", "-c", config, "--forget").returncode == 0
        assert retained(broker) == STRANGERS


def test_another_topic_leaves_nothing_at_the_old_one():
    with two_meters("mqtt.retain=yes") as (broker, write, main, _), \
            harness.Program("run", "-c", write(main)) as dsmr:
        before = wait_retained(broker, lambda kept: is_complete(kept, "main"), dsmr)
        with Subscriber(broker) as watcher:
            write(main, "mqtt.topic=house/{meter}/{item}")
            reload(dsmr)
            after = wait_retained(broker, lambda kept: not any(
                topic.startswith("dsmr/") for topic in set(kept) - set(STRANGERS)) and
                kept.get("house/status") == kept.get("house/main/status") == "online", dsmr)
            # Home Assistant keeps its entities: they are announced with the new topics in place.
            assert announcements(after) == announcements(before)
            assert not announcements(before) & emptied(watcher)
            wait_retained(broker, lambda kept: all("house/" in kept[topic]
                                                   for topic in announcements(kept)), dsmr)
        assert is_untouched(after)


def test_the_extremes_of_an_interval_go_with_it():
    def extremes(kept):
        return {topic for topic in kept if re.search(r"[-/](least|greatest)(/|$)|"
                                                        r"(Least|Greatest)/config$", topic)}
    with two_meters("mqtt.retain=yes", "homeassistant.form=component") as (broker, write, main, _), \
            harness.Program("run", "-c", write(main, "mqtt.update=2")) as dsmr:
        before = wait_retained(broker, lambda kept: is_complete(kept, "main") and {
            "dsmr/main/eActualDelivery/least", "homie/dsmr/electricity/e-actual-delivery-greatest"
            } <= set(kept), dsmr)
        with Subscriber(broker) as watcher:
            write(main)
            reload(dsmr)
            after = wait_retained(broker, lambda kept: not extremes(kept), dsmr)
            assert emptied(watcher) <= extremes(before), emptied(watcher) - extremes(before)
        assert any(topic in announcements(before) for topic in extremes(before)), sorted(before)
        assert is_untouched(after) and "dsmr/main/eActualDelivery" in after


def test_another_prefix_and_device_leave_nothing_at_the_old_ones():
    with two_meters() as (broker, write, main, _), \
            harness.Program("run", "-c", write(main)) as dsmr:
        before = wait_retained(broker, lambda kept: is_complete(kept, "main"), dsmr)
        write(main, "homeassistant.prefix=ha", "homie.device=meters")
        reload(dsmr)
        after = wait_retained(broker, lambda kept: kept.get("homie/meters/$state") == "ready" and any(
            topic.startswith("ha/") for topic in kept) and not any(
            topic.startswith(("homeassistant/device/dsmr_", "homie/dsmr/")) for topic in kept), dsmr)
        assert is_untouched(after) and len(announcements(after)) == len(announcements(before))
        # And none at all.
        write(main, "homeassistant.discovery=no", "homie.version=no")
        reload(dsmr, 2)
        wait_retained(broker, lambda kept: set(kept) - set(STRANGERS) ==
                      {"dsmr/status", "dsmr/main/status"}, dsmr)


def test_another_broker_is_out_of_reach_and_told():
    with two_meters() as (broker, write, main, _), Broker() as other, \
            harness.Program("run", "-c", write(main)) as dsmr:
        wait_retained(broker, lambda kept: is_complete(kept, "main"), dsmr)
        write(main)
        with house(other, main) as write_other:
            with open(write_other(), encoding="utf-8") as text, \
                    open(write(), "w", encoding="utf-8") as file:
                file.write(text.read())
        reload(dsmr)
        dsmr.wait_log(f"the broker at {broker.url} keeps ", 10)


def test_a_meter_that_was_taken_out_before_the_start_is_told_and_forgotten():
    with two_meters("mqtt.retain=yes") as (broker, write, main, garage):
        with harness.Program("run", "-c", write(main, garage)) as dsmr:
            wait_retained(broker, lambda kept: is_complete(kept, "main", "garage"), dsmr)
            assert dsmr.stop() == 0
        config = write(main)
        with harness.Program("run", "-c", config) as dsmr:
            dsmr.wait_log("the broker keeps a state like dsmr's of 1 meter that is not configured here: "
                          "garage; unless another dsmr has it, end this one: dsmr run --forget -c "
                          f"{config} removes what is surely dsmr's, and leaves the rest", 20)
            assert is_untouched(retained(broker)) and of_garage(retained(broker))
            assert dsmr.stop() == 0
        result = harness.run("run", "-c", config, "--forget")
        assert result.returncode == 0, result.stderr
        wait_retained(broker, lambda kept: kept == STRANGERS)
        with harness.Program("run", "-c", config) as dsmr:
            wait_retained(broker, lambda kept: is_complete(kept, "main"), dsmr)
            assert "not configured here" not in dsmr.errors()


def test_a_state_alone_proves_nothing():
    """Others say online at NAME/status as well, and anything below a topic of ours."""
    others = {"kitchen-lamp/status": "online", "attic/status": "offline", "main/status/deep": "mine",
              "main/eActualDelivery/mean": "1"}
    left = {"garage/status": "offline", "garage/gValue": "1.5", "cellar/status": "online",
            "cellar/json": '{"meter":"cellar","seq":1}', "main/status": "offline",
            "main/eActualDelivery/least": "0.1"}
    with Broker() as broker, house(broker, "port=/dev/ttyUSB0") as write:
        for topic, payload in (*others.items(), *left.items()):
            publish(broker, topic, payload)
        result = harness.run("run", "-c", write("mqtt.topic={meter}/{item}"), "--forget")
        assert result.returncode == 0, result.stderr
        assert retained(broker) == others, retained(broker)
        assert re.search(rb"2 states like dsmr's, with nothing of dsmr's beside them, are left: "
                         rb"(attic, kitchen-lamp|kitchen-lamp, attic)", result.stderr), result.stderr


def test_what_another_dsmr_has_is_left_alone():
    """Even where both publish below the same topic, and one of them ends."""
    with two_meters() as (broker, write, main, garage), house(
            broker, "homeassistant.discovery=yes", "homie.device=other-dsmr", garage) as write_other, \
            harness.Program("run", "-c", write_other()) as other:
        with harness.Program("run", "-c", write(main)) as dsmr:
            wait_retained(broker, lambda kept: is_complete(kept, "main") and of_garage(kept), dsmr)
            assert dsmr.stop() == 0
        # The other one says at once that dsmr is online: with the same topic, they speak for each other.
        before = wait_retained(broker, lambda kept: kept.get("dsmr/status") == "online", other)
        mine = announcements(before, "main")
        assert mine and announcements(before, "garage")
        result = harness.run("run", "-c", write(main), "--forget")
        assert result.returncode == 0, result.stderr
        assert b"what the broker has of 1 meter that is not configured is left alone, since another " \
               b"dsmr is online: garage" in result.stderr, result.stderr
        after = wait_retained(broker, lambda kept: kept.get("dsmr/status") == "online", other)
        assert of_garage(after) == of_garage(before) and is_untouched(after)
        assert not mine & set(after) and "dsmr/main/status" not in after


def test_a_state_that_somebody_overwrites_is_said_again():
    """So does the will of a connection of ours that broke long ago."""
    with two_meters() as (broker, write, main, _), \
            harness.Program("run", "-c", write(main)) as dsmr:
        wait_retained(broker, lambda kept: is_complete(kept, "main"), dsmr)
        for topic in ("dsmr/status", "dsmr/main/status"):
            for word in ("offline", ""):
                publish(broker, topic, word) if word else subprocess.run(
                    ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-t", topic, "-n", "-r"], check=True)
                wait_retained(broker, lambda kept: kept.get(topic) == "online", dsmr)
        assert dsmr.stop() == 0
        assert retained(broker)["dsmr/status"] == "offline"


if __name__ == "__main__":
    harness.main()
