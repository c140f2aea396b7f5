#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A meter that encrypts: its keys, what is said of it, who gets what of it, and that no key is ever shown."""
import json
import os
import signal
import tempfile

import harness
from harness import run, wait_until
from p1 import PtyMeter, Reader, folder, write
from p1_house import Feed, House, telegrams

KEY = "3E1C59A07B42D8664F90AB17C5E2830D"
AUTHKEY = "7710BE24A3F95C0842D6E19B3FC8A605"
WRONG = "0123456789ABCDEF0123456789ABCDEF"
HAND_ON = "p1.listen=tcp://127.0.0.1:PORT"
METER = ["--standard", "5.0", "--seed", "7"]
KEYS = (KEY, AUTHKEY, WRONG)


def simulated(count, *options):
    done = run("simulate", "--count", count, *METER, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def texts(count):
    return telegrams(simulated(count))


def frames(count, *options):
    """The same telegrams, each in a frame."""
    data = simulated(count, *options)
    found = []
    while data:
        bytes_of_length = data[10] & 0x7F if data[10] & 0x80 else 0
        length = int.from_bytes(data[11:11 + bytes_of_length], "big") if bytes_of_length else data[10]
        size = 11 + bytes_of_length + length
        found.append(data[:size])
        data = data[size:]
    assert len(found) == count
    return found


TAGGED = ("--key", KEY, "--authkey", AUTHKEY)


def without_keys(text):
    """Fails when a key stands in what was written."""
    for key in KEYS:
        assert key not in text.upper(), text
    return text


# The two ends: simulate and decode

def test_every_form_of_frame_is_what_it_was_made_of():
    plain = run("decode", "--format", "json", input=b"".join(texts(3))).stdout
    for form in ("shortest", "short", "81", "82", "83", "84"):
        for tag in ((), ("--authkey", AUTHKEY)):
            made = simulated(3, "--key", KEY, *tag, "--length-form", form)
            done = run("decode", "--format", "json", "--key", KEY, "--authkey", AUTHKEY, input=made)
            assert done.returncode == 0 and done.stdout == plain, (form, tag, done)
            said = "their tags are right" if tag else "they have no tags"
            assert said in done.stderr.decode() and done.stderr.count(b"\n") == 1, done.stderr


def test_forms_of_length_differ_on_the_line():
    lengths = {form: simulated(1, "--key", KEY, "--length-form", form)[10] for form in ("81", "82", "83", "84")}
    assert lengths == {"81": 0x82, "82": 0x82, "83": 0x83, "84": 0x84}, lengths  # it does not fit in 81


def test_decode_says_why_it_cannot():
    made = simulated(2, *TAGGED)
    for options, error in (((), "encrypted, and there is no key"),
                           (("--key", WRONG), "decryption failed: wrong key, or damaged"),
                           (("--key", KEY, "--authkey", WRONG), "wrong authentication tag")):
        done = run("decode", "--format", "json", *options, input=made)
        assert done.returncode == 1, done
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(lines) == 2 and all(line["error"].startswith(error) for line in lines), lines
        assert all("items" not in line for line in lines)
        without_keys(done.stderr.decode())
    done = run("decode", input=made)
    assert done.stderr.count(b"--key") == 1 and done.stderr.count(b"grid operator") == 1, done.stderr


def test_what_is_no_key_is_not_shown():
    for command in (("decode",), ("simulate", "--standard", "5.0", "--count", "1")):
        for option in ("--key", "--authkey"):
            done = run(*command, option, KEY[:-1])
            assert done.returncode == 2 and b"32 hexadecimal digits" in done.stderr, done
            assert KEY[:-1].encode() not in done.stderr, done
    assert run("decode", "--authkey", AUTHKEY, input=b"").returncode == 2
    assert run("simulate", "--standard", "5.0", "--count", "1", "--authkey", AUTHKEY).returncode == 2
    assert run("simulate", "--standard", "2.2", "--count", "1", "--key", KEY).returncode == 2


# dsmr run

def test_without_a_key_it_is_said_once_and_where_to_get_it():
    with Feed() as feed, House(f"port={feed.name}") as house:
        feed.accept()
        for frame in frames(4, *TAGGED):
            feed.send(frame)
        feed.send(texts(1)[0])
        house.program.wait_log("first telegram", 5)
        log = house.program.errors()
        assert log.count("encrypts its telegrams") == 1 and log.count("decryption.key ") == 1, log
        assert "ask the grid operator" in log and "(made by DSM)" in log, log
        assert "telegram refused" not in log, log


def test_a_meter_of_its_own_name_is_told_its_own_key():
    with Feed() as feed, House(f"meter.cellar.port={feed.name}") as house:
        feed.accept()
        feed.send(frames(1, *TAGGED)[0])
        house.program.wait_log("set meter.cellar.decryption.key or meter.cellar.decryption.key.file", 5)


def test_wrong_keys_are_named_once():
    for lines, said in (([f"decryption.key={WRONG}"], "decryption.key is that of another meter"),
                        ([f"decryption.key={KEY}", f"decryption.authkey={WRONG}"],
                         "decryption.authkey is wrong")):
        with Feed() as feed, House(f"port={feed.name}", *lines) as house:
            feed.accept()
            for frame in frames(3, *TAGGED):
                feed.send(frame)
            house.program.wait_log(said, 5)
            feed.send(texts(1)[0])
            house.program.wait_log("first telegram", 5)
            log = without_keys(house.program.errors())
            assert log.count(said) == 1 and "telegram refused" not in log, log


def test_what_was_checked_is_said():
    for tag, lines, said in ((True, [f"decryption.authkey={AUTHKEY}"], "authentication tags are right"),
                             (True, [], "authentication tags are not, without decryption.authkey"),
                             (False, [], "they have no authentication tags"),
                             (False, [f"decryption.authkey={AUTHKEY}"], "they have no authentication tags")):
        with Feed() as feed, House(f"port={feed.name}", f"decryption.key={KEY}", *lines) as house:
            feed.accept()
            for frame in frames(3, *(TAGGED if tag else TAGGED[:2])):
                feed.send(frame)
            house.program.wait_log(said, 5)
            assert without_keys(house.program.errors()).count("telegrams are decrypted") == 1


def test_clients_get_telegrams_as_they_were_sent_or_as_text():
    made, plain = frames(3, *TAGGED), texts(3)
    for line, wanted in (("p1.decrypted=no", made), ("p1.decrypted=yes", plain)):
        with Feed() as feed, House(f"port={feed.name}", f"decryption.key={KEY}", HAND_ON, line) as house:
            house.wait_listening()
            feed.accept()
            with house.client() as client:
                for frame in made:
                    feed.send(frame)
                wait_until(lambda: len(client.read()) >= sum(map(len, wanted)), 5, lambda: client.data)
                assert client.data == b"".join(wanted)
            with house.client() as late:
                wait_until(lambda: late.read() == wanted[-1], 5, lambda: late.data)
    assert made[0] != plain[0]


def test_text_of_a_meter_that_encrypts_is_read_as_well():
    with Feed() as feed, House(f"port={feed.name}", f"decryption.key={KEY}", HAND_ON,
                               "p1.decrypted=yes") as house:
        house.wait_listening()
        feed.accept()
        with house.client() as client:
            feed.send(texts(1)[0] + frames(2, *TAGGED)[1])
            assert client.wait(2, 5) == texts(2)
        assert "a telegram is not encrypted" in house.program.errors()


def test_one_byte_at_a_time_from_the_middle():
    made = frames(4, *TAGGED)
    with Feed() as feed, House(f"port={feed.name}", f"decryption.key={KEY}", HAND_ON,
                               "p1.decrypted=yes") as house:
        house.wait_listening()
        feed.accept()
        with house.client() as client:
            for byte in made[0][400:] + b"".join(made[1:]):
                feed.send(bytes([byte]))
            assert client.wait(3, 20) == texts(4)[1:]


def test_a_replayed_telegram_is_used_unless_that_is_refused():
    made, plain = frames(3, *TAGGED), texts(3)
    sent = [made[0], made[1], made[0], made[1], made[2]]
    for line, wanted in (("decryption.replay=accept", [plain[0], plain[1], plain[0], plain[1], plain[2]]),
                         ("decryption.replay=refuse", plain)):
        with Feed() as feed, House(f"port={feed.name}", f"decryption.key={KEY}", HAND_ON, line,
                                   "p1.decrypted=yes") as house:
            house.wait_listening()
            feed.accept()
            with house.client() as client:
                feed.send(b"".join(sent))
                assert client.wait(len(wanted), 5) == wanted
            assert ("does not rise" in house.program.errors()) == (wanted is plain)


def test_a_changed_frame_costs_itself_only():
    made = frames(5, *TAGGED)
    changed = bytearray(made[2])
    changed[300] ^= 4
    with Feed() as feed, House(f"port={feed.name}", f"decryption.key={KEY}", f"decryption.authkey={AUTHKEY}",
                               HAND_ON, "p1.decrypted=yes") as house:
        house.wait_listening()
        feed.accept()
        with house.client() as client:
            feed.send(made[0] + made[1] + bytes(changed) + made[3] + made[4])
            assert client.wait(4, 5) == [t for i, t in enumerate(texts(5)) if i != 2]
        assert house.program.errors().count("telegram refused: wrong authentication tag") == 1


def test_a_serial_port_finds_its_speed_by_frames():
    made = frames(30, *TAGGED)
    for key in ((f"decryption.key={KEY}",), ()):
        with folder() as at, PtyMeter(at) as meter:
            config = write(os.path.join(at, "dsmr.cfg"), "\n".join((f"port={meter.path}", *key)) + "\n")
            with Reader("-c", config) as dsmr:
                rest = iter(made)
                meter.every(0.3, lambda rest=rest: next(rest, made[-1]))
                dsmr.wait_log("found a meter at 115200 8N1", 20)
                if key:
                    dsmr.wait_log("first telegram", 10)
                without_keys(dsmr.errors())
                dsmr.stop_well()


# Where keys stand

def test_a_key_may_stand_in_a_file_and_change_there():
    made = frames(2, *TAGGED)
    with Feed() as feed, House(f"port={feed.name}", "decryption.key.file=FOLDER/key") as house:
        house.program.wait_log("decryption.key.file", 5)
        assert "no such file" in house.program.errors(), house.program.errors()
        feed.accept()
        feed.send(made[0])
        house.program.wait_log("encrypts its telegrams", 5)
        path = write(house.path("key"), " ".join(KEY[i:i + 2] for i in range(0, 32, 2)) + "\n")
        os.chmod(path, 0o600)
        house.program.process.send_signal(signal.SIGHUP)
        feed.accept()  # with another key it is another meter
        feed.send(made[1])
        house.program.wait_log("first telegram", 5)
        house.program.process.send_signal(signal.SIGHUP)
        house.program.wait_log("was read again", 5)
        wait_until(lambda: house.program.errors().count("was read again") == 2, 5, "read twice")
        feed.send(made[0])
        assert house.program.errors().count("first telegram") == 1  # the same keys, the same meter
        without_keys(house.program.errors())


def checked(folder_, *lines):
    config = write(os.path.join(folder_, "dsmr.cfg"), "\n".join(("port=tcp://127.0.0.1:1", *lines)) + "\n")
    os.chmod(config, checked.mode)
    done = run("check", "-c", config)
    return done.returncode, without_keys(done.stdout.decode())


checked.mode = 0o600


def test_check_shows_no_key_and_warns_of_files_that_others_can_read():
    with tempfile.TemporaryDirectory() as at:
        status, said = checked(at, f"decryption.key={KEY}", f"decryption.authkey={AUTHKEY}")
        assert status == 0 and "authentication tags are checked" in said and "warning" not in said, said
        checked.mode = 0o644
        status, said = checked(at, f"decryption.key={KEY}")
        assert status == 0 and "'decryption.key': every user of this machine can read it" in said, said
        status, said = checked(at, "meter.b.port=tcp://127.0.0.1:2", f"meter.b.decryption.authkey={KEY}",
                               f"meter.b.decryption.key={AUTHKEY}")
        assert status == 0 and said.count("every user of this machine can read it") == 2, said
        assert said.count("***") == 2, said
        checked.mode = 0o600
        key = write(os.path.join(at, "key"), KEY + "\n")
        os.chmod(key, 0o640)
        status, said = checked(at, f"decryption.key.file={key}")
        assert status == 0 and "others on this machine can read" in said and "chmod 600" in said, said
        os.chmod(key, 0o600)
        status, said = checked(at, f"decryption.key.file={key}")
        assert status == 0 and "warning" not in said and "with a key" in said, said


def test_check_tells_what_is_wrong_with_a_key():
    with tempfile.TemporaryDirectory() as at:
        key = write(os.path.join(at, "key"), "not a key\n")
        os.chmod(key, 0o600)
        for lines, wanted in (([f"decryption.key={KEY[:-1]}"], "allowed: 32 hexadecimal digits"),
                              ([f"decryption.key={KEY}{KEY}"], "allowed: 32 hexadecimal digits"),
                              ([f"decryption.key.file={key}"], "the first line of"),
                              ([f"decryption.key.file={at}/none"], "no such file"),
                              ([f"decryption.key={KEY}", f"decryption.key.file={key}"], "has no effect"),
                              ([f"decryption.authkey={KEY}"], "has no effect without decryption.key")):
            status, said = checked(at, *lines)
            assert status == 1 and wanted in said, (lines, said)


harness.main()
