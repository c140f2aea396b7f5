#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the tests of a build folder and counts every check: run_tests.py FOLDER [option of meson test]…

Meson counts programs; one program here holds many checks, which it reports in TAP. The system tests
mostly wait, for meters and deadlines, so more of them run at once than there are cores. One that
missed a deadline in that crowd is run once more, by itself, and what it says then counts; that it
needed this is shown. The last line is `N passed, N failed`, with `, N skipped` when some were. A
program that broke off counts as one more failure. Exit status 1 when anything failed or nothing
passed.
"""
import json
import os
import re
import subprocess
import sys

TAP_LINE = re.compile(r"(not )?ok\b(?: *\d+)?[^#]*(?:#\s*(skip))?", re.IGNORECASE)
SHOWN_LINES = 60


def count_program(record):
    """passed, failed, skipped of one test program."""
    output = record.get("stdout", "")
    counts = [0, 0, 0]
    for match in filter(None, map(TAP_LINE.match, output.splitlines())):
        counts[2 if match[2] else 1 if match[1] else 0] += 1
    if record["result"] not in ("OK", "SKIP") and counts[1] == 0:
        counts[1] = 1
    if not any(counts):
        counts[2 if output.startswith("1..0 # SKIP") else 1] = 1
    return counts


def show_failure(record):
    """What a failed program said, but for what went well."""
    how = "" if record["result"] in ("OK", "SKIP") else f" ({record['result'].lower()})"
    print(f"\n{record['name']}{how}: {' '.join(record['command'])}")
    lines = [line for line in record.get("stdout", "").splitlines()
             if not re.match(r"ok\b|1\.\.\d|not ok\b.*# SKIP", line)]
    lines += [line for line in record.get("stderr", "").splitlines() if line]
    if not any(line.startswith("not ok") for line in lines):
        lines.append("broke off, or did not make the checks that it planned")
    if len(lines) > SHOWN_LINES:
        print("  …")
    for line in lines[-SHOWN_LINES:]:
        print(f"  {line}")


def read_records(path):
    with open(path, encoding="utf-8") as log:
        return [json.loads(line) for line in log if line.strip()]


def meson_test(folder, logbase, options):
    """Runs tests; the records of what ran, by the name of the program."""
    path = os.path.join(folder, "meson-logs", f"{logbase}.json")
    if os.path.exists(path):
        os.remove(path)
    subprocess.run(["meson", "test", "-C", folder, "--no-rebuild", "--logbase", logbase, *options],
                   env={**os.environ, "LC_ALL": "C.UTF-8"}, check=False)
    return {record["name"]: record for record in read_records(path)}


def once_more(folder, records, options):
    """Runs the tests of the whole program that failed again, one at a time; what they say now replaces the rest."""
    names = [name.split(" / ")[1] for name, record in records.items()
             if name.startswith(("dsmr:system / ", "dsmr:web / ")) and count_program(record)[1]]
    if not names:
        return
    again = meson_test(folder, "testlog-again", ["--num-processes", "1", *options, *names])
    for name, record in again.items():
        if not count_program(record)[1]:
            show_failure(records[name])
            print("  … but it passed when it was run once more, by itself")
        records[name] = record


def count_all(records):
    totals = [0, 0, 0]
    for record in records.values():
        counts = count_program(record)
        if counts[1]:
            show_failure(record)
        totals = [total + count for total, count in zip(totals, counts)]
    return totals


def main():
    folder, options = sys.argv[1], sys.argv[2:]
    crowd = ["--num-processes", str(4 * (os.cpu_count() or 1))]
    try:
        records = meson_test(folder, "testlog", crowd + options)
        once_more(folder, records, [o for o in options if o.startswith("--timeout")])
    except (OSError, ValueError) as error:
        print(f"the tests did not run: {error}\n0 passed, 1 failed")
        sys.exit(1)
    passed, failed, skipped = count_all(records)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)


main()
