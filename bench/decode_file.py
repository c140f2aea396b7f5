#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A large file through dsmr decode, with one thread and with one a core: bytes and telegrams a second,
time on the processors and peak memory. Two files: a meter of DSMR 5.0 for hours on end, and all golden
telegrams in turn, which are of many meters, so that hardly one is like the one before. The output is
thrown away; that it is the same for any number of threads is compared once, by its digest.

    DSMR_BENCH_MB=1000 bench/decode_file.py [--format json] [--jobs 1 2]
"""
import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time

import measure

MB = 1_000_000
SIMULATED = 20_000  # telegrams, over and over
GOLDEN = os.path.join(measure.ROOT, "tests", "golden")


def simulated():
    return subprocess.run([measure.DSMR, "simulate", "--standard", "5.0", "--seed", "1", "--count",
                           str(SIMULATED)], capture_output=True, check=True).stdout


def golden():
    texts = []
    for name in sorted(os.listdir(GOLDEN)):
        if name.endswith(".txt"):
            with open(os.path.join(GOLDEN, name), "rb") as file:
                texts.append(file.read())
    return b"".join(texts)


def write(path, stretch, size):
    with open(path, "wb") as file:
        for _ in range(max(1, size // len(stretch))):
            file.write(stretch)
    return os.path.getsize(path)


class Peak(threading.Thread):
    """Watches the memory of a process. What a parent had before does not count, as it does in what
    wait4() says."""

    def __init__(self, pid):
        super().__init__()
        self.kb, self.over, self.path = 0, threading.Event(), f"/proc/{pid}/status"
        self.start()

    def run(self):
        while not self.over.wait(0.02):
            with open(self.path, encoding="utf-8") as status:
                for line in status:
                    if line.startswith("VmHWM:"):
                        self.kb = int(line.split()[1])

    def end(self):
        self.over.set()
        self.join()
        return self.kb


def decode(path, form, jobs, out):
    """Wall seconds, seconds on the processors, peak of resident memory in kB."""
    begin = time.monotonic()
    process = subprocess.Popen([measure.DSMR, "decode", "--format", form, "--jobs", str(jobs), path],
                               stdout=out, stderr=subprocess.DEVNULL)
    peak = Peak(process.pid)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    seconds = time.monotonic() - begin
    peak_kb = peak.end()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"dsmr decode ended with {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime, peak_kb


def digest(path, form, jobs):
    """What is printed, as a digest, and the lines of it."""
    process = subprocess.Popen([measure.DSMR, "decode", "--format", form, "--jobs", str(jobs), path],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    seen, lines = hashlib.sha256(), 0
    while part := process.stdout.read(1 << 20):
        seen.update(part)
        lines += part.count(b"\n")
    process.wait()
    return seen.hexdigest(), lines


def bench(name, stretch, size, form, all_jobs):
    with tempfile.TemporaryDirectory(prefix="dsmr-bench-") as folder:
        path = os.path.join(folder, name)
        size = write(path, stretch, size)
        part = os.path.join(folder, "part")
        write(part, stretch, min(size, 20 * MB))
        printed = {digest(part, form, jobs) for jobs in all_jobs}
        if len(printed) != 1:
            sys.exit(f"{name}: the output depends on the number of threads")
        _, telegrams = digest(path, "json", max(all_jobs))
        for jobs in all_jobs:
            with open(os.devnull, "wb") as nothing:
                seconds, on_processors, peak = decode(path, form, jobs, nothing)
            of = {"file": name, "MB": round(size / MB, 1), "format": form, "jobs": jobs,
                  "cores": len(os.sched_getaffinity(0))}
            measure.figure("decode_file", "speed", round(size / seconds / 1e9, 3), "GB/s", **of)
            measure.figure("decode_file", "telegrams", round(telegrams / seconds), "1/s", **of)
            measure.figure("decode_file", "processors", round(on_processors, 2), "s", **of)
            measure.figure("decode_file", "memory", round(peak / 1000, 1), "MB", **of)


def main():
    cores = len(os.sched_getaffinity(0))
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("--format", default="json", choices=("json", "csv", "table"))
    options.add_argument("--jobs", type=int, nargs="+", default=sorted({1, cores}))
    asked = options.parse_args()
    size = int(os.environ.get("DSMR_BENCH_MB", "200")) * MB
    bench("one meter", simulated(), size, asked.format, asked.jobs)
    bench("many meters", golden(), size, asked.format, asked.jobs)


main()
