#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr doctor names each fault, made by the simulator, a real port or a recording, and how to cure it."""
import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import termios
import threading
import tty

import harness
from p1 import PtyMeter, TcpMeter, even_parity, folder, telegram, write
from rfc2217_port import Rfc2217Port

GOLDEN = os.path.join(harness.ROOT, "tests", "golden")
KEY = "000102030405060708090A0B0C0D0E0F"


def doctor(*arguments, status, verdict):
    """What it prints; the last line of the report is the verdict."""
    done = harness.run("doctor", *arguments, timeout=120)
    out = done.stdout.decode()
    assert done.returncode == status, (done.returncode, out, done.stderr.decode())
    assert done.stderr == b"", done.stderr
    assert out.endswith(f"verdict {verdict}\n"), out
    return out


def recorded(data, *arguments, status=1, verdict):
    with folder() as at:
        path = os.path.join(at, "recorded.bin")
        with open(path, "wb") as file:
            file.write(data)
        return doctor(path, *arguments, status=status, verdict=verdict)


@contextlib.contextmanager
def simulated(standard, *arguments):
    with folder() as at:
        link = os.path.join(at, "p1")
        with harness.Program("simulate", "--standard", standard, "--pty", link, "--seed", 7,
                             *arguments) as meter:
            harness.wait_until(lambda: os.path.exists(link), 5, meter.errors)
            yield link


@contextlib.contextmanager
def silent_port():
    """A serial port on which nothing comes; yields both sides of it."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    os.close(slave)
    try:
        yield path, master
    finally:
        os.close(master)


@contextlib.contextmanager
def sender(data):
    """A serial port on which these bytes come again and again, whatever speed the reader has."""
    with silent_port() as (path, master):
        stopping = threading.Event()
        os.set_blocking(master, False)

        def work():
            while not stopping.wait(0.05):
                with contextlib.suppress(OSError):
                    os.write(master, data)
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield path
        finally:
            stopping.set()
            thread.join(5)


# ---- what cannot be opened

def test_a_port_that_is_not_there():
    out = doctor("/dev/no-such-port", status=1, verdict="no such port")
    assert "ls /dev/serial/by-id" in out, out


def test_what_is_no_serial_port():
    doctor("/dev/null", status=1, verdict="no serial port")
    with folder() as at:
        doctor(at, status=1, verdict="no serial port")


def test_no_permission_tells_the_group_and_the_command():
    if os.geteuid() != 0:
        raise harness.Skip("needs root to become nobody")
    with silent_port() as (path, _), folder() as at:
        os.chmod(path, 0o660)
        group = shutil.chown(path, "root", "dialout")
        assert group is None
        program = shutil.copy(harness.DSMR, os.path.join(at, "dsmr"))
        done = subprocess.run([program, "doctor", path], capture_output=True, timeout=60, user="nobody",
                              group="nogroup", extra_groups=[])
        out = done.stdout.decode()
        if done.returncode not in (0, 1):
            raise harness.Skip("nobody cannot run the program here")
        assert done.returncode == 1 and out.endswith("verdict no permission\n"), out
        assert "sudo usermod -aG dialout nobody" in out, out


@contextlib.contextmanager
def holder(path, name, lock):
    """A program of that name that has the port open."""
    with folder() as at:
        program = os.path.join(at, name)
        os.symlink("/bin/sleep", program)
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        if lock:
            fcntl.ioctl(fd, termios.TIOCEXCL)
        process = subprocess.Popen([program, "600"], stdin=fd)
        os.close(fd)
        try:
            yield process.pid
        finally:
            process.kill()
            process.wait()


def test_a_port_that_another_program_has():
    with silent_port() as (path, _), holder(path, "ser2net", lock=True) as pid:
        out = doctor(path, status=1, verdict="held by another program")
        assert f"ser2net (process {pid})" in out and "ser2net.yaml" in out, out
    with silent_port() as (path, _), holder(path, "ModemManager", lock=True) as pid:
        out = doctor(path, "--language", "nl", status=1, verdict="held by another program")
        assert f"bytes: ModemManager (proces {pid})\n" in out and "ID_MM_DEVICE_IGNORE" in out, out
        assert "een ander programma heeft de poort" in out, out


def test_a_program_without_a_lock_that_takes_the_bytes():
    with silent_port() as (path, _), holder(path, "agetty", lock=False) as pid:
        out = doctor(path, "--wait", 1, status=1, verdict="held by another program")
        assert f"agetty (process {pid})" in out and "serial-getty@" in out, out


# ---- what is heard on a port

def test_silence():
    with silent_port() as (path, _):
        out = doctor(path, "--wait", 1, status=1, verdict="silence")
        assert "Listen longer" in out and "request line (pin 2)" in out and "Fluvius" in out, out
        assert "heard   at 115200 8N1 for 1." in out and ": 0 bytes\n" in out, out
        assert "kernel  this driver does not count errors" in out, out


def test_silence_of_the_simulator():
    with simulated("5.0", "--fault", "silence=1", "--interval", 60) as link:
        doctor(link, "--wait", 1, "--language", "nl", status=1, verdict="silence")


def test_all_is_well():
    with simulated("5.0", "--interval", 0.1) as link:
        out = doctor(link, status=0, verdict="all well")
        assert "telegrams good 10, with CRC 10\n" in out, out
        assert "at 115200 8N1\n" in out and "NL" in out, out


def test_an_old_meter_is_well_without_crc():
    with simulated("2.2", "--interval", 0.1) as link:
        out = doctor(link, status=0, verdict="all well, no CRC")
        assert "at 9600 7E1\n" in out, out
        assert "heard   at 115200 8N1 for " in out and "heard   at 9600 8N1 for " in out, out


def test_a_wrong_speed():
    with simulated("5.0", "--interval", 0.2) as link:
        out = doctor(link, "--settings", "9600 8N1", "--wait", 3, status=1, verdict="wrong speed")
        assert "leave portsettings out" in out and "asked   9600 8N1\n" in out, out


def test_a_wrong_parity():
    odd = bytes(byte ^ 0x80 for byte in even_parity(telegram(crc=False)))
    with sender(odd) as path:
        doctor(path, "--wait", 2, status=1, verdict="wrong parity")


def inverted(data):
    """What a UART makes of the line upside down: settled one bit late, it reads the start bit and seven bits."""
    return bytes((~byte & 0x7F) << 1 | 1 for byte in data)


def test_an_inverted_signal():
    with sender(inverted(telegram())) as path:
        out = doctor(path, "--wait", 2, status=1, verdict="inverted signal")
        assert "inverter" in out, out


def test_levels_instead_of_bytes_are_an_inverted_signal():
    with sender(b"\x00\xff\xf8\x00\x80\xff" * 40) as path:
        doctor(path, "--wait", 2, status=1, verdict="inverted signal")


def test_flipped_bits():
    with simulated("5.0", "--interval", 0.05, "--fault", "crc=0.5") as link:
        out = doctor(link, status=1, verdict="noise")
        assert "single flipped bits" in out and "Flipped bits are noise on the wire" in out, out
        assert "% of the bytes are bad" in out, out


def test_bytes_that_are_added():
    with simulated("5.0", "--interval", 0.05, "--fault", "noise=0.9") as link:
        out = doctor(link, status=1, verdict="noise")
        assert "added bytes" in out, out


def test_half_telegrams():
    with simulated("5.0", "--interval", 0.05, "--fault", "cut=0.8") as link:
        out = doctor(link, status=1, verdict="half telegrams")
        assert "begin and break off" in out, out


def test_nothing_but_half_telegrams():
    with sender(telegram()[:-30]) as path:
        doctor(path, status=1, verdict="half telegrams")


def opened(program, device):
    """How often it has the device open, also when that is gone."""
    folder = f"/proc/{program.process.pid}/fd"
    count = 0
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            count += os.readlink(os.path.join(folder, name)).removesuffix(" (deleted)") == device
    return count


def stopped_with(program, verdict):
    """Ends it by Ctrl+C, long before its time is over, once it has seen what it is to see."""
    assert program.stop(signal.SIGINT) == 1, program.errors()
    assert program.output().endswith(f"verdict {verdict} (stopped before the time was over)\n"), \
        program.output()


def test_a_port_that_goes_away():
    with folder() as at, PtyMeter(at) as meter, \
            harness.Program("doctor", "--wait", 600, "--settings", "115200 8N1", meter.path) as program:
        harness.wait_until(lambda: meter.has_reader() and meter.reader_baud() == 115200, 60, "a reader")
        assert meter.send(telegram())
        before = opened(program, meter.number)
        meter.unplug()
        harness.wait_until(lambda: opened(program, meter.number) < before, 60, "that it is let go")
        stopped_with(program, "went away")


def test_text_that_is_no_telegram():
    with sender(b"Welcome to the console of this router\r\nlogin: \r\n") as path:
        out = doctor(path, "--wait", 2, status=1, verdict="text, no telegram")
        assert "another device" in out.lower(), out


def test_encryption_with_and_without_its_key():
    with simulated("5.0", "--key", KEY, "--interval", 0.1) as link:
        out = doctor(link, status=1, verdict="encrypted, no key")
        assert "grid operator" in out and "title   " in out and " ** ** ** ** **\n" in out, out
        doctor(link, "--key", "FF" * 16, status=1, verdict="encrypted, wrong key")
        out = doctor(link, "--key", KEY, status=0, verdict="all well")
        assert int(re.search(r", decrypted (\d+)", out).group(1)) >= 10, out


def test_a_wrong_authentication_key():
    with simulated("5.0", "--key", KEY, "--authkey", "AA" * 16, "--interval", 0.1) as link:
        doctor(link, "--key", KEY, "--authkey", "BB" * 16, status=1,
               verdict="encrypted, wrong authentication key")
        doctor(link, "--key", KEY, "--authkey", "AA" * 16, status=0, verdict="all well")


def hdlc(payload):
    """One HDLC frame with right check sums."""
    def fcs(data):
        crc = 0xFFFF
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
        return (crc ^ 0xFFFF).to_bytes(2, "little")
    size = 2 + 1 + 1 + 1 + 2 + len(payload) + 2
    head = bytes([0xA0 | size >> 8, size & 0xFF, 0x41, 0x03, 0x13])
    head += fcs(head)
    return b"\x7e" + head + payload + fcs(head + payload) + b"\x7e"


def test_dlms_is_named():
    with sender(hdlc(bytes(range(0x80, 0xC0)))) as path:
        out = doctor(path, "--settings", "115200 8N1", "--wait", 3, status=1, verdict="DLMS")
        assert "another protocol" in out, out


# ---- networks

def test_nobody_answers():
    out = doctor(f"tcp://127.0.0.1:{harness.free_port()}", "--wait", 1, status=1, verdict="unreachable")
    assert "firewall" in out and "refused" in out, out


def test_a_connection_on_which_nothing_comes():
    with TcpMeter() as meter:
        doctor(f"tcp://127.0.0.1:{meter.port}", "--wait", 1, status=1, verdict="silent connection")


def test_a_meter_behind_tcp():
    with TcpMeter() as meter:
        stopping = threading.Event()

        def work():
            while not stopping.wait(0.05):
                with contextlib.suppress(OSError):
                    meter.send(telegram())
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            doctor(f"tcp://127.0.0.1:{meter.port}", status=0, verdict="all well")
        finally:
            stopping.set()
            thread.join(5)


def test_a_connection_that_is_dropped():
    with TcpMeter() as meter, \
            harness.Program("doctor", "--wait", 600, f"tcp://127.0.0.1:{meter.port}") as program:
        harness.wait_until(lambda: meter.clients, 60, "a client")
        meter.closing = True
        meter.hang_up()
        harness.wait_until(lambda: meter.accepted > 1, 60, "the next attempt")
        stopped_with(program, "went away")


def test_a_serial_port_of_another_machine():
    with Rfc2217Port([telegram()], 115200, interval=0.05) as port:
        out = doctor(port.name, status=0, verdict="all well")
        assert "serial port of another machine" in out and "at 115200 8N1\n" in out, out
    with Rfc2217Port([telegram()], 115200, offers=False) as port:
        doctor(port.name, "--wait", 1, status=1, verdict="unreachable")


# ---- recordings

def test_recordings():
    recorded(telegram() * 3, status=0, verdict="all well")
    recorded(telegram(crc=False) * 3, status=0, verdict="all well, no CRC")
    recorded(even_parity(telegram(crc=False)) * 3, status=0, verdict="all well, no CRC")
    recorded(b"", verdict="empty recording")
    recorded(inverted(telegram() * 3), verdict="inverted signal")
    recorded(b"/KFM5KAIFA-METER\r\n\r\n" + b"1-0:1.8.1(001581.123*kWh)\r\n" * 2000,
             verdict="telegrams without end")
    recorded(telegram()[:-40] * 5, verdict="half telegrams")
    recorded(hdlc(bytes(range(64))) * 4, verdict="DLMS")


def test_kinds_of_damage_in_recordings():
    good = telegram()
    lost = good[:60] + good[64:]
    nul = good[:60] + b"\0" + good[61:]
    out = recorded(good * 5 + lost * 3 + good, verdict="noise")
    assert "lost bytes 3" in out and "low_latency" in out, out
    out = recorded(good * 5 + nul * 2 + good, verdict="noise")
    assert "NULs 2" in out, out
    out = recorded(good.replace(b"\r\n", b"\n") * 3, verdict="changed line ends")
    assert "raw" in out, out


def test_standard_input():
    done = harness.run("doctor", "-", input=telegram() * 3)
    assert done.returncode == 0 and done.stdout.endswith(b"verdict all well\n"), done


def test_standard_input_without_a_byte_ends_at_once():
    done = harness.run("doctor", "-", timeout=20, input=b"")
    assert done.returncode == 1 and done.stdout.endswith(b"verdict empty input\n"), done
    assert b"dsmr doctor - < recorded.bin" in done.stdout and b"converter" not in done.stdout, done
    with open(os.devnull, "rb") as nothing:
        done = subprocess.run([harness.DSMR, "doctor", "stdin:", "--language", "nl"], stdin=nothing,
                              capture_output=True, timeout=20)
    assert done.returncode == 1 and b"de standaardinvoer eindigde" in done.stdout, done


def test_a_named_pipe():
    with folder() as at:
        path = os.path.join(at, "p1")
        out = doctor("pipe:" + path, "--wait", 1, status=1, verdict="no such pipe")
        assert "mkfifo" in out and "converter" not in out and "firewall" not in out, out
        write(path, "a file\n")
        out = doctor("pipe:" + path, "--wait", 1, status=1, verdict="cannot be opened")
        assert "is no named pipe: mkfifo makes one" in out, out
        os.unlink(path)
        os.mkfifo(path)
        for port in (path, "pipe:" + path):
            out = doctor(port, "--wait", 1, status=1, verdict="silent pipe")
            assert "named pipe" in out and "request line" not in out, out
        with open(path, "r+b", buffering=0) as writer:
            writer.write(telegram() * 3)
            doctor("pipe:" + path, status=0, verdict="all well")


def test_a_recording_without_a_whole_telegram_counts_none():
    out = recorded(b"/XMX5LGBBFFB231314239\r\n\r\n" + b"1-0:1.8.1(001581.123*kWh)\r\n" * 9,
                   verdict="half telegrams")
    assert "telegrams begin and break off\n" in out, out


def test_a_recording_that_nobody_may_read_or_that_is_not_there():
    doctor("no-such-recording.bin", status=1, verdict="no such port")
    doctor("file:/no/such/recording.bin", status=1, verdict="no such port")


# ---- report, command line

def test_serial_numbers_are_shown_only_when_asked_for():
    data = telegram(identification="XMX5LGBBFFB231314239",
                    lines=["0-0:96.1.1(4530303434303037313331353530363138)", "1-0:1.8.1(001581.123*kWh)"])
    out = recorded(data, status=0, verdict="all well")
    assert "231314239" not in out and "45303034" not in out, out
    assert "meter   /XMX5LG**************" in out and "device  eEquipmentId ****" in out, out
    out = recorded(data, "--with-serial-numbers", status=0, verdict="all well")
    assert "XMX5LGBBFFB231314239" in out and "eEquipmentId 4530303434303037313331353530363138" in out, out


def test_control_c_ends_with_what_is_known():
    with silent_port() as (path, master), harness.Program("doctor", "--wait", 600, path) as program:
        harness.wait_until(lambda: termios.tcgetattr(master)[5] == termios.B115200, 20, "it listens")
        stopped_with(program, "silence")


def test_a_terminal_sees_how_it_goes():
    with sender(b"Welcome\r\nto the console of this router\r\n") as path:
        terminal, other = pty.openpty()
        with tempfile.TemporaryFile() as report:
            program = subprocess.Popen([harness.DSMR, "doctor", "--wait", "60", path], stderr=other,
                                       stdout=report)
            os.close(other)
            seen = bytearray()

            def has_progress():
                if select.select([terminal], [], [], 0.02)[0]:
                    seen.extend(os.read(terminal, 4096))
                return re.search(rb"[1-9]\d* bytes, 0 good telegrams, 0 damaged; .* \d+ s at most", seen)
            try:
                harness.wait_until(has_progress, 20, lambda: seen)
                program.send_signal(signal.SIGINT)
                assert program.wait(20) == 1
            finally:
                program.kill()
                program.wait()
            report.seek(0)
            assert b"text, no telegram (stopped" in report.read()
        os.close(terminal)


def test_the_port_settings_and_key_of_the_configuration():
    with simulated("5.0", "--key", KEY, "--interval", 0.1) as link, folder() as at:
        config = write(os.path.join(at, "dsmr.cfg"), f"port={link}\ndecryption.key={KEY}\n")
        os.chmod(config, 0o600)
        doctor("-c", config, status=0, verdict="all well")
        config = write(config, f"port={link}\nportsettings=9600 8N1\n")
        out = doctor("-c", config, "--wait", 2, status=1, verdict="wrong speed")
        assert "asked   9600 8N1" in out, out
        config = write(config, f"meter.garage.port={link}\nmeter.garage.decryption.key={KEY}\n")
        doctor("-c", config, "--meter", "garage", status=0, verdict="all well")


def test_wrong_usage():
    with folder() as at:
        empty = write(os.path.join(at, "empty.cfg"), "")
        for arguments in (("--wait", "0", "/dev/p1"), ("--language", "fr", "/dev/p1"), ("--key", "12", "/dev/p1"),
                          ("--authkey", KEY, "/dev/p1"), ("--settings", "fast", "/dev/p1"), ("--no-such",),
                          ("/dev/p1", "/dev/p2"), ("--meter", "garage", "/dev/p1"), ("-c", empty),
                          ("-c", os.path.join(at, "none.cfg"))):
            done = harness.run("doctor", *arguments)
            assert done.returncode == 2 and done.stderr and not done.stdout, (arguments, done)
            assert KEY not in done.stderr.decode(), done.stderr
    done = harness.run("doctor", "mqtt://me:geheim@localhost/p1")
    assert done.returncode == 2 and b"mqtt.password.file" in done.stderr, done
    assert b"geheim" not in done.stdout + done.stderr, done
    assert harness.run("doctor", "--help").returncode == 0


harness.main()
