#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""openhab.websocket=yes: states go by openHAB's event WebSocket, and by PUT where it is refused."""
import os
import signal
import time

import harness
from openhab_events_house import IN_USE, house_of, wait_more
from openhab_events_server import OpenHabWithEvents
from openhab_house import START_SECONDS, Household

def test_states_go_by_events_and_by_nothing_else():
    with house_of("openhab.token=oh.p1.s3cret\n", token="oh.p1.s3cret") as house:
        house.wait_telegrams(4)
        house.check_states(3)
        assert house.openhab.puts() == 0
        assert house.openhab.upgrades == 1
        assert house.times_logged(IN_USE) == 1
        assert house.openhab.count(status=202) == house.openhab.count()
        assert "s3cret" not in house.dsmr.errors() + house.dsmr.output()
        quantities = {r.headers["type"] for r in house.openhab.requests if r.item.startswith("NumberQ_")}
        assert "Quantity" in quantities, quantities
        assert not [line for line in house.warnings()], house.warnings()


def test_it_is_not_touched_unless_it_is_wanted():
    with Household("5.0", server=OpenHabWithEvents) as house:
        house.wait_telegrams(2)
        assert house.openhab.upgrades == 0 and house.openhab.events() == 0


def test_items_that_openhab_tells():
    house = house_of("openhab.items=rest\n")
    house.openhab.bindings = {b.name: b.reading for b in house.bindings}
    with house:
        wait_more(house, 300, "EVENT")
        assert not house.warnings(), house.warnings()


def test_proxy_of_the_environment_is_not_used():
    os.environ["http_proxy"] = "http://127.0.0.1:1"
    try:
        with house_of() as house:
            house.wait_telegrams(1)
            assert house.openhab.puts() == 0
    finally:
        del os.environ["http_proxy"]


def test_only_changes():
    with house_of("openhab.update=change\n") as house:
        moments = "DateTime_P1Timestamp"
        harness.wait_until(lambda: len(house.openhab.history(moments)) >= 5, START_SECONDS,
                           house.dsmr.errors)
        assert house.openhab.history("String_P1VersionOutput") == ["50"]


def test_openhab_that_is_started_anew():
    with house_of() as house:
        house.wait_telegrams(2)
        house.openhab.die()
        house.wait_log("; the newest values are kept for it")
        before = house.sent()
        harness.wait_until(lambda: len(house.sent()) >= len(before) + 3, 20, "more telegrams")
        house.openhab.forget()
        house.openhab.live()
        house.wait_log("openHAB is back after ", 40)
        wait_more(house, 200, "EVENT")
        assert len(house.warnings()) == 1, house.warnings()
        moments = house.openhab.history("DateTime_P1Timestamp")
        assert moments[0] > before[-1]["P1Timestamp"][0], (moments, before[-1])
        assert moments == sorted(set(moments)), moments


def test_a_lost_connection_loses_nothing():
    """The states under way go by PUT at once, and nothing older follows a newer one."""
    with house_of() as house:
        house.wait_telegrams(2)
        house.openhab.hanging = True  # states arrive and are not answered
        harness.wait_until(lambda: house.openhab.count(status=None) >= 32, 20, house.dsmr.errors)
        unanswered = {r.item for r in list(house.openhab.requests) if r.status is None}
        house.openhab.forget()
        house.openhab.hanging = False
        house.openhab.drop_sockets()
        harness.wait_until(lambda: all(house.openhab.history(item) for item in unanswered), 20,
                           house.dsmr.errors)
        assert house.openhab.puts() > 0
        wait_more(house, 200, "EVENT")
        moments = house.openhab.history("DateTime_P1Timestamp")
        assert moments == sorted(moments), moments
        assert not house.warnings(), house.warnings()


def test_missing_item_and_refused_state_are_told_once():
    with house_of(known=lambda b: b.name != "P1_Meter_DeliveryLow") as house:
        house.openhab.items["P1_Actual_Delivery"] = "DateTime"  # not what the items file says
        house.wait_log("openHAB has no item P1_Meter_DeliveryLow (")
        house.wait_log("for P1_Actual_Delivery (")
        wait_more(house, 300, "EVENT")
        assert len(house.warnings()) == 2, house.warnings()
        assert house.openhab.count(item="P1_Meter_DeliveryLow") <= 2
        assert house.openhab.puts() == 0
        house.openhab.items["P1_Meter_DeliveryLow"] = "Number"
        house.wait_log("openHAB has item P1_Meter_DeliveryLow now", 40)


def test_is_read_anew_and_stops_at_once():
    with house_of() as house:
        house.wait_telegrams(1)
        house.openhab.hanging = True
        harness.wait_until(lambda: house.openhab.count(status=None) >= 32, 20, house.dsmr.errors)
        house.openhab.hanging = False
        house.dsmr.process.send_signal(signal.SIGHUP)
        house.wait_log("dsmr.cfg was read again")
        harness.wait_until(lambda: house.openhab.upgrades == 2, 20, house.dsmr.errors)
        wait_more(house, 100, "EVENT")
        house.openhab.hanging = True
        harness.wait_until(lambda: house.openhab.count(status=None) >= 64, 20, house.dsmr.errors)
        begun = time.monotonic()
        assert house.dsmr.stop(seconds=5) == 0
        assert time.monotonic() - begun < 1


if __name__ == "__main__":
    harness.main()
