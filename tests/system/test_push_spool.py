#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""push.spool: every telegram reaches the server, in order, whatever dies in between."""
import resource
import time

import harness
from push_server import Influx, Webhook
from test_mqtt_spool import check_complete, folder, meter, spooled
from test_push import running, told


def test_server_dead_and_back_with_the_spool():
    with folder() as path, Webhook() as hook, meter() as port, \
            running(hook.url, f"push.spool={path}", port=port) as dsmr:
        for _ in range(2):
            hook.wait_number((hook.numbers() or [0])[-1] + 40)
            hook.die()
            before = spooled(path)
            harness.wait_until(lambda: spooled(path) > before + 200000, 60, lambda: spooled(path))
            hook.live()
        hook.wait_number(hook.numbers()[-1] + 100)
        check_complete(hook.numbers(), 2)
        assert "telegrams are kept in the spool" in told(dsmr)[0]
        # What is delivered leaves the folder.
        harness.wait_until(lambda: spooled(path) < 270000, 60, lambda: spooled(path))


def test_dsmr_killed_under_load():
    with folder() as path, Webhook() as hook, meter() as port:
        for _ in range(4):
            with running(hook.url, f"push.spool={path}", port=port) as dsmr:
                hook.wait_number((hook.numbers() or [0])[-1] + 60)
                dsmr.process.kill()
                dsmr.process.wait()
        with running(hook.url, f"push.spool={path}", port=port) as dsmr:
            hook.wait_number(hook.numbers()[-1] + 60)
            dsmr.stop()
        check_complete(hook.numbers(), 5)


def test_dsmr_killed_while_the_server_is_away():
    with folder() as path, meter() as port, Webhook() as hook:
        hook.die()
        last = 0
        for _ in range(3):
            with running(hook.url, f"push.spool={path}", port=port) as dsmr:
                harness.wait_until(lambda: spooled(path) > last + 200000, 60, dsmr.errors)
                last = spooled(path)
                dsmr.process.kill()
                dsmr.process.wait()
        hook.live()
        with running(hook.url, f"push.spool={path}", port=port) as dsmr:
            dsmr.wait_log(" telegrams of before wait in the spool", 10)
            hook.wait_number(130)
            check_complete(hook.numbers(), 0)


def test_backlog_follows_at_a_bounded_rate():
    with folder() as path, meter("0.1") as port, Webhook() as hook:
        hook.die()
        with running(hook.url, f"push.spool={path}", "push.spool.rate=20", port=port) as dsmr:
            harness.wait_until(lambda: spooled(path) > 300000, 90, dsmr.errors)
            waiting = spooled(path) // 4900
            hook.live()
            dsmr.wait_log("takes telegrams again", 90)
            connected = time.monotonic()
            hook.wait_number(waiting)
            took = time.monotonic() - connected
            assert took > (waiting - 40) / 30 * 0.8, (took, waiting)
            check_complete(hook.numbers(), 0)


def test_full_disk():
    with folder() as path, meter() as port, Webhook() as hook:
        hook.die()
        with running(hook.url, f"push.spool={path}", port=port) as dsmr:
            resource.prlimit(dsmr.process.pid, resource.RLIMIT_FSIZE, (200000, -1))
            dsmr.wait_log("cannot be written: ", 60)
            hook.live()
            hook.wait_number(100, 90)
            resource.prlimit(dsmr.process.pid, resource.RLIMIT_FSIZE, (-1, -1))
            dsmr.wait_log("can be written again; 0 messages were dropped", 60)
            hook.wait_number(hook.numbers()[-1] + 50)
            check_complete(hook.numbers(), 0)


def test_folder_that_cannot_be_used():
    with Webhook() as hook, running(hook.url, "push.spool=/nowhere/at/all", "push.batch=1") as dsmr:
        dsmr.wait_log("push.spool: /nowhere/at/all cannot be used: No such file or directory", 10)
        hook.wait_number(2)


def test_reading_the_configuration_again_loses_nothing():
    with folder() as path, meter() as port, Webhook() as hook, \
            running(hook.url, f"push.spool={path}", port=port) as dsmr:
        for round_ in range(3):
            hook.wait_number((hook.numbers() or [0])[-1] + 30)
            dsmr.process.send_signal(1)
            harness.wait_until(lambda: dsmr.errors().count("was read again") == round_ + 1, 10,
                               dsmr.errors)
        hook.wait_number(hook.numbers()[-1] + 30)
        check_complete(hook.numbers(), 3)


def test_influx_killed_under_load():
    with folder() as path, Influx() as database, meter("0.05") as port, \
            running(database.url + "/write?db=meters", "push.format=influx", f"push.spool={path}",
                    port=port) as dsmr:
        def count():
            rows = database.query('SELECT count("eActualDelivery") FROM "dsmr"')
            return rows[0]["values"][0][1] if rows else 0
        harness.wait_until(lambda: count() > 20, 60, dsmr.errors)
        database.stop(kill=True)
        dsmr.wait_log("nothing can be pushed", 60)
        before = spooled(path)
        harness.wait_until(lambda: spooled(path) > before + 50000, 60, lambda: spooled(path))
        database.start()
        dsmr.wait_log("takes telegrams again", 90)
        harness.wait_until(lambda: count() > 100, 90, count)
        moments = [row[0] for row in database.query('SELECT "eActualDelivery" FROM "dsmr"')[0]["values"]]
        gaps = [b - a for a, b in zip(moments, moments[1:]) if b - a > 1]
        assert not gaps, gaps


def test_spool_of_another_form():
    with folder() as path, meter() as port, Webhook() as hook:
        hook.die()
        with running(hook.url, f"push.spool={path}", "push.format=influx", port=port) as dsmr:
            harness.wait_until(lambda: spooled(path) > 50000, 60, dsmr.errors)
            dsmr.stop()
        hook.live()
        with running(hook.url, f"push.spool={path}", port=port) as dsmr:
            dsmr.wait_log("the spool holds telegrams of another push.format, or of mqtt.spool: they are left out", 20)
            hook.wait_requests(3)
            got = hook.numbers()
            assert got == list(range(got[0], got[0] + len(got))) and got[0] > 10


if __name__ == "__main__":
    harness.main()
