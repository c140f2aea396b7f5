#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is made from lib/objects.def is up to date, and has every id of the old binding's manual."""
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "system"))
import harness  # noqa: E402

TOOLS = os.path.join(os.path.dirname(harness.DSMR), "tools")
CATALOGUE = os.environ.get("CATALOGUE", os.path.join(TOOLS, "catalogue"))
INDEX = os.environ.get("CATALOGUE_INDEX", os.path.join(TOOLS, "catalogue_index"))
MANUAL = os.path.join(harness.ROOT, "..", "shared", "spec", "seed.txt")

# The manual's table glues id and description together: an id ends where one of these begins.
DESCRIPTIONS = (
    "Version information", "Timestamp of", "Equipment identifier", "Total meter", "Tariff indicator",
    "Actual power", "The actual", "Actual switch", "Number of", "Date of", "Duration of", "Instantenous",
    "Device Type", "Unit of", "Delivery of", "Meter reading X", "Temperature compensated",
    "Valve position", "Valve/Switch", "Last hour", "Switch position")


def read(*path):
    with open(os.path.join(harness.ROOT, *path), encoding="utf-8") as file:
        return file.read()


def printed(*arguments):
    done = subprocess.run([CATALOGUE, *arguments], capture_output=True, text=True, timeout=30, check=True)
    assert not done.stderr, done.stderr
    return done.stdout


def expanded(identifier):
    """An id of the manual, which writes X for a number."""
    if identifier == "gValueX":
        return [f"gValue{number}" for number in range(2, 11)]
    if identifier.endswith("X"):
        return [f"{identifier[:-1]}{number}" for number in range(1, 11)]
    return [identifier]


def ids_of_the_manual():
    with open(MANUAL, encoding="utf-8") as file:
        text = file.read()
    table = text[text.index("DSMR item idDescription"):text.index("Item configuration examples")]
    ids = []
    for line in table.splitlines()[1:]:
        if re.match(r"(P1|e|g|h|c|w|se|generic)[A-Z]", line):
            ends = [line.find(words) for words in DESCRIPTIONS if line.find(words) > 0]
            ids += expanded(line[:min(ends)])
    return ids


def ids_of_the_list():
    return read("tools", "manual_ids.txt").split()


def documented():
    """The ids in the first column of the English tables of docs/catalogue.md, in their order."""
    english = read("docs", "catalogue.md").split("## In het Nederlands")[0]
    return re.findall(r"^\| `(\w+)` \|", english, re.MULTILINE)


def test_index_documentation_and_readme_are_up_to_date():
    tool = os.path.join(harness.ROOT, "tools", "write_catalogue.py")
    done = subprocess.run([sys.executable, tool, "--check", INDEX, CATALOGUE], capture_output=True,
                          text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_manual_has_the_96_ids_that_are_listed():
    assert len(ids_of_the_list()) == len(set(ids_of_the_list())) == 96
    if not os.path.exists(MANUAL):
        raise harness.Skip("no manual here: ../shared/spec/seed.txt")
    assert ids_of_the_manual() == ids_of_the_list()


def test_every_id_of_the_manual_is_documented():
    ids = ids_of_the_manual() if os.path.exists(MANUAL) else ids_of_the_list()
    missing = set(ids) - set(documented())
    assert len(ids) == 96 and not missing, missing


def test_every_id_is_documented_once_in_both_languages():
    ids = [item["id"] for item in json.loads(printed("--format", "json"))]
    assert sorted(documented()) == sorted(ids)
    dutch = read("docs", "catalogue.md").split("## In het Nederlands")[1]
    assert re.findall(r"^\| `(\w+)` \|", dutch, re.MULTILINE) == ids


def test_every_id_of_the_manual_is_in_the_table_of_the_readme():
    table = read("README.md").split("<!-- catalogue -->")[1].split("<!-- /catalogue -->")[0]
    found = []
    for identifier, first, last in re.findall(r"^\| `(\w+)`(?:, X = (\d+) … (\d+))? \|", table, re.MULTILINE):
        numbers = range(int(first), int(last) + 1) if first else [""]
        found += [(identifier[:-1] if first else identifier) + str(number) for number in numbers]
    assert sorted(found) == sorted(ids_of_the_list())


def test_json_says_all_of_every_item():
    keys = {"id", "kind", "type", "unit", "decimals", "openhab", "device_class", "state_class", "en", "nl",
            "objects"}
    for item in json.loads(printed("--format", "json")):
        assert set(item) == keys, item
        assert item["en"] and item["nl"] and item["objects"], item
        for thing in item["objects"]:
            assert re.fullmatch(r"\d+-(\d+|n):\d+\.\d+\.\d+(\*255)?", thing["obis"]), item
            assert thing["standards"] and thing["position"] >= 1, item


def test_the_items_are_right_for_openhab_and_for_dsmr():
    items = printed("--format", "items")
    ids = [item["id"] for item in json.loads(printed("--format", "json"))]
    assert re.findall(r'dsmr="(\w+)"', items) == ids
    names = re.findall(r"^\S+ (\w+) \"", items, re.MULTILINE)
    assert len(names) == len(set(names)) == len(ids)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "all.items")
        with open(path, "w", encoding="utf-8") as file:
            file.write(items)
        checked = harness.run("check", path)
    said = checked.stdout.decode()
    assert checked.returncode == 0 and f"{len(ids)} bound" in said and "warning" not in said, said


harness.main()
