# SPDX-License-Identifier: MIT
"""What the system tests share: TAP output, waiting for a condition with a deadline, running dsmr."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
DSMR = os.environ.get("DSMR", os.path.join(ROOT, "build", "dsmr"))


class Skip(Exception):
    """Raised by a test that cannot be made here, with the reason: it is reported as skipped."""


# Seconds. A machine that runs four tests on two cores may stop one of them for a while: nothing that is
# waited for gets less than the first, and nothing that has to happen at once less than the second.
LEAST = 20
AT_ONCE = 5


def wait_until(condition, seconds, what):
    """Returns the first true answer of condition(); fails when there is none in so many seconds, and at
    least LEAST."""
    seconds = max(seconds, LEAST)
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def free_port():
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def deaf_port():
    """A TCP port of 127.0.0.1 that does not answer: whoever connects waits, as for a machine that is off."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):  # nobody accepts them, and then there is no room
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield server.getsockname()[1]


class Program:
    """A running dsmr, its output in files; stopped when the with block ends. within: the words of a command
    that becomes dsmr, which stands behind them."""

    def __init__(self, *arguments, env=None, stdin=subprocess.DEVNULL, within=()):
        self.folder = tempfile.mkdtemp(prefix="dsmr-test-")
        self.out_path = os.path.join(self.folder, "out")
        self.err_path = os.path.join(self.folder, "err")
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen([*within, DSMR, *map(str, arguments)], stdin=stdin,
                                            stdout=out, stderr=err,
                                            env={**os.environ, **(env or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def output(self):
        with open(self.out_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def errors(self):
        with open(self.err_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_log(self, text, seconds):
        wait_until(lambda: text in self.errors(), seconds,
                   lambda: f"'{text}' in the log:\n{self.errors()}")

    def stop(self, number=signal.SIGTERM, seconds=AT_ONCE):
        """Sends the signal and returns the exit status; fails when it takes too long."""
        self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running {seconds} s after signal {number}")


def run(*arguments, input=None, timeout=60, within=()):
    """Runs dsmr to its end."""
    return subprocess.run([*within, DSMR, *map(str, arguments)], input=input, capture_output=True,
                          timeout=timeout)


def need_localhost():
    """For what needs a name that can be looked up: not every machine has this one in its hosts."""
    try:
        socket.getaddrinfo("localhost", None)
    except OSError:
        raise Skip("no localhost in /etc/hosts") from None


def main():
    """Runs every function test_… of the calling file, in their order, and reports in TAP."""
    scope = vars(sys.modules["__main__"])
    tests = [(n, f) for n, f in scope.items() if n.startswith("test_") and callable(f)]
    wanted = sys.argv[1:]
    if wanted:
        tests = [(n, f) for n, f in tests if any(w in n for w in wanted)]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        title = name[len("test_"):].replace("_", " ")
        try:
            function()
            print(f"ok {number} - {title}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {title} # SKIP {reason}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {number} - {title}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    sys.exit(1 if failed else 0)
