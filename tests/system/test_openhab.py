#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr run and openHAB: what is sent, and what happens when openHAB does not take it."""
import os
import time

import harness
from openhab_house import MANUAL_READINGS, START_SECONDS, Household

def test_requests_are_what_openhab_wants():
    with Household("5.0", token="oh.p1.s3cret", extra="openhab.token=oh.p1.s3cret\n") as house:
        house.wait_telegrams(3)
        assert house.openhab.count(status=202) == house.openhab.count()
        assert house.openhab.count(method="PUT") == house.openhab.count()
        assert len({request.connection for request in house.openhab.requests}) <= 8
        assert "s3cret" not in house.dsmr.errors() + house.dsmr.output()


def test_every_item_is_updated_with_every_telegram():
    """Row 4 of the old binding's behaviour: unchanged values too."""
    with Household("5.0") as house:
        house.wait_telegrams(4)
        house.check_states(3)
        version = house.openhab.history("String_P1VersionOutput")
        assert len(version) >= 3 and set(version) == {"50"}


def test_update_change_sends_what_changed():
    with Household("5.0", extra="openhab.update=change\n") as house:
        moments = "DateTime_P1Timestamp"
        harness.wait_until(lambda: len(house.openhab.history(moments)) >= 6, START_SECONDS,
                           house.dsmr.errors)
        assert house.openhab.history("String_P1VersionOutput") == ["50"]
        for b in house.bindings:
            history = house.openhab.history(b.name)
            assert history, b.name
            assert all(a != c for a, c in zip(history, history[1:])), (b.name, history)


def test_dead_openhab_and_back():
    with Household("5.0") as house:
        house.wait_telegrams(2)
        house.openhab.die()
        house.wait_log("; the newest values are kept for it")
        before = house.sent()
        harness.wait_until(lambda: len(house.sent()) >= len(before) + 3, 20, "more telegrams")
        house.openhab.forget()
        house.openhab.live()
        house.wait_log("openHAB is back after ", 40)
        house.wait_telegrams(3)
        assert len(house.warnings()) == 1, house.warnings()
        assert house.times_logged("openHAB is back after ") == 1
        # Everything came, and nothing from before it went away.
        assert all(house.openhab.history(b.name) for b in house.bindings)
        moments = house.openhab.history("DateTime_P1Timestamp")
        assert moments[0] > before[-1]["P1Timestamp"][0], (moments, before[-1])
        assert moments == sorted(set(moments)), moments


def test_openhab_that_comes_later():
    house = Household("5.0")
    house.openhab.die()
    with house:
        house.wait_log("connection refused; the newest values are kept for it")
        house.openhab.live()
        house.wait_telegrams(2)
        assert len(house.warnings()) == 1, house.warnings()


def test_unknown_item_is_told_once():
    with Household("5.0", known=lambda b: b.name != "P1_Meter_DeliveryLow") as house:
        house.wait_log("openHAB has no item P1_Meter_DeliveryLow (")
        house.wait_telegrams(5)
        assert len(house.warnings()) == 1, house.warnings()
        assert "dsmr.items:2" in house.warnings()[0], house.warnings()
        assert house.openhab.count(item="P1_Meter_DeliveryLow") <= 2
        house.openhab.items["P1_Meter_DeliveryLow"] = "Number"
        house.wait_log("openHAB has item P1_Meter_DeliveryLow now", 40)
        assert house.openhab.history("P1_Meter_DeliveryLow")


def test_many_unknown_items_are_one_line():
    with Household("5.0", known=lambda b: b.name in MANUAL_READINGS) as house:
        house.wait_log("openHAB does not have ")
        house.wait_telegrams(4)
        assert len(house.warnings()) == 1, house.warnings()
        house.openhab.items.update({b.name: b.kind for b in house.bindings})
        house.wait_log(" items now that it did not have", 40)


def test_refused_state_is_told_once():
    with Household("5.0") as house:
        house.openhab.items["P1_Actual_Delivery"] = "DateTime"  # not what the items file says
        house.wait_log("for P1_Actual_Delivery (")
        readings = "Number_eActualDelivery"
        seen = len(house.openhab.history(readings))
        harness.wait_until(lambda: len(house.openhab.history(readings)) >= seen + 4, 20, "telegrams")
        assert len(house.warnings()) == 1, house.warnings()
        assert "answers 400, State could not be parsed: " in house.warnings()[0], house.warnings()


def test_missing_token_is_told_once():
    with Household("5.0", token="oh.p1.right") as house:
        house.wait_log("openHAB wants a token (401)")
        harness.wait_until(lambda: house.openhab.count(status=401) >= 10, 40, house.dsmr.errors)
        assert len(house.warnings()) == 1, house.warnings()
        house.openhab.token = None
        house.wait_log("openHAB is back after ", 40)
        house.wait_telegrams(2)


def test_wrong_token_is_told_without_showing_it():
    with Household("5.0", token="oh.p1.right", extra="openhab.token=oh.p1.wrong\n") as house:
        house.wait_log("openHAB does not accept openhab.token (401)")
        assert "oh.p1.wrong" not in house.dsmr.errors()


def test_slow_openhab_delays_nobody():
    """Telegrams are read as ever, openHAB gets the newest values, and nothing piles up."""
    with Household("5.0", extra="log.level=debug\n") as house:
        house.openhab.delay = 1
        harness.wait_until(lambda: len(house.openhab.history("Number_eActualDelivery")) >= 2, 60,
                           house.dsmr.errors)
        sent = len(house.sent())
        received = house.openhab.count()
        house.openhab.delay = 0
        house.wait_telegrams(3)
        assert not house.warnings(), house.warnings()
        # Eight answers a second: a queue of everything would have been longer.
        assert received < len(house.bindings) * sent * 0.7, (received, sent)
        newest = house.openhab.history("DateTime_P1Timestamp")[-1]
        moments = [telegram["P1Timestamp"][0] for telegram in house.sent()]
        assert newest in moments[-4:] or newest > moments[-1], (newest, moments)


def test_openhab_that_starts():
    with Household("5.0") as house:
        house.wait_telegrams(2)
        house.openhab.status = 503
        house.wait_log("is not ready (503)")
        house.openhab.status = 404
        house.wait_log("openhab.url right?")
        house.openhab.status = None
        house.wait_log(" items now that it did not have", 40)
        assert len(house.warnings()) == 2, house.warnings()


def test_items_that_go_missing_while_openhab_starts_are_told_together():
    """The request that is refused is not alone under way: the others find their items missing."""
    with Household("5.0") as house:
        house.wait_telegrams(2)
        house.openhab.first_status, house.openhab.status = 503, 404
        house.wait_log("openhab.url right?")
        assert len(house.warnings()) == 2, house.warnings()


def test_connections_that_break():
    with Household("5.0") as house:
        house.wait_telegrams(2)
        house.openhab.closing = True
        house.wait_log("the connection was closed before the answer came")
        house.openhab.closing = False
        house.wait_log("openHAB is back after ", 40)


def test_stops_at_once_while_requests_hang():
    with Household("5.0") as house:
        house.wait_telegrams(1)
        house.openhab.hanging = True
        harness.wait_until(lambda: house.openhab.count(status=None) >= 8, 20, house.dsmr.errors)
        begun = time.monotonic()
        assert house.dsmr.stop() == 0
        assert time.monotonic() - begun < harness.AT_ONCE


def test_stops_at_once_while_openhab_is_dead():
    with Household("5.0") as house:
        house.openhab.die()
        house.wait_log("; the newest values are kept for it")
        begun = time.monotonic()
        assert house.dsmr.stop() == 0
        assert time.monotonic() - begun < harness.AT_ONCE


def test_untrusted_certificate_is_told():
    certificate = os.path.join(os.path.dirname(os.path.realpath(__file__)), "untrusted.pem")
    with Household("5.0", certificate=certificate) as house:
        house.wait_log("its certificate is not trusted: ")
        assert not house.openhab.count(), "a value went to a server that nobody trusts"
        assert len(house.warnings()) == 1, house.warnings()


def test_proxy_of_the_environment_is_not_for_this_machine():
    os.environ["http_proxy"] = "http://127.0.0.1:1"
    try:
        with Household("5.0") as house:
            house.wait_telegrams(1)
    finally:
        del os.environ["http_proxy"]


if __name__ == "__main__":
    harness.main()
