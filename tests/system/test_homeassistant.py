#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Home Assistant and Homie by a real broker: announcements, states, restarts, wills and --forget."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import harness  # noqa: E402
from harness import Program, wait_until  # noqa: E402
from mqtt_broker import Broker, Subscriber  # noqa: E402


def write_config(broker, *lines):
    """A configuration of a simulated meter; a temporary file that is removed when it is closed."""
    file = tempfile.NamedTemporaryFile("w", suffix=".cfg", encoding="utf-8")
    file.write("\n".join(["port=simulated:5.0", f"mqtt.url={broker.url}", *lines]) + "\n")
    file.flush()
    return file


def publish(broker, topic, payload, *options):
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-t", topic,
                    "-m", payload, *options], check=True, timeout=30)


def wait_for(watcher, topic, condition=lambda said: said, seconds=15):
    """The payloads of a topic once they are as wanted."""
    return wait_until(lambda: condition(said := watcher.texts(topic)) and said, seconds,
                      lambda: f"{topic}: {watcher.texts(topic)}")


def configs(watcher):
    """The announcements by their topics, as they were said last."""
    return {m.topic: m for m in list(watcher.messages)
            if re.fullmatch(r"homeassistant/.*/config", m.topic)}


def announced(watcher, count):
    """Waits for so many announcements and returns them."""
    return wait_until(lambda: len(found := configs(watcher)) >= count and found, 15,
                      lambda: f"{count} announcements: {list(configs(watcher))}")


def retained(broker):
    """What the broker has kept, by topic."""
    with Subscriber(broker) as watcher:
        # All of it has come once the watcher is there.
        return {m.topic: m.text for m in list(watcher.messages) if m.retained}


def electricity(found):
    return next(json.loads(m.text) for topic, m in found.items() if "electricity" in topic)


def test_meters_are_announced_and_every_template_finds_its_value():
    with Broker() as broker, Subscriber(broker) as watcher, \
            write_config(broker, "homeassistant.discovery=yes") as config, \
            Program("run", "-c", config.name):
        for topic, message in announced(watcher, 3).items():
            payload = json.loads(message.text)
            state = json.loads(wait_for(watcher, payload["stat_t"])[-1])
            assert state["status"] == "online", state
            for component in payload["cmps"].values():
                name = re.fullmatch(r"\{\{ value_json\.(\w+) \}\}", component["val_tpl"])[1]
                assert name in state, (topic, name, state)
            for source in payload["avty"][:2]:
                wait_for(watcher, source["t"], lambda said: said[-1:] == ["online"])
        assert set(map(lambda m: m["dev"]["name"],
                       [json.loads(m.text) for m in configs(watcher).values()])) == {
            "Electricity meter", "Gas meter", "Water meter"}
        kept = retained(broker)
        assert set(configs(watcher)) <= set(kept), kept.keys()
        assert not [topic for topic in kept if "/ha/" in topic], "states are not retained"


def test_a_pace_in_seconds_announces_the_least_and_the_greatest():
    with Broker() as broker, Subscriber(broker) as watcher, \
            write_config(broker, "homeassistant.discovery=yes", "mqtt.update=2") as config, \
            Program("run", "-c", config.name):
        payload = electricity(announced(watcher, 3))
        entities = payload["cmps"]
        for base in ("eActualDelivery", "eInstantVoltageL1", "eInstantCurrentL1"):
            for end, words in (("", ""), ("Least", ", min"), ("Greatest", ", max")):
                entity = entities[base + end]
                assert entity["uniq_id"].endswith("_" + base + end), entity
                assert entity["name"] == entities[base]["name"] + words, entity
                assert entity["dev_cla"] == entities[base]["dev_cla"], entity
        assert "eDeliveryTariff1Least" not in entities
        state = json.loads(wait_for(watcher, payload["stat_t"], lambda said: len(said) >= 3)[2])
        for component in entities.values():
            name = re.fullmatch(r"\{\{ value_json\.(\w+) \}\}", component["val_tpl"])[1]
            assert name in state, (name, state)
        low, mean, top = (state["eActualDelivery" + end] for end in ("Least", "", "Greatest"))
        assert low <= mean <= top, state
        homie = {end: float(wait_for(watcher, f"homie/dsmr/electricity/e-actual-delivery{end}")[0])
                 for end in ("-least", "", "-greatest")}
        assert homie["-least"] <= homie[""] <= homie["-greatest"], homie
        properties = wait_for(watcher, "homie/dsmr/electricity/$properties")[-1].split(",")
        assert "e-actual-delivery-greatest" in properties, properties


def test_everything_again_when_home_assistant_has_started():
    with Broker() as broker, Subscriber(broker) as watcher, \
            write_config(broker, "homeassistant.discovery=yes", "mqtt.update=3600") as config, \
            Program("run", "-c", config.name):
        topics = list(announced(watcher, 3))
        states = [json.loads(configs(watcher)[topic].text)["stat_t"] for topic in topics]
        before = {topic: len(watcher.of(topic)) for topic in topics + states}
        publish(broker, "homeassistant/status", "online")
        # The next telegram would be an hour away: nothing waits for it.
        for topic in topics + states:
            wait_for(watcher, topic, lambda said, topic=topic: len(said) > before[topic])
        assert configs(watcher)[topics[0]].text == watcher.texts(topics[0])[0]


def test_the_older_form_and_dutch_names():
    with Broker() as broker, Subscriber(broker) as watcher, \
            write_config(broker, "homeassistant.discovery=yes", "homeassistant.form=component",
                         "homeassistant.language=nl", "homie.version=no") as config, \
            Program("run", "-c", config.name):
        wanted = {"Laatste gasstand", "Nettovermogen nu", "Geldend tarief"}
        wait_until(lambda: wanted <= {json.loads(m.text)["name"] for m in configs(watcher).values()},
                   15, lambda: f"{wanted} in {list(configs(watcher))}")
        found = announced(watcher, 40)
        assert all(topic.startswith("homeassistant/sensor/dsmr_") for topic in found), found.keys()
        payloads = [json.loads(m.text) for m in found.values()]
        assert len({p["uniq_id"] for p in payloads}) == len(payloads)
        assert not [m for m in list(watcher.messages) if m.topic.startswith("homie/")]


def test_the_broker_says_offline_and_lost_when_dsmr_is_killed():
    with Broker() as broker, Subscriber(broker) as watcher, \
            write_config(broker, "homeassistant.discovery=yes") as config, \
            Program("run", "-c", config.name) as program:
        wait_for(watcher, "homie/dsmr/$state", lambda said: said[-1:] == ["ready"])
        wait_for(watcher, "dsmr/status", lambda said: said[-1:] == ["online"])
        assert electricity(announced(watcher, 3))["avty"][0]["t"] == "dsmr/status"
        program.process.kill()
        wait_for(watcher, "homie/dsmr/$state", lambda said: said[-1:] == ["lost"])
        wait_for(watcher, "dsmr/status", lambda said: said[-1:] == ["offline"])


def test_homie_says_disconnected_at_a_proper_end():
    with Broker() as broker, Subscriber(broker) as watcher, write_config(broker) as config, \
            Program("run", "-c", config.name) as program:
        said = wait_for(watcher, "homie/dsmr/$state", lambda said: said[-1:] == ["ready"])
        assert said[-2:] == ["init", "ready"], said
        order = [m.topic for m in list(watcher.messages)]
        ready = max(i for i, topic in enumerate(order) if topic == "homie/dsmr/$state")
        for topic in ("$nodes", "electricity/$properties", "electricity/e-actual-net",
                      "gas/g-value/$datatype", "gas/g-value"):
            assert order.index("homie/dsmr/" + topic) < ready, topic
        assert program.stop(signal.SIGTERM) == 0
        wait_for(watcher, "homie/dsmr/$state", lambda said: said[-1:] == ["disconnected"])
        assert not [m for m in list(watcher.messages) if m.topic.startswith("homeassistant/")]


def test_homie_5():
    with Broker() as broker, Subscriber(broker, "homie/#") as watcher, \
            write_config(broker, "homie.version=5", "homie.device=meterkast") as config, \
            Program("run", "-c", config.name):
        wait_for(watcher, "homie/5/meterkast/$state", lambda said: said[-1:] == ["ready"])
        description = json.loads(watcher.texts("homie/5/meterkast/$description")[-1])
        assert description["homie"] == "5.0"
        for node_id, node in description["nodes"].items():
            for property_id in node["properties"]:
                wait_for(watcher, f"homie/5/meterkast/{node_id}/{property_id}")
        assert {m.qos for m in watcher.of("homie/5/meterkast/$description")} == {2}


def test_a_broker_that_was_started_anew_gets_all_of_it():
    with Broker() as broker, write_config(broker, "homeassistant.discovery=yes") as config, \
            Program("run", "-c", config.name):
        with Subscriber(broker) as watcher:
            before = set(announced(watcher, 3))
            wait_for(watcher, "homie/dsmr/$state", lambda said: said[-1:] == ["ready"])
        broker.stop()
        broker.start()
        with Subscriber(broker) as watcher:
            assert set(announced(watcher, 3)) == before
            wait_for(watcher, "homie/dsmr/$state", lambda said: said[-1:] == ["ready"], 40)
            wait_for(watcher, "homie/dsmr/gas/g-value")


def test_forget_removes_what_any_run_has_announced():
    with Broker() as broker, \
            write_config(broker, "homeassistant.discovery=yes", "mqtt.retain=yes") as config:
        strangers = {"homeassistant/sensor/other/x/config": '{"o":{"name":"other"}}',
                     "homie/other/$state": "ready", "dsmr/main/notes": "mine"}
        for topic, payload in strangers.items():
            publish(broker, topic, payload, "-r")
        with Program("run", "-c", config.name) as program, Subscriber(broker) as watcher:
            announced(watcher, 3)
            wait_for(watcher, "homie/dsmr/$state", lambda said: said[-1:] == ["ready"])
            assert program.stop() == 0
        before = retained(broker)
        assert [t for t in before if t.startswith("homeassistant/device/dsmr_")]
        assert [t for t in before if t.startswith("homie/dsmr/")]
        assert "dsmr/main/gValue" in before and "dsmr/main/json" in before
        result = harness.run("run", "-c", config.name, "--forget")
        assert result.returncode == 0, result.stderr
        left = wait_until(lambda: set(kept := retained(broker)) == set(strangers) and kept, 10,
                          lambda: f"only {strangers}: {retained(broker)}")
        assert left == strangers


def test_forget_without_a_broker_is_told():
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as config:
        config.write("port=simulated:\n")
        config.flush()
        result = harness.run("run", "-c", config.name, "--forget")
    assert result.returncode == 1, result
    assert b"mqtt.url is not set" in result.stderr, result.stderr


harness.main()
