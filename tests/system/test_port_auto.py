#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""port=auto, dsmr ports and dsmr doctor on machines with serial adapters: dsmr sees /dev and /sys of folders
that are made here, by mounts that nobody else sees, with real pseudo-terminals behind the names. Where a
test may not mount, it is skipped: it has to be root, and a container must allow it."""
import contextlib
import json
import os
import pty
import shutil
import subprocess
import tempfile

import harness
from harness import Program, run, wait_until

# Its argument is the folder of the machine; the rest is run there.
ENTER = """set -e
cd "$1"
shift
for name in null zero random urandom tty; do mount --bind "/dev/$name" "dev/$name"; done
mount --rbind /dev/pts dev/pts
mount --bind sys /sys
mount --rbind dev /dev
exec "$@"
"""
UNSHARE = ["unshare", "--mount", "--propagation", "private"]


class Machine:
    """/dev and /sys of a machine, in a folder. Adapters come and go while programs run in it."""

    def __init__(self, folder):
        self.folder = folder
        self.within = [*UNSHARE, "sh", "-c", ENTER, "sh", folder]
        for path in ("sys/class/tty", "sys/bus/drivers/ftdi_sio", "dev/pts", "dev/serial/by-id"):
            os.makedirs(self.path(path))
        for name in ("null", "zero", "random", "urandom", "tty"):
            self.write("dev/" + name, "")
        os.symlink("pts/ptmx", self.path("dev/ptmx"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def plug(self, usb, name, terminal):
        """The adapter as the USB device usb, whose port is called name and leads to the terminal."""
        device = f"sys/devices/hub/{usb}/{usb}:1.0/{name}"
        os.makedirs(self.path(f"{device}/tty/{name}"))
        os.symlink("../..", self.path(f"{device}/tty/{name}/device"))
        os.symlink(os.path.relpath("sys/bus/drivers/ftdi_sio", device), self.path(f"{device}/driver"))
        for fact, text in (("idVendor", "0403"), ("idProduct", "6001"), ("manufacturer", "FTDI"),
                           ("product", "FT232R UART"), ("serial", "MADEUP" + usb)):
            self.write(f"sys/devices/hub/{usb}/{fact}", text + "\n")
        os.symlink(f"../../{device.removeprefix('sys/')}/tty/{name}", self.path(f"sys/class/tty/{name}"))
        os.symlink(terminal, self.path(f"dev/{name}"))
        os.symlink(f"../../{name}", self.path(f"dev/serial/by-id/usb-FTDI-{usb}"))

    def unplug(self, usb, name):
        for path in (f"dev/serial/by-id/usb-FTDI-{usb}", f"dev/{name}", f"sys/class/tty/{name}"):
            os.unlink(self.path(path))
        shutil.rmtree(self.path(f"sys/devices/hub/{usb}"))

    def run(self, *arguments):
        return run(*arguments, within=self.within)

    def reader(self, config="port=auto\n"):
        """dsmr run with this configuration; what it remembers stays in the folder."""
        file = self.write("dsmr.cfg", config)
        return Program("run", "-c", file, "-v", env={"XDG_STATE_HOME": self.path("state")},
                       within=self.within)


@contextlib.contextmanager
def machine():
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as folder:
        made = Machine(folder)
        try:
            allowed = subprocess.run([*made.within, "true"], capture_output=True, timeout=60, text=True)
        except FileNotFoundError:
            raise harness.Skip("no unshare here") from None
        if allowed.returncode != 0:
            raise harness.Skip("no mounts of one's own here: " + allowed.stderr.strip())
        yield made


@contextlib.contextmanager
def meter(made, usb, name, *options):
    """A simulated meter behind an adapter, which is pulled out in the end."""
    link = made.path(f"meter-{usb}-{name}")
    with Program("simulate", "--pty", link, "--seed", 7, "--interval", 1, *options):
        wait_until(lambda: os.path.islink(link), 20, "the port of the simulated meter")
        made.plug(usb, name, os.readlink(link))
        try:
            yield
        finally:
            made.unplug(usb, name)


@contextlib.contextmanager
def silent_port(made, usb, name, taken=False):
    """An adapter on which nothing comes; taken: another program has it open."""
    ours, theirs = pty.openpty()
    made.plug(usb, name, os.ttyname(theirs))
    holder = None
    try:
        if taken:
            holder = subprocess.Popen(["sleep", "600"], stdin=theirs)
        os.close(theirs)
        yield holder.pid if holder else None
    finally:
        made.unplug(usb, name)
        os.close(ours)
        if holder:
            holder.kill()
            holder.wait()


def stable(usb):
    return f"/dev/serial/by-id/usb-FTDI-{usb}"


def test_the_ports_of_the_machine_are_listed():
    with machine() as made, silent_port(made, "1-1", "ttyUSB10"), \
            silent_port(made, "1-2", "ttyUSB2", taken=True) as holder:
        listed = made.run("ports", "--format", "json")
        assert listed.returncode == 0, listed
        ports = json.loads(listed.stdout)
        assert [port["port"] for port in ports] == ["/dev/ttyUSB2", "/dev/ttyUSB10"], ports
        assert [port["stable_name"] for port in ports] == [stable("1-2"), stable("1-1")], ports
        assert ports[0]["holder"] == f"sleep (process {holder})" and ports[1]["holder"] is None, ports
        assert ports[1]["driver"] == "ftdi_sio", ports
        assert ports[1]["usb"]["vendor_id"] == "0403", ports
        assert ports[1]["usb"]["product"] == "FT232R UART", ports
        table = made.run("ports").stdout.decode()
        assert stable("1-1") in table and f"in use by sleep (process {holder})" in table, table


def test_a_machine_without_ports_is_told_so():
    with machine() as made:
        listed = made.run("ports")
        assert b"/dev/" not in listed.stdout and b"serial port" in listed.stdout + listed.stderr, listed


def test_probing_finds_the_port_with_the_meter():
    with machine() as made, silent_port(made, "1-1", "ttyUSB0"), \
            meter(made, "1-2", "ttyUSB1", "--standard", "5.0"), \
            silent_port(made, "1-3", "ttyUSB2", taken=True):
        heard = made.run("ports", "--probe", "--wait", "4", "--format", "json")
        assert heard.returncode == 0, heard
        probes = [port["probe"] for port in json.loads(heard.stdout)]
        assert probes[0]["meter"] is False and probes[2] is None, probes
        assert probes[1]["meter"] and probes[1]["settings"] == "115200 8N1", probes
        table = made.run("ports", "--probe", "--wait", "4").stdout.decode()
        assert table.splitlines()[-1] == f"In dsmr.cfg: port={stable('1-2')}", table


def test_run_takes_the_port_with_the_meter_and_remembers_it():
    with machine() as made, silent_port(made, "1-1", "ttyUSB0", taken=True), \
            meter(made, "1-2", "ttyUSB1", "--standard", "4.2"):
        with made.reader() as reader:
            reader.wait_log(f"auto: found a meter at 115200 8N1 on {stable('1-2')}", 30)
            reader.wait_log("P1Timestamp =", 30)
            ports = json.loads(made.run("ports", "--format", "json").stdout)
            assert ports[1]["holder"] == f"dsmr (process {reader.process.pid})", ports
            assert reader.stop() == 0
        with made.reader() as again:
            again.wait_log(f"auto: a meter was on {stable('1-2')} before", 20)
            again.wait_log("P1Timestamp =", 30)
            assert "auto: found a meter" not in again.errors(), "it was looked for again"


def test_run_waits_for_a_port_and_follows_it_to_another_name():
    with machine() as made, made.reader() as reader:
        reader.wait_log("auto: there is no serial port: is the cable plugged in?", 20)
        with meter(made, "1-1", "ttyUSB0", "--standard", "5.0"):
            reader.wait_log(f"auto: found a meter at 115200 8N1 on {stable('1-1')}", 30)
            reader.wait_log("P1Timestamp =", 30)
        before = len(reader.errors())
        with meter(made, "1-1", "ttyUSB7", "--standard", "5.0"):
            wait_until(lambda: "P1Timestamp =" in reader.errors()[before:], 30,
                       lambda: "values from the port's new name:\n" + reader.errors())
        assert reader.stop() == 0


def test_of_two_meters_the_first_is_read_and_the_other_is_named():
    with machine() as made, meter(made, "1-1", "ttyUSB0", "--standard", "5.0"), \
            meter(made, "1-2", "ttyUSB1", "--standard", "2.2"), made.reader() as reader:
        reader.wait_log(f"there is a meter on {stable('1-2')} too; {stable('1-1')} is read", 60)
        reader.wait_log("P1Timestamp =", 30)
        assert reader.stop() == 0


def test_the_doctor_on_a_port_of_the_machine():
    with machine() as made, silent_port(made, "1-1", "ttyUSB0", taken=True) as holder, \
            meter(made, "1-2", "ttyUSB1", "--standard", "5.0"):
        well = made.run("doctor", "--wait", "4", stable("1-2"))
        assert well.returncode == 0, well.stdout.decode()
        assert b"verdict all well" in well.stdout and b"115200 8N1" in well.stdout, well.stdout.decode()
        taken = made.run("doctor", "--wait", "3", "/dev/ttyUSB0")
        assert taken.returncode == 1 and f"process {holder}".encode() in taken.stdout, taken


def test_the_doctor_knows_what_auto_stands_for():
    with machine() as made:
        config = made.write("dsmr.cfg", "port=auto\n")
        order = ["env", "XDG_STATE_HOME=" + made.path("state"), *made.within]
        with meter(made, "1-2", "ttyUSB1", "--standard", "5.0"):
            alone = run("doctor", "--wait", "4", "-c", config, within=order)
            assert alone.returncode == 0, alone
            assert f"{stable('1-2')}, the only serial port" in alone.stderr.decode(), alone.stderr
            with silent_port(made, "1-1", "ttyUSB0", taken=True):
                asked = run("doctor", "-c", config, within=order)
                assert asked.returncode == 2 and b"dsmr ports --probe" in asked.stderr, asked
                with made.reader() as reader:
                    reader.wait_log("auto: found a meter", 30)
                    assert reader.stop() == 0
                found = run("doctor", "--wait", "4", "-c", config, within=order)
                assert found.returncode == 0, found
                assert f"{stable('1-2')}, where dsmr run has found the meter" in found.stderr.decode(), found


harness.main()
