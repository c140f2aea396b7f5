#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every telegram of this folder must give the JSON beside it, to the letter."""
import glob
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "system"))
import harness  # noqa: E402


def expected(name):
    with open(os.path.join(HERE, name + ".json"), "rb") as wanted:
        return wanted.read()


def same(got, wanted):
    """Fails with the first line and place where the two differ."""
    if got == wanted:
        return
    got_lines, wanted_lines = got.split(b"\n"), wanted.split(b"\n")
    for number, (a, b) in enumerate(zip(got_lines, wanted_lines), 1):
        if a != b:
            place = len(os.path.commonprefix([a, b]))
            start = max(0, place - 40)
            raise AssertionError(f"line {number}, byte {place}: got …{a[start:place + 60]!r}, "
                                 f"wanted …{b[start:place + 60]!r}")
    raise AssertionError(f"{len(got_lines)} lines, wanted {len(wanted_lines)}")


def status_of(wanted):
    """0 when every telegram was decoded, 1 when one was refused or there is none."""
    telegrams = [json.loads(line) for line in wanted.splitlines()]
    return 0 if telegrams and not any("error" in telegram for telegram in telegrams) else 1


def golden_test(name):
    def run():
        wanted = expected(name)
        path = os.path.join(HERE, name + ".txt")
        decoded = harness.run("decode", "--format", "json", path)
        same(decoded.stdout, wanted)
        assert decoded.returncode == status_of(wanted), decoded
        with open(path, "rb") as telegram:
            piped = harness.run("decode", "--format", "json", input=telegram.read())
        same(piped.stdout, wanted)
        assert piped.returncode == decoded.returncode, piped
    return run


def names(ending):
    return {os.path.basename(path)[:-len(ending)] for path in glob.glob(os.path.join(HERE, "*" + ending))}


def test_every_telegram_has_its_json():
    assert names(".txt"), "no telegrams"
    assert names(".txt") == names(".json"), names(".txt") ^ names(".json")


def test_the_list_of_meters_names_every_telegram():
    with open(os.path.join(HERE, "..", "..", "docs", "meters.md"), encoding="utf-8") as meters:
        named = set(re.findall(r"`([a-z0-9-]+)`", meters.read()))
    assert names(".txt") <= named, names(".txt") - named


for telegram_name in sorted(names(".txt") & names(".json")):
    globals()["test_" + telegram_name] = golden_test(telegram_name)

harness.main()
