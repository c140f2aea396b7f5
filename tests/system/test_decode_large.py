#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr decode by several threads: what is printed is what one thread prints, byte for byte, wherever
the stream is cut; memory does not grow with the file; it ends when it is told to."""
import contextlib
import os
import pty
import random
import select
import signal
import subprocess
import sys
import tempfile
import threading

import harness
from crc16 import crc16

GOLDEN = os.path.join(harness.ROOT, "tests", "golden")
FORMATS = ("json", "csv", "table")
KEY = "--key", "AA" * 16


def golden():
    """All golden streams, the encrypted ones too: without their keys, or with a wrong one."""
    found = []
    for name in sorted(os.listdir(GOLDEN)):
        if name.endswith((".txt", ".bin")):
            with open(os.path.join(GOLDEN, name), "rb") as file:
                found.append(file.read())
    assert len(found) > 50
    return found


def telegram(*lines, identification="TST5MADE-UP"):
    text = "\r\n".join(["/" + identification, "", *lines, "!"]).encode("latin-1")
    return text + b"%04X\r\n" % crc16(text)


def device(channel, kind, day, value):
    """What is known of devices decides how the next telegram is read: kinds that are learnt, and times
    that make one of two meters speak."""
    lines = [f"0-{channel}:24.1.0({kind:03})"] if kind else []
    return telegram("1-0:1.7.0(00.100*kW)", *lines,
                    f"0-{channel}:24.2.1(2401{day:02}120000W)({value:09.3f}*m3)")


def pieces(chance, streams):
    """What a line that is not to be trusted brings, one after the other."""
    while True:
        stream = chance.choice(streams)
        at = chance.randrange(len(stream))
        damaged = bytearray(stream)
        damaged[at] ^= 1 << chance.randrange(8)
        yield chance.choice((
            stream, stream,
            stream * chance.randrange(2, 5),            # shapes are learnt
            stream[:at], stream[at:],                   # cut
            bytes(damaged),                             # wrong CRC, and worse
            chance.randbytes(chance.randrange(300)),    # garbage
            b"/ABC5" + chance.randbytes(chance.randrange(40)), b"/\n" * chance.randrange(9),
            b"/XYZ5 never ends\r\n\r\n" + b"1-0:1.8.1(1*kWh)\r\n" * chance.randrange(1200),
            device(1, chance.choice((0, 3, 7)), chance.randrange(1, 29), chance.random() * 1e4),
            device(2, chance.choice((0, 3, 3)), chance.randrange(1, 29), chance.random() * 1e4),
            telegram("1-0:1.8.1(000001.000*kWh)", "this is no line", "1-0:1.7.0(00.100*kW)"),
            b"\x7e\xa0\x09\x02\x23\x10\x01\x02" + chance.randbytes(2) + b"\x7e"))


def nasty(seed, size):
    chance = random.Random(seed)
    stream = bytearray()
    for piece in pieces(chance, golden()):
        stream += piece
        if len(stream) >= size:
            return bytes(stream)


@contextlib.contextmanager
def file_of(content):
    with tempfile.NamedTemporaryFile(prefix="dsmr-test-") as file:
        file.write(content)
        file.flush()
        yield file.name


def outcome(*arguments, block=None, **options):
    environment = {**os.environ, **({"DSMR_DECODE_BLOCK": str(block)} if block else {})}
    done = subprocess.run([harness.DSMR, "decode", *map(str, arguments)], capture_output=True,
                          env=environment, timeout=120, **options)
    return done.returncode, done.stdout, done.stderr


def assert_same(want, got, of):
    for name, a, b in zip(("status", "output", "complaints"), want, got):
        if a != b:
            at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), 0) if name != "status" else 0
            raise AssertionError(f"{of}: another {name}: {a[at:at + 200] if at else a!r:.400} "
                                 f"{b[at:at + 200] if at else b!r:.400}")


# The same, whatever happens

def test_all_threads_print_what_one_prints():
    with file_of(nasty(1, 3_000_000)) as path:
        for form in FORMATS:
            want = outcome("--format", form, "--jobs", 1, path)
            assert want[0] == 1 and len(want[1]) > 1_000_000 and want[2].count(b"\n") > 100
            for jobs in (2, 5):
                assert_same(want, outcome("--format", form, "--jobs", jobs, path), f"{form} {jobs}")


def test_telegrams_lie_across_every_edge():
    content = nasty(2, 150_000)
    with file_of(content) as path:
        want = outcome("--format", "json", "--jobs", 1, path)
        for block in (16, 61, 256, 1021, 4096, 16383):
            for jobs in (1, 3):
                got = outcome("--format", "json", "--jobs", jobs, path, block=block)
                assert_same(want, got, f"blocks of {block}, {jobs} jobs")
    with file_of(content[:20_000]) as path:
        want = outcome("--jobs", 1, path)
        assert_same(want, outcome("--jobs", 2, path, block=1), "byte by byte")


def test_refused_ones_that_are_used_all_the_same():
    with file_of(nasty(3, 400_000)) as path:
        for options in (("--ignore-crc",), ("--zone", "Europe/Vilnius"), KEY,
                        (*KEY, "--authkey", "BB" * 16, "--ignore-crc")):
            want = outcome("--format", "json", *options, "--jobs", 1, path)
            assert_same(want, outcome("--format", "json", *options, "--jobs", 3, path, block=5000),
                        str(options))


def test_what_was_learnt_of_devices_goes_from_block_to_block():
    """The kind is told once, thousands of telegrams before; and of two gas meters the one speaks whose
    time is newer, for so long as it lives."""
    stream = device(1, 7, 1, 1) + b"".join(device(1, 0, 1 + i // 100, i) for i in range(2000))
    with file_of(stream) as path:
        status, printed, _ = outcome("--format", "json", "--jobs", 4, path, block=8192)
        assert status == 0 and printed.count(b'"wValue"') == 2001 and b"gValue" not in printed
    stream = b"".join(device(1 + i // 50 % 2, 3, 1 + i // 40, i) for i in range(1000))
    with file_of(stream) as path:
        want = outcome("--format", "json", "--jobs", 1, path)
        assert b"superseded" in want[1]
        assert_same(want, outcome("--format", "json", "--jobs", 4, path, block=3000), "two meters")


def test_a_pipe_is_as_good_as_a_file():
    content = nasty(4, 1_000_000)
    with file_of(content) as path:
        status, printed, said = outcome("--format", "csv", "--jobs", 1, path)
    want = status, printed, said.replace(path.encode(), b"standard input")
    assert_same(want, outcome("--format", "csv", "--jobs", 3, input=content), "by a pipe")


def test_several_files_come_in_their_order():
    with file_of(nasty(5, 300_000)) as one, file_of(b"") as empty, file_of(nasty(6, 300_000)) as two:
        paths = one, empty, "/no/such/file", two, empty, one
        want = outcome("--jobs", 1, *paths)
        assert want[0] == 2 and want[2].count(b"no telegram found") == 2
        assert_same(want, outcome("--jobs", 4, *paths, block=10_000), "several files")
        assert_same((1, b"", f"{empty}: no telegram found\n".encode()),
                    outcome("--jobs", 4, "--format", "json", empty), "an empty file")


# Large files

def peak_kb(path, lines, *arguments):
    """The most memory that the program had, as the kernel counts it, once this file is printed: it then
    waits for standard input."""
    process = subprocess.Popen([harness.DSMR, "decode", *arguments, path, "-"], stdout=subprocess.PIPE,
                               stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while lines > 0:
        part = os.read(process.stdout.fileno(), 1 << 20)
        assert part, "it ended too soon"
        lines -= part.count(b"\n")
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    process.communicate(timeout=60)
    assert process.returncode == 1 and lines == 0  # nothing came by standard input
    return peak


def test_memory_does_not_grow_with_the_file():
    stretch = b"".join(device(1, 3, 1 + i // 100, i) for i in range(2000)) * 10
    with file_of(stretch) as small, file_of(stretch * 10) as large:
        assert os.path.getsize(large) > 20_000_000
        for jobs in ("1", "4"):
            arguments = "--format", "json", "--jobs", jobs
            few, many = (peak_kb(small, 20_000, *arguments), peak_kb(large, 200_000, *arguments))
            assert 0 < many < few + 4096, f"{jobs} jobs: {few} kB for a tenth, {many} kB for the whole"


def test_a_file_that_shrinks_while_it_is_read():
    content = device(1, 3, 1, 1) * 60_000
    with file_of(content) as path:
        process = subprocess.Popen([harness.DSMR, "decode", "--format", "json", "--jobs", "3", path],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = process.stdout.read(1)  # the rest fills the pipe, and it waits
        os.truncate(path, len(content) // 2)
        printed, said = process.communicate(timeout=60)
    assert process.returncode in (0, 1), said
    assert (first + printed).count(b"\n") < 60_000


# The end

class Endless:
    """dsmr decode with input that never ends."""

    def __init__(self, **options):
        self.process = subprocess.Popen([harness.DSMR, "decode", "--format", "json", "--jobs", "3"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
        self.feeder = threading.Thread(target=self.feed)
        self.feeder.start()

    def feed(self):
        stretch = device(1, 3, 1, 1) * 1000
        with contextlib.suppress(BrokenPipeError), self.process.stdin as stdin:
            while True:
                stdin.write(stretch)

    def end(self):
        said = self.process.stderr.read() if self.process.stderr else b""
        status = self.process.wait(60)
        self.feeder.join(60)
        self.process.stdout.close()
        if self.process.stderr:
            self.process.stderr.close()
        return status, said


def test_control_c_ends_it():
    endless = Endless()
    endless.process.stdout.read(1_000_000)
    endless.process.send_signal(signal.SIGINT)
    assert endless.end()[0] == -signal.SIGINT


def test_a_reader_that_goes_away_ends_it():
    endless = Endless()
    endless.process.stdout.read(1_000_000)
    endless.process.stdout.close()
    assert endless.end()[0] == -signal.SIGPIPE
    endless = Endless(restore_signals=False, stderr=subprocess.PIPE)  # who ignores SIGPIPE is told
    endless.process.stdout.read(1_000_000)
    endless.process.stdout.close()
    status, said = endless.end()
    assert status == 2 and said == b"dsmr decode: cannot write the output: Broken pipe\n", said


# How far it is

def watch(arguments, input=None):
    """What the terminal at standard error shows until the program ends; standard output is taken slowly,
    until there was something."""
    master, slave = pty.openpty()
    shown = bytearray()
    process = subprocess.Popen([harness.DSMR, "decode", "--format", "json", "--jobs", "2", *arguments],
                               stdin=input, stdout=subprocess.PIPE, stderr=slave)
    printed = True
    while printed:
        if select.select([master], [], [], 0 if b"MB" in shown else 0.1)[0]:
            shown += os.read(master, 65536)
        printed = os.read(process.stdout.fileno(), 65536)
    process.wait(60)
    process.stdout.close()
    while select.select([master], [], [], 0)[0]:
        shown += os.read(master, 65536)
    os.close(slave)  # not before: a terminal that nobody has open cannot be read
    os.close(master)
    assert process.returncode == 0
    return bytes(shown)


def test_a_terminal_shows_how_far_it_is():
    with file_of(device(1, 3, 1, 1) * 40_000) as path:
        shown = watch([path])
        assert f" % of {os.path.getsize(path) // 1_000_000} MB, ".encode() in shown, shown
        assert shown.endswith(b"\r\x1b[K"), shown
        with open(path, "rb") as stream:
            shown = watch([], input=subprocess.Popen(["cat"], stdin=stream, stdout=subprocess.PIPE).stdout)
        assert b" MB read, " in shown and b"%" not in shown, shown


def test_nothing_of_that_without_a_terminal():
    with file_of(device(1, 3, 1, 1) * 1000) as path:
        assert outcome("--jobs", 2, path)[2] == b""


def test_jobs_is_a_number():
    with file_of(device(1, 3, 1, 1)) as path:
        for wrong in ("0", "-1", "two", "257", "", "1x", "99999999999999999999"):
            status, printed, said = outcome("--jobs", wrong, path)
            assert status == 2 and printed == b"" and b"--jobs takes a number" in said, wrong
        assert outcome("--jobs", 256, path)[0] == 0
    assert b"--jobs N" in outcome("--help")[1]


sys.exit(harness.main())
