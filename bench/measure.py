# SPDX-License-Identifier: MIT
"""What the benchmarks of the whole program share: starting programs on a core of their own, their time
on the processor and their memory as the kernel counts them, and one JSON object for each figure."""
import json
import os
import subprocess
import sys
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
DSMR = os.environ.get("DSMR", os.path.join(ROOT, "build", "dsmr"))
TICKS = os.sysconf("SC_CLK_TCK")


def cores():
    """A core for what is measured, and one for everything else: the same where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


class Program:
    """A running dsmr, pinned to a core, with its log in a file; killed when the with block ends."""

    def __init__(self, core, log, *arguments, env=None):
        self.log_path = log
        with open(log, "wb") as stream:
            self.process = subprocess.Popen(
                [DSMR, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
                env={**os.environ, **(env or {})},
                preexec_fn=lambda: os.sched_setaffinity(0, {core}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as stream:
            return stream.read()

    def wait(self, condition, seconds, what):
        """Until condition() is true; ends the benchmark when it does not become so in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit(f"{what} did not happen in {seconds} s; the end of the log:\n"
                         + "\n".join(self.log().splitlines()[-5:]))
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def _proc(self, *names):
        path = os.path.join("/proc", str(self.process.pid), *names)
        with open(path, encoding="utf-8") as stream:
            return stream.read()

    def times(self):
        """(user, system) seconds so far, in steps of the kernel's clock tick."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return int(fields[11]) / TICKS, int(fields[12]) / TICKS

    def on_processor(self):
        """Seconds on the processor so far, to the nanosecond; threads that have ended not counted."""
        tasks = os.listdir(f"/proc/{self.process.pid}/task")
        return sum(int(self._proc("task", task, "schedstat").split()[0]) for task in tasks) * 1e-9

    def memory_kb(self, field):
        """VmRSS, VmHWM (its peak), RssAnon … of /proc/PID/status."""
        for line in self._proc("status").splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise KeyError(field)

    def sockets(self):
        folder = f"/proc/{self.process.pid}/fd"
        count = 0
        for name in os.listdir(folder):
            try:
                count += os.readlink(os.path.join(folder, name)).startswith("socket:")
            except FileNotFoundError:
                pass
        return count


class Window:
    """A stretch of time in which a program is watched."""

    def __init__(self, program):
        self.program = program
        self.begin = time.monotonic()
        self.times = program.times()
        self.on_processor = program.on_processor()

    def close(self):
        self.end = time.monotonic()
        self.seconds = self.end - self.begin
        self.user, self.system = (after - before for after, before
                                  in zip(self.program.times(), self.times))
        self.on_processor = self.program.on_processor() - self.on_processor


def figure(benchmark, name, value, unit, **of):
    """One figure, as one line of JSON."""
    print(json.dumps({"benchmark": benchmark, **of, "figure": name, "value": value, "unit": unit}),
          flush=True)


def percentile(ordered, percent):
    """The value that so many percent do not exceed; of an ordered list that is not empty."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
