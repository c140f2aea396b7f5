#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr run and what a bad line makes of telegrams: nothing may cost a good one, or fill the log."""
import contextlib
import os

import harness
from p1 import PtyMeter, Reader, crc16, folder, telegram


@contextlib.contextmanager
def reading(*arguments, verbose=True):
    """A meter and dsmr, which has read a telegram of it."""
    with folder() as at, PtyMeter(at) as meter:
        with Reader("--port", meter.path, *arguments, verbose=verbose) as dsmr:
            harness.wait_until(lambda: meter.send(telegram("09.999")), 5, "the port is opened")
            dsmr.wait_log("found a meter", 5)
            yield meter, dsmr
            dsmr.stop_well()


def test_a_wrong_crc_is_refused_counted_and_told_once():
    with reading() as (meter, dsmr):
        for _ in range(4):
            meter.send(telegram("06.666", wrong_by=1))
        meter.send(telegram("01.111"))
        dsmr.wait_power("1.111")
        assert "6.666" not in dsmr.errors()
        assert dsmr.count("warn  meter: main: telegram refused") == 1, dsmr.errors()
        assert dsmr.count("telegram refused: ") == 4, dsmr.errors()  # the others for who debugs
        assert " 1 of 2 so far" in dsmr.errors(), dsmr.errors()


def test_every_changed_byte_is_noticed():
    good = telegram("06.666")
    with reading() as (meter, dsmr):
        for at in range(0, len(good) - 2, 7):
            changed = bytearray(good)
            changed[at] ^= 0x01
            meter.send(bytes(changed))
        meter.send(telegram("01.111"))
        dsmr.wait_power("1.111")
        assert "= 6.666 kW" not in dsmr.errors(), dsmr.errors()


def test_a_cut_telegram_is_dropped_and_the_next_one_is_not_lost():
    whole = telegram("06.666")
    with reading() as (meter, dsmr):
        for number, size in enumerate((1, 10, len(whole) // 2, len(whole) - 7, len(whole) - 4)):
            meter.send(whole[:size])
            meter.send(telegram(f"01.00{number}"))
            dsmr.wait_power(f"1.00{number}")
        assert "= 6.666 kW" not in dsmr.errors(), dsmr.errors()


def test_rubbish_between_telegrams_costs_none():
    rubbish = [b"\0" * 5000, b"\xFF" * 5000, os.urandom(3000).replace(b"/", b""), b"!!!!\r\n!\r\n",
               b"(((((*)))))", b"1-0:1.7.0(06.666*kW)\r\n!\r\n", b"\r\n" * 3000, b"//////"]
    with reading() as (meter, dsmr):
        for number, bytes_ in enumerate(rubbish):
            meter.send(bytes_ + b"\r\n" + telegram(f"01.00{number}"))
            dsmr.wait_power(f"1.00{number}")
        assert "= 6.666 kW" not in dsmr.errors()


def test_one_byte_at_a_time():
    with reading() as (meter, dsmr):
        meter.send(telegram("01.111") + telegram("02.222"), piece=1)
        dsmr.wait_power("1.111")
        dsmr.wait_power("2.222")


def test_two_hundred_telegrams_in_one_write():
    with reading() as (meter, dsmr):
        meter.send(b"".join(telegram(f"01.{number:03}") for number in range(200)))
        dsmr.wait_power("1.199")
        for number in range(200):
            assert f"eActualDelivery = 1.{number:03} kW" in dsmr.errors(), number


def test_ten_thousand_telegrams_as_fast_as_they_go():
    with reading(verbose=False) as (meter, dsmr):
        meter.send(telegram("01.111") * 10000)
        meter.send(telegram(identification="LAST", lines=["nothing of use"], crc=True, wrong_by=1))
        dsmr.wait_log("1 of 10002 so far", 30)


def memory_kb(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def test_a_line_of_a_megabyte_and_no_end_for_long_do_not_grow_the_program():
    with reading(verbose=False) as (meter, dsmr):
        before = memory_kb(dsmr.process)
        meter.send(b"/KFM5\r\n\r\n1-0:1.8.1(" + b"1" * 1000000)
        meter.send(b"\r\n/KFM5\r\n\r\n" + b"1-0:1.8.1(001581.123*kWh)\r\n" * 40000)
        meter.send(telegram("01.111") + telegram(wrong_by=1))
        dsmr.wait_log("refused", 10)
        harness.wait_until(lambda: memory_kb(dsmr.process) < before + 4000, 5,
                           lambda: f"{before} kB, now {memory_kb(dsmr.process)} kB")


def test_after_a_telegram_without_end_the_next_one_is_read():
    with reading() as (meter, dsmr):
        meter.send(b"/KFM5\r\n\r\n" + b"1-0:1.8.1(001581.123*kWh)\r\n" * 2000)
        meter.send(telegram("01.111"))
        dsmr.wait_power("1.111")


def test_a_telegram_without_line_end_is_not_waited_for():
    with reading() as (meter, dsmr):
        text = telegram("01.111")[:-2]
        meter.send(text)
        dsmr.wait_power("1.111", 1)


def test_a_bad_line_costs_only_itself_without_crc():
    with folder() as at, PtyMeter(at) as meter, Reader("--port", meter.path) as dsmr:
        lines = ["1-0:1.8.1(001581.123*kWh)", "1-0:1.8.2)001581(", "rubbish", "0-0:96.1.1(4B38)",
                 "1-0:2.7.0(nothing*kW)", "1-0:1.8.2(*kWh)", "1-0:1.7.0(01.111*kW)"]
        text = telegram(lines=lines, crc=False)
        harness.wait_until(lambda: meter.send(text), 5, "the port is opened")
        dsmr.wait_power("1.111")
        log = dsmr.errors()
        assert "eDeliveryTariff1 = 1581.123 kWh" in log and "eEquipmentId = 4B38" in log, log
        assert "eDeliveryTariff2" not in log and "eActualProduction =" not in log, log
        assert "1-0:2.7.0(nothing*kW): nothing, " in log and "rubbish: nothing, " in log, log
        assert log.count("bad line skipped") == 1, log
        dsmr.stop_well()


def test_hostile_bytes_cannot_reach_the_terminal():
    name = "KFM5\x1B]0;owned\x07\x1B[2J\x9B31m"
    lines = ["0-0:96.13.0(\x1B[31m)", "1-0:1.7.0(01.111*kW)", "\x1B[2Jrubbish\x07", "9-9:9.9.9(\x1B[m)"]
    with folder() as at, PtyMeter(at) as meter, Reader("--port", meter.path) as dsmr:
        text = telegram(identification=name, lines=lines)
        harness.wait_until(lambda: meter.send(text), 5, "the port is opened")
        dsmr.wait_power("1.111")
        with open(dsmr.err_path, "rb") as log:
            bad = set(log.read()) - set(range(0x20, 0x7F)) - {0x0A}
        assert not bad, bad
        assert "\\x1B[31m" in dsmr.errors(), dsmr.errors()
        dsmr.stop_well()


def test_a_lower_case_or_short_crc_is_read():
    for power in range(1, 1000):
        text = telegram(f"01.{power:03}", crc=False)[:-2]
        if crc16(text) < 0x1000 and crc16(text) >= 0x0100:
            break
    else:
        raise AssertionError("no telegram has a CRC of three digits")
    with reading() as (meter, dsmr):
        meter.send(text + b"%x\r\n" % crc16(text))
        dsmr.wait_power(f"1.{power:03}")
        text = telegram("02.222", crc=False)[:-2]
        meter.send(text + b"%04x\r\n" % crc16(text))
        dsmr.wait_power("2.222")


harness.main()
