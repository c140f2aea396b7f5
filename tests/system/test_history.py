# SPDX-License-Identifier: MIT
"""The history that dsmr run keeps: killed at any moment, without room, damaged, shared, with a clock that
jumps. DSMR_KILLS=100 kills that often instead of a few times."""
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

import harness
from harness import DSMR, Program, main, run, wait_until
from history_house import House, midnight

ITEMS = ("eDeliveryTariff1,eDeliveryTariff2,eProductionTariff1,eProductionTariff2,gValue,eDelivery,"
         "eProduction")


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="dsmr-history-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def ask(history, step, *arguments):
    result = run("history", "--history", history, "--step", step, "--format", "json", *arguments)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.decode().splitlines()]


def rows(history):
    try:
        with contextlib.closing(sqlite3.connect(f"file:{history}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*), max(start) FROM step WHERE length = 10").fetchone()
    except sqlite3.OperationalError:  # it is only just being made
        return 0, None


class Pipe:
    """dsmr run at a named pipe, which the test writes telegrams into."""

    def __init__(self, place, *settings, env=None, preexec=None):
        self.fifo = os.path.join(place, "p1")
        self.history = os.path.join(place, "h.db")
        if not os.path.exists(self.fifo):
            os.mkfifo(self.fifo)
        config = os.path.join(place, "dsmr.cfg")
        with open(config, "w", encoding="utf-8") as f:
            f.write("\n".join([f"port=pipe:{self.fifo}", f"history.path={self.history}",
                               "history.write.seconds=1", *settings]) + "\n")
        self.program = Program("run", "-c", config, env={"XDG_STATE_HOME": place,
                                                         "STATE_DIRECTORY": place, **(env or {})})
        self.out = os.open(self.fifo, os.O_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.out)
        self.program.__exit__()

    def send(self, data):
        while data:
            data = data[os.write(self.out, data):]


def used(history, item="eDelivery"):
    return sum(round(row[item]["used"] * 1000) for row in ask(history, "day", "--items", ITEMS)
               if row[item])


def test_days_of_23_and_25_hours_and_another_meter_are_exact():
    with folder() as place, Pipe(place) as pipe:
        house = House(midnight(2025, 3, 29))
        begun = house.stand()
        truth = {item: [] for item in begun}
        for day in range(3):
            end = midnight(2025, 3, 30 + day) if day < 2 else midnight(2025, 4, 1)
            before = house.stand()
            sums = dict.fromkeys(before, 0)
            while house.at < end:
                pipe.send(house.telegram())
                house.live(60)
                if day == 1 and house.at == end - 6 * 3600 + 0:
                    pipe.send(house.telegram())
                    sums = {i: sums[i] + house.stand()[i] - before[i] for i in sums}
                    house = House(house.at + 300, seed=2)
                    before = house.stand()
            for item in sums:
                truth[item].append(sums[item] + house.stand()[item] - before[item])
        pipe.send(house.telegram())
        wait_until(lambda: os.path.exists(pipe.history) and
                   (rows(pipe.history)[1] or 0) >= house.at - 60, 60, "all of it is written")
        assert pipe.program.stop() == 0
        days = ask(pipe.history, "day", "--items", ITEMS)[:3]
        hours = ask(pipe.history, "1h", "--items", ITEMS)
        count = [sum(row["start"].startswith(day["start"][:10]) for row in hours) for day in days]
        assert count == [24, 23, 24], count
        for item, amounts in truth.items():
            assert [round(day[item]["used"] * 1000) for day in days] == amounts, (item, [day[item] for day in days], amounts)
            month = ask(pipe.history, "month", "--items", item)
            assert round(month[0][item]["used"] * 1000) == sum(amounts), (item, month, amounts)
            assert round(sum(row[item]["used"] for row in hours[:71] if row[item]) * 1000) == \
                sum(amounts), item


def test_killed_at_any_moment_the_file_is_whole_and_totals_are_right():
    kills = int(os.environ.get("DSMR_KILLS", "6"))
    chance = random.Random(kills)
    with folder() as place:
        house = House(midnight(2025, 6, 1))
        begun = house.stand()
        for number in range(kills):
            with Pipe(place) as pipe:
                deadline = time.monotonic() + chance.uniform(0.3, 2.5)
                # What the meter stood at when it all began has to be in the file once.
                while time.monotonic() < deadline or (number == 0 and rows(pipe.history)[0] == 0):
                    for _ in range(20):
                        pipe.send(house.telegram())
                        house.live(5)
                    time.sleep(0.005)
                pipe.program.process.send_signal(signal.SIGKILL)
                pipe.program.process.wait()
            if os.path.exists(os.path.join(place, "h.db")):
                with contextlib.closing(sqlite3.connect(os.path.join(place, "h.db"))) as db:
                    check = db.execute("PRAGMA integrity_check").fetchall()
                assert check == [("ok",)], (number, check)
            house.live(60)
        with Pipe(place) as pipe:
            for _ in range(60):  # a clock that has jumped is believed when it goes on like that
                pipe.send(house.telegram())
                last = house.stand()
                house.live(20)
            pipe.send(house.telegram())
            wait_until(lambda: (rows(pipe.history)[1] or 0) >= house.at - 40, 20, "the last step")
            wait_until(lambda: used(pipe.history) >= last["eDelivery"] - begun["eDelivery"], 20,
                       lambda: (used(pipe.history), last["eDelivery"] - begun["eDelivery"]))
            assert pipe.program.stop() == 0
        for item in last:
            total = used(pipe.history, item)
            truth = house.stand()[item] - begun[item]
            assert total == truth, (item, total, truth)


def test_a_damaged_file_is_moved_aside_and_told():
    with folder() as place:
        with open(os.path.join(place, "h.db"), "wb") as f:
            f.write(b"SQLite format 3\0" + b"no database at all, but long enough to be one" * 100)
        with Pipe(place) as pipe:
            pipe.program.wait_log("and a new one begins", 10)
            house = House(midnight(2025, 6, 1))
            for _ in range(5):
                pipe.send(house.telegram())
                house.live(10)
            wait_until(lambda: rows(pipe.history)[0] >= 3, 20, "rows in the new file")
            assert any(".damaged-" in name for name in os.listdir(place)), os.listdir(place)


def test_what_is_no_database_is_refused_and_left_alone():
    with folder() as place:
        history = os.path.join(place, "h.db")
        with open(history, "wb") as f:
            f.write(b"eggs, milk, bread\n" * 100)
        with Pipe(place) as pipe:
            pipe.program.wait_log("it is no database", 10)
            assert pipe.program.stop() == 0
        with open(history, "rb") as f:
            assert f.read() == b"eggs, milk, bread\n" * 100
        assert sorted(os.listdir(place)) == ["dsmr.cfg", "h.db", "p1"], os.listdir(place)
        os.remove(history)
        os.mkdir(history)
        with Pipe(place) as pipe:
            pipe.program.wait_log("it is a folder", 10)
            assert pipe.program.stop() == 0
    for command in (("run", "--port", "simulated:"), ("history",), ("history", "import", "x")):
        result = run(*command, "--history", "")
        assert result.returncode == 2 and b"--history" in result.stderr, (command, result)


def test_a_database_of_another_program_is_left_as_it_is():
    for mode in ("DELETE", "WAL"):
        with folder() as place:
            history = os.path.join(place, "h.db")
            with contextlib.closing(sqlite3.connect(history)) as db:
                db.execute(f"PRAGMA journal_mode = {mode}")
                db.executescript("CREATE TABLE eggs (n); INSERT INTO eggs VALUES (12)")
            with open(history, "rb") as f:
                before = f.read()
            with Pipe(place) as pipe:
                pipe.program.wait_log("it is a database of another program", 10)
                assert pipe.program.stop() == 0
            with open(history, "rb") as f:
                assert f.read() == before, mode
            result = run("check", "-c", os.path.join(place, "dsmr.cfg"))
            assert b"'history.path': '" in result.stdout and \
                b"it is a database of another program" in result.stdout, result


def test_check_tells_what_cannot_be_a_history():
    with folder() as place:
        history = os.path.join(place, "h.db")
        config = os.path.join(place, "dsmr.cfg")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"port=simulated:\nhistory.path={history}\n")
        newer = b"SQLite format 3\0" + bytes(12) + b"\0\0\0\x09" + bytes(28) + b"\0\0\0\x63" + \
            bytes(4) + b"dsmr" + bytes(28)
        for content, told in ((b"eggs, milk, bread\n", "it is no history"), (newer, "a newer dsmr"),
                              (b"", None), (bytes(4096), None)):
            with open(history, "wb") as f:
                f.write(content)
            output = run("check", "-c", config).stdout.decode()
            assert (told in output) if told else ("history.path" not in output), (told, output)
        os.remove(history)
        assert "history.path" not in run("check", "-c", config).stdout.decode()
        os.mkdir(history)
        assert "it is a folder" in run("check", "-c", config).stdout.decode()


def test_behind_a_stop_the_file_alone_is_all_of_it():
    with folder() as place, Pipe(place) as pipe:
        house = House(midnight(2025, 6, 1))
        for _ in range(30):
            pipe.send(house.telegram())
            house.live(10)
        wait_until(lambda: rows(pipe.history)[0] >= 29, 20, "rows")
        # As the page's readers do, this one is there before the end and behind it.
        with contextlib.closing(sqlite3.connect(f"file:{pipe.history}?mode=ro", uri=True)) as db:
            count, = db.execute("SELECT count(*) FROM step").fetchone()
            assert pipe.program.stop() == 0
            copy = shutil.copy(pipe.history, os.path.join(place, "copy.db"))
        assert os.path.getsize(copy) > 0
        with contextlib.closing(sqlite3.connect(copy)) as db:
            assert db.execute("SELECT count(*) FROM step").fetchone()[0] >= count


def test_a_full_disk_is_told_once_and_what_waited_is_written_later():
    with folder() as place:
        with Pipe(place) as pipe:
            house = House(midnight(2025, 6, 1))
            begun = house.stand()
            pipe.send(house.telegram())
            pipe.program.wait_log("first telegram", 10)
            pid = pipe.program.process.pid
            size = max(os.path.getsize(os.path.join(place, name)) for name in os.listdir(place)
                       if name.startswith("h.db") and not name.endswith("shm"))
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size + 4096, resource.RLIM_INFINITY))
            for _ in range(2000):
                house.live(10)
                pipe.send(house.telegram())
            pipe.program.wait_log("values wait in memory until it can be written", 20)
            resource.prlimit(pid, resource.RLIMIT_FSIZE,
                             (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            pipe.program.wait_log("is written again", 30)
            assert pipe.program.errors().count("values wait in memory") == 1
            assert pipe.program.stop() == 0
        assert used(pipe.history) == house.stand()["eDelivery"] - begun["eDelivery"]


def test_two_on_one_file_the_second_is_told():
    with folder() as place, folder() as other, Pipe(place) as pipe:
        pipe.program.wait_log("history:", 10)
        second = os.path.join(other, "second.cfg")
        fifo = os.path.join(other, "p1")
        os.mkfifo(fifo)
        with open(second, "w", encoding="utf-8") as f:
            f.write(f"port=pipe:{fifo}\nhistory.path={pipe.history}\n")
        with Program("run", "-c", second, env={"XDG_STATE_HOME": other}) as program:
            program.wait_log("another dsmr writes to it", 10)


def test_a_folder_that_is_missing_is_told_and_the_rest_works():
    with folder() as place:
        with Program("run", "--port", "simulated:", "--history", os.path.join(place, "no", "h.db"),
                     env={"XDG_STATE_HOME": place}) as program:
            program.wait_log("nothing is kept until it can be opened", 10)
            program.wait_log("eActualDelivery", 20)


def test_a_clock_that_was_ahead_never_makes_a_wrong_total():
    with folder() as place, Pipe(place) as pipe:
        now = int(time.time()) // 60 * 60 - 4 * 3600
        house = House(now)
        begun = house.stand()

        def go_on(count, seconds=10):
            for _ in range(count):
                house.live(seconds)
                pipe.send(house.telegram())
        pipe.send(house.telegram())
        go_on(200)
        house.at += 300 * 86400  # the clock is wrong for a while
        go_on(60)
        house.at = int(time.time()) - 600
        house.gas = (house.at - 300, house.registers["gas"])
        go_on(40, 1)
        pipe.program.wait_log("the clock was ahead and is right again", 20)
        wait_until(lambda: (rows(pipe.history)[1] or 1e18) < time.time(), 20, "the future is forgotten")
        forgotten = house.at

        def is_kept_again():
            go_on(1)
            return (rows(pipe.history)[1] or 0) >= forgotten
        wait_until(is_kept_again, 20, "steps of the right time")
        assert pipe.program.stop() == 0
        total = used(pipe.history)
        assert total <= house.stand()["eDelivery"] - begun["eDelivery"], total
        assert total >= 0.9 * (house.stand()["eDelivery"] - begun["eDelivery"]), total
        last = ask(pipe.history, "1h", "--items", "eDelivery")[-1]
        assert round(last["eDelivery"]["last"] * 1000) == house.stand()["eDelivery"], last


def test_reading_the_configuration_again_keeps_the_history_open():
    with folder() as place, Pipe(place) as pipe:
        house = House(midnight(2025, 6, 1))
        begun = house.stand()
        for _ in range(30):
            pipe.send(house.telegram())
            house.live(10)
        wait_until(lambda: os.path.exists(pipe.history) and rows(pipe.history)[0] >= 20, 20, "rows")
        pipe.program.process.send_signal(signal.SIGHUP)
        pipe.program.wait_log("was read again", 10)
        for _ in range(30):
            pipe.send(house.telegram())
            last = house.stand()
            house.live(10)
        wait_until(lambda: rows(pipe.history)[0] >= 50, 20, "more rows")
        assert pipe.program.stop() == 0
        assert used(pipe.history) == last["eDelivery"] - begun["eDelivery"]
        assert pipe.program.errors().count("in 10 years about") == 1, pipe.program.errors()


def test_an_older_file_is_migrated_and_a_newer_one_left_alone():
    with folder() as place:
        path = os.path.join(place, "h.db")
        with Pipe(place) as pipe:
            house = House(midnight(2025, 6, 1))
            for _ in range(30):
                pipe.send(house.telegram())
                house.live(10)
            wait_until(lambda: os.path.exists(path) and rows(path)[0] >= 20, 20, "rows")
            assert pipe.program.stop() == 0
        before = ask(path, "1min", "--items", ITEMS)
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.executescript("DROP TABLE peak; DROP TABLE failure; PRAGMA user_version = 1")
        with Pipe(place) as pipe:
            pipe.program.wait_log("in 10 years about", 10)
            assert pipe.program.stop() == 0
        assert ask(path, "1min", "--items", ITEMS) == before
        with contextlib.closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (2,)
            db.executescript("PRAGMA user_version = 99")
        with Pipe(place) as pipe:
            pipe.program.wait_log("written by a newer dsmr", 10)


def test_a_simulated_meter_gets_a_past_and_only_what_is_missing_of_it():
    with folder() as place:
        history = os.path.join(place, "h.db")
        arguments = ("run", "--port", "simulated:", "--history", history, "--past", "3")
        with Program(*arguments, env={"XDG_STATE_HOME": place}) as program:
            program.wait_log("first telegram", 60)
            assert program.stop() == 0
        first = ask(history, "day", "--items", "eDelivery,gValue")
        assert len(first) >= 3 and all(row["eDelivery"]["used"] > 0 for row in first[:3]), first
        with Program(*arguments, env={"XDG_STATE_HOME": place}) as program:
            program.wait_log("first telegram", 60)
            assert program.stop() == 0
            assert "below" not in program.errors(), program.errors()
        second = ask(history, "day", "--items", "eDelivery,gValue")
        assert second[:-1] == first[:-1], (first, second)
        spent = second[-1]["eDelivery"]["used"] - first[-1]["eDelivery"]["used"]
        assert 0 <= spent < 1, (first, second)


def test_the_python_of_the_documentation_reads_the_file():
    with open(os.path.join(harness.ROOT, "docs", "history.md"), encoding="utf-8") as f:
        source = f.read().split("```python\n")[1].split("```")[0]
    with folder() as place:
        scope = {}
        exec(source, scope)  # pylint: disable=exec-used
        with Pipe(place) as pipe:
            house = House(midnight(2025, 6, 1))
            while house.at <= midnight(2025, 6, 2):
                pipe.send(house.telegram())
                stand = house.stand()
                house.live(300)
            pipe.send(house.telegram())
            wait_until(lambda: rows(pipe.history)[0] >= 288, 20, "a day")
            assert pipe.program.stop() == 0
        (start, day), = scope["days"](pipe.history)
        assert start == midnight(2025, 6, 1)
        assert round(day["eDelivery"]["total"] * 1000) == stand["eDelivery"], (day, stand)
        assert day["eActualDelivery"]["greatest"] <= 5, day


if __name__ == "__main__":
    main()
