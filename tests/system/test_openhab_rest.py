#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""openhab.items=rest: openHAB itself says which items are bound to readings."""
import contextlib
import os
import shutil
import signal
import tempfile

import harness
from openhab_server import OpenHab

# As they stand in a house: of a file of the old binding, of the user interface, and no concern of ours.
KINDS = {"P1_Actual_Delivery": "Number", "P1_Meter_DeliveryLow": "Number:Energy", "P1_Version": "String",
         "P1_Time": "DateTime", "Lamp": "Switch", "gP1": "Group", "Other": "Number"}
BINDINGS = {"P1_Actual_Delivery": "eActualDelivery", "P1_Meter_DeliveryLow": "eDeliveryTariff1",
            "P1_Version": "P1VersionOutput", "P1_Time": "main:P1Timestamp"}


class House:
    """An openHAB with these items, and dsmr with a simulated meter."""

    def __init__(self, kinds=None, bindings=None, token=None, extra="", port="simulated:", dead=False):
        self.stack = contextlib.ExitStack()
        self.folder = tempfile.mkdtemp(prefix="dsmr-rest-")
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.openhab = self.stack.enter_context(OpenHab(KINDS if kinds is None else kinds, token))
        self.openhab.bindings = dict(BINDINGS if bindings is None else bindings)
        if dead:
            self.openhab.die()
        self.config = os.path.join(self.folder, "dsmr.cfg")
        self.write(f"port={port}\nopenhab.url={self.openhab.url}/\nopenhab.items=rest\n{extra}")

    def write(self, text):
        with open(self.config, "w", encoding="utf-8") as config:
            config.write(text)

    def __enter__(self):
        environment = {"XDG_STATE_HOME": self.folder, "STATE_DIRECTORY": self.folder}
        self.dsmr = self.stack.enter_context(
            harness.Program("run", "-c", self.config, env=environment))
        return self

    def __exit__(self, *_):
        self.stack.close()

    def wait_states(self, *names, count=1, seconds=30):
        for name in names:
            harness.wait_until(lambda: len(self.openhab.history(name)) >= count, seconds,
                               lambda: f"{count} states of {name}\n{self.dsmr.errors()}")

    def wait_log(self, text, seconds=30):
        self.dsmr.wait_log(text, seconds)

    def warnings(self):
        return [line for line in self.dsmr.errors().splitlines()
                if (" warn " in line or " error " in line) and " openhab: " in line]


def test_items_are_read_from_openhab_and_fed():
    with House() as house:
        house.wait_states(*BINDINGS, count=3)
        assert house.openhab.history("P1_Meter_DeliveryLow")[0].endswith(" kWh")
        assert "T" in house.openhab.history("P1_Time")[0]
        assert house.openhab.count(status=202) == house.openhab.count(), "something was refused"
        assert {r.item for r in house.openhab.requests} == set(BINDINGS)
        asked = house.openhab.questions[0]
        assert asked == "/rest/items?recursive=false&metadata=dsmr&fields=name,type,metadata", asked
        assert not house.warnings(), house.warnings()
        assert "feeding 4 items at " in house.dsmr.errors()


def test_an_item_made_in_the_user_interface_gets_its_value_and_one_bound_otherwise_its_own():
    with House(extra="openhab.update=3600\n") as house:
        house.wait_states(*BINDINGS)
        with house.openhab.lock:
            house.openhab.items["New_Power"] = "Number:Power"
            house.openhab.bindings["New_Power"] = "eActualDelivery"
            house.openhab.bindings["P1_Version"] = "eEquipmentId"
        version = len(house.openhab.history("P1_Version"))
        house.wait_log("of openHAB's items 1 more is bound (New_Power), 1 is bound otherwise (P1_Version)")
        house.wait_states("New_Power")  # although the next telegram is not passed on within the hour
        house.wait_states("P1_Version", count=version + 1)
        assert house.openhab.history("New_Power")[0].endswith(" kW")
        assert house.openhab.history("P1_Version")[-1] != house.openhab.history("P1_Version")[0]


def test_the_least_and_the_greatest_of_an_interval_are_metadata_too():
    bounds = {"Low": "eActualDelivery:least", "Top": "main:eActualDelivery:greatest"}
    kinds = {**KINDS, "Low": "Number:Power", "Top": "Number"}
    with House(kinds, {**BINDINGS, **bounds}, extra="openhab.update=2\n") as house:
        house.wait_states(*BINDINGS, *bounds, count=3)

        def newest():
            return [house.openhab.history(name)[-1] for name in ("Low", "P1_Actual_Delivery", "Top")]

        def in_order():  # they come one after the other, so those of two intervals may be seen together
            low, mean, top = newest()
            return low.endswith(" kW") and float(low.split()[0]) <= float(mean) <= float(top)

        harness.wait_until(in_order, 30, lambda: f"least, mean and greatest in order: {newest()}")
        assert not house.warnings(), house.warnings()
        with house.openhab.lock:
            house.openhab.bindings["Top"] = "eActualDelivery"  # as it was before
        house.wait_log("of openHAB's items 1 is bound otherwise (Top)", 60)
    with House(kinds, {**BINDINGS, **bounds}) as house:
        house.wait_states(*BINDINGS)
        house.wait_log("'eActualDelivery:least' is of an interval, and openhab.update is 'every'")
        result = harness.run("check", "-c", house.config)
        assert result.returncode == 1, result
        assert "openHAB: error: item 'Top': 'eActualDelivery:greatest' is of an interval" in \
            result.stdout.decode(), result
        assert not house.openhab.history("Low"), house.openhab.history("Low")


def test_an_item_that_is_no_longer_bound_gets_nothing():
    with House() as house:
        house.wait_states(*BINDINGS)
        with house.openhab.lock:
            del house.openhab.bindings["P1_Version"]
        house.wait_log("of openHAB's items 1 is bound no longer (P1_Version)", 60)
        seen = len(house.openhab.history("P1_Version"))
        house.wait_states("P1_Actual_Delivery", count=len(house.openhab.history("P1_Actual_Delivery")) + 3)
        assert len(house.openhab.history("P1_Version")) <= seen + 1  # one may have been under way


def test_openhab_that_is_started_anew_with_other_items():
    with House() as house:
        house.wait_states(*BINDINGS)
        house.openhab.die()
        house.wait_log("; the newest values are kept for it")
        del house.openhab.items["P1_Version"], house.openhab.bindings["P1_Version"]
        house.openhab.items["Gas"], house.openhab.bindings["Gas"] = "Number:Volume", "gValue"
        house.openhab.live()
        house.wait_log("1 more is bound (Gas)", 60)
        house.wait_states("Gas")
        house.wait_log("openHAB has no item P1_Version any more")
        told = len(house.openhab.history("Gas"))
        house.wait_states("Gas", count=told + 4)
        assert house.dsmr.errors().count("openHAB has no item P1_Version any more") == 1
        assert house.dsmr.errors().count("; the newest values are kept for it") == 1


def test_openhab_that_comes_later():
    with House(dead=True) as house:
        house.wait_log("connection refused; the newest values are kept for it")
        house.openhab.status = 404  # as an openHAB that starts
        house.openhab.live()
        house.wait_log("does not tell its items: it answers 404; is openHAB still starting")
        house.openhab.status = None
        house.wait_states(*BINDINGS, seconds=60)
        house.wait_log("openHAB is back after ")
        assert len(house.warnings()) == 2, house.warnings()


def test_token_is_wanted_and_sent():
    with House(token="oh.p1.right") as house:
        house.wait_log("openHAB wants a token (401)")
        house.openhab.token = None
        house.wait_states(*BINDINGS)
        assert len(house.warnings()) == 1, house.warnings()
    with House(token="oh.p1.right", extra="openhab.token=oh.p1.wrong\n") as house:
        house.wait_log("openHAB does not accept openhab.token (401)")
        assert "oh.p1.wrong" not in house.dsmr.errors()
    with House(token="oh.p1.right", extra="openhab.token=oh.p1.right\n") as house:
        house.wait_states(*BINDINGS)
        assert not house.warnings(), house.warnings()


def test_answers_that_are_no_list_are_told_once_and_tried_again():
    answers = [(b"<html>It works!</html>", "its answer is no JSON: "),
               (b'{"items":[]}', "its answer is JSON, but no list of items"),
               (b"[" * 100000, "its answer is no JSON: "),
               (b'[{"name":"' + b"x" * 8_000_000 + b'"}]', "its answer is longer than 8 MB")]
    with contextlib.ExitStack() as stack:
        houses = []
        for body, text in answers:
            house = House()
            house.openhab.body = body
            houses.append(stack.enter_context(house))
        for house, (body, text) in zip(houses, answers):
            house.wait_log("does not tell its items: " + text)
            harness.wait_until(lambda: len(house.openhab.questions) >= 2, 20, house.dsmr.errors)
            house.openhab.body = None
        for house in houses:
            house.wait_log("openHAB tells its items again")
            house.wait_states("P1_Actual_Delivery")
            assert len(house.warnings()) == 1, house.warnings()


def test_a_redirection_is_told():
    house = House()
    house.openhab.status = 302
    with house:
        house.wait_log("points elsewhere (302): set openhab.url to where openHAB is")
        assert len(house.warnings()) == 1, house.warnings()


def test_mistakes_are_told_as_with_files():
    bindings = {"P1_Actual_Delivery": "eActualDelivery", "P1_Meter_DeliveryLow": "eDeliveryTarif1",
                "P1_Version": "", "P1_Time": "garage:P1Timestamp", "Lamp": "eActualDelivery",
                "gP1": "gValue", "Other": "eActualDelivery"}
    with House({**KINDS, "Other": "Number:Volume"}, bindings) as house:
        house.wait_states("P1_Actual_Delivery", count=2)
        told = "\n".join(house.warnings())
        for text in ["openHAB item 'P1_Meter_DeliveryLow': id 'eDeliveryTarif1' is unknown; did you mean "
                     "'eDeliveryTariff1'?",
                     "openHAB item 'P1_Version': dsmr=\"\" names no id",
                     "openHAB item 'P1_Time': there is no meter 'garage'",
                     "openHAB item 'Lamp': type 'Switch' cannot be bound; allowed: Number, String, DateTime",
                     "openHAB item 'gP1': type 'Group' cannot be bound",
                     "openHAB item 'Other': type 'Number:Volume' cannot hold 'eActualDelivery'"]:
            assert told.count(text) == 1, told
        assert {r.item for r in house.openhab.requests} == {"P1_Actual_Delivery"}


def test_no_bound_item_is_told_and_the_first_one_is_found():
    with House(bindings={}) as house:
        house.wait_log("no item of openHAB is bound to a reading")
        house.openhab.bindings = dict(BINDINGS)
        house.wait_states(*BINDINGS, seconds=60)
        house.wait_log("of openHAB's items 4 more are bound (")
        assert len(house.warnings()) == 1, house.warnings()


def test_a_house_of_five_thousand_items():
    kinds = {f"Item_{number}": "Number" for number in range(5000)}
    bindings = {f"Item_{number}": "eActualDelivery" for number in range(0, 5000, 50)}
    with House(kinds, bindings) as house:
        house.wait_states("Item_0", "Item_4950")
        assert "feeding 100 items at " in house.dsmr.errors()


def test_sighup_reads_the_list_anew():
    with House() as house:
        house.wait_states("P1_Actual_Delivery")
        house.openhab.items["Gas"], house.openhab.bindings["Gas"] = "Number:Volume", "gValue"
        house.dsmr.process.send_signal(signal.SIGHUP)
        house.wait_log("feeding 5 items at ")
        house.wait_states("Gas")


def bridge(port):
    return {"UID": "dsmr:dsmrBridge:p1", "thingTypeUID": "dsmr:dsmrBridge", "label": "Meter",
            "statusInfo": {"status": "OFFLINE", "statusDetail": "CONFIGURATION_ERROR"},
            "configuration": {"serialPort": port, "receivedTimeout": 120}, "channels": []}


def electricity(*names):
    uid = "dsmr:electricityV5_0:p1:electricity"
    return {"UID": uid, "thingTypeUID": "dsmr:electricityV5_0", "bridgeUID": "dsmr:dsmrBridge:p1",
            "statusInfo": {"status": "ONLINE", "statusDetail": "NONE"}, "configuration": {"channel": 0},
            "channels": [{"linkedItems": list(names), "uid": uid + ":actualDelivery", "id": "actualDelivery"},
                         {"linkedItems": [], "uid": uid + ":meterId", "id": "meterId"}]}


def test_openhabs_own_binding_is_told():
    house = House(port="/dev/p1-of-the-tests")
    house.openhab.things = [bridge("/dev/p1-of-the-tests"), electricity("P1_Actual_Delivery", "Elsewhere"),
                            {"UID": "astro:sun:1", "thingTypeUID": "astro:sun", "channels": []}]
    with house:
        house.wait_log("openHAB's own DSMR binding reads /dev/p1-of-the-tests too (thing "
                       "dsmr:dsmrBridge:p1): only one program can; ")
        house.wait_log("it feeds 1 of the same items: P1_Actual_Delivery "
                       "(dsmr:electricityV5_0:p1:electricity:actualDelivery); unlink")
        assert house.openhab.questions.count("/rest/things") == 1, house.openhab.questions


def test_openhabs_own_binding_is_left_in_peace_where_it_does_no_harm():
    house = House()
    disabled = bridge("simulated:")
    disabled["statusInfo"] = {"status": "UNINITIALIZED", "statusDetail": "DISABLED"}
    house.openhab.things = [disabled, bridge("/dev/ttyUSB9"), electricity("Elsewhere")]
    with house:
        house.wait_states(*BINDINGS)
        harness.wait_until(lambda: "/rest/things" in house.openhab.questions, 20, house.dsmr.errors)
        house.wait_states("P1_Actual_Delivery", count=len(house.openhab.history("P1_Actual_Delivery")) + 2)
        assert not house.warnings(), house.warnings()


def test_check_reads_the_list():
    house = House()
    with house.stack:
        result = harness.run("check", "-c", house.config)
        assert result.returncode == 0 and result.stdout.decode().endswith(
            "items     4 bound, as openHAB tells\n"), result
        house.openhab.bindings["Lamp"] = "gValue"
        result = harness.run("check", "-c", house.config)
        assert result.returncode == 1 and result.stdout.decode().startswith(
            "openHAB: error: item 'Lamp': type 'Switch' cannot be bound"), result
        house.openhab.die()
        result = harness.run("check", "-c", house.config)
        assert result.returncode == 0, result
        assert ("openHAB: warning: its items could not be looked at: connection refused; dsmr run tries it "
                "again and again") in result.stdout.decode(), result
        assert "items     as openHAB will tell\n" in result.stdout.decode(), result
        house.write("port=simulated:\nopenhab.items=rest\n")
        result = harness.run("check", "-c", house.config)
        assert "key 'openhab.items' is set and 'openhab.url' is not" in result.stdout.decode(), result


if __name__ == "__main__":
    harness.main()
