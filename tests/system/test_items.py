#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr items: what it writes is accepted by dsmr check, names exactly what the meter sends, and feeds
openHAB; of every Dutch standard, of every telegram of tests/golden, and of those beside the tree where
they are there."""
import concurrent.futures
import contextlib
import glob
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile

import harness
from openhab_house import Binding, decode
from openhab_server import OpenHab
from p1 import PtyMeter, telegram

STANDARDS = ("nta8130", "2.1", "2.2", "3.0", "4.0", "4.0.4", "4.2", "5.0")
ITEM = re.compile(r'^(?P<kind>(?:Number|String|DateTime)[:\w]*) +(?P<name>\w+) +"(?P<label>[^"]*)"'
                  r'(?: <(?P<icon>\w+)>)? \((?P<group>\w+)\)(?: \[(?P<tags>[^\]]*)\])? '
                  r'\{ dsmr="(?:(?P<meter>[\w-]+):)?(?P<id>\w+)"(?:, unit="(?P<unit>[^"]+)")? \}$')
GROUP = re.compile(r'^Group +(?P<name>\w+) +"(?P<label>[^"]*)"(?: <\w+>)?(?: \((?P<group>\w+)\))? '
                   r'\["Equipment"\]$')
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")  # what openHAB takes
DIMENSION_OF = {"kWh": "Energy", "GJ": "Energy", "kvarh": "Energy", "kVAh": "Energy", "kW": "Power",
                "kVA": "Power", "kvar": "Power", "A": "ElectricCurrent", "V": "ElectricPotential",
                "m³": "Volume", "s": "Time", "min": "Time", "Hz": "Frequency"}


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="dsmr-items-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def write(path, content):
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def parse(text):
    """Items and groups of the file, by a reader that knows nothing of dsmr's own."""
    items, groups = [], []
    for line in text.splitlines():
        if not line or line.startswith("//"):
            continue
        item, group = ITEM.match(line), GROUP.match(line)
        assert item or group, line
        (items if item else groups).append((item or group).groupdict())
    names = [x["name"] for x in items + groups]
    assert len(set(names)) == len(names), names
    assert all(NAME.fullmatch(name) for name in names), names
    assert {item["group"] for item in items} == {group["name"] for group in groups}
    for item in items:
        dimension = item["kind"].partition(":")[2]
        assert dimension == DIMENSION_OF.get(item["unit"], ""), item
        assert ("%unit%" in item["label"]) == bool(dimension), item
    return items, groups


def items(*arguments, status=0, input=None):
    """Runs dsmr items; returns its output and what it said."""
    result = harness.run("items", *arguments, input=input)
    said = result.stderr.decode()
    assert result.returncode == status, f"status {result.returncode}: {said}"
    return result.stdout.decode(), said


def simulate(standard, *more):
    return harness.run("simulate", "--standard", standard, "--seed", "3", "--count", "3", *more).stdout


def assert_accepted(path):
    result = harness.run("check", path)
    assert result.returncode == 0 and b"warning" not in result.stdout, result.stdout.decode()


def round_trip(telegrams):
    """Telegrams, items of them, check, run: openHAB takes every value, and it is what was sent.
    Returns None when there was nothing to write."""
    sent = decode(telegrams)
    with folder() as at:
        recording = write(os.path.join(at, "telegrams"), telegrams)
        path = os.path.join(at, "p1.items")
        text, said = items(recording, status=0 if any(sent) else 1)
        if not any(sent):
            assert text == "" and "no good telegram found" in said, said
            return None
        written, _ = parse(text)
        assert {item["id"] for item in written} == {id for one in sent for id in one}
        write(path, text)
        assert_accepted(path)
        feed(at, recording, path, written, sent)
    return written


def feed(at, recording, path, written, sent):
    with OpenHab({item["name"]: item["kind"] for item in written}) as openhab:
        config = write(os.path.join(at, "dsmr.cfg"), f"port=file:{recording}\nopenhab.url={openhab.url}\n"
                                                     f"openhab.items={path}\n")
        with harness.Program("run", "-c", config, env={"STATE_DIRECTORY": at}) as dsmr:
            harness.wait_until(lambda: len(openhab.states) == len(written), 60,
                               lambda: f"missing {set(i['name'] for i in written) - set(openhab.states)}"
                                       f"\n{dsmr.errors()}")
            assert dsmr.stop(seconds=20) == 0
            assert "openhab: " not in "".join(line for line in dsmr.errors().splitlines()
                                              if " warn " in line), dsmr.errors()
        assert openhab.count(status=202) == openhab.count()
        for item in written:
            binding = Binding(item["name"], item["kind"], item["id"])
            meant = {binding.state(one) for one in sent}
            assert set(openhab.history(item["name"])) <= meant, (item, meant)


def all_round_trips(recordings):
    """In several threads: the recordings come at the speed of a serial line."""
    trips = {}
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for name, telegrams in recordings.items():
            trips[name] = pool.submit(round_trip, telegrams)
        failures = [f"{name}: {trip.exception()}" for name, trip in trips.items() if trip.exception()]
    assert not failures, "\n".join(failures)
    return {name: trip.result() for name, trip in trips.items()}


def test_every_dutch_standard_makes_the_round_trip_to_openhab():
    everything = ("--devices", "gas,water,heating,cooling")
    trips = all_round_trips({standard: simulate(standard, *everything) for standard in STANDARDS})
    for standard, written in trips.items():
        kinds = {item["id"]: item["kind"] for item in written}
        assert kinds["eDeliveryTariff1"] == "Number:Energy", standard
        assert kinds["eActualDelivery"] == "Number:Power", standard
        assert kinds["gValue"] == "Number:Volume" and kinds["gValueTS"] == "DateTime", standard
        assert kinds["eTariffIndicator"] == "Number" and kinds["eEquipmentId"] == "String", standard


def test_every_golden_telegram_makes_the_round_trip_to_openhab():
    paths = sorted(glob.glob(os.path.join(harness.ROOT, "tests", "golden", "*.txt")))
    recordings = {}
    for path in paths:
        with open(path, "rb") as file:
            recordings[os.path.basename(path)] = file.read()
    trips = all_round_trips(recordings)
    assert sum(written is not None for written in trips.values()) > 30


def test_recorded_telegrams_beside_the_tree_make_items_that_check_accepts():
    paths = sorted(glob.glob(os.path.join(harness.ROOT, "..", "shared", "telegrams", "*.txt")))
    if not paths:
        raise harness.Skip("no ../shared/telegrams here")
    made = 0
    with folder() as at:
        for path in paths:
            with open(path, "rb") as file:
                sent = decode(file.read())
            text, _ = items(path, status=0 if any(sent) else 1)
            if text:
                written, _ = parse(text)
                assert {item["id"] for item in written} == {id for one in sent for id in one}, path
                assert_accepted(write(os.path.join(at, "p1.items"), text))
                made += 1
    assert made > 50


def test_several_meters_have_names_and_bindings_of_their_own():
    with folder() as at:
        path = os.path.join(at, "p1.items")
        base = "port=simulated:\nmeter.a-b.port=simulated:\nmeter.a_b.port=simulated:4.2\n"
        config = write(os.path.join(at, "dsmr.cfg"), base)
        text, said = items("-c", config)
        written, groups = parse(text)
        assert {item["meter"] for item in written} == {None, "a-b", "a_b"}
        assert "Gas meter a-b" in {group["label"] for group in groups}, groups
        assert said.count(" items (") == 3, said
        write(path, text)
        with OpenHab({item["name"]: item["kind"] for item in written}) as openhab:
            write(config, f"{base}openhab.url={openhab.url}\nopenhab.items={path}\n")
            assert harness.run("check", "-c", config).returncode == 0
            with harness.Program("run", "-c", config, env={"STATE_DIRECTORY": at}) as dsmr:
                harness.wait_until(lambda: len(openhab.states) == len(written), 60, dsmr.errors)
        one, _ = parse(items("-c", config, "--meter", "a-b")[0])
        assert {item["meter"] for item in one} == {"a-b"}
        _, said = items("-c", config, "--meter", "a-c", status=1)
        assert "has no meter 'a-c'; did you mean 'a-b'?" in said, said


def test_a_meter_that_is_silent_is_named_and_the_others_are_written():
    with folder() as at:
        config = write(os.path.join(at, "dsmr.cfg"),
                       f"port=simulated:\nmeter.shed.port={at}/no-such-port\n")
        text, said = items("-c", config, "--wait", "2", status=1)
        assert {item["meter"] for item in parse(text)[0]} == {None}
        assert f"no good telegram of meter shed ({at}/no-such-port)" in said, said


def test_language_prefix_group_and_the_name_of_the_meter_can_be_chosen():
    text, said = items("--openhab", "--port", "simulated:", "--language", "nl", "--prefix", "Meter_",
                       "--group", "Huis", "--meter", "1st")
    written, groups = parse(text)
    assert all(group["group"] == "Huis" for group in groups)
    assert "Gasmeter 1st" in {group["label"] for group in groups}
    assert all(item["name"].startswith("Meter_1st_") and item["meter"] == "1st" for item in written)
    assert "1st: Laatste gasstand [%.3f %unit%]" in {item["label"] for item in written}
    assert "Gasmeter 4" in said, said
    written, _ = parse(items("--port", "simulated:", "--prefix", "", "--meter", "1st")[0])
    assert written[0]["name"].startswith("_1st_")


def test_a_pace_in_seconds_makes_items_of_the_least_and_the_greatest():
    with folder() as path:
        config = write(f"{path}/dsmr.cfg", "port=simulated:\nopenhab.url=http://127.0.0.1:1\n"
                                           "openhab.update=10\n")
        text, said = items("-c", config)
        written = write(f"{path}/p1.items", text)
        assert f": {text.count('dsmr=') - 1} items (" in said, said
        for binding, name in (("eActualDelivery:least", "P1_eActualDeliveryLeast"),
                              ("eInstantVoltageL1:greatest", "P1_eInstantVoltageL1Greatest")):
            assert re.search(rf'^Number:\w+ +{name} +"[^"]*, m(in|ax) \[%\.\df %unit%\]".*dsmr="{binding}"',
                             text, re.M), text
        assert "eDeliveryTariff1:" not in text
        result = harness.run("check", "-c", config, written)
        assert result.returncode == 0 and f"{text.count('dsmr=') - 1} bound" in result.stdout.decode(), result
        plain = write(f"{path}/plain.cfg", "port=simulated:\nopenhab.url=http://127.0.0.1:1\n")
        assert ":least" not in items("-c", plain)[0]
        assert harness.run("check", "-c", plain, written).returncode == 1


def test_each_physical_meter_has_a_group_and_the_port_is_in_the_electricity_meter():
    written, groups = parse(items("--port", "simulated:")[0])
    assert {group["name"] for group in groups} == {"P1_Electricity", "P1_Gas", "P1_Water"}, groups
    group_of = {item["id"]: item["group"] for item in written}
    assert group_of["P1Timestamp"] == group_of["eDeliveryTariff1"] == "P1_Electricity"
    assert group_of["gValue"] == group_of["gEquipmentId"] == "P1_Gas"
    without = telegram(lines=["0-0:1.0.0(161113205757W)", "0-1:24.1.0(003)",
                              "0-1:24.2.1(161129200000W)(00981.443*m3)"])
    _, groups = parse(items("-", input=without)[0])
    assert {group["name"] for group in groups} == {"P1_Port", "P1_Gas"}, groups


def test_channels_of_the_configuration_count_for_recordings_too():
    lines = ["0-0:96.1.1(4B384547)", "1-0:1.8.1(001581.123*kWh)", "0-1:24.1.0(003)",
             "0-1:24.2.1(161129200000W)(00981.443*m3)", "0-2:24.1.0(000)",
             "0-2:24.2.1(161129200000W)(00002.000*m3)"]
    with folder() as at:
        recording = write(os.path.join(at, "telegrams"), telegram(lines=lines))
        config = write(os.path.join(at, "dsmr.cfg"), "port=simulated:\nwater.channel=2\n")
        assert "wValue" not in {item["id"] for item in parse(items(recording)[0])[0]}
        assert "wValue" in {item["id"] for item in parse(items("-c", config, recording)[0])[0]}


def test_refused_telegrams_are_told_and_good_ones_used():
    with folder() as at:
        wrong = telegram(wrong_by=1)
        recording = write(os.path.join(at, "telegrams"), wrong + telegram() + wrong * 5)
        text, said = items(recording)
        assert len(parse(text)[0]) == 5
        assert "telegram 1 at byte 0 refused: wrong CRC" in said and "6 of 7 telegrams refused" in said
        assert said.count("refused: ") == 3, said
        text, said = items("-", status=1, input=wrong)
        assert text == "" and "standard input: telegram 1 at byte 0 refused: wrong CRC" in said, said


def test_standard_input_is_read_live_as_a_port_and_its_end_is_the_end():
    text, _ = items("--port", "-", input=simulate("4.2"))
    assert len(parse(text)[0]) > 40
    text, said = items("--port", "-", "--wait", "600", status=1, input=b"")
    assert text == "" and "no good telegram of meter main (-)" in said, said


def test_hostile_identifications_break_nothing():
    hostile = 'X"}*/\x07\x85\nNumber Evil {dsmr="eActualDelivery"}'.replace("\n", "\x0b")
    with folder() as at:
        path = write(os.path.join(at, "p1.items"),
                     items("-", input=telegram(identification=hostile))[0])
        with open(path, encoding="utf-8") as file:
            assert len(parse(file.read())[0]) == 5
        assert_accepted(path)


def test_a_meter_on_a_port_is_found_with_its_speed():
    with folder() as at, PtyMeter(at, baud=9600) as meter:
        meter.every(0.3, lambda: telegram(crc=False))
        written, _ = parse(items("--port", meter.path)[0])
        assert {item["id"] for item in written} >= {"eActualDelivery", "eDeliveryTariff1"}


def test_silence_ends_in_time_and_writes_nothing():
    with folder() as at, PtyMeter(at) as meter:
        text, said = items("--port", meter.path, "--wait", "1", status=1)
        assert text == "" and f"no good telegram of meter main ({meter.path}) in time" in said, said


def test_a_port_that_a_running_dsmr_has_is_read_through_it():
    with folder() as at, PtyMeter(at) as meter:
        meter.every(0.2)
        link = os.path.join(at, "others")
        config = write(os.path.join(at, "dsmr.cfg"), f"port={meter.path}\np1.listen=pty:{link}\n")
        with harness.Program("run", "-c", config, env={"STATE_DIRECTORY": at}) as dsmr:
            dsmr.wait_log("first telegram", 20)
            text, said = items("--port", meter.path, status=1)
            assert text == "" and f"is in use by dsmr (process {dsmr.process.pid})" in said, said
            assert "p1.listen=tcp://127.0.0.1:2000" in said, said
            _, said = items("-c", config, status=1)
            assert f"hands its telegrams on (p1.listen): dsmr items --port {link}\n" in said, said
            assert len(parse(items("--port", link)[0])[0]) == 5


def test_a_terminal_sees_how_long_it_takes_and_ctrl_c_ends_it():
    with folder() as at, PtyMeter(at) as meter:
        master, slave = pty.openpty()
        process = subprocess.Popen([harness.DSMR, "items", "--port", meter.path], stderr=slave,
                                   stdout=subprocess.PIPE)
        os.close(slave)
        seen = bytearray()

        def has_progress():
            if select.select([master], [], [], 0.02)[0]:
                seen.extend(os.read(master, 4096))
            return re.search(rb"p1: .* 3\d s left", seen)
        try:
            harness.wait_until(has_progress, 10, lambda: seen)
            process.send_signal(signal.SIGINT)
            assert process.wait(5) == 1
            assert process.stdout.read() == b""
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            os.close(master)


def test_wrong_usage_is_told():
    for arguments in (("--nonsense",), ("--wait", "0"), ("--wait", "soon"), ("--language", "fr"),
                      ("--prefix", "1x"), ("--prefix", "a-b"), ("--group", ""), ("--meter", "a b"),
                      ("--port",), ("a", "b"), ("--port", "simulated:", "a"), ("/no/such/file",)):
        text, said = items(*arguments, status=2)
        assert text == "" and said.startswith("dsmr items: ") and said.count("\n") == 1, said
    text, said = items("--port", "simulated:9.9", status=1)
    assert text == "" and "no simulated meter is called '9.9'" in said, said
    text, said = items("--help")
    assert text.startswith("Usage: dsmr items") and said == ""


def test_a_full_disk_is_told():
    with folder() as at, open("/dev/full", "wb") as full:
        recording = write(os.path.join(at, "telegrams"), telegram())
        result = subprocess.run([harness.DSMR, "items", recording], stdout=full,
                                stderr=subprocess.PIPE, timeout=30)
        assert result.returncode == 1 and b"cannot write the output" in result.stderr, result


if __name__ == "__main__":
    harness.main()
