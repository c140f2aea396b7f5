#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr run when nothing comes for a minute. All of it waits at the same time."""
import os
import threading

import harness
from p1 import PtyMeter, Reader, TcpMeter, folder, telegram, write


def dead_connection(trouble):
    """The other side is gone and did not say so: the connection is made anew."""
    with TcpMeter() as meter, Reader("--port", f"tcp://127.0.0.1:{meter.port}") as dsmr:
        try:
            harness.wait_until(lambda: meter.clients, 5, "a connection")
            meter.send(telegram("01.111"))
            dsmr.wait_power("1.111")
            dsmr.wait_log("nothing came for 60 s; trying again", 70)
            harness.wait_until(lambda: meter.accepted == 2, 5, "a second connection")
            harness.wait_until(lambda: len(meter.clients) == 2, 5, "a second connection")
            meter.clients[1].sendall(telegram("02.222"))
            dsmr.wait_power("2.222")
            dsmr.stop_well()
        except Exception as reason:
            trouble.append(reason)


def silent_port(trouble):
    """Nothing comes at any speed: the user hears what to look at."""
    with folder() as at, PtyMeter(at) as meter, Reader("--port", meter.path) as dsmr:
        try:
            dsmr.wait_log("not a byte at any speed: is the cable in the meter's P1 port", 35)
            dsmr.wait_log("no good telegram for 35 seconds", 10)
            dsmr.stop_well()
        except Exception as reason:
            trouble.append(reason)


def wrong_settings(trouble):
    """The user's settings are not the meter's."""
    with folder() as at, PtyMeter(at, 115200) as meter:
        config = write(os.path.join(at, "dsmr.cfg"), f"port={meter.path}\nportsettings=9600 7E1\n")
        meter.every(1)
        with Reader("-c", config) as dsmr:
            try:
                dsmr.wait_log("no good telegram for 35 seconds", 40)
                dsmr.stop_well()
            except Exception as reason:
                trouble.append(reason)


def test_what_is_done_and_said_when_nothing_comes():
    trouble = []
    threads = [threading.Thread(target=work, args=(trouble,))
               for work in (dead_connection, silent_port, wrong_settings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for reason in trouble:
        raise reason


harness.main()
