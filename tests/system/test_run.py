#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr run as users start it: options, configuration, signals, the log."""
import contextlib
import http.server
import os
import signal
import subprocess
import threading
import time

import harness
from p1 import PtyMeter, Reader, TcpMeter, folder, telegram, write


def test_without_configuration_and_port_it_says_what_to_do():
    with folder() as at:
        if any(map(os.path.exists, ("/etc/dsmr/dsmr.cfg", "/etc/openhab/services/dsmr.cfg"))):
            raise harness.Skip("this machine has a configuration")
        with harness.Program("run", env={"HOME": at}) as dsmr:
            assert dsmr.process.wait(5) == 1
            for text in ("which port?", "dsmr run --port /dev/ttyUSB0", "dsmr run --port simulated:",
                         "/etc/dsmr/dsmr.cfg"):
                assert text in dsmr.errors(), dsmr.errors()


def test_a_configuration_in_this_folder_is_pointed_at():
    with folder() as at:
        if any(map(os.path.exists, ("/etc/dsmr/dsmr.cfg", "/etc/openhab/services/dsmr.cfg"))):
            raise harness.Skip("this machine has a configuration")
        write(os.path.join(at, "dsmr.cfg"), "port=simulated:\n")
        done = subprocess.run([harness.DSMR, "run"], cwd=at, capture_output=True, timeout=30)
        assert done.returncode == 1 and b"  dsmr run -c dsmr.cfg\n" in done.stderr, done.stderr


def test_a_configuration_without_port_says_what_to_do():
    with folder() as at:
        config = write(os.path.join(at, "dsmr.cfg"), "gas.channel=1\n")
        done = harness.run("run", "-c", config)
        assert done.returncode == 1
        assert f"{config} names no port: add port=/dev/ttyUSB0".encode() in done.stderr, done


def test_wrong_usage():
    for arguments in (["--nonsense"], ["-x"], ["--port"], ["-c"], ["/dev/ttyUSB0"], ["-v", "more"]):
        done = harness.run("run", *arguments)
        assert done.returncode == 2, (arguments, done)
        assert done.stderr.startswith(b"dsmr run: ") and b"--help" in done.stderr, (arguments, done)
        assert done.stderr.count(b"\n") == 1, (arguments, done)
        assert done.stdout == b"", (arguments, done)


def test_help():
    for option in ("--help", "-h"):
        done = harness.run("run", option)
        assert done.returncode == 0 and done.stderr == b"", done
        for text in (b"Usage: dsmr run", b"--port", b"--config", b"-v", b"SIGHUP", b"Exit status"):
            assert text in done.stdout, text


def test_a_configuration_that_is_not_there_or_wrong_ends_it():
    with folder() as at:
        done = harness.run("run", "-c", os.path.join(at, "none.cfg"))
        assert done.returncode == 1 and b"none.cfg" in done.stderr, done
        config = write(os.path.join(at, "dsmr.cfg"), "port=/dev/ttyUSB0\nprot=1\n")
        done = harness.run("run", "-c", config)
        assert done.returncode == 1 and f"{config}:2: ".encode() in done.stderr, done
        assert f"dsmr check -c {config}".encode() in done.stderr, done


def test_port_goes_before_the_configuration():
    with folder() as at, PtyMeter(at) as meter:
        config = write(os.path.join(at, "dsmr.cfg"), "port=/dev/no-such-port\n")
        meter.every(0.2)
        with Reader("-c", config, "--port", meter.path) as dsmr:
            dsmr.wait_power("1.234")
            dsmr.stop_well()


def test_the_simulated_port_shows_values():
    with Reader("--port", "simulated:", verbose=False) as dsmr:
        dsmr.wait_log("values: main: eActualDelivery ", 5)
        assert dsmr.count("eDeliveryTariff1 ") == 1, dsmr.errors()
        dsmr.stop_well()
    done = harness.run("run", "--port", "simulated:nonsense")
    assert done.returncode == 1 and b"nonsense" in done.stderr, done


# Signals


def assert_ends_at_once(dsmr, number):
    start = time.monotonic()
    assert dsmr.stop(number) == 0, dsmr.errors()
    assert time.monotonic() - start < harness.AT_ONCE, time.monotonic() - start


def test_sigterm_and_sigint_end_it_at_once():
    for number in (signal.SIGTERM, signal.SIGINT):
        with folder() as at, PtyMeter(at) as meter, Reader("--port", meter.path) as dsmr:
            meter.every(0.05)
            dsmr.wait_power("1.234")
            assert_ends_at_once(dsmr, number)
            harness.wait_until(lambda: not meter.has_reader(), 1, "the port is let go")


def test_they_end_it_while_it_waits_for_a_port():
    for number in (signal.SIGTERM, signal.SIGINT):
        with Reader("--port", "/dev/no-such-port") as dsmr:
            dsmr.wait_log("is not there", 5)
            assert_ends_at_once(dsmr, number)


def test_they_end_it_while_it_waits_for_a_server():
    for number in (signal.SIGTERM, signal.SIGINT):
        with Reader("--port", "tcp://127.0.0.1:1") as dsmr:
            dsmr.wait_log("trying again", 5)
            assert_ends_at_once(dsmr, number)


def test_they_end_it_while_bytes_pour_in():
    with TcpMeter() as meter, Reader("--port", f"tcp://127.0.0.1:{meter.port}", verbose=False) as dsmr:
        harness.wait_until(lambda: meter.clients, 5, "a connection")

        def pour():
            with contextlib.suppress(OSError):
                while True:
                    meter.send(telegram() * 100)
        thread = threading.Thread(target=pour, daemon=True)
        thread.start()
        dsmr.wait_log("first telegram", 5)
        assert_ends_at_once(dsmr, signal.SIGTERM)
        thread.join(5)


def test_sigpipe_does_not_end_it():
    with folder() as at, PtyMeter(at) as meter, Reader("--port", meter.path) as dsmr:
        meter.every(0.1)
        dsmr.wait_power("1.234")
        dsmr.process.send_signal(signal.SIGPIPE)
        count = dsmr.count("eActualDelivery =")
        dsmr.wait_count("eActualDelivery =", count + 3, 5)
        dsmr.stop_well()


# Reading the configuration again


def hang_up(dsmr):
    dsmr.process.send_signal(signal.SIGHUP)


def test_sighup_reloads_without_losing_the_port():
    with folder() as at, PtyMeter(at) as meter:
        config = write(os.path.join(at, "dsmr.cfg"), f"port={meter.path}\nlog.level=debug\n")
        power = [0]

        def next_telegram():
            power[0] += 1
            return telegram(f"{power[0] // 1000:02}.{power[0] % 1000:03}")
        with Reader("-c", config, verbose=False) as dsmr:
            harness.wait_until(meter.has_reader, 5, "the port is opened")
            meter.every(0.01, next_telegram)
            dsmr.wait_log("eActualDelivery =", 5)
            for count in range(1, 6):
                hang_up(dsmr)
                dsmr.wait_count(f"{config} was read again", count, 5)
            assert dsmr.count("is open") == 1, dsmr.errors()
            harness.wait_until(lambda: power[0] > 60, 5, "sixty telegrams")
            sent = power[0]
            meter.stopping.set()
            dsmr.wait_log(f"eActualDelivery = {sent // 1000}.{sent % 1000:03} kW", 5)
            first = next(n for n in range(1, 60) if f"eActualDelivery = 0.{n:03} kW" in dsmr.errors())
            for n in range(first, sent):
                assert f"eActualDelivery = 0.{n:03} kW" in dsmr.errors(), f"{n} of {sent} was lost"
            dsmr.stop_well()


def test_sighup_follows_another_port():
    with folder() as at, PtyMeter(at) as one, PtyMeter(at, name="p2") as two:
        config = write(os.path.join(at, "dsmr.cfg"), f"port={one.path}\n")
        one.every(0.2, lambda: telegram("01.111"))
        two.every(0.2, lambda: telegram("02.222"))
        with Reader("-c", config) as dsmr:
            dsmr.wait_power("1.111")
            write(config, f"port={two.path}\n")
            hang_up(dsmr)
            dsmr.wait_power("2.222")
            harness.wait_until(lambda: not one.has_reader(), 2, "the first port is let go")
            dsmr.stop_well()


def test_sighup_takes_over_a_channel():
    gas = ["0-0:96.1.1(4B38)", "1-0:1.8.1(001581.123*kWh)", "0-1:24.1.0(003)", "0-2:24.1.0(003)",
           "0-1:24.2.1(161113210000W)(00001.111*m3)", "0-2:24.2.1(161113200000W)(00002.222*m3)"]
    with folder() as at, PtyMeter(at) as meter:
        config = write(os.path.join(at, "dsmr.cfg"), f"port={meter.path}\ngas.channel=1\n")
        meter.every(0.2, lambda: telegram(lines=gas))
        with Reader("-c", config) as dsmr:
            dsmr.wait_log("gValue = 1.111 m3\n", 5)
            assert "gValue = 2.222 m3\n" not in dsmr.errors(), dsmr.errors()
            write(config, f"port={meter.path}\ngas.channel=2\n")
            hang_up(dsmr)
            dsmr.wait_log("gValue = 2.222 m3\n", 5)
            dsmr.stop_well()


def test_sighup_takes_over_the_log_level():
    with folder() as at, PtyMeter(at) as meter:
        config = write(os.path.join(at, "dsmr.cfg"), f"port={meter.path}\nlog.level=warn\n")
        meter.every(0.2)
        with Reader("-c", config, verbose=False) as dsmr:
            harness.wait_until(meter.has_reader, 5, "the port is opened")
            write(config, f"port={meter.path}\nlog.level=debug\n")
            hang_up(dsmr)
            dsmr.wait_log("eActualDelivery = 1.234 kW", 5)
            write(config, f"port={meter.path}\nlog.level=error\n")
            hang_up(dsmr)
            last = [0, time.monotonic()]  # lines in the log, and since when there are so many

            def quiet():
                if dsmr.count("\n") != last[0]:
                    last[:] = dsmr.count("\n"), time.monotonic()
                return time.monotonic() - last[1] > 0.6
            harness.wait_until(quiet, 5, "silence in the log")
            dsmr.stop_well()


def assert_nothing_changes(broken):
    with folder() as at, PtyMeter(at) as meter:
        config = write(os.path.join(at, "dsmr.cfg"), f"port={meter.path}\n")
        meter.every(0.1)
        with Reader("-c", config) as dsmr:
            dsmr.wait_power("1.234")
            if broken is None:
                os.unlink(config)
            else:
                write(config, broken.replace("PORT", meter.path))
            hang_up(dsmr)
            dsmr.wait_log("nothing was changed", 5)
            count = dsmr.count("eActualDelivery =")
            dsmr.wait_count("eActualDelivery =", count + 3, 5)
            assert dsmr.count("is open") == 1, dsmr.errors()
            dsmr.stop_well()


def test_sighup_with_an_unknown_key_changes_nothing():
    assert_nothing_changes("port=PORT\nprot=1\n")


def test_sighup_without_the_file_changes_nothing():
    assert_nothing_changes(None)


def test_sighup_without_a_port_changes_nothing():
    assert_nothing_changes("log.level=info\n")


def test_sighup_with_a_port_that_can_never_work_changes_nothing():
    assert_nothing_changes("port=simulated:nonsense\n")


def test_sighup_with_broken_items_changes_nothing():
    assert_nothing_changes("port=PORT\nopenhab.url=http://127.0.0.1:1\nopenhab.items=/no/such/items\n")


def test_sighup_without_a_configuration_changes_nothing():
    with folder() as at, PtyMeter(at) as meter, Reader("--port", meter.path) as dsmr:
        meter.every(0.1)
        dsmr.wait_power("1.234")
        hang_up(dsmr)
        dsmr.wait_log("nothing was changed", 5)
        count = dsmr.count("eActualDelivery =")
        dsmr.wait_count("eActualDelivery =", count + 3, 5)
        dsmr.stop_well()


# The log


def test_log_levels():
    wanted = {"error": set(), "warn": {"warn "}, "info": {"warn ", "info "},
              "debug": {"warn ", "info ", "debug"}}
    for level, kinds in wanted.items():
        with folder() as at, PtyMeter(at) as meter:
            config = write(os.path.join(at, "dsmr.cfg"), f"port={meter.path}\nlog.level={level}\n")
            with Reader("-c", config, verbose=False) as dsmr:
                harness.wait_until(lambda: meter.send(telegram()), 5, "the port is opened")
                meter.send(telegram(wrong_by=1))
                if kinds:
                    dsmr.wait_log("refused", 5)
                dsmr.stop_well()
                seen = {line[20:25] for line in dsmr.errors().splitlines()}
                assert seen == kinds, (level, dsmr.errors())


def test_verbose_shows_each_line_with_what_became_of_it():
    lines = ["1-3:0.2.8(50)", "0-0:1.0.0(161113205757W)", "1-0:1.8.1(001581.123*kWh)",
             "9-9:99.99.9(12*x)", "1-0:1.8.2(12*bananas)", "0-0:96.13.0()"]
    with folder() as at, PtyMeter(at) as meter, Reader("--port", meter.path) as dsmr:
        harness.wait_until(lambda: meter.send(telegram(lines=lines)), 5, "the port is opened")
        dsmr.wait_log("1-0:1.8.1(001581.123*kWh): eDeliveryTariff1 = 1581.123 kWh", 5)
        dsmr.wait_log("1-0:1.8.2(12*bananas): nothing, ", 5)
        for text in ("1-3:0.2.8(50): P1VersionOutput = 50", "9-9:99.99.9(12*x): nothing, ",
                     "0-0:1.0.0(161113205757W): P1Timestamp = 2016-11-13T20:57:57+01:00"):
            assert text in dsmr.errors(), (text, dsmr.errors())
        dsmr.stop_well()


def test_without_terminal_values_are_logged_at_intervals():
    with folder() as at, PtyMeter(at) as meter, Reader("--port", meter.path, verbose=False) as dsmr:
        meter.every(0.2)
        dsmr.wait_log("values: main: eEquipmentId 4B384547", 5)
        dsmr.wait_log("values: main: eDeliveryTariff1 1581.123 kWh, eDeliveryTariff2 1435.706 kWh, "
                      "eActualDelivery 1.234 kW, eActualProduction 0.000 kW", 15)
        assert dsmr.count("eDeliveryTariff1") == 2, dsmr.errors()
        dsmr.stop_well()


# What users of the old binding rely on


class Hub(http.server.BaseHTTPRequestHandler):
    """Takes every state."""
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        state = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.states.append((self.path.split("/")[3], state))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def hub():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        server.states = []
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def feed(at, meter, server, more=""):
    items = write(os.path.join(at, "p1.items"), 'Number Power {dsmr="eActualDelivery"}\n'
                  'Number Low {dsmr="eDeliveryTariff1"}\nNumber Gas {dsmr="gValue"}\n'
                  'Number Water {dsmr="wValue"}\n')
    return write(os.path.join(at, "dsmr.cfg"), f"port={meter.path}\nopenhab.items={items}\n"
                 f"openhab.url=http://127.0.0.1:{server.server_port}\n{more}")


def test_row_4_every_item_is_updated_with_every_telegram_also_when_unchanged():
    with folder() as at, hub() as server, PtyMeter(at) as meter:
        with Reader("-c", feed(at, meter, server), verbose=False) as dsmr:
            harness.wait_until(lambda: meter.send(telegram()), 5, "the port is opened")
            for count in range(2, 7):
                harness.wait_until(lambda: len(server.states) >= 2 * (count - 1), 5,
                                   lambda: f"{count - 1} updates of two items: {server.states}")
                meter.send(telegram())
            harness.wait_until(lambda: len(server.states) >= 12, 5, lambda: server.states)
            dsmr.stop_well()
        assert server.states.count(("Power", "1.234")) == 6, server.states
        assert server.states.count(("Low", "1581.123")) == 6, server.states
        assert len(server.states) == 12, server.states


def test_rows_15_and_31_what_the_old_binding_passed_over_is_told_and_the_rest_works():
    with folder() as at, PtyMeter(at) as meter:
        config = write(os.path.join(at, "dsmr.cfg"), f"# as it was\n\ndsmr:port = {meter.path}\n"
                       "gas.channel=first\ndsmr:portsettings=fast\ninvalid=1\n")
        meter.every(0.2)
        with Reader("-c", config) as dsmr:
            dsmr.wait_power("1.234")
            for line, key in ((4, "gas.channel"), (5, "portsettings")):
                assert f"warn  config: {config}:{line}: " in dsmr.errors(), dsmr.errors()
                assert key in dsmr.errors(), dsmr.errors()
            assert "found a meter at 115200 8N1" in dsmr.errors(), dsmr.errors()
            dsmr.stop_well()


GAS_AND_WATER = ["0-0:96.1.1(4B38)", "1-0:1.7.0(01.234*kW)", "0-1:24.1.0(007)",
                 "0-1:24.2.1(161113200000W)(00001.111*m3)", "0-2:24.1.0(003)",
                 "0-2:24.2.1(161113200000W)(00002.222*m3)"]


def test_row_13_channels_that_are_not_configured_are_found():
    """The old binding did not decode them, although its manual named defaults."""
    for more in ("", "gas.channel=2\n"):
        with folder() as at, hub() as server, PtyMeter(at) as meter:
            with Reader("-c", feed(at, meter, server, more), verbose=False) as dsmr:
                harness.wait_until(lambda: meter.send(telegram(lines=GAS_AND_WATER)), 5,
                                   "the port is opened")
                harness.wait_until(lambda: len(server.states) >= 3, 5, lambda: server.states)
                dsmr.stop_well()
            assert ("Gas", "2.222") in server.states and ("Water", "1.111") in server.states, \
                (more, server.states)


harness.main()
