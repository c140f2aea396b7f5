# SPDX-License-Identifier: MIT
"""A house for the tests of the history: telegrams of any moment, and registers that are known to the last
digit."""
import datetime
import random

CRC = []
for _byte in range(256):
    _value = _byte
    for _ in range(8):
        _value = _value >> 1 ^ (0xA001 if _value & 1 else 0)
    CRC.append(_value)


def crc16(data):
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ CRC[(crc ^ byte) & 255]
    return crc


def last_sunday(year, month):
    """When the clock changes: 01:00 UTC on the last Sunday of that month of 31 days."""
    day = datetime.datetime(year, month, 31, 1, tzinfo=datetime.timezone.utc)
    return day - datetime.timedelta(days=(day.weekday() + 1) % 7)


def local(at):
    """The moment on the clock of Amsterdam, and its letter."""
    utc = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    summer = last_sunday(utc.year, 3) <= utc < last_sunday(utc.year, 10)
    return utc + datetime.timedelta(hours=2 if summer else 1), "S" if summer else "W"


def stamp(at):
    clock, letter = local(at)
    return clock.strftime("%y%m%d%H%M%S") + letter


def midnight(year, month, day):
    """In Amsterdam, as seconds since 1970."""
    guess = int(datetime.datetime(year, month, day, tzinfo=datetime.timezone.utc).timestamp())
    for offset in (7200, 3600):
        clock, _ = local(guess - offset)
        if (clock.day, clock.hour) == (day, 0):
            return guess - offset
    raise ValueError("no midnight")


class House:
    """Registers in Wh and litres. Gas is read every five minutes."""

    def __init__(self, at, seed=1):
        self.random = random.Random(seed)
        self.at = at
        self.serial = f"{seed:09}"
        self.registers = {name: self.random.randrange(1000000, 9000000)
                          for name in ("t1", "t2", "p1", "p2", "gas")}
        self.gas = (at // 300 * 300, self.registers["gas"])
        self.power = 0

    def live(self, seconds):
        """Lets time pass."""
        self.at += seconds
        clock, _ = local(self.at)
        tariff = "1" if clock.hour < 7 or clock.hour >= 23 else "2"
        amount = self.random.randrange(0, seconds * 2 + 2)
        self.registers[("p" if 10 <= clock.hour < 15 else "t") + tariff] += amount
        self.registers["gas"] += self.random.randrange(0, seconds // 30 + 2)
        self.power = self.random.randrange(0, 5000)
        if self.at // 300 * 300 > self.gas[0]:
            self.gas = (self.at // 300 * 300, self.registers["gas"])

    def telegram(self):
        def kwh(name):
            return f"{self.registers[name] / 1000:010.3f}*kWh"
        lines = ["/HIS5\\history-house", "", "1-3:0.2.8(50)", f"0-0:1.0.0({stamp(self.at)})",
                 f"0-0:96.1.1(45{self.serial.encode().hex()})", f"1-0:1.8.1({kwh('t1')})",
                 f"1-0:1.8.2({kwh('t2')})", f"1-0:2.8.1({kwh('p1')})", f"1-0:2.8.2({kwh('p2')})",
                 f"1-0:1.7.0({self.power / 1000:06.3f}*kW)", "1-0:2.7.0(00.000*kW)",
                 "0-1:24.1.0(003)", f"0-1:96.1.0(47{self.serial.encode().hex()})",
                 f"0-1:24.2.1({stamp(self.gas[0])})({self.gas[1] / 1000:09.3f}*m3)", "!"]
        text = "\r\n".join(lines).encode()
        return text + b"%04X\r\n" % crc16(text)

    def stand(self):
        """What it shows, by item."""
        return {"eDeliveryTariff1": self.registers["t1"], "eDeliveryTariff2": self.registers["t2"],
                "eProductionTariff1": self.registers["p1"], "eProductionTariff2": self.registers["p2"],
                "eDelivery": self.registers["t1"] + self.registers["t2"],
                "eProduction": self.registers["p1"] + self.registers["p2"], "gValue": self.gas[1]}
