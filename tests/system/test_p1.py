#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""P1 for others: real readers on TCP, unix sockets and terminals, with a simulated meter behind."""
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile

import harness
from harness import Program, Skip, wait_until
from p1_house import Client, Feed, House, Meter, Terminal, free_port, sent_by_meter, telegrams, with_crc

FAST = ["--standard", "5.0", "--seed", "7", "--interval", "0.05"]
ALL_PLACES = "p1.listen=tcp://127.0.0.1:PORT unix:FOLDER/p1.sock, pty:FOLDER/p1"


class OneTelegram(House):
    """A house whose meter has sent one telegram, and sends no more."""

    def __init__(self, *lines):
        self.feed = Feed()
        self.sent = sent_by_meter(1, *FAST)
        super().__init__(f"port={self.feed.name}", *lines)

    def __enter__(self):
        super().__enter__()
        self.feed.accept()
        self.feed.send(self.sent[0])
        self.program.wait_log("first telegram", 5)
        return self

    def __exit__(self, *details):
        super().__exit__(*details)
        self.feed.__exit__()


def assert_stretch(got, sent):
    """What a client got are telegrams that follow each other, from any of them on."""
    assert got[0] in sent, f"not as it was sent: {got[0]!r}"
    first = sent.index(got[0])
    for place, telegram in enumerate(got):
        assert telegram == sent[first + place], f"telegram {place} of {len(got)}: {telegram!r}"


def test_every_client_gets_every_telegram_byte_for_byte():
    # So slow that a terminal holds what comes while a busy machine does not let us read.
    calm = [*FAST[:-1], "0.2"]
    sent = sent_by_meter(400, *calm)
    with Meter(*calm) as meter, House(f"port={meter.name}", ALL_PLACES) as house:
        house.wait_listening(3)
        clients = [house.client() for _ in range(20)]
        clients += [Client(house.path("p1.sock")), Terminal(house.path("p1"))]
        wait_until(lambda: all([len(telegrams(client.read())) >= 20 for client in clients]), 60,
                   "20 telegrams for each")
        for client in clients:
            got = telegrams(client.data)
            assert_stretch(got, sent)
            # Nothing stands between the telegrams.
            assert client.data.startswith(b"".join(got)), client.data
            client.__exit__()


def test_a_telegram_without_crc_comes_as_it_was_sent():
    sent = sent_by_meter(20, "--standard", "2.2", "--seed", "7")
    assert sent[0].endswith(b"\r\n!\r\n"), sent[0]
    with Feed() as feed, House(f"port={feed.name}", ALL_PLACES) as house:
        house.wait_listening(3)
        feed.accept()
        with house.client() as client:
            for count, telegram in enumerate(sent, 1):
                feed.send(telegram)
                assert client.wait(count, 5) == sent[:count]


def test_the_largest_telegram_there_can_be():
    text = b"/TST5MADE-UP\r\n\r\n1-3:0.2.8(50)\r\n0-0:96.13.0(" + b"30" * 7900 + b")\r\n!"
    telegram = with_crc(text)
    assert 15800 < len(telegram) < 16384
    with Feed() as feed, House(f"port={feed.name}", ALL_PLACES, "log.level=debug") as house:
        house.wait_listening(3)
        feed.accept()
        with house.client() as tcp, Client(house.path("p1.sock")) as local, \
                Terminal(house.path("p1")) as terminal:
            house.program.wait_log("a reader has come", 5)
            for count in range(1, 11):
                feed.send(telegram)
                for client in (tcp, local, terminal):
                    assert client.wait(count, 5) == [telegram] * count


def test_an_address_of_ip_version_6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as probe:
            port = probe.getsockname()[1]
    except OSError as reason:
        raise Skip(f"no IPv6 here: {reason}") from reason
    with Meter(*FAST) as meter, House(f"port={meter.name}", f"p1.listen=tcp://[::1]:{port}") as house:
        house.wait_listening()
        with Client(("::1", port)) as client:
            client.wait(3, 5)


def test_a_late_comer_gets_the_last_telegram_at_once():
    with OneTelegram(ALL_PLACES) as house:
        with house.client() as tcp, Client(house.path("p1.sock")) as local:
            assert tcp.wait(1, 1) == house.sent
            assert local.wait(1, 1) == house.sent
        with Terminal(house.path("p1")) as terminal:
            assert terminal.wait(1, 1) == house.sent


def test_a_client_that_sleeps_is_dropped_and_the_others_miss_nothing():
    options = ["--standard", "5.0", "--seed", "7", "--interval", "0.004"]
    sent = sent_by_meter(10000, *options)
    with Meter(*options) as meter, House(f"port={meter.name}", ALL_PLACES) as house:
        house.wait_listening(3)
        sleepers = [house.client(receive_buffer=4096), Client(house.path("p1.sock"))]
        with house.client() as awake, Client(house.path("p1.sock")) as local:
            def all_dropped():
                awake.read()
                local.read()
                return house.program.errors().count("does not read what it is sent") > 0
            wait_until(all_dropped, 20, "a sleeper was dropped")
            assert not awake.ended and not local.ended
            wanted = len(telegrams(awake.data)) + 100
            wait_until(lambda: min([len(telegrams(client.read()))
                                    for client in (awake, local)]) >= wanted,
                       10, f"{wanted} telegrams")
            assert_stretch(telegrams(awake.data), sent)
            assert_stretch(telegrams(local.data), sent)
            for sleeper in sleepers:
                wait_until(lambda: sleeper.read() and sleeper.ended, 20, "the sleeper was dropped")
                assert_stretch(telegrams(sleeper.data), sent)
                sleeper.__exit__()


def test_a_reader_of_the_terminal_that_sleeps_holds_up_nobody():
    options = ["--standard", "5.0", "--seed", "7", "--interval", "0.004"]
    sent = sent_by_meter(10000, *options)
    with Meter(*options) as meter, House(f"port={meter.name}", ALL_PLACES) as house:
        house.wait_listening(3)
        with Terminal(house.path("p1")) as sleeper, house.client() as awake:
            # Far more than a terminal holds.
            assert_stretch(awake.wait(500, 20), sent)
            before = awake.wait(500, 1)[-1]
            # What it gets in the end is new.
            wait_until(lambda: sent.index(before) < max(
                [sent.index(each) for each in telegrams(sleeper.read()) if each in sent], default=0),
                10, "a telegram that was sent while it read")


def test_a_client_that_has_closed_its_side_still_gets_telegrams():
    with Meter(*FAST) as meter, House(f"port={meter.name}", ALL_PLACES) as house:
        house.wait_listening(3)
        for client in (house.client(), Client(house.path("p1.sock"))):
            with client:
                client.socket.shutdown(socket.SHUT_WR)
                client.wait(10, 10)


def test_what_clients_say_is_nothing_to_the_meter():
    with Meter(*FAST) as meter, House(f"port={meter.name}", ALL_PLACES) as house:
        house.wait_listening(3)
        with house.client() as client:
            for _ in range(10):
                client.socket.send(b"hello?\r\n")
                client.wait(len(telegrams(client.data)) + 1, 5)
        with house.client() as chatterbox:
            def dropped():
                try:
                    chatterbox.socket.send(b"x" * 65536)
                except BlockingIOError:
                    pass
                except (ConnectionResetError, BrokenPipeError):
                    return True
                return False
            wait_until(dropped, 10, "who floods is dropped")


def test_more_than_256_clients_are_turned_away_politely():
    with OneTelegram(ALL_PLACES) as house:
        clients = [house.client() for _ in range(256)]
        for client in clients:
            client.wait(1, 5)
        with house.client() as late:
            wait_until(lambda: late.read() and late.ended, 5, "an answer")
            assert late.data == b"dsmr: 256 programs are connected, and more are not served\r\n"
        house.program.wait_log("was turned away", 2)
        # One that has closed its side makes room.
        clients[100].__exit__()
        with house.client() as lucky:
            lucky.wait(1, 5)
        for client in clients:
            client.__exit__()


def test_refused_telegrams_are_handed_on_only_when_asked_for():
    options = [*FAST, "--fault", "crc=0.3"]
    sent = sent_by_meter(400, *options)
    good = set(sent_by_meter(400, *FAST))
    with Meter(*options) as meter, House(f"port={meter.name}", "p1.all=yes",
                                         "p1.listen=tcp://127.0.0.1:PORT") as house:
        house.wait_listening()
        with house.client() as client:
            got = client.wait(40, 20)
            assert_stretch(got, sent)
            assert any(telegram not in good for telegram in got), "none was wrong"
    with Meter(*options) as meter, House(f"port={meter.name}",
                                         "p1.listen=tcp://127.0.0.1:PORT") as house:
        house.wait_listening()
        with house.client() as client:
            got = client.wait(40, 20)
            assert set(got) <= good
            house.program.wait_log("refused", 2)


def test_dsmr_reads_dsmr_on_the_terminal():
    with Meter(*FAST) as meter, House(f"port={meter.name}", ALL_PLACES) as house:
        house.wait_listening(3)
        with House(f"port={house.path('p1')}", "p1.listen=tcp://127.0.0.1:PORT") as second:
            second.program.wait_log("found a meter at 115200 8N1", 10)
            with second.client() as client:
                assert_stretch(client.wait(10, 10), sent_by_meter(400, *FAST))
            # The port is that reader's alone …
            with Program("run", "--port", house.path("p1")) as third:
                third.wait_log("is in use by dsmr", 5)
                assert second.program.stop() == 0
                # … until it leaves.
                third.wait_log("found a meter", 10)


def test_the_terminal_is_found_ready_after_others_have_used_it():
    sent = sent_by_meter(1000, *FAST)
    with Meter(*FAST) as meter, House(f"port={meter.name}", ALL_PLACES,
                                      "log.level=debug") as house:
        house.wait_listening(3)
        for readers in range(1, 4):
            with Terminal(house.path("p1")) as terminal:
                # As found: a program that sets nothing reads whole telegrams.
                assert_stretch(terminal.wait(5, 10), sent)
                subprocess.run(["stty", "-F", house.path("p1"), "9600", "cooked", "echo"],
                               check=True)
            wait_until(lambda: house.program.errors().count("the reader has left") == readers, 5,
                       "the reader has left")


def test_sigterm_removes_what_was_made():
    with OneTelegram(ALL_PLACES) as house:
        assert stat.S_ISSOCK(os.stat(house.path("p1.sock")).st_mode)
        assert os.readlink(house.path("p1")).startswith("/dev/pts/")
        with house.client() as client:
            client.wait(1, 5)
            assert house.program.stop() == 0
            wait_until(lambda: client.read() and client.ended, 2, "the end of the connection")
        assert not os.path.lexists(house.path("p1.sock"))
        assert not os.path.lexists(house.path("p1"))


def test_what_a_killed_dsmr_left_is_replaced():
    with Meter(*FAST) as meter, House(f"port={meter.name}", ALL_PLACES) as house:
        house.wait_listening(3)
        house.program.process.kill()
        house.program.process.wait()
        assert os.path.lexists(house.path("p1.sock")) and os.path.lexists(house.path("p1"))
        with Program("run", "-c", house.config) as again:
            wait_until(lambda: again.errors().count("are handed on at") == 3, 5, again.errors)
            with Client(house.path("p1.sock")) as client, Terminal(house.path("p1")) as terminal:
                client.wait(1, 5)
                terminal.wait(1, 5)


def test_what_belongs_to_others_is_left_alone():
    with Meter(*FAST) as meter, House(f"port={meter.name}", ALL_PLACES) as house:
        house.wait_listening(3)
        kept = house.path("kept")
        with open(kept, "w", encoding="utf-8") as file:
            file.write("mine")
        with House(f"port={meter.name}", f"p1.listen=unix:{house.path('p1.sock')} unix:{kept} "
                   f"pty:{kept}") as second:
            second.program.wait_log("another program listens there", 5)
            second.program.wait_log("something else than a socket", 5)
            second.program.wait_log("something else than a symbolic link", 5)
            assert second.program.stop() == 0
        with open(kept, encoding="utf-8") as file:
            assert file.read() == "mine"
        with Client(house.path("p1.sock")) as client:
            client.wait(1, 5)


def test_the_terminal_of_another_dsmr_is_not_taken_over():
    with Meter(*FAST) as meter, House(f"port={meter.name}", "p1.listen=pty:FOLDER/p1") as house:
        house.wait_listening()
        link = house.path("p1")
        device = os.readlink(link)
        with House(f"port={meter.name}", f"p1.listen=pty:{link}") as second:
            second.program.wait_log(f"pty:{link}: dsmr (process {house.program.process.pid}) has its "
                                    "pseudo-terminal there; stop it, or name another path", 5)
            assert os.readlink(link) == device
            # It has waited for that.
            assert house.program.stop() == 0
            second.wait_listening()
            assert second.program.stop() == 0
        assert not os.path.lexists(link)


def test_the_terminal_of_another_users_dsmr_is_not_taken_over():
    if os.geteuid() != 0:
        raise Skip("needs root to become nobody")
    with Meter(*FAST) as meter, House(f"port={meter.name}", "p1.listen=pty:FOLDER/p1") as house, \
            tempfile.TemporaryDirectory() as folder:
        house.wait_listening()
        os.chmod(house.folder, 0o777)
        os.chmod(house.config, 0o644)
        os.chmod(folder, 0o777)
        device = os.readlink(house.path("p1"))
        program = shutil.copy(harness.DSMR, os.path.join(folder, "dsmr"))
        log = os.path.join(folder, "log")
        with open(log, "wb") as file:
            second = subprocess.Popen([program, "run", "-c", house.config], stdout=file, stderr=file,
                                      user="nobody", group="nogroup", extra_groups=[],
                                      env={"XDG_STATE_HOME": folder})

        def said():
            with open(log, encoding="utf-8") as file:
                return file.read()
        try:
            wait_until(lambda: "p1: " in said() or second.poll() is not None, 10, said)
            if "p1: " not in said():
                raise Skip(f"nobody cannot run the program here: {said()}")
            assert "dsmr of another user has its pseudo-terminal there" in said(), said()
            assert os.readlink(house.path("p1")) == device
        finally:
            second.kill()
            second.wait()


# Makes terminals of its own, as a container has them, holds those of lower numbers and becomes dsmr.
CONTAINER = """
import os, subprocess, sys
number = int(sys.argv[1])
options = "newinstance,ptmxmode=0666,mode=620"
subprocess.run(["mount", "-t", "devpts", "-o", options, "devpts", "/dev/pts"], check=True)
subprocess.run(["mount", "--bind", "/dev/pts/ptmx", "/dev/ptmx"], check=True)
for _ in range(number):
    for descriptor in os.openpty():
        os.set_inheritable(descriptor, True)
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_a_dsmr_in_a_container_does_not_have_our_terminal():
    unshare = ["unshare", "--user", "--map-root-user", "--mount"]
    terminals = ["sh", "-c", "mount -t devpts -o newinstance devpts /dev/pts"]
    if subprocess.run([*unshare, *terminals], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise Skip("no terminals of another container can be made here")
    ours, other = os.openpty()  # no dsmr has it
    device = os.ttyname(other)
    number = os.path.basename(device)
    with tempfile.TemporaryDirectory() as folder:
        link, its_link = os.path.join(folder, "p1"), os.path.join(folder, "its")
        with Program("simulate", "--standard", "5.0", "--pty", its_link,
                     within=[*unshare, sys.executable, "-c", CONTAINER, number]) as its:
            wait_until(lambda: os.path.lexists(its_link), 20, its.errors)
            assert os.readlink(its_link) == device, (os.readlink(its_link), device)
            os.symlink(device, link)  # left by one that was killed
            with Meter(*FAST) as meter, House(f"port={meter.name}", f"p1.listen=pty:{link}") as house:
                house.wait_listening()
                assert os.readlink(link) != device
                assert "has its pseudo-terminal there" not in house.program.errors()
    os.close(other)
    os.close(ours)


def test_a_link_to_something_else_is_left_alone():
    with Meter(*FAST) as meter, tempfile.TemporaryDirectory() as folder:
        link = os.path.join(folder, "p1")
        os.symlink("/dev/null", link)
        with House(f"port={meter.name}", f"p1.listen=pty:{link}") as house:
            house.program.wait_log("at that path is a link to /dev/null, which is left alone", 5)
            assert os.readlink(link) == "/dev/null"
            os.unlink(link)
            house.wait_listening()


def test_a_stale_link_whose_number_is_another_dsmrs_by_now_is_replaced():
    with Meter(*FAST) as meter, House(f"port={meter.name}", "p1.listen=pty:FOLDER/p1") as house:
        house.wait_listening()
        link = house.path("p1")
        device = os.readlink(link)
        with tempfile.TemporaryDirectory() as folder:
            stale = os.path.join(folder, "p1")
            os.symlink(device, stale)
            os.utime(stale, (1, 1), follow_symlinks=False)
            with House(f"port={meter.name}", f"p1.listen=pty:{stale}") as second:
                second.wait_listening()
                assert os.readlink(stale) != device
        assert os.readlink(link) == device


def test_a_stale_link_whose_number_is_another_programs_by_now_is_replaced():
    master, slave = os.openpty()
    with Meter(*FAST) as meter, tempfile.TemporaryDirectory() as folder:
        link = os.path.join(folder, "p1")
        os.symlink(os.ttyname(slave), link)
        with House(f"port={meter.name}", f"p1.listen=pty:{link}") as house:
            house.wait_listening()
            assert os.readlink(link) != os.ttyname(slave)
            with Terminal(link) as terminal:
                terminal.wait(1, 5)
    os.close(slave)
    os.close(master)


def test_what_is_removed_by_hand_is_made_again():
    with Meter(*FAST) as meter, House(f"port={meter.name}", ALL_PLACES) as house:
        house.wait_listening(3)
        link, path = house.path("p1"), house.path("p1.sock")
        with Client(path) as early, Terminal(link) as reader:
            early.wait(1, 5)
            reader.wait(1, 5)
            os.unlink(link)
            os.unlink(path)
            wait_until(lambda: (early.read(), reader.read(), os.path.lexists(link) and
                                os.path.lexists(path))[-1], 10, "both are back")
            # Who was there before stays.
            wanted = [len(telegrams(client.data)) + 5 for client in (early, reader)]
            wait_until(lambda: all([len(telegrams(client.read())) >= count for client, count in
                                    zip((early, reader), wanted)]), 5, "telegrams for both")
            with Client(path) as late:
                late.wait(1, 5)
        with Terminal(link) as terminal:
            terminal.wait(1, 5)
        # What somebody has put there meanwhile is his.
        for mine in (link, path):
            os.unlink(mine)
            with open(mine, "w", encoding="ascii") as file:
                file.write("mine")
        house.program.wait_log("something else than a symbolic link", 10)
        house.program.wait_log("something else than a socket", 10)
        assert house.program.stop() == 0
        for mine in (link, path):
            with open(mine, encoding="ascii") as file:
                assert file.read() == "mine"


def test_a_folder_that_is_missing_is_told_and_waited_for():
    with Meter(*FAST) as meter, House(f"port={meter.name}",
                                      "p1.listen=unix:FOLDER/run/sock pty:FOLDER/run/p1") as house:
        for place in ("unix:" + house.path("run/sock"), "pty:" + house.path("run/p1")):
            house.program.wait_log(f"{place}: its folder is not there; make it with mkdir", 5)
        os.mkdir(house.path("run"))
        house.wait_listening(2)
        with Client(house.path("run/sock")) as client, Terminal(house.path("run/p1")) as terminal:
            client.wait(1, 5)
            terminal.wait(1, 5)


def test_a_port_that_is_taken_is_tried_again():
    with Meter(*FAST) as meter, socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with House(f"port={meter.name}", f"p1.listen=tcp://localhost:{port}") as house:
            house.program.wait_log("Address already in use; trying again", 5)
            other.close()
            house.wait_listening()
            with Client(("127.0.0.1", port)) as client:
                client.wait(1, 5)


def test_listens_on_loopback_unless_told():
    with Meter(*FAST) as meter, House(f"port={meter.name}", "p1.listen=tcp://:PORT") as house:
        house.wait_listening()
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [row.split()[1] for row in table.readlines()[1:] if row.split()[3] == "0A"]
        assert f"0100007F:{house.tcp_port:04X}" in rows, rows


def test_clients_stay_when_the_configuration_is_read_again():
    with Meter(*FAST) as meter, House(f"port={meter.name}", ALL_PLACES) as house:
        house.wait_listening(3)
        sent = sent_by_meter(1000, *FAST)
        with house.client() as client, Terminal(house.path("p1")) as terminal:
            client.wait(3, 5)
            house.write(f"port={meter.name}", ALL_PLACES, "log.level=debug")
            house.program.process.send_signal(signal.SIGHUP)
            house.program.wait_log("was read again", 5)
            assert_stretch(client.wait(len(telegrams(client.data)) + 10, 5), sent)
            assert_stretch(terminal.wait(len(telegrams(terminal.data)) + 10, 5), sent)
            # Another place means another sink.
            fresh = free_port()
            house.write(f"port={meter.name}", f"p1.listen=tcp://127.0.0.1:{fresh}")
            house.program.process.send_signal(signal.SIGHUP)
            wait_until(lambda: client.read() and client.ended, 5, "the end of the connection")
            house.program.wait_log(f"handed on at tcp://127.0.0.1:{fresh}", 5)
        assert not os.path.lexists(house.path("p1"))


def test_the_meter_can_be_named():
    other = ["--standard", "5.0", "--seed", "9", "--interval", "0.1"]
    with Meter(*FAST) as meter, Meter(*other) as solar:
        with House(f"port={meter.name}", f"meter.solar.port={solar.name}", "p1.meter=solar",
                   "p1.listen=tcp://127.0.0.1:PORT") as house:
            house.wait_listening()
            with house.client() as client:
                assert_stretch(client.wait(10, 10), sent_by_meter(400, *other))


def test_a_meter_that_there_is_not_is_told():
    for lines in (["port=simulated:", "p1.listen=tcp://:PORT", "p1.meter=mein"],
                  ["meter.solar.port=simulated:", "p1.listen=tcp://:PORT"]):
        with House(*lines) as house:
            house.program.wait_log("key 'p1.meter': there is no meter", 5)
            assert house.program.process.wait(20) == 1


def test_places_that_are_none_are_told():
    for bad in ("2000", "tcp://127.0.0.1", "tcp://example.org:2000", "unix:p1.sock", "pty:/run/",
                "tcp://127.0.0.1:2000 http://x", "unix:/" + "x" * 120):
        with House("port=simulated:", f"p1.listen={bad}") as house:
            house.program.wait_log("key 'p1.listen': value", 5)
            assert house.program.process.wait(20) == 1


def test_descriptors_that_run_out_are_survived():
    with Meter(*FAST) as meter, House(f"port={meter.name}", ALL_PLACES) as house:
        house.wait_listening(3)
        house.program.wait_log("first telegram", 5)
        pid = house.program.process.pid
        held = len(os.listdir(f"/proc/{pid}/fd"))
        subprocess.run(["prlimit", f"--pid={pid}", f"--nofile={held + 3}"], check=True)
        clients = [house.client() for _ in range(8)]
        house.program.wait_log("Too many open files", 5)
        clients[0].wait(len(telegrams(clients[0].data)) + 20, 10)
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            ticks = sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
        assert ticks < 100, "it spins"
        for client in clients[:5]:
            client.__exit__()
        clients[7].wait(1, 10)


harness.main()
