#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr decode from outside: its three forms, its options, what it says of bad input, its exit status."""
import csv
import io
import json
import os
import pty
import re
import subprocess
import tempfile

import harness
from crc16 import crc16

GOLDEN = os.path.join(harness.ROOT, "tests", "golden")


def golden(name):
    return os.path.join(GOLDEN, name + ".txt")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def telegram(*lines, crc=True, identification="TST5MADE-UP"):
    text = "\r\n".join(["/" + identification, "", *lines, "!"]).encode("latin-1")
    return text + (b"%04X" % crc16(text) if crc else b"") + b"\r\n"


def decode(*arguments, input=b"", status=0):
    done = harness.run("decode", *arguments, input=input)
    assert done.returncode == status, done
    return done


def decode_json(*arguments, input=b"", status=0):
    done = decode("--format", "json", *arguments, input=input, status=status)
    return [json.loads(line) for line in done.stdout.decode("ascii").splitlines()]


def decode_csv(*arguments, input=b"", status=0):
    done = decode("--format", "csv", *arguments, input=input, status=status)
    rows = list(csv.reader(io.StringIO(done.stdout.decode("latin-1"), newline="")))
    assert rows[0] == ["telegram", "time", "id", "channel", "value", "unit"]
    return rows[1:]


def value_of(decoded, identifier):
    return [item["value"] for item in decoded["items"] if item["id"] == identifier]


POWER = telegram("0-0:1.0.0(240115093000W)", "1-0:1.7.0(00.123*kW)")
WRONG = POWER.replace(b"00.123", b"00.124")


# What is read

def test_standard_input_is_read_without_a_file():
    assert value_of(decode_json(input=POWER)[0], "eActualDelivery") == [0.123]


def test_a_dash_is_standard_input():
    decoded = decode_json(golden("dk-nes"), "-", input=POWER)
    assert [t["identification"] for t in decoded] == ["NES5:83335-3F", "TST5MADE-UP"]


def test_several_files_are_read_one_after_the_other():
    decoded = decode_json(golden("dk-nes"), golden("se-landis-gyr"), golden("nl-30-iskra"))
    assert [t["identification"] for t in decoded] == ["NES5:83335-3F", "LGF5E360", "ISk5\\2MT382-1000"]


def test_many_telegrams_in_one_file():
    assert len(decode_json(input=POWER * 1000)) == 1000


def test_telegrams_come_out_as_they_come_in():
    """A telegram is printed when its end is read, not when the input ends."""
    process = subprocess.Popen([harness.DSMR, "decode", "--format", "json"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    with process:
        process.stdin.write(POWER)
        process.stdin.flush()
        os.set_blocking(process.stdout.fileno(), False)
        got = bytearray()

        def has_line():
            got.extend(process.stdout.read() or b"")
            return got.endswith(b"\n")

        try:
            harness.wait_until(has_line, 10, "a line while the input is still open")
        finally:
            process.stdin.close()
            process.wait(10)


def test_a_device_learnt_in_one_file_says_nothing_of_the_next():
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("water", "unknown")]
        for path, content in zip(paths, (telegram("0-1:24.1.0(007)", "0-1:24.2.1(240115090000W)(1.0*m3)"),
                                         telegram("0-1:24.2.1(240115090000W)(2.0*m3)"))):
            with open(path, "wb") as file:
                file.write(content)
        first, second = decode_json(*paths)
    assert value_of(first, "wValue") == [1.0] and value_of(second, "gValue") == [2.0]


# What is refused

def test_a_wrong_crc_is_refused_and_told_with_both_crcs():
    done = decode("--format", "json", input=WRONG + POWER, status=1)
    refused, good = (json.loads(line) for line in done.stdout.splitlines())
    assert refused == {"identification": "TST5MADE-UP", "crc": "wrong", "error": "wrong CRC"}
    assert good["crc"] == "ok"
    sent, computed = re.search(rb"telegram 1 at byte 0 refused: wrong CRC: sent (....), computed (....)",
                               done.stderr).groups()
    assert int(computed, 16) == crc16(WRONG[:WRONG.index(b"!") + 1]) and sent == WRONG[-6:-2]


def test_ignore_crc_uses_it_all_the_same():
    decoded = decode_json("--ignore-crc", input=WRONG)[0]
    assert decoded["crc"] == "wrong" and "error" not in decoded
    assert value_of(decoded, "eActualDelivery") == [0.124]


def test_ignore_crc_does_not_mend_what_is_cut():
    assert "error" in decode_json("--ignore-crc", input=POWER[:40], status=1)[0]


def test_a_cut_telegram_is_told_and_the_next_one_is_not_lost():
    done = decode("--format", "json", input=POWER[:40] + b"\r\n" + POWER, status=1)
    cut, good = (json.loads(line) for line in done.stdout.splitlines())
    assert cut["error"] == "cut short" and good["crc"] == "ok"
    assert b"telegram 1 at byte 0 refused: cut short" in done.stderr


def test_a_telegram_without_end_within_the_buffer_is_refused():
    done = decode("--format", "json", input=b"/AAA5\r\n\r\n" + b"x" * 100000 + b"\r\n" + POWER, status=1)
    long, good = (json.loads(line) for line in done.stdout.splitlines())
    assert long["error"] == "too long: no end found" and good["crc"] == "ok"


def test_garbage_is_told_with_its_place_and_is_no_failure():
    done = decode("--format", "json", input=b"noise\r\n" + POWER + b"behind")
    place = len(b"noise\r\n" + POWER)
    assert b"skipped 7 bytes outside any telegram at byte 0\n" in done.stderr
    assert b"skipped 6 bytes outside any telegram at byte %d\n" % place in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_a_bad_line_is_told_and_costs_only_itself():
    done = decode("--format", "json",
                  input=telegram("1-0:1.7.0(00.1*kW)", "no\x1b[31m line\xe9", "1-0:2.7.0(00.2*kW)"))
    decoded = json.loads(done.stdout)
    assert [item["value"] for item in decoded["items"]] == [0.1, 0.2]
    assert b"standard input: telegram 1: bad line: no?[31m line?\n" in done.stderr


# Exit status and messages

def test_a_missing_file_is_status_2_and_the_others_are_read():
    done = decode("--format", "json", "/no/such/file", golden("dk-nes"), status=2)
    assert b"dsmr decode: cannot read /no/such/file: No such file or directory\n" in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_a_folder_is_no_file():
    done = decode(GOLDEN, status=2)
    assert done.stderr == f"dsmr decode: cannot read {GOLDEN}: Is a directory\n".encode()


def test_an_empty_input_has_no_telegram():
    for content in (b"", b"\r\n\r\n", b"\0\0\0"):
        done = decode(input=content, status=1)
        assert done.stdout == b"" and done.stderr == b"standard input: no telegram found\n"


def test_the_worst_of_several_files_decides():
    decode(golden("dk-nes"), golden("stream-wrong-crc"), golden("dk-nes"), status=1)
    decode(golden("stream-wrong-crc"), "/no/such/file", status=2)


def test_wrong_usage_is_status_2_and_names_the_help():
    for arguments in (["--format", "xml"], ["--zone", "Mars/Olympus"], ["--nonsense"], ["--format"],
                      ["--zone", ""]):
        done = decode(*arguments, status=2)
        assert done.stdout == b"" and b"--help" in done.stderr, done


def test_help_tells_every_option():
    done = decode("--help")
    for word in (b"--format", b"json", b"csv", b"table", b"--ignore-crc", b"--zone", b"Exit status"):
        assert word in done.stdout, word
    assert done.stderr == b""


def test_output_that_cannot_be_written_is_a_failure():
    if not os.path.exists("/dev/full"):
        raise harness.Skip("no /dev/full here")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([harness.DSMR, "decode", golden("dk-nes")], stdout=full,
                              stderr=subprocess.PIPE, timeout=30)
    assert done.returncode == 2 and b"cannot write the output: No space left on device" in done.stderr


def test_a_reader_that_goes_away_ends_it():
    process = subprocess.Popen([harness.DSMR, "decode", "--format", "json"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    try:
        process.stdin.write(POWER * 10000)
        process.stdin.close()
    except BrokenPipeError:
        pass
    process.wait(10)
    process.stderr.close()
    assert process.returncode != 0


# JSON

def test_json_keys_stand_in_the_promised_order():
    pairs = json.loads(decode("--format", "json", input=telegram(
        "0-1:24.1.0(003)", "0-1:24.2.1(161113200000W)(00981.443*m3)", "1-0:99.99.9(12*x)")).stdout,
        object_pairs_hook=list)
    assert [key for key, _ in pairs] == ["identification", "crc", "items", "unknown"]
    value = dict(pairs)["items"][2]
    assert value == [("id", "gValue"), ("obis", "0-1:24.2.1"), ("channel", 1), ("value", 981.443),
                     ("unit", "m3"), ("time", "2016-11-13T20:00:00+01:00")]
    assert dict(pairs)["unknown"] == [[("obis", "1-0:99.99.9"), ("groups", ["12*x"])]]


def test_json_keeps_the_digits_of_the_wire():
    done = decode("--format", "json", input=telegram("1-0:1.8.1(001581.120*kWh)", "1-0:1.7.0(000123*W)",
                                                     "0-0:96.7.21(00004)", "1-0:2.7.0(00.000*kW)"))
    for text in (b'"value":1581.120,', b'"value":0.123,', b'"value":4}', b'"value":0.000,'):
        assert text in done.stdout, text


def test_json_is_ascii_whatever_the_meter_sends():
    done = decode("--format", "json", input=telegram('0-0:96.13.0(\xff\x80"\\\x02\t)', crc=True))
    assert done.stdout.isascii()
    assert b'"value":"\\u00FF\\u0080\\"\\\\\\u0002\\u0009"' in done.stdout


def test_json_marks_what_would_not_be_published():
    items = decode_json(golden("stream-duplicates"))[0]["items"]
    kept = [item for item in items if "superseded" not in item]
    assert all(item["superseded"] is True for item in items if item not in kept)
    assert len({item["id"] for item in kept}) == len(kept)


def test_a_good_telegram_without_items():
    assert decode_json(input=telegram("1-0:99.99.9(1)"))[0]["items"] == []


# Zones

def test_the_zone_can_be_told():
    times = telegram("0-0:1.0.0(240715093000)", crc=False)
    for zone, want in (("Europe/Amsterdam", "+02:00"), ("Europe/Vilnius", "+03:00"),
                       ("Europe/Dublin", "+01:00"), ("UTC", "+00:00")):
        decoded = decode_json("--zone", zone, input=times)[0]
        assert value_of(decoded, "P1Timestamp") == ["2024-07-15T09:30:00" + want], zone


def test_the_hosts_zone_plays_no_part():
    want = None
    for zone in ("UTC", "America/New_York", "Asia/Kolkata", "Europe/Amsterdam"):
        done = subprocess.run([harness.DSMR, "decode", "--format", "json", golden("nl-50-october-hour-twice")],
                              capture_output=True, env={**os.environ, "TZ": zone}, timeout=30)
        want = want or done.stdout
        assert done.stdout == want and want


# CSV

def test_csv_has_a_row_an_item():
    rows = decode_csv(golden("nl-42-no-line-end"))
    assert ["1", "2017-01-02T19:20:02+01:00", "P1VersionOutput", "", "42", ""] in rows
    assert [row[3] for row in rows if row[2] == "gValue"] == ["2"]
    assert [row[5] for row in rows if row[2] in ("gValue", "eDeliveryTariff1")] == ["kWh", "m3"]
    assert all(len(row) == 6 for row in rows)


def in_csv(item):
    """The value of an item of JSON as a table of numbers has it; None for one that is only told."""
    if item.get("superseded") and "*" in item["value"]:
        return None
    if item["id"] == "P1Timestamp":
        return item.get("time", item["value"])
    return {"ON": "1", "OFF": "0"}.get(item["value"], item["value"])


def test_csv_agrees_with_json_on_every_golden_telegram():
    for name in sorted(os.listdir(GOLDEN)):
        if not name.endswith(".txt"):
            continue
        path = os.path.join(GOLDEN, name)
        printed = harness.run("decode", "--format", "json", path)
        telegrams = [json.loads(line, parse_float=str, parse_int=str) for line in printed.stdout.splitlines()]
        items = [(str(number), item["id"], str(item.get("channel", "")), in_csv(item), item.get("unit", ""))
                 for number, t in enumerate(telegrams, 1) for item in t.get("items", [])
                 if in_csv(item) is not None]
        rows = decode_csv(path, status=printed.returncode)
        assert [(n, i, c, v, u) for n, _, i, c, v, u in rows] == items, name


def test_csv_numbers_telegrams_refused_ones_too():
    assert [row[0] for row in decode_csv(input=POWER + WRONG + POWER, status=1)] == ["1", "1", "3", "3"]


def test_csv_quotes_what_needs_it():
    text = 'a,b"c";d'
    done = decode("--format", "csv", input=telegram(f"0-0:96.13.0({text})", "0-0:96.13.1(plain)"))
    assert b'eTextMessage,,"a,b""c"";d",\n' in done.stdout
    assert b"eTextCode,,plain,\n" in done.stdout
    assert [row[4] for row in decode_csv(input=telegram(f"0-0:96.13.0({text})"))] == [text]


def test_csv_keeps_a_wrapped_text_in_one_row():
    rows = decode_csv(golden("nl-22-text-over-three-lines"))
    assert [row[4] for row in rows if row[2] == "eTextMessage"] == [
        "Line one test-/-test wow!line two ! and / go on :-( !! not an endline three"]


def test_csv_of_nothing_is_the_head():
    assert decode_csv(input=b"", status=1) == []


# The table

def test_the_table_is_the_default_and_names_everything():
    text = decode(golden("nl-50-first-gas-meter-dead")).stdout.decode()
    assert text == decode("--format", "table", golden("nl-50-first-gas-meter-dead")).stdout.decode()
    head = text.splitlines()[0]
    assert "ISK5\\2M550T-1012" in head and "2020-05-03 21:23:25+02:00" in head
    assert re.search(r"CRC [0-9A-F]{4} right", head)
    assert re.search(r"eDeliveryTariff1 +1-0:1\.8\.1 +\d+\.\d{3} kWh", text)
    assert re.search(r"gValue +0-2:24\.2\.1 +\d+\.\d{3} m3 +at 2020-05-03 21:20:01", text)
    assert re.search(r"gValue +0-1:24\.2\.1 +0 m3 +at 1970-01-01 01:00:00  \(not used", text), text


def test_the_table_says_where_the_meter_is_from():
    lines = decode(golden("be-fluvius-13-months")).stdout.decode().splitlines()
    assert lines[1] == "  BE (Fluvius), eMUCS P1 1.7"
    lines = decode(golden("nl-42-kaifa-first-boot-log")).stdout.decode().splitlines()
    assert lines[1] == "  NL, DSMR 4.2"


def test_a_switch_in_words_is_printed_as_the_meter_says_it():
    items = json.loads(decode("--format", "json", golden("hu-sagemcom")).stdout)["items"]
    assert [i["value"] for i in items if i["id"] == "eSwitchPosition"] == ["ON"]


def test_frames_of_another_protocol_are_named():
    body = b"\xa0\x09\x02\x23\x10\x01\x02"
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    crc ^= 0xFFFF
    frame = b"\x7e" + body + bytes([crc & 255, crc >> 8]) + b"\x7e"
    done = decode(input=frame * 3, status=1)
    assert b"HDLC" in done.stderr and b"CRC" not in done.stderr, done.stderr


def test_the_table_says_what_hexadecimal_text_means():
    text = decode(golden("nl-30-iskra")).stdout.decode()
    assert '"Meterwissel op 12 mei, tussen 9 en 12 uur."' in text


def test_the_table_shows_refusals_and_what_is_not_in_the_catalogue():
    text = decode(golden("stream-wrong-crc"), status=1).stdout.decode()
    assert "wrong CRC: sent " in text
    text = decode(input=telegram("1-0:99.99.9(1)(2)")).stdout.decode()
    assert "1-0:99.99.9(1)(2)  (not in the catalogue)" in text


def test_the_table_cannot_be_used_to_send_escapes_to_the_terminal():
    done = decode(input=telegram("0-0:96.13.0(\x1b]0;gotcha\x07\x9b31m)", "1-0:9\x1b[2J9.9(\x1b[2J)",
                                 identification="TST5\x1b[2J\x08"))
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\xff]", done.stdout.replace("…".encode(), b"")), done.stdout
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\xff]", done.stderr), done.stderr


def on_terminal(**environment):
    """What decode prints when its standard output is a terminal."""
    master, slave = pty.openpty()
    clean = {name: text for name, text in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen([harness.DSMR, "decode", golden("dk-nes")], stdout=slave,
                               stdin=subprocess.DEVNULL, env={**clean, **environment})
    os.close(slave)
    printed = b""
    try:
        while part := os.read(master, 65536):
            printed += part
    except OSError:
        pass  # the other side is closed
    os.close(master)
    assert process.wait(10) == 0
    return printed


def test_colours_are_for_terminals_and_for_those_who_want_them():
    assert b"\x1b[" in on_terminal(TERM="xterm")
    assert b"\x1b[" not in on_terminal(TERM="xterm", NO_COLOR="1")
    assert b"\x1b[" in on_terminal(TERM="xterm", NO_COLOR="")
    assert b"\x1b[" not in decode(golden("dk-nes")).stdout


harness.main()
