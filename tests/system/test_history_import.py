# SPDX-License-Identifier: MIT
"""dsmr history import: recorded telegrams, DSMR-reader's and Home Assistant's exports, whatever they hold."""
import contextlib
import csv
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

from harness import DSMR, main, run, wait_until
from history_house import House, midnight
from test_history import Pipe, rows

HOUR = 3600
# 2025-03-17 00:00 in Amsterdam.
MONDAY = 1742166000
ITEMS = ("eDeliveryTariff1,eDeliveryTariff2,eProductionTariff1,eProductionTariff2,gValue,eDelivery,"
         "eProduction")


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="dsmr-import-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def record(house, count, seconds):
    """Telegrams of so many steps, and what the meters showed in each of them."""
    telegrams = []
    stands = []
    for _ in range(count):
        telegrams.append(house.telegram())
        stands.append(house.stand())
        house.live(seconds)
    return telegrams, stands


def do_import(history, *files, good=True):
    result = run("history", "import", "--history", history, *files)
    assert (result.returncode == 0) == good, (result.returncode, result.stdout, result.stderr)
    return result.stdout.decode()


def ask(history, step, *arguments):
    result = run("history", "--history", history, "--step", step, "--format", "json", *arguments)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.decode().splitlines()]


def dump(history):
    with contextlib.closing(sqlite3.connect(history)) as db:
        return [db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()
                for table in ("meter", "item", "series", "step", "reading", "peak", "failure")]


def used(rows, item):
    return round(sum(row[item]["used"] for row in rows if row[item]), 6)


def write(path, content):
    with open(path, "wb") as f:
        f.write(content)
    return path


def test_recorded_telegrams_give_exact_days_and_once_more_changes_nothing():
    with folder() as place:
        history = os.path.join(place, "h.db")
        start = midnight(2025, 10, 25)  # the second day has 25 hours
        telegrams, stands = record(House(start), 73 * 60 + 1, 60)
        path = write(os.path.join(place, "telegrams.txt"), b"".join(telegrams))
        told = do_import(history, path)
        assert " steps and " in told and " 0 were there" in told, told
        days = ask(history, "day", "--items", ITEMS)
        assert [row["start"][:10] for row in days] == ["2025-10-25", "2025-10-26", "2025-10-27"], days
        for row, first, last in zip(days, (0, 24, 49), (24, 49, 73)):
            for item in ITEMS.split(","):
                truth = stands[last * 60][item] - stands[first * 60][item]
                assert round(row[item]["used"] * 1000) == truth, (row, item, truth)
        before = dump(history)
        told = do_import(history, path)
        assert ": 0 steps and 0 readings added" in told, told
        assert dump(history) == before


def test_a_recording_in_pieces_is_the_same_whatever_their_order():
    with folder() as place:
        telegrams, _ = record(House(midnight(2025, 3, 17)), 2 * 1440 + 1, 60)
        pieces = [write(os.path.join(place, f"{n}.txt"), b"".join(telegrams[a:b]))
                  for n, (a, b) in enumerate([(0, 961), (960, 1441), (1440, 2881)])]
        answers = []
        for number, order in enumerate([(0, 1, 2), (2, 1, 0), (2, 0, 1)]):
            history = os.path.join(place, f"h{number}.db")
            do_import(history, *[pieces[n] for n in order])
            answers.append(ask(history, "day", "--items", ITEMS))
        assert used(answers[0], "eDelivery") > 1, answers[0]
        for answer in answers[1:]:
            assert answer == answers[0], (answer, answers[0])


def test_an_older_meter_before_the_present_one_does_not_disturb_totals():
    with folder() as place:
        history = os.path.join(place, "h.db")
        now, _ = record(House(midnight(2025, 3, 20), seed=7), 1441, 60)
        before, stands = record(House(midnight(2025, 3, 18), seed=3), 1441, 60)
        do_import(history, write(os.path.join(place, "now.txt"), b"".join(now)))
        alone = used(ask(history, "day", "--items", ITEMS), "eDelivery")
        do_import(history, write(os.path.join(place, "before.txt"), b"".join(before)))
        days = ask(history, "day", "--items", ITEMS)
        for item in ITEMS.split(","):
            truth = stands[-1][item] - stands[0][item]
            assert round(days[0][item]["used"] * 1000) == truth, (item, days, truth)
            assert round(days[0][item]["first"] * 1000) == stands[0][item], (item, days)
        assert used(days[1:], "eDelivery") == alone, (days, alone)


def dsmr_reader_days(count, readings, plain=False):
    """With readings and their times, as it is today; plain: without the times, as it was before."""
    out = io.StringIO()
    rows = csv.writer(out)
    titles = ["Datum", "Verschil stroom, tarief 1"] + [f"Kolom {n}" for n in range(16)]
    rows.writerow(titles[:16] if plain else titles if readings else titles[:11])
    stand = [1000.0, 2000.0, 10.0, 20.0, 500.0]
    for day in range(count):
        amounts = [day + 0.125, 2.5, 0.25, 0.0, 1.001]
        row = [f"2025-03-{17 + day}", *amounts, 1, 2, 3, 4, 5]
        if plain:
            row += [round(s, 3) for s in stand]
        elif readings:
            row += ["2025-03-17 00:00:01", *[round(s, 3) for s in stand[:4]], "2025-03-17 00:00:00",
                    round(stand[4], 3)]
        stand = [a + b for a, b in zip(stand, amounts)]
        rows.writerow(row)
    return out.getvalue().encode()


def test_dsmr_reader_days_with_and_without_readings():
    for readings in (True, False):
        with folder() as place:
            history = os.path.join(place, "h.db")
            path = write(os.path.join(place, "days.csv"), dsmr_reader_days(5, readings))
            do_import(history, path)
            days = ask(history, "day", "--items",
                       "eDeliveryTariff1,eDeliveryTariff2,eProductionTariff1,gValue,eDelivery")
            assert len(days) == 5, days
            for day, row in enumerate(days):
                assert row["eDeliveryTariff1"]["used"] == day + 0.125, row
                assert row["eDelivery"]["used"] == day + 2.625, row
                assert row["gValue"]["used"] == 1.001, row
            if readings:
                assert days[0]["eDeliveryTariff1"]["first"] == 1000, days[0]
            before = dump(history)
            do_import(history, path)
            assert dump(history) == before


def test_dsmr_reader_readings_are_found_in_files_with_and_without_their_times():
    answers = []
    for plain in (False, True):
        with folder() as place:
            history = os.path.join(place, "h.db")
            do_import(history, write(os.path.join(place, "days.csv"), dsmr_reader_days(5, True, plain)))
            answers.append(ask(history, "day", "--items", ITEMS))
    assert answers[0] == answers[1], answers
    assert [row["gValue"]["first"] for row in answers[1]][:2] == [500, 501.001], answers[1]


def test_dsmr_reader_hours_when_the_clock_goes_back():
    with folder() as place:
        history = os.path.join(place, "h.db")
        lines = ["Begin,Stroom 1,Stroom 2,Terug 1,Terug 2,Gas"]
        for number, hour in enumerate((0, 1, 2, 2, 3)):  # the hour of 2 comes twice on that day
            lines.append(f"2025-10-26 {hour:02}:00:00,{number}.5,0,0,0,0.1")
        told = do_import(history, write(os.path.join(place, "hours.csv"), "\n".join(lines).encode()))
        assert "make no sense" not in told, told
        hours = ask(history, "1h", "--items", "eDelivery,gValue")
        assert [row["eDelivery"]["used"] for row in hours] == [0.5, 1.5, 2.5, 3.5, 4.5], hours
        assert [row["gValue"]["used"] for row in hours] == [0.1] * 5, hours


def test_an_import_into_today_does_not_stand_for_what_is_still_to_come():
    with folder() as place:
        history = os.path.join(place, "h.db")
        start = midnight(2025, 3, 18)
        house = House(start)
        telegrams, stands = record(house, 61, 60)
        do_import(history, write(os.path.join(place, "morning.txt"), b"".join(telegrams)))
        with Pipe(place) as pipe:
            for _ in range(200):
                pipe.send(house.telegram())
                stand = house.stand()
                house.live(10)
            wait_until(lambda: (rows(pipe.history)[1] or 0) >= house.at - 30, 30, "rows")
            assert pipe.program.stop() == 0
        for step in ("day", "1h", "month"):
            found = ask(history, step, "--items", ITEMS)
            for item in ITEMS.split(","):
                truth = stand[item] - stands[0][item]
                assert round(used(found, item) * 1000) == truth, (step, item, found, truth)


def test_the_quarter_hour_that_goes_on_is_left_to_dsmr_run():
    with folder() as place:
        history = os.path.join(place, "h.db")
        begun = int(time.time()) // 60 * 60
        telegrams, _ = record(House(begun - 7200), 121, 60)
        told = do_import(history, write(os.path.join(place, "t.txt"), b"".join(telegrams)))
        with contextlib.closing(sqlite3.connect(history)) as db:
            ended, = db.execute("SELECT max(start) + 900 FROM step WHERE length = 900").fetchone()
        assert begun - 900 <= ended <= time.time(), (begun, ended, told)


def test_killed_in_an_import_the_file_is_whole_and_importing_again_is_right():
    chance = random.Random(3)
    with folder() as place:
        telegrams, stands = record(House(midnight(2025, 3, 1)), 4 * 1440 + 1, 60)
        path = write(os.path.join(place, "t.txt"), b"".join(telegrams))
        whole = os.path.join(place, "whole.db")
        begun = time.monotonic()
        do_import(whole, path)
        lasts = time.monotonic() - begun
        history = os.path.join(place, "h.db")
        killed = 0
        for number in range(12):
            command = [DSMR, "history", "import", "--quiet", "--history", history, path]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as program:
                # Most of them near the end, where it is written.
                wait = chance.uniform(0, lasts) if number % 3 == 0 else chance.uniform(0.7, 1) * lasts
                with contextlib.suppress(subprocess.TimeoutExpired):
                    program.wait(wait)
                program.kill()
                killed += program.wait() == -signal.SIGKILL
            if os.path.exists(history) and os.path.getsize(history):
                with contextlib.closing(sqlite3.connect(history)) as db:
                    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], number
        assert killed > 0
        do_import(history, path)
        assert ask(history, "day", "--items", ITEMS) == ask(whole, "day", "--items", ITEMS)
        for item in ITEMS.split(","):
            truth = stands[-1][item] - stands[0][item]
            assert round(used(ask(history, "month", "--items", item), item) * 1000) == truth, item


def test_a_part_of_the_tariffs_before_a_history_adds_nothing_to_its_sum():
    """The sum over tariffs of an import with but one of them is no reading of the meter."""
    with folder() as place:
        history = os.path.join(place, "h.db")
        house = House(MONDAY + 3 * 86400)
        telegrams, stands = record(house, 1441, 60)
        do_import(history, write(os.path.join(place, "t.txt"), b"".join(telegrams)))
        database = home_assistant(os.path.join(place, "ha.db"))
        do_import(history, database)
        days = ask(history, "day", "--items", "eDelivery,eDeliveryTariff2")
        # What the one that is there used between the two counts where telegrams begin.
        truth = stands[-1]["eDelivery"] - stands[0]["eDelivery"] + \
            stands[0]["eDeliveryTariff1"] - 1014400
        assert round(days[3]["eDelivery"]["used"] * 1000) == truth, (days, truth)
        assert all(row["eDelivery"]["used"] < 30 for row in days[:3] if row["eDelivery"]), days


def test_dsmr_reader_hours_across_the_change_of_the_clock():
    with folder() as place:
        history = os.path.join(place, "h.db")
        lines = ["Begin,Stroom 1,Stroom 2,Terug 1,Terug 2,Gas"]
        for hour in (0, 1, 3, 4, 5):  # there is no 2 on that day
            lines.append(f"2025-03-30 {hour:02}:00:00,0.5,0.25,0,0,0.1")
        path = write(os.path.join(place, "hours.csv"), "\n".join(lines).encode())
        do_import(history, path)
        hours = ask(history, "1h", "--items", "eDelivery,gValue")
        assert [row["eDelivery"]["used"] for row in hours if row["eDelivery"]] == [0.75] * 5, hours
        days = ask(history, "day", "--items", "eDelivery,gValue")
        assert days[0]["eDelivery"]["used"] == 3.75 and days[0]["gValue"]["used"] == 0.5, days


AMOUNTS = b"""Dag,E1,E2,R1,R2,Gas
2025-03-16,4.250,1.125,0.500,0.250,2.000
2025-03-17,3.500,2.250,0.000,0.125,1.500
"""


def live_for_a_while(place):
    """An hour and a half of telegrams on the day behind the amounts; what they used."""
    # A clock that is a day further than what was kept is believed with the 30th telegram.
    unbelieved = 29 if os.path.exists(os.path.join(place, "h.db")) else 0
    with Pipe(place) as pipe:
        telegrams, stands = record(House(midnight(2025, 3, 18)), 541, 10)
        for telegram in telegrams:
            pipe.send(telegram)
        wait_until(lambda: (rows(pipe.history)[1] or 0) >= midnight(2025, 3, 18) + 5390, 30, "rows")
        assert pipe.program.stop() == 0
    return {item: stands[-1][item] - stands[unbelieved][item] for item in ITEMS.split(",")}, stands[-1]


def test_amounts_without_readings_and_telegrams_meet_end_to_end():
    for order in ("import first", "run first", "in two pieces"):
        with folder() as place:
            history = os.path.join(place, "h.db")
            path = write(os.path.join(place, "days.csv"), AMOUNTS)
            if order == "import first":
                do_import(history, path)
            truth, ended = live_for_a_while(place)
            if order == "in two pieces":
                do_import(history, write(os.path.join(place, "1.csv"),
                                         b"\n".join(AMOUNTS.split(b"\n")[i] for i in (0, 2))))
            if order != "import first":
                do_import(history, path)
            days = ask(history, "day", "--items", ITEMS)
            assert [row["start"][:10] for row in days] == ["2025-03-16", "2025-03-17", "2025-03-18"], days
            for number, wanted in ((0, (4.25, 1.125, 0.5, 0.25, 2, 5.375, 0.75)),
                                   (1, (3.5, 2.25, 0, 0.125, 1.5, 5.75, 0.125))):
                for item, amount in zip(ITEMS.split(","), wanted):
                    assert round(days[number][item]["used"], 6) == amount, (order, item, days)
            for item in ITEMS.split(","):
                assert round(days[2][item]["used"] * 1000) == truth[item], (order, item, days, truth)
                assert round(days[2][item]["last"] * 1000) == ended[item], (order, item, days)
            before = dump(history)
            do_import(history, path)
            assert dump(history) == before


def test_amounts_of_later_files_go_on_where_the_earlier_ones_end():
    lines = ["Dag,E1,E2,R1,R2,Gas"] + [f"2025-03-{10 + n},{n}.5,1,0,0,0.25" for n in range(10)]
    for pieces in (((0, 4), (4, 10)), ((0, 6), (3, 10)), ((5, 10), (0, 5)), ((0, 3), (0, 10))):
        with folder() as place:
            history = os.path.join(place, "h.db")
            for begin, end in pieces:
                do_import(history, write(os.path.join(place, "days.csv"), "\n".join(
                    lines[:1] + lines[1 + begin:1 + end]).encode()))
            days = ask(history, "day", "--items", "eDelivery,gValue", "--from", "2025-03-01")
            assert [row["eDelivery"]["used"] for row in days] == [n + 1.5 for n in range(10)], (pieces, days)
            assert [row["gValue"]["used"] for row in days] == [0.25] * 10, (pieces, days)


def test_readings_that_follow_amounts_are_no_consumption():
    with folder() as place:
        history = os.path.join(place, "h.db")
        whole = dsmr_reader_days(5, True).decode().splitlines()
        mixed = whole[:1] + [",".join(line.split(",")[:11]) for line in whole[1:3]] + whole[3:]
        do_import(history, write(os.path.join(place, "days.csv"), "\n".join(mixed).encode()))
        days = ask(history, "day", "--items", "eDelivery,gValue,eDeliveryTariff1")
        assert [row["eDelivery"]["used"] for row in days] == [n + 2.625 for n in range(5)], days
        assert [row["gValue"]["used"] for row in days] == [1.001] * 5, days
        assert days[2]["eDeliveryTariff1"]["first"] == 1001.25, days


def test_imported_days_show_beside_finer_steps():
    with folder() as place:
        history = os.path.join(place, "h.db")
        do_import(history, write(os.path.join(place, "days.csv"), AMOUNTS))
        live_for_a_while(place)
        days = ask(history, "day", "--from", "2025-03-01", "--to", "2025-03-18")
        assert [row["start"][:10] for row in days] == ["2025-03-16", "2025-03-17"], days
        listed = run("history", "--history", history, "--list").stdout.decode()
        assert "2025-03-16" in listed and "2025-03-18 01:30" in listed, listed
    with folder() as place:  # the days are the later ones
        history = os.path.join(place, "h.db")
        telegrams, _ = record(House(midnight(2025, 3, 10)), 61, 60)
        do_import(history, write(os.path.join(place, "t.txt"), b"".join(telegrams)))
        do_import(history, write(os.path.join(place, "days.csv"), AMOUNTS))
        days = ask(history, "day")
        assert days[-1]["start"][:10] == "2025-03-17" and used(days[1:], "eDelivery") == 11.125, days


def test_questions_without_an_answer_say_why():
    with folder() as place:
        history = os.path.join(place, "h.db")
        do_import(history, write(os.path.join(place, "days.csv"), AMOUNTS))
        for arguments, status, told in (
                (("--step", "10s", "--from", "2025-03-17", "--to", "2025-03-17 06:00"), 1, b"a longer --step"),
                (("--items", "foo"), 1, b"there is nothing of foo"),
                (("--from", "2025-03-17", "--to", "2025-03-16"), 2, b"2025-03-17: it is not before the end"),
                (("--from", "2025-01-17", "--to", "2025-02-16"), 1, b"nothing was kept in that time")):
            result = run("history", "--history", history, *arguments)
            assert result.returncode == status and told in result.stderr, (arguments, result)
            assert result.stdout == b"", (arguments, result)
        result = run("history", "--history", history, "--items", "foo,eDelivery")
        assert result.returncode == 0 and b"there is nothing of foo" in result.stderr, result


def home_assistant(path, old=False):
    with contextlib.closing(sqlite3.connect(path)) as db:
        start = "start TEXT" if old else "start_ts REAL"
        db.executescript(
            "CREATE TABLE statistics_meta (id INTEGER PRIMARY KEY, statistic_id TEXT, source TEXT,"
            " unit_of_measurement TEXT, has_mean INTEGER, has_sum INTEGER);"
            f"CREATE TABLE statistics (id INTEGER PRIMARY KEY, metadata_id INTEGER, {start},"
            " mean REAL, min REAL, max REAL, state REAL, sum REAL);")
        sensors = [("sensor.electricity_meter_energy_consumption_tarif_1", "kWh"),
                   ("sensor.electricity_meter_power_consumption", "W"),
                   ("sensor.gas_meter_gas_consumption", "m³"),
                   ("sensor.living_room", "°C")]
        for number, (name, unit) in enumerate(sensors, 1):
            db.execute("INSERT INTO statistics_meta VALUES (?, ?, 'recorder', ?, 0, 0)",
                       (number, name, unit))
        for hour in range(48):
            at = MONDAY + hour * HOUR
            if old:
                at = __import__("datetime").datetime.fromtimestamp(
                    at, __import__("datetime").timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
            column = "start" if old else "start_ts"
            put = f"INSERT INTO statistics (metadata_id, {column}, mean, min, max, state, sum) VALUES "
            db.execute(put + "(1, ?, NULL, NULL, NULL, ?, ?)", (at, 1000 + (hour + 1) * 0.3, hour))
            db.execute(put + "(2, ?, ?, ?, ?, NULL, NULL)", (at, 300.0 + hour, 100, 2000))
            db.execute(put + "(3, ?, NULL, NULL, NULL, ?, ?)", (at, 500 + (hour + 1) * 0.05, hour))
            db.execute(put + "(4, ?, 20, 19, 21, NULL, NULL)", (at,))
        db.commit()
    return path


def test_home_assistants_database():
    for old in (False, True):
        with folder() as place:
            history = os.path.join(place, "h.db")
            path = home_assistant(os.path.join(place, "home-assistant_v2.db"), old)
            told = do_import(history, path)
            assert "48 rows of unknown sensors" in told, told
            days = ask(history, "day", "--items", "eDeliveryTariff1,eActualDelivery,gValue")
            assert [row["start"][:10] for row in days][:2] == ["2025-03-17", "2025-03-18"], days
            # What it stood at before the first hour nobody knows.
            assert used(days, "eDeliveryTariff1") == round(47 * 0.3, 6), days
            assert days[1]["eDeliveryTariff1"]["used"] == 7.2, days
            assert days[1]["gValue"]["used"] == 1.2, days
            assert days[0]["eActualDelivery"] == {"mean": 0.3115, "least": 0.1, "greatest": 2.0}, days
            hours = ask(history, "1h", "--items", "eActualDelivery")
            assert hours[5]["eActualDelivery"]["mean"] == 0.305, hours[5]
            before = dump(history)
            do_import(history, path)
            assert dump(history) == before


def test_home_assistants_states_as_csv_with_names_of_the_user():
    with folder() as place:
        history = os.path.join(place, "h.db")
        lines = ["entity_id,state,last_changed"]
        for quarter in range(9):
            lines.append(f"sensor.kwh,{100 + quarter * 0.5},2025-03-17T{quarter // 4:02}:"
                         f"{quarter % 4 * 15:02}:00.123Z")
        lines.append("sensor.kwh,unavailable,2025-03-17T09:00:00.000Z")
        path = write(os.path.join(place, "history.csv"), "\n".join(lines).encode())
        told = run("history", "import", "--history", history, "--map", "sensor.kwh=eDeliveryTariff1",
                   path)
        assert told.returncode == 0 and b"1 rows or telegrams make no sense" in told.stdout, told
        days = ask(history, "day", "--items", "eDeliveryTariff1")
        assert used(days, "eDeliveryTariff1") == 4.0, days


def test_home_assistants_register_of_all_tariffs_beside_those_of_each_counts_once():
    for order in ((0, 2, 4), (4, 2, 0), (2, 0, 4)):
        with folder() as place:
            history = os.path.join(place, "h.db")
            lines = ["entity_id,state,last_changed"]
            for minute in range(0, 180, 5):
                stands = (900 + minute * 0.003, 500 + minute * 0.001, 400 + minute * 0.002)
                for sensor, stand, second in zip(("total", "tarif_1", "tarif_2"), stands, order):
                    lines.append(f"sensor.m_energy_consumption_{sensor},{stand:.3f},2025-03-17T"
                                 f"{minute // 60:02}:{minute % 60:02}:{second:02}.456Z")
            do_import(history, write(os.path.join(place, "history.csv"), "\n".join(lines).encode()))
            days = ask(history, "day", "--items", "eDelivery,eDeliveryTariff0")
            assert used(days, "eDelivery") == used(days, "eDeliveryTariff0") == 0.525, (order, days)


def test_what_cannot_be_taken_in_is_told_and_leaves_no_history():
    with folder() as place:
        history = os.path.join(place, "h.db")
        noise = write(os.path.join(place, "noise"), random.Random(3).randbytes(5000))
        later = write(os.path.join(place, "later.csv"), b"Dag,E1,E2,R1,R2,Gas\n2199-01-01,1,2,3,4,5\n")
        for path, told in ((noise, b"its kind is not known"), (place, b"folder"), (later, b"to come"),
                           (os.path.join(place, "nothing"), b"No such file")):
            result = run("history", "import", "--history", history, path)
            assert result.returncode == 1 and told in result.stderr + result.stdout, (path, result)
            assert sorted(os.listdir(place)) == ["later.csv", "noise"], (path, os.listdir(place))


def test_cells_that_are_no_numbers_and_days_to_come_are_counted():
    with folder() as place:
        history = os.path.join(place, "h.db")
        told = do_import(history, write(os.path.join(place, "days.csv"),
                                        AMOUNTS + b"2025-03-18,1,n/a,,x,1\n2199-01-01,1,1,1,1,1\n"))
        assert "2 cells are no numbers" in told and "1 of a time that is still to come" in told, told
        days = ask(history, "day", "--items", "eDelivery")
        assert [row["eDelivery"]["used"] for row in days] == [5.375, 5.75, 1], days


def test_hostile_files_are_told_and_change_nothing():
    chance = random.Random(5)
    with folder() as place:
        history = os.path.join(place, "h.db")
        do_import(history, write(os.path.join(place, "days.csv"), dsmr_reader_days(3, True)))
        before = dump(history)
        database = home_assistant(os.path.join(place, "ha.db"))
        with open(database, "rb") as f:
            good = f.read()
        hostile = [b"", b"\0" * 5000, b"," * 100000, b"a,b\n" + b'"' * 5000, b"SQLite format 3\0",
                   good[:3000], b"day,x\n2025-13-45,1,2,3,4,5\n", b"entity_id,state,last_changed\n,,\n",
                   b"entity_id,state,last_changed\nsensor.x_gas_consumption,1e99,2025-03-17\n",
                   b"day,e\n9999-01-01,1,1,1,1,1\n", b"d,e\n2025-03-17," + b"9" * 400 + b",1,1,1,1\n"]
        for _ in range(12):
            damaged = bytearray(good)
            for _ in range(40):
                damaged[chance.randrange(100, len(damaged))] = chance.randrange(256)
            hostile.append(bytes(damaged))
            hostile.append(chance.randbytes(3000))
        for number, content in enumerate(hostile):
            path = write(os.path.join(place, f"hostile{number}"), content)
            result = run("history", "import", "--meter", f"other{number}", "--history", history, path)
            assert result.returncode in (0, 1), (number, result)
            assert b"Sanitizer" not in result.stderr and b"runtime error" not in result.stderr, result.stderr
        main_only = [row for row in dump(history)[3] if row[0] == 1]
        assert main_only == [row for row in before[3] if row[0] == 1]
        assert used(ask(history, "day", "--items", "eDelivery"), "eDelivery") == 3 * 2.625 + 3


def test_a_history_that_is_being_written_is_left_alone():
    with folder() as place:
        history = os.path.join(place, "h.db")
        path = write(os.path.join(place, "days.csv"), dsmr_reader_days(3, True))
        do_import(history, path)
        import fcntl
        with open(history + ".lock", "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = run("history", "import", "--history", history, path)
            assert result.returncode == 1 and b"another dsmr writes to it" in result.stderr, result
        do_import(history, path)


if __name__ == "__main__":
    main()
