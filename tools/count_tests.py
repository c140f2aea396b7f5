#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts every single check of a `meson test` run: count_tests.py build/meson-logs/testlog.json…

Meson counts programs; one program here holds many checks, which it reports in TAP. Shows what the
failed ones have to say. The last line is `N passed, N failed`, with `, N skipped` when some were. A
program that broke off counts as one more failure. Exit status 1 when anything failed or nothing
passed.
"""
import json
import re
import sys

TAP_LINE = re.compile(r"(not )?ok\b(?: *\d+)?[^#]*(?:#\s*(skip))?", re.IGNORECASE)
SHOWN_LINES = 60


def count_program(record):
    """passed, failed, skipped of one test program."""
    output = record.get("stdout", "")
    counts = [0, 0, 0]
    for match in filter(None, map(TAP_LINE.match, output.splitlines())):
        counts[1 if match[1] else 2 if match[2] else 0] += 1
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
             if not re.match(r"ok\b|1\.\.\d", line)]
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


def main():
    totals = [0, 0, 0]
    for path in sys.argv[1:]:
        try:
            records = read_records(path)
        except (OSError, ValueError) as error:
            print(f"the tests did not run: {error}")
            totals[1] += 1
            continue
        for record in records:
            counts = count_program(record)
            if counts[1]:
                show_failure(record)
            totals = [total + count for total, count in zip(totals, counts)]
    passed, failed, skipped = totals
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)


main()
