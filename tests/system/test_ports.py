#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr ports: real pseudo-terminals, named on the command line, since a test has no serial adapters."""
import contextlib
import json
import os
import pty
import signal
import tempfile

import harness
from harness import Program, run, wait_until


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as path:
        yield path


@contextlib.contextmanager
def meter(link, standard, *options):
    with Program("simulate", "--standard", standard, "--pty", link, "--seed", 7, *options) as program:
        wait_until(lambda: os.path.islink(link), 10, "the port of the simulated meter")
        yield program


@contextlib.contextmanager
def silent_port():
    """A terminal on which nothing comes; its path."""
    ours, theirs = pty.openpty()
    path = os.ttyname(theirs)
    os.close(theirs)
    try:
        yield path
    finally:
        os.close(ours)


def probe(*arguments, status):
    result = run("ports", "--probe", "--format", "json", *arguments)
    assert result.returncode == status, (result.returncode, result.stderr)
    assert result.stderr == b"", result.stderr
    return json.loads(result.stdout)


def test_meters_of_two_speeds_are_found_at_once():
    with folder() as path, meter(f"{path}/new", "5.0"), \
            meter(f"{path}/old", "2.2", "--interval", "3"):
        ports = probe(f"{path}/new", f"{path}/old", status=0)
        assert [port["port"] for port in ports] == [f"{path}/new", f"{path}/old"], ports
        heard = [port["probe"] for port in ports]
        assert [h["settings"] for h in heard] == ["115200 8N1", "9600 7E1"], heard
        assert all(h["meter"] and h["open"] and not h["encrypted"] for h in heard), heard
        assert heard[0]["origin"].endswith("DSMR 5.0"), heard
        assert heard[0]["identification"] and heard[1]["identification"], heard
        assert ports[0]["usb"] is None and ports[0]["obstacle"] is None, ports


def test_a_port_without_meter_is_told_so():
    with silent_port() as silent:
        ports = probe(silent, "--wait", "2", status=1)
        assert ports[0]["probe"]["meter"] is False and ports[0]["probe"]["settings"] is None, ports
        result = run("ports", "--probe", "--wait", "1", silent)
        assert result.returncode == 1, result
        assert "no telegram: listening at 115200 baud" in result.stdout.decode(), result


def test_a_port_that_somebody_has_is_left_in_peace():
    """The one who has it goes on reading whole telegrams, and is named."""
    with folder() as path, meter(f"{path}/p1", "5.0", "--interval", "0.5") as simulated:
        with Program("run", "--port", f"{path}/p1", "-v", env={"XDG_STATE_HOME": path}) as reader:
            reader.wait_log("P1Timestamp =", 20)
            before = reader.errors()
            ports = probe(f"{path}/p1", status=1)
            assert ports[0]["probe"] is None, ports
            assert ports[0]["holder"] == f"dsmr (process {reader.process.pid})", ports
            table = run("ports", f"{path}/p1").stdout.decode()
            assert f"in use by dsmr (process {reader.process.pid})" in table, table
            wait_until(lambda: reader.errors()[len(before):].count("P1Timestamp =") > 1, 20, "telegrams")
            log = reader.errors()[len(before):]
            for trouble in ("refused", "lost", "skipped", "finding out"):
                assert trouble not in log, [line for line in log.splitlines() if trouble in line]
            assert reader.process.poll() is None and simulated.process.poll() is None


def test_an_encrypting_meter_is_found_without_its_key():
    key = "00112233445566778899AABBCCDDEEFF"
    with folder() as path, meter(f"{path}/p1", "5.0", "--key", key, "--authkey", key):
        ports = probe(f"{path}/p1", status=0)
        heard = ports[0]["probe"]
        assert heard["meter"] and heard["encrypted"], heard
        assert heard["identification"] is None and heard["settings"] == "115200 8N1", heard


def test_the_table_says_what_to_write_down():
    with folder() as path, meter(f"{path}/p1", "4.2", "--interval", "1"):
        result = run("ports", "--probe", f"{path}/p1", f"{path}/none")
        table = result.stdout.decode().splitlines()
        assert result.returncode == 0 and table[0].split()[0] == "PORT", table
        assert table[1].split()[0] == f"{path}/p1" and table[1].endswith("a meter"), table
        assert table[2].startswith("    a meter at 115200 8N1: /"), table
        assert table[3].split()[0] == f"{path}/none" and table[3].endswith("cannot be opened"), table
        assert "is not there" in table[4], table
        assert table[-1] == f"In dsmr.cfg: port={path}/p1", table


def test_it_can_be_stopped():
    with silent_port() as silent:
        with Program("ports", "--probe", "--wait", "600", silent) as program:
            wait_until(lambda: has_open(program.process.pid, silent), 20, "the port is open")
            assert program.stop(signal.SIGINT) == 1
            assert "no meter" in program.output(), program.output()


def has_open(pid, path):
    folder_of_files = f"/proc/{pid}/fd"
    for name in os.listdir(folder_of_files):
        with contextlib.suppress(OSError):
            if os.readlink(f"{folder_of_files}/{name}") == path:
                return True
    return False


def test_all_ports_are_listed_without_opening_one():
    result = run("ports", "--format", "json")
    assert result.returncode == 0, result
    for port in json.loads(result.stdout):
        assert port["port"].startswith("/dev/") and port["probe"] is None, port


def test_wrong_usage():
    for arguments in (["--wait", "0"], ["--wait", "x"], ["--format", "xml"], ["ttyUSB0"], ["--all"]):
        result = run("ports", *arguments)
        assert result.returncode == 2 and b"see dsmr ports --help" in result.stderr, result
    assert b"--probe" in run("ports", "--help").stdout


def test_check_knows_auto():
    with folder() as path:
        file = f"{path}/dsmr.cfg"
        with open(file, "w", encoding="utf-8") as config:
            config.write("port=auto\n")
        result = run("check", "-c", file)
        assert result.returncode == 0, result
        assert b"port      auto (the serial port on which dsmr run finds a meter)" in result.stdout, result
        with open(file, "a", encoding="utf-8") as config:
            config.write("meter.garage.port=/dev/ttyUSB0\n")
        result = run("check", "-c", file)
        assert result.returncode == 1, result
        assert b":1: error: key 'port': auto could take the port of the meter 'garage' (line 2)" \
            in result.stdout, result


harness.main()
