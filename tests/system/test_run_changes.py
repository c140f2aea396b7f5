#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr run when the meter itself is replaced by another: it takes more than a minute to be sure."""
import harness
from p1 import PtyMeter, Reader, folder, telegram


def test_a_meter_that_changes_its_speed_is_found_again():
    with folder() as at, PtyMeter(at, 115200) as meter, Reader("--port", meter.path) as dsmr:
        meter.every(1, lambda: telegram("01.111") if meter.baud == 115200
                    else telegram("02.222", identification="ISk5\\2MT382-1000", crc=False))
        dsmr.wait_power("1.111", 35)
        meter.baud = 9600
        dsmr.wait_log("no good telegram for 35 seconds", 45)
        dsmr.wait_log("nothing good for a minute: finding out the speed again", 40)
        dsmr.wait_power("2.222", 35)
        assert "found a meter at 9600 7E1" in dsmr.errors(), dsmr.errors()
        assert "telegrams come again" in dsmr.errors(), dsmr.errors()
        dsmr.stop_well()


harness.main()
