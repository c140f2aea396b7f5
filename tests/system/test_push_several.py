#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""push.<name>.url: several servers at once, each with its own keys. One that is away, refuses or hangs
costs the others nothing."""
import os
import signal
import tempfile

import harness
from push_server import HANG, Webhook
from test_mqtt_spool import check_complete, folder, meter, spooled
from test_push import running, secret


def lines_of(hook):
    """InfluxDB's lines of all requests, in the order in which they came."""
    return [line for request in hook.taken() for line in request.body.splitlines()]


def test_one_is_away_while_the_other_gets_everything():
    with folder() as path, Webhook() as here, Webhook() as away, meter("0.05") as port, \
            running(here.url, f"push.spool={path}/here", f"push.far.url={away.url}",
                    f"push.far.spool={path}/far", port=port) as dsmr:
        away.wait_number(20)
        away.die()
        gone = len(away.numbers())
        begun = here.numbers()[-1]
        here.wait_number(begun + 80)
        dsmr.wait_log(" push.far: nothing can be pushed to ", 30)
        harness.wait_until(lambda: spooled(f"{path}/far") > 100000, 60, dsmr.errors)
        assert len(away.numbers()) == gone
        assert " warn  push: " not in dsmr.errors(), dsmr.errors()
        away.live()
        away.wait_number(here.numbers()[-1] + 20, 120)
        check_complete(away.numbers(), 1)
        check_complete(here.numbers(), 0)
        harness.wait_until(lambda: " push.far: " in dsmr.errors().split("takes telegrams again")[0]
                           and "takes telegrams again" in dsmr.errors(), 20, dsmr.errors)


def test_each_has_a_form_a_token_and_a_pace_of_its_own():
    with folder() as path, Webhook() as plain, Webhook() as database, meter("0.1") as port:
        token = secret(f"{path}/token", "of-the-database\n")
        with running(plain.url, "push.batch=1", f"push.db.url={database.url}/api/v2/write?bucket=b",
                     "push.db.format=influx", "push.db.measurement=p1", f"push.db.token.file={token}",
                     "push.db.update=1", "push.db.batch=2", "push.db.batch.seconds=1", port=port) as dsmr:
            plain.wait_number(30)
            database.wait_requests(2)
            assert all("Authorization" not in request.headers for request in plain.all())
            assert all(request.headers["Authorization"] == "Token of-the-database"
                       for request in database.all())
            assert all(line.startswith("p1,meter=main ") for line in lines_of(database))
            assert "eActualDelivery_greatest=" in database.all()[-1].body
            assert "least" not in plain.all()[-1].body
            assert all(len(request.body) and request.body.startswith("[{") for request in plain.all())
            check_complete(plain.numbers(), 0)
            log = dsmr.errors()
            assert f" push.db: telegrams go to http://127.0.0.1:{database.port}, in InfluxDB's" in log, log
            assert f" push: telegrams go to http://127.0.0.1:{plain.port}, as JSON" in log, log
            assert "of-the-database" not in log


def test_one_that_hangs_and_one_that_refuses_hold_up_nobody():
    with Webhook() as good, Webhook(lambda _: HANG) as hanging, \
            Webhook(lambda _: (403, "not you", {})) as denying, meter("0.1") as port, \
            running(good.url, f"push.a.url={hanging.url}", f"push.b.url={denying.url}", port=port) as dsmr:
        hanging.wait_requests(1)
        dsmr.wait_log(" push.b: http://127.0.0.1:", 30)
        good.wait_number(60)
        check_complete(good.numbers(), 0)
        dsmr.process.send_signal(signal.SIGHUP)  # all of them are made anew
        dsmr.wait_log("was read again", 20)
        before = len(good.numbers())
        harness.wait_until(lambda: len(good.numbers()) > before + 20, 30, dsmr.errors)
        assert dsmr.stop() == 0


def check(text):
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as config:
        config.write(text)
        config.flush()
        result = harness.run("check", "-c", config.name)
        return result.returncode, result.stdout.decode().replace(config.name, "dsmr.cfg")


def test_check_knows_them():
    status, said = check("port=simulated:\npush.url=https://hook.example/secret/path\n"
                         "push.db.url=http://h:8086/x\npush.db.format=influx\npush.db.update=10\n")
    assert status == 0, said
    assert "push      https://hook.example/***, json, each value with every telegram\n" in said, said
    assert "push      db: http://h:8086/***, influx, each value every 10 s\n" in said, said
    status, said = check("port=simulated:\npush.db.format=influx\npush.db.token.file=/no/such/token\n")
    assert status == 1, said
    assert "dsmr.cfg:2: error: push destination 'db' has no address; add push.db.url=" in said, said
    assert "key 'push.db.token.file': /no/such/token: no such file" in said, said
    nine = "".join(f"push.d{i}.url=http://h/\n" for i in range(1, 10))
    status, said = check("port=simulated:\n" + nine)
    assert status == 1, said
    assert "dsmr.cfg:10: error: more than 8 push destinations: 'd9' is one more\n" in said, said
    sample = harness.run("check", "--sample").stdout.decode()
    assert "# push.influx.url= beside push.url=.\n" in sample, sample


def test_too_many_are_told_by_run_too():
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as config:
        config.write("port=simulated:\n" + "".join(f"push.d{i}.url=http://h/\n" for i in range(1, 10)))
        config.flush()
        result = harness.run("run", "-c", config.name)
        said = result.stderr.decode()
        assert result.returncode == 1, said
        assert said.count("more than 8 push destinations: 'd9' is one more") == 1, said
        assert os.path.basename(config.name) in said


def test_eight_of_them_run_beside_all_others():
    with Webhook() as hook, folder() as path:
        lines = [f"push.d{i}.url={hook.url}/{i}" for i in range(1, 8)] + \
            [f"push.d{i}.batch=1" for i in range(1, 8)]
        with running(hook.url, "push.batch=1", *lines, f"p1.listen=unix:{path}/p1",
                     "openhab.url=http://127.0.0.1:1", "openhab.items=rest",
                     "mqtt.url=mqtt://127.0.0.1:1") as dsmr:
            harness.wait_until(lambda: len({request.path for request in hook.taken()}) == 8, 30, dsmr.errors)
            assert dsmr.stop() == 0


if __name__ == "__main__":
    harness.main()
