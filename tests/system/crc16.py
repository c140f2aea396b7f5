# SPDX-License-Identifier: MIT
"""The checksum of a telegram, as the standard has it and apart from dsmr's own."""


def crc16(data):
    """CRC-16/ARC."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def with_crc(text):
    """A telegram up to its '!', made whole."""
    return text + b"%04X\r\n" % crc16(text)
