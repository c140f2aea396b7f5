#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""openhab.websocket=yes against an openHAB that talks nonsense, talks too much, or says nothing."""
import contextlib
import os

import harness
from openhab_events_house import house_of, wait_more
from openhab_events_server import BINARY, PING, TEXT


def test_nonsense_is_passed_over():
    house = house_of()
    strange = [b"", b"{", b"[" * 5000, b"null", b"\xff\xfe\xfd", b'{"type":7,"topic":[],"payload":{}}',
               b'{"type":"WebSocketEvent","topic":"openhab/websocket/response/success"}',
               b'{"type":"WebSocketEvent","topic":"openhab/websocket/response/failed","eventId":"9"}',
               b'{"type":"WebSocketEvent","topic":"openhab/websocket/response/success",'
               b'"eventId":"-18446744073709551617"}', b"x" * 1000000]
    house.openhab.greeting = [(TEXT, text) for text in strange] + [(BINARY, os.urandom(3000)),
                                                                  (PING, b"are you there")]
    with house:
        house.wait_telegrams(3)
        house.check_states(2)
        assert house.openhab.pongs == 1
        assert house.openhab.upgrades == 1 and house.openhab.puts() == 0
        assert not house.warnings(), house.warnings()


def test_broken_frames_and_floods_end_the_connection():
    flood = [(TEXT, b'{"type":"ItemStateChangedEvent"}')] * 100000
    for greeting in ([(3, b"an opcode that does not exist")], flood):
        house = house_of()
        house.openhab.greeting = greeting
        with house:
            wait_more(house, 100, "PUT")
            house.wait_log("event WebSocket cannot be used: ")
            assert len(house.warnings()) == 1, house.warnings()
            assert house.openhab.events() == 0


def test_server_that_says_nothing_any_more():
    """Half-open, not reading, or without an answer to one state: noticed, and PUT takes over."""
    def become_mute(openhab):
        openhab.mute = True

    def become_deaf(openhab):
        openhab.deaf = True

    def forget_one_item(openhab):
        openhab.silent_about = "P1_Actual_Delivery"

    with contextlib.ExitStack() as stack:
        houses = [stack.enter_context(house_of("log.level=debug\n")) for _ in range(3)]
        for house in houses:
            house.wait_telegrams(2)
        for house, trouble in zip(houses, (become_mute, become_deaf, forget_one_item)):
            trouble(house.openhab)
        for house, why in zip(houses, ("gives no sign of life", "gives no sign of life",
                                       "does not answer a state")):
            house.wait_log("the event WebSocket is closed: it " + why, 60)
            wait_more(house, 100, "PUT")
            house.openhab.mute = house.openhab.deaf = False
            house.openhab.silent_about = None
        for house in houses:
            wait_more(house, 100, "EVENT")
            assert not house.warnings(), house.warnings()
        # 32 states at most are under way, and a heartbeat comes each 4 s until it is given up.
        assert 0 < houses[0].openhab.unanswered <= 40, houses[0].openhab.unanswered


if __name__ == "__main__":
    harness.main()
