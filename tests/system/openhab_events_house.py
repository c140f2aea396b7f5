# SPDX-License-Identifier: MIT
"""A household whose openHAB has its event WebSocket, and a dsmr that is to use it."""
import harness
from openhab_events_server import OpenHabWithEvents
from openhab_house import START_SECONDS, Household

WANTED = "openhab.websocket=yes\n"
IN_USE = "states go by openHAB's event WebSocket"
AGAIN = IN_USE + " again"


def house_of(extra="", **setup):
    return Household("5.0", extra=WANTED + extra, server=OpenHabWithEvents, **setup)


def wait_more(house, count, method, seconds=START_SECONDS):
    """Until so many more states came in this way."""
    before = house.openhab.count(method=method)
    harness.wait_until(lambda: house.openhab.count(method=method) >= before + count, seconds,
                       lambda: f"{count} more by {method}\n{house.dsmr.errors()}")
