#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Server-sent events: every telegram once and in order, to everybody who reads; who does not is dropped."""
import contextlib
import signal
import time

import harness
from harness import wait_until
from http_house import Events, Web
from p1_house import Feed, Meter, sent_by_meter

FAST = ["--standard", "5.0", "--seed", "7", "--interval", "0.02"]


def ids(events):
    return [number for number, _, _ in events]


def times(events):
    return [said["time"] for _, name, said in events if name == "telegram"]


def test_everybody_gets_every_telegram_once_and_in_order():
    with Meter(*FAST) as meter, Web(f"port={meter.name}") as web, contextlib.ExitStack() as stack:
        web.wait_telegram()
        listeners = [stack.enter_context(Events(web)) for _ in range(20)]
        wait_until(lambda: all([each.read() and each.data.count(b"\n\nid: ") > 100 for each in listeners]), 20,
                   "100 events for each")
        got = [each.events()[:100] for each in listeners]
        for events in got:
            assert ids(events) == list(range(ids(events)[0], ids(events)[0] + 100))
            assert times(events) == sorted(times(events))
        same = {number: said for number, _, said in got[0]}
        for events in got[1:]:
            for number, _, said in events:
                assert same.get(number, said) == said


def test_the_newest_telegram_comes_at_once():
    with Feed() as feed, Web(f"port={feed.name}") as web:
        feed.accept()
        feed.send(sent_by_meter(1, *FAST)[0])
        web.wait_telegram()
        with Events(web) as first:
            _, name, said = first.wait(1)[0]
            assert name == "telegram" and b"X-Accel-Buffering: no" in first.data
            now = web.get("/api/v1/now")
            assert said == {key: now[key] for key in said}
            assert "eDeliveryTariff1" in {item["id"] for item in said["items"]}


def test_who_comes_back_gets_what_he_missed():
    sent = sent_by_meter(200, *FAST)
    with Feed() as feed, Web(f"port={feed.name}") as web:
        feed.accept()
        feed.send(sent[0])
        web.wait_telegram()
        with Events(web) as first:
            last = first.wait(1)[0][0]
        feed.send(b"".join(sent[1:31]))
        wait_until(lambda: web.get("/api/v1/status")["meters"][0]["telegrams"]["good"] == 31, 20, "31 telegrams")
        for query, header in ((f"?last={last}", {}), ("", {"Last_Event_ID": str(last)})):
            with Events(web, query, **header) as again:
                assert ids(again.wait(30)) == list(range(last + 1, last + 31))
        # Of more than 64 the last 64.
        feed.send(b"".join(sent[31:131]))
        wait_until(lambda: web.get("/api/v1/status")["meters"][0]["telegrams"]["good"] == 131, 20, "131 telegrams")
        with Events(web, f"?last={last}") as late:
            assert ids(late.wait(64)) == list(range(last + 67, last + 131))
        # A browser that comes back asks for the same address, and says in the head what it had since.
        with Events(web, f"?last={last}", Last_Event_ID=str(last + 120)) as again:
            assert ids(again.wait(10)) == list(range(last + 121, last + 131))
        # What cannot be the number of an event is none.
        for word in ("x", "-1", "0", "99999999999999999999999", str(last + 5000)):
            with Events(web, f"?last={word}") as other:
                assert ids(other.wait(1)) == [last + 130], word


def test_numbers_go_on_when_dsmr_is_started_again():
    with Web("port=simulated:") as web, Events(web) as events:
        last = events.wait(3)[-1][0]
    wait_until(lambda: time.time() * 1000 > last, 20, "the next second")
    with Web("port=simulated:") as web:
        web.wait_telegram()
        with Events(web, Last_Event_ID=str(last)) as again:
            number, name, _ = again.wait(1)[0]
            assert number > last and name == "telegram", (number, last)


def test_the_line_is_told_as_well():
    sent = sent_by_meter(3, *FAST)
    with Feed() as feed, Web(f"port={feed.name}") as web:
        peer = feed.accept()
        feed.send(sent[0])
        web.wait_telegram()
        with Events(web) as events:
            events.wait(1)
            peer.close()

            def told():
                events.read(0.1)
                return any(name == "line" and not said["connected"] for _, name, said in events.events())
            wait_until(told, 20, "that the line is gone")
            feed.accept()
            feed.send(sent[1])
            wait_until(lambda: events.read(0.1) and len(times(events.events())) >= 2, 20, "a telegram")


def test_each_meter_by_itself():
    with Meter(*FAST) as one, Meter(*FAST[:-3], "8", "--interval", "0.02") as two, \
            Web(f"port={one.name}", f"meter.garage.port={two.name}") as web:
        web.wait_telegram("garage")
        web.wait_telegram()
        with Events(web) as main, Events(web, "?meter=garage") as garage:
            assert {said["meter"] for _, _, said in main.wait(20)} == {"main"}
            assert {said["meter"] for _, _, said in garage.wait(20)} == {"garage"}
        web.write(f"port={one.name}")
        with Events(web, "?meter=garage") as garage:
            garage.wait(1)
            web.program.process.send_signal(signal.SIGHUP)
            wait_until(lambda: not garage.read(0.1), 20, "the end of what is no longer read")
        assert web.ask("/api/v1/events?meter=garage").status == 404


def room(web):
    """kB that it may take more; sanitizers keep what was freed."""
    with open(f"/proc/{web.program.process.pid}/maps", encoding="utf-8") as file:
        return 300000 if "asan" in file.read() else 20000


def memory_kb(web):
    with open(f"/proc/{web.program.process.pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon:"))


def test_sleepers_are_dropped_and_the_others_miss_nothing():
    quick = [*FAST[:-1], "0.004"]
    with Meter(*quick) as meter, Web(f"port={meter.name}") as web, contextlib.ExitStack() as stack:
        web.wait_telegram()
        before = memory_kb(web)
        sleepers = [stack.enter_context(Events(web, receive_buffer=4096)) for _ in range(30)]
        with Events(web) as awake:
            def dropped():
                assert awake.read()
                text = web.ask("/metrics").body.decode()
                return "dsmr_event_clients_dropped_total 30\n" in text
            wait_until(dropped, 60, "30 who were dropped")
            numbers = ids(awake.events())
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            assert memory_kb(web) < before + room(web), (before, memory_kb(web))
        wait_until(lambda: web.get("/api/v1/status")["clients"] == 0, 20, "nobody left")
        assert len(sleepers) == 30


def test_a_heartbeat_while_the_meter_is_silent():
    with Feed() as feed, Web(f"port={feed.name}") as web:
        feed.accept()
        begun = time.monotonic()
        with Events(web) as events:
            wait_until(lambda: events.read(0.1) and events.data.count(b":\n\n") >= 2, 60, "two heartbeats")
        assert time.monotonic() - begun > 5


harness.main()
