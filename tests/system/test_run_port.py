#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr run on a serial port: its speed, its coming and going, and who else wants it."""
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time

import harness
from p1 import PtyMeter, Reader, folder, telegram, write


def test_a_meter_of_115200_8n1_is_found():
    with folder() as at, PtyMeter(at, 115200) as meter, Reader("--port", meter.path) as dsmr:
        meter.every(1)
        dsmr.wait_power("1.234", 35)
        assert "found a meter at 115200 8N1" in dsmr.errors(), dsmr.errors()
        dsmr.stop_well()


def test_a_meter_of_9600_7e1_is_found():
    with folder() as at, PtyMeter(at, 9600) as meter, Reader("--port", meter.path) as dsmr:
        meter.every(1, lambda: telegram(crc=False))
        dsmr.wait_power("1.234", 35)
        assert "found a meter at 9600 7E1" in dsmr.errors(), dsmr.errors()
        assert meter.bauds_seen == [115200, 9600], meter.bauds_seen
        dsmr.stop_well()


def test_what_was_found_is_remembered_and_tried_first():
    with folder() as at, folder() as state, PtyMeter(at, 9600) as meter:
        meter.every(0.5, lambda: telegram(crc=False))
        with Reader("--port", meter.path, state=state) as dsmr:
            dsmr.wait_power("1.234", 35)
            dsmr.stop_well()
        meter.bauds_seen.clear()
        with Reader("--port", meter.path, state=state) as dsmr:
            dsmr.wait_power("1.234", 5)
            assert meter.bauds_seen == [9600], meter.bauds_seen
            dsmr.stop_well()


def test_noise_in_front_of_every_telegram_does_not_hide_the_speed():
    with folder() as at, PtyMeter(at, 115200) as meter, Reader("--port", meter.path) as dsmr:
        meter.every(0.5, lambda: b"\0" * 40 + b"\xFF" * 40 + telegram())
        dsmr.wait_power("1.234", 35)
        dsmr.stop_well()


def assert_portsettings(settings, baud):
    with folder() as at, PtyMeter(at, baud) as meter:
        config = write(os.path.join(at, "dsmr.cfg"), f"port={meter.path}\nportsettings={settings}\n")
        meter.every(0.3, lambda: telegram(crc=False))
        with Reader("-c", config) as dsmr:
            dsmr.wait_power("1.234", 5)
            assert meter.bauds_seen == [baud], meter.bauds_seen
            dsmr.stop_well()


def test_portsettings_9600_7e1_fixes_the_port():
    assert_portsettings("9600 7E1", 9600)


def test_portsettings_115200_8n1_fixes_the_port():
    assert_portsettings("115200 8N1", 115200)


def test_portsettings_may_be_lower_case_and_without_blank():
    assert_portsettings("1152008n1", 115200)


def test_portsettings_are_kept_although_only_noise_comes():
    with folder() as at, PtyMeter(at, 115200) as meter:
        config = write(os.path.join(at, "dsmr.cfg"), f"port={meter.path}\nportsettings=9600 7E1\n")
        meter.every(0.1)
        with Reader("-c", config) as dsmr:
            dsmr.wait_log("is open", 5)
            deadline = time.monotonic() + 4
            harness.wait_until(lambda: time.monotonic() > deadline, 10, "four seconds")
            assert meter.bauds_seen == [9600], meter.bauds_seen
            dsmr.stop_well()


def test_a_speed_that_no_port_has_is_told_once():
    with folder() as at, PtyMeter(at) as meter:
        config = write(os.path.join(at, "dsmr.cfg"), f"port={meter.path}\nportsettings=14400 8N1\n")
        with Reader("-c", config) as dsmr:
            dsmr.wait_log("14400", 5)
            deadline = time.monotonic() + 3
            harness.wait_until(lambda: time.monotonic() > deadline or dsmr.process.poll() is not None,
                               10, "three seconds")
            assert dsmr.count("\n") < 8, dsmr.errors()


def test_a_port_that_is_not_there_yet_is_waited_for():
    with folder() as at:
        path = os.path.join(at, "p1")
        with Reader("--port", path) as dsmr:
            dsmr.wait_log("is not there: is the cable plugged in?", 5)
            with PtyMeter(at) as meter:
                meter.every(0.2)
                dsmr.wait_power("1.234", 2)
                assert dsmr.count("is not there") == 1, dsmr.errors()
                dsmr.stop_well()


def test_unplugged_and_back_under_another_number():
    with folder() as at, PtyMeter(at) as meter, Reader("--port", meter.path) as dsmr:
        power = ["01.111"]
        meter.every(0.2, lambda: telegram(power[0]))
        dsmr.wait_power("1.111")
        before = os.readlink(meter.path)
        meter.unplug()
        dsmr.wait_log("was lost (unplugged): waiting for it to come back", 2)
        power[0] = "02.222"
        meter.plug()
        assert os.readlink(meter.path) != before
        dsmr.wait_power("2.222", 2)
        assert dsmr.count("was lost") == 1
        dsmr.stop_well()


def test_an_old_meter_unplugged_is_back_at_once_even_without_a_state_folder():
    with folder() as at, PtyMeter(at, 9600) as meter:
        power = ["01.111"]
        meter.every(0.2, lambda: telegram(power[0], crc=False))
        with Reader("--port", meter.path, state="/nonexistent/folder") as dsmr:
            dsmr.wait_power("1.111", 35)
            meter.bauds_seen.clear()
            meter.unplug()
            dsmr.wait_log("was lost", 2)
            power[0] = "02.222"
            meter.plug()
            dsmr.wait_power("2.222", 2)
            assert meter.bauds_seen == [9600], meter.bauds_seen
            dsmr.stop_well()


def test_a_wobbling_plug_does_not_fill_the_log():
    with folder() as at, PtyMeter(at) as meter, Reader("--port", meter.path, verbose=False) as dsmr:
        harness.wait_until(lambda: meter.send(telegram()), 5, "the port is opened")
        dsmr.wait_log("eActualProduction", 5)
        before = dsmr.count("\n")
        files = f"/proc/{dsmr.process.pid}/fd"
        opened = len(os.listdir(files))
        for _ in range(6):
            meter.unplug()
            meter.plug()
            harness.wait_until(meter.has_reader, 5, "the port is opened")
        harness.wait_until(lambda: len(os.listdir(files)) == opened, 5, lambda: os.listdir(files))
        assert dsmr.count("\n") - before <= 4, dsmr.errors()
        dsmr.stop_well()


def test_a_line_that_is_bad_most_of_the_time_does_not_fill_the_log():
    with folder() as at, PtyMeter(at) as meter, Reader("--port", meter.path, verbose=False) as dsmr:
        harness.wait_until(meter.has_reader, 5, "the port is opened")
        for _ in range(20):
            for wrong in (0, 1, 1, 1, 1, 1, 1):
                harness.wait_until(lambda: meter.send(telegram(wrong_by=wrong)), 5, "the right speed")
        dsmr.wait_log("five telegrams refused in a row", 5)
        assert dsmr.count("finding out the speed again") == 1, dsmr.errors()
        assert dsmr.count("found a meter") <= 2, dsmr.errors()
        assert dsmr.count("telegram refused") == 1, dsmr.errors()
        dsmr.stop_well()


def test_the_port_is_exclusive_and_who_has_it_is_told():
    with folder() as at, PtyMeter(at) as meter, Reader("--port", meter.path) as first:
        meter.every(0.2)
        first.wait_power("1.234")
        with Reader("--port", meter.path) as second:
            second.wait_log(f"{meter.path} is in use by dsmr (process {first.process.pid})", 5)
            assert "only one program can read a port; stop the other" in second.errors()
            assert second.count("is in use") == 1
            first.stop_well()
            second.wait_power("1.234", 2)
            second.stop_well()


def test_the_same_number_in_another_devpts_is_another_port():
    """As in a container: a program there may hold a pseudo-terminal of the same number."""
    with folder() as at, PtyMeter(at) as meter:
        other = os.path.join(at, "devpts")
        os.mkdir(other)
        if subprocess.run(["mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", other],
                          capture_output=True).returncode != 0:
            raise harness.Skip("a second devpts cannot be mounted here")
        held = []
        try:
            number = os.path.basename(os.path.realpath(meter.path))
            while not os.path.exists(os.path.join(other, number)):
                held.append(os.open(os.path.join(other, "ptmx"), os.O_RDWR | os.O_NOCTTY))
                fcntl.ioctl(held[-1], 0x40045431, b"\0\0\0\0")  # TIOCSPTLCK
            held.append(os.open(os.path.join(other, number), os.O_RDWR | os.O_NOCTTY))
            meter.every(0.2)
            with Reader("--port", meter.path) as first:
                first.wait_power("1.234")
                with Reader("--port", meter.path) as second:
                    second.wait_log(f"in use by dsmr (process {first.process.pid})", 5)
        finally:
            for descriptor in held:
                os.close(descriptor)
            subprocess.run(["umount", other], check=True)


def test_another_program_that_took_the_port_for_itself_is_respected():
    holder = "import fcntl,sys,time; f=open(sys.argv[1],'rb+',0); fcntl.ioctl(f,0x540C); " \
             "print('held',flush=True); time.sleep(60)"
    with folder() as at, PtyMeter(at) as meter:
        with subprocess.Popen(["python3", "-c", holder, meter.path], stdout=subprocess.PIPE) as other:
            try:
                assert other.stdout.readline() == b"held\n"
                with Reader("--port", meter.path) as dsmr:
                    dsmr.wait_log(f"(process {other.pid})", 5)
                    assert "is in use by" in dsmr.errors(), dsmr.errors()
                    dsmr.stop_well()
            finally:
                other.kill()


def test_openhab_that_has_the_port_is_named_with_the_cure():
    holder = "import fcntl,sys,time; f=open(sys.argv[1],'rb+',0); fcntl.ioctl(f,0x540C); " \
             "print('held',flush=True); time.sleep(60)"
    with folder() as at, PtyMeter(at) as meter:
        java = os.path.join(at, "java")
        os.symlink(os.path.realpath(sys.executable), java)
        command = [java, "-c", holder, meter.path, "-Dopenhab.home=/usr/share/openhab"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as openhab:
            try:
                assert openhab.stdout.readline() == b"held\n"
                with Reader("--port", meter.path) as dsmr:
                    dsmr.wait_log(f"{meter.path} is in use by openHAB (process {openhab.pid}), by its own "
                                  "DSMR binding or another: only one program can read a port; in "
                                  "openHAB's settings disable the thing that has it", 5)
                    dsmr.stop_well()
            finally:
                openhab.kill()


def test_no_permission_says_what_to_do():
    if os.geteuid() != 0:
        raise harness.Skip("only root can become another user here")
    with folder() as at, PtyMeter(at) as meter:
        os.chmod(os.path.realpath(meter.path), 0o600)
        env = {**os.environ, "STATE_DIRECTORY": "/nonexistent"}
        log = os.path.join(at, "log")
        program = shutil.copy(harness.DSMR, at)  # root's own folder may be closed to others
        with open(log, "wb") as errors:
            process = subprocess.Popen([program, "run", "--port", meter.path], stderr=errors,
                                       user="nobody", group="nogroup", extra_groups=[], env=env)
        try:
            def told():
                with open(log, encoding="utf-8") as file:
                    return file.read()
            harness.wait_until(lambda: "no permission to open" in told(), 5, told)
            assert "sudo usermod -aG" in told() and "nobody, then log in again" in told(), told()
            os.chmod(os.path.realpath(meter.path), 0o666)
            harness.wait_until(lambda: "is open" in told(), 5, told)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 0


def test_what_is_no_serial_port_is_told():
    with folder() as at:
        path = write(os.path.join(at, "file"), "text")
        with Reader("--port", path) as dsmr:
            dsmr.wait_log(f"{path} is no serial port", 5)
            dsmr.stop_well()
        with Reader("--port", "/dev/null") as dsmr:
            dsmr.wait_log("/dev/null is no serial port", 5)
            dsmr.stop_well()


harness.main()
