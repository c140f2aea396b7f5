#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The web server is asked at random, for some seconds: docs/fuzzing.md tells what, and how to do it for hours."""
import os
import sys

import harness

sys.path.append(os.path.join(harness.ROOT, "tests", "fuzz"))
import random_requests  # noqa: E402


def test_random_requests():
    options = random_requests.read_options(["--seconds", "6", "--seed", "7", "--past", "2", "--patience", "20"])
    counts = random_requests.run(options)
    assert not counts.faults, counts.faults[0]
    assert counts.done["good"] > 0 and counts.statuses[200] > 0, counts.statuses


harness.main()
