#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every telegram of this folder must give the JSON beside it, to the letter; an encrypted one that of the
telegram that it was made of."""
import glob
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "system"))
import harness  # noqa: E402


ENCRYPTED = ".encrypted"


def expected(name):
    name = name.removesuffix(ENCRYPTED)
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


def keys_of(name):
    """The options that give the keys of an encrypted one."""
    path = os.path.join(HERE, name + ".keys")
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as keys:
        return keys.read().split()


def golden_test(name, ending):
    def run():
        wanted = expected(name)
        path = os.path.join(HERE, name + ending)
        keys = keys_of(name)
        decoded = harness.run("decode", "--format", "json", *keys, path)
        same(decoded.stdout, wanted)
        assert decoded.returncode == status_of(wanted), decoded
        with open(path, "rb") as telegram:
            piped = harness.run("decode", "--format", "json", *keys, input=telegram.read())
        same(piped.stdout, wanted)
        assert piped.returncode == decoded.returncode, piped
    return run


def names(ending):
    return {os.path.basename(path)[:-len(ending)] for path in glob.glob(os.path.join(HERE, "*" + ending))}


def test_every_telegram_has_its_json():
    assert names(".txt"), "no telegrams"
    telegrams = names(".txt") | {name for name in names(".bin") if not name.endswith(ENCRYPTED)}
    assert telegrams == names(".json"), telegrams ^ names(".json")
    assert names(".bin") and names(".bin") == names(".keys"), names(".bin") ^ names(".keys")


def test_the_list_of_meters_names_every_telegram():
    with open(os.path.join(HERE, "..", "..", "docs", "meters.md"), encoding="utf-8") as meters:
        named = set(re.findall(r"`([a-z0-9.-]+)`", meters.read()))
    telegrams = names(".txt") | names(".bin")
    assert telegrams <= named, telegrams - named


for telegram_ending in (".txt", ".bin"):
    for telegram_name in sorted(names(telegram_ending)):
        globals()["test_" + telegram_name] = golden_test(telegram_name, telegram_ending)

harness.main()
