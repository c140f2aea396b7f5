#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where bytes come from: TCP that breaks, RFC 2217, MQTT, standard input, named pipes, files."""
import os
import shutil
import signal
import subprocess
import tempfile
import time

import harness
import rfc2217_port
from harness import Program, Skip, run, wait_until
from mqtt_broker import Broker, Impostor
from p1_house import Feed, House, Meter, free_port, sent_by_meter, with_crc
from rfc2217_port import Rfc2217Port

FAST = ["--standard", "5.0", "--seed", "7", "--interval", "0.1"]
HAND_ON = "p1.listen=tcp://127.0.0.1:PORT"


def cpu_ticks(program):
    with open(f"/proc/{program.process.pid}/stat", encoding="ascii") as file:
        return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))


# ---- TCP ----

def test_a_half_open_connection_is_noticed_by_the_rhythm_of_the_meter():
    sent = sent_by_meter(10, *FAST)
    with Feed() as feed, House(f"port={feed.name}", HAND_ON) as house:
        house.wait_listening()
        first = feed.accept()
        for telegram in sent[:8]:
            feed.send(telegram)
            time.sleep(0.1)  # the rhythm of this meter
        silent_since = time.monotonic()
        feed.accept()
        waited = time.monotonic() - silent_since
        assert 4 < waited < 20, waited
        house.program.wait_log("nothing came for 5 s", 1)
        with house.client() as client:
            feed.send(sent[9])
            wait_until(lambda: sent[9] in client.read(), 5, "the next telegram")
        first.close()


def test_a_connection_with_an_unknown_rhythm_is_left_in_peace():
    with Feed() as feed, House(f"port={feed.name}", HAND_ON) as house:
        peer = feed.accept()
        feed.send(sent_by_meter(1, *FAST)[0])
        house.program.wait_log("first telegram", 5)
        feed.listener.settimeout(8)
        try:
            feed.listener.accept()
            raise AssertionError("it was given up")
        except TimeoutError:
            pass
        peer.close()


def test_a_busy_converter_is_told_and_asked_more_and_more_seldom():
    with Feed() as feed, House(f"port={feed.name}", HAND_ON) as house:
        came = []
        for _ in range(4):
            peer = feed.accept()
            came.append(time.monotonic())
            peer.sendall(b"Port already in use\r\n")
            peer.close()
        pauses = [after - before for before, after in zip(came, came[1:])]
        assert 0.7 < pauses[0] and 1.3 < pauses[1] and 2.3 < pauses[2], pauses
        house.program.wait_log("closed the connection, saying 'Port already in use'; trying again", 2)
        assert house.program.errors().count("Port already in use") == 1
        assert house.program.errors().count("is connected") == 2, house.program.errors()
        # A telegram makes all good.
        feed.accept()
        feed.send(sent_by_meter(1, *FAST)[0])
        house.program.wait_log("first telegram", 2)
        feed.peer.close()
        began = time.monotonic()
        feed.accept()
        assert time.monotonic() - began < 6, "as long as before"


def test_a_meter_of_seven_bits_is_read_over_tcp():
    text = sent_by_meter(1, "--standard", "2.2", "--seed", "7")[0]
    even = bytes(byte | 0x80 if bin(byte).count("1") % 2 else byte for byte in text)
    with Feed() as feed, House(f"port={feed.name}", HAND_ON) as house:
        house.wait_listening()
        feed.accept()
        with house.client() as client:
            feed.send(even)
            wait_until(lambda: client.read() == text, 5, lambda: f"{client.data!r}")


# ---- RFC 2217 ----

def test_the_speed_is_found_through_rfc_2217():
    sent = sent_by_meter(30, *FAST)
    for baud in (115200, 9600):
        with Rfc2217Port(sent, baud) as port, House(f"port={port.name}", HAND_ON) as house:
            house.program.wait_log(f"found a meter at {baud} 8N1", 20)
            with house.client() as client:
                assert client.wait(5, 10)[0] in sent
            asked = dict(port.asked)
            assert asked[rfc2217_port.BAUD] == baud
            assert asked[rfc2217_port.SIZE] == 8
            assert asked[rfc2217_port.PARITY] == 1
            assert asked[rfc2217_port.STOP] == 1
            assert (rfc2217_port.CONTROL, 11) in port.asked, "the request line is not set"
            assert (rfc2217_port.WILL, 44) in port.verbs


def test_the_user_can_name_the_settings_for_rfc_2217():
    sent = sent_by_meter(30, *FAST)
    with Rfc2217Port(sent, 19200) as port, House(f"port={port.name}", "portsettings=19200 7E1",
                                                 HAND_ON) as house:
        house.program.wait_log("first telegram", 10)
        asked = dict(port.asked)
        assert asked[rfc2217_port.BAUD] == 19200
        assert asked[rfc2217_port.SIZE] == 7
        assert asked[rfc2217_port.PARITY] == 3


def test_bytes_of_255_come_through_rfc_2217():
    telegram = with_crc(b"/TST5MADE-UP\r\n\r\n1-3:0.2.8(50)\r\n0-0:96.13.0(\xff\xff\xff)\r\n!")
    with Rfc2217Port([telegram], 115200) as port, House(f"port={port.name}", HAND_ON) as house:
        house.wait_listening()
        with house.client() as client:
            wait_until(lambda: client.read().count(telegram) >= 2, 10, lambda: f"{client.data!r}")


def test_converters_of_other_manners_are_read_as_well():
    sent = sent_by_meter(30, *FAST)
    for manners in ({"sends_first": True}, {"answers_purge": False}):
        with Rfc2217Port(sent, 9600, **manners) as port, House(f"port={port.name}", HAND_ON) as house:
            house.program.wait_log("found a meter at 9600 8N1", 30)
            # Options that were agreed on are not agreed on again and again.
            assert len(port.verbs) < 20, port.verbs


def test_a_port_whose_speed_is_fixed_is_told():
    sent = sent_by_meter(30, *FAST)
    with Rfc2217Port(sent, 300, takes_speed=False) as port, House(f"port={port.name}") as house:
        house.program.wait_log("asked for 115200 baud, it stays at 300", 10)
        house.program.wait_log("first telegram", 10)


def test_what_speaks_no_rfc_2217_is_told():
    with Rfc2217Port([b""], 300, offers=False) as port, House(f"port={port.name}") as house:
        house.program.wait_log("does not speak RFC 2217; if it is a raw port, name it tcp://", 5)
        wait_until(lambda: port.connections > 1, 5, "another try")
    with Meter(*FAST) as meter:
        with House(f"port={meter.name.replace('tcp', 'rfc2217')}") as house:
            house.program.wait_log("does not speak RFC 2217", 15)


def test_an_rfc_2217_port_that_goes_and_comes_back():
    sent = sent_by_meter(30, *FAST)
    with Rfc2217Port(sent, 9600) as port, House(f"port={port.name}", HAND_ON) as house:
        house.program.wait_log("found a meter at 9600 8N1", 20)
        port.client.shutdown(2)
        wait_until(lambda: house.program.errors().count("found a meter at 9600 8N1") == 2, 10,
                   house.program.errors)
        # What was found is tried first.
        last = [value for code, value in port.asked if code == rfc2217_port.BAUD]
        assert last[-1] == 9600 and last[-2] == 9600, last


class Ser2net:
    """The real one, on a simulated meter's pseudo-terminal."""

    def __init__(self, standard, accepter):
        if not shutil.which("ser2net", path=os.environ["PATH"] + ":/usr/sbin"):
            raise Skip("ser2net is not installed")
        self.folder = tempfile.TemporaryDirectory(prefix="dsmr-test-")
        self.link = os.path.join(self.folder.name, "port")
        self.port = free_port()
        config = os.path.join(self.folder.name, "ser2net.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("%YAML 1.1\n---\nconnection: &meter\n"
                       f"  accepter: {accepter},127.0.0.1,{self.port}\n"
                       f"  connector: serialdev,{self.link},9600n81,local\n")
        self.meter = Program("simulate", "--standard", standard, "--pty", self.link, "--interval",
                             "1", "--seed", "7")
        self.meter.wait_log("dsmr simulate: ", 5)
        self.process = subprocess.Popen(["ser2net", "-n", "-u", "-c", config],
                                        env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"},
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *details):
        self.process.kill()
        self.process.wait()
        self.meter.__exit__(*details)
        self.folder.cleanup()


def test_ser2net_with_rfc_2217():
    for standard, baud in (("5.0", "115200 8N1"), ("2.2", "9600 7E1")):
        with Ser2net(standard, "telnet(rfc2217),tcp") as far:
            with House(f"port=rfc2217://127.0.0.1:{far.port}", HAND_ON) as house:
                house.program.wait_log(f"found a meter at {baud}", 30)
                with house.client() as client:
                    sent = sent_by_meter(60, "--standard", standard, "--seed", "7") \
                        if standard == "5.0" else None
                    got = client.wait(3, 15)
                    assert sent is None or got[0] in sent, got[0]


def test_ser2net_raw():
    with Ser2net("2.2", "tcp") as far, House(f"port=tcp://127.0.0.1:{far.port}") as house:
        house.program.wait_log("first telegram", 15)


# ---- MQTT ----

def publish(broker, message, *options):
    """Any bytes, under p1/raw."""
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-t", "p1/raw", "-s",
                    "-q", "1", *options], input=message, check=True, timeout=30)


def publish_until(broker, message, came, *options):
    """Publishes a message again and again until came(): nobody tells when who has subscribed."""
    def again():
        publish(broker, message, *options)
        return came()
    wait_until(again, 10, "the message came through")


def test_telegrams_that_come_through_mqtt():
    sent = sent_by_meter(3, *FAST)
    with Broker() as broker:
        publish(broker, sent[0], "-r")
        with House(f"port=mqtt://127.0.0.1:{broker.port}/p1/raw", HAND_ON) as house:
            house.wait_listening()
            with house.client() as client:
                publish_until(broker, sent[1], client.read)
                assert client.data.startswith(sent[1]), "what the broker had kept is not of now"
                # In pieces, and without the last line end.
                for piece in (sent[2][:100], sent[2][100:101], sent[2][101:-2]):
                    publish(broker, piece)
                wait_until(lambda: client.read().endswith(sent[2]), 5, "what came in pieces")
                broker.stop(kill=True)
                house.program.wait_log("no telegrams come from it", 10)
                broker.start()
                client.data = b""
                publish_until(broker, sent[0], client.read)
                assert client.data.startswith(sent[0])


def test_a_broker_that_wants_a_password():
    telegram = sent_by_meter(1, *FAST)[0]
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as folder:
        words, secret = os.path.join(folder, "passwords"), os.path.join(folder, "secret")
        subprocess.run(["mosquitto_passwd", "-b", "-c", words, "reader", "a secret"],
                       check=True)
        with open(secret, "w", opener=lambda path, flags: os.open(path, flags, 0o600),
                  encoding="utf-8") as file:
            file.write("a secret\n")
        with Broker(f"password_file {words}", anonymous=False) as broker:
            port = f"port=mqtt://127.0.0.1:{broker.port}/p1/raw"
            with House(port) as house:
                house.program.wait_log("does not let us in", 10)
            with House(port, "mqtt.user=reader", f"mqtt.password.file={secret}") as house:
                publish_until(broker, telegram,
                              lambda: "first telegram" in house.program.errors(),
                              "-u", "reader", "-P", "a secret")
                assert "a secret" not in house.program.errors()


def connect_packets(broker, *lines, count=1):
    """What a port's broker gets to see of us, in so many connections, and the log: a broker that reads a
    packet and hangs up."""
    seen = []

    def read(connection):
        seen.append(connection.recv(4096))
        connection.close()
    with Impostor(read) as other, \
            House(f"port=mqtt://127.0.0.1:{other.port}/p1/raw",
                  *(line.format(broker=broker, other=other.port) for line in lines)) as house:
        wait_until(lambda: len(seen) >= count, 20, house.program.errors)
        return seen, house.program.errors()


def test_a_password_is_for_the_broker_of_mqtt_url_only():
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as folder, Broker() as broker:
        secret = os.path.join(folder, "secret")
        with open(secret, "w", opener=lambda path, flags: os.open(path, flags, 0o600),
                  encoding="utf-8") as file:
            file.write("hush-hush\n")
        login = ("mqtt.user=reader", f"mqtt.password.file={secret}")
        told = "its broker does not get mqtt.user, mqtt.password.file and mqtt.cert: they are for "
        (packet,), log = connect_packets(broker.port, "mqtt.url=mqtt://127.0.0.1:{broker}", *login)
        assert b"MQTT" in packet and b"reader" not in packet and b"hush" not in packet, packet
        assert f"{told}mqtt://127.0.0.1:{broker.port}" in log and "hush" not in log, log
        # The same host and port, and no mqtt.url at all.
        for lines in (("mqtt.url=mqtt://127.0.0.1:{other}", "homie.version=no"), ()):
            packets, log = connect_packets(broker.port, *lines, *login, count=1 + bool(lines))
            assert all(b"reader" in packet and b"hush-hush" in packet for packet in packets), packets
            assert told not in log, log
        (packet,), log = connect_packets(
            broker.port, "meter.two.port=mqtt://127.0.0.1:{broker}/p1/raw", *login)
        assert b"hush" not in packet and told + "one broker" in log, (packet, log)


def test_a_password_that_changes_is_used_after_a_reload():
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as folder:
        words, secret = os.path.join(folder, "passwords"), os.path.join(folder, "secret")
        subprocess.run(["mosquitto_passwd", "-b", "-c", words, "reader", "right"], check=True)

        def write(password):
            with open(secret, "w", opener=lambda path, flags: os.open(path, flags, 0o600),
                      encoding="utf-8") as file:
                file.write(password + "\n")

        def reload(house, count):
            house.program.process.send_signal(signal.SIGHUP)
            wait_until(lambda: house.program.errors().count("was read again") == count, 20,
                       house.program.errors)
        with Broker(f"password_file {words}", anonymous=False) as broker:
            write("wrong")
            with House(f"port=mqtt://127.0.0.1:{broker.port}/p1/raw", "mqtt.user=reader",
                       f"mqtt.password.file={secret}") as house:
                house.program.wait_log("mqtt.password.file and its access list", 20)
                write("right")
                reload(house, 1)
                house.program.wait_log("connected to the broker", 20)
                reload(house, 2)  # with nothing new: the connection stays
                publish_until(broker, sent_by_meter(1, *FAST)[0],
                              lambda: "first telegram" in house.program.errors(),
                              "-u", "reader", "-P", "right")
                assert house.program.errors().count("connected to the broker") == 1
                assert "right" not in house.program.errors()


def test_brokers_that_do_not_answer_keep_nobody_waiting():
    """Neither a port whose name has to be looked up, nor the end."""
    harness.need_localhost()
    with harness.deaf_port() as deaf, Meter(*FAST) as meter:
        ports = [f"meter.m{i}.port=mqtt://127.0.0.1:{deaf}/p1/{i}" for i in range(8)]
        with House(*ports, f"meter.last.port=tcp://localhost:{meter.port}") as house:
            house.program.wait_log("last: first telegram", 20)
            house.program.wait_log("no connection within 10 s", 40)
            assert house.program.stop() == 0


def test_dsmr_reads_what_another_dsmr_publishes():
    sent = sent_by_meter(600, *FAST)
    with Broker() as broker, Meter(*FAST) as meter:
        with House(f"port={meter.name}", f"mqtt.url=mqtt://127.0.0.1:{broker.port}",
                   "mqtt.raw=yes"), \
                House(f"port=mqtt://127.0.0.1:{broker.port}/dsmr/main/raw", HAND_ON) as second:
            second.wait_listening()
            with second.client() as client:
                got = client.wait(10, 20)
                first = sent.index(got[0])
                assert got == sent[first:first + len(got)]


# ---- standard input, pipes, files ----

def test_standard_input():
    text = run("simulate", *FAST[:4], "--count", "20").stdout
    for name in ("-", "stdin:"):
        with Program("run", "--port", name, stdin=subprocess.PIPE) as program:
            program.process.stdin.write(text[:5000])
            program.process.stdin.flush()
            program.wait_log("first telegram", 5)
            program.process.stdin.write(text[5000:])
            program.process.stdin.close()
            program.wait_log("standard input has ended", 5)
            assert program.stop() == 0
            assert "20 telegrams good, 0 refused" in program.errors(), program.errors()


def test_standard_input_that_is_a_file_or_nothing():
    with tempfile.TemporaryFile() as file:
        file.write(run("simulate", *FAST[:4], "--count", "3").stdout)
        file.seek(0)
        with Program("run", "--port", "-", stdin=file) as program:
            program.wait_log("standard input has ended", 10)
            assert program.stop() == 0
            assert "3 telegrams good, 0 refused" in program.errors(), program.errors()
    with Program("run", "--port", "-") as program:
        program.wait_log("standard input has ended", 5)
        assert program.stop() == 0


def test_a_named_pipe_is_opened_again_when_the_writer_goes():
    sent = sent_by_meter(6, *FAST)
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as folder:
        path = os.path.join(folder, "pipe")
        with House(f"port=pipe:{path}", HAND_ON) as house:
            house.program.wait_log(f"cannot open {path}: No such file", 5)
            os.mkfifo(path)
            house.wait_listening()
            with house.client() as client:
                for count in range(3):
                    with open(path, "wb", buffering=0) as writer:
                        # What the writer before broke off is void.
                        writer.write(sent[2 * count] + sent[2 * count + 1][:300])
                    wait_until(lambda: client.read() == b"".join(sent[0:2 * count + 1:2]), 5,
                               lambda: f"{client.data!r}")
                # Another pipe under that name.
                os.unlink(path)
                os.mkfifo(path)
                with open(path, "wb", buffering=0) as writer:
                    writer.write(sent[5])
                    wait_until(lambda: client.read().endswith(sent[5]), 5, "the last telegram")
            assert house.program.stop() == 0


def test_a_path_that_is_a_named_pipe_needs_no_scheme():
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as folder:
        path = os.path.join(folder, "pipe")
        os.mkfifo(path)
        with House(f"port={path}") as house, open(path, "wb", buffering=0) as writer:
            writer.write(sent_by_meter(1, *FAST)[0])
            house.program.wait_log("first telegram", 5)
            writer.close()
            # Without a writer it waits and does not spin.
            ticks, until = cpu_ticks(house.program), time.monotonic() + 1
            wait_until(lambda: time.monotonic() > until, 2, "a second")
            assert cpu_ticks(house.program) - ticks < 20
        with House(f"port=pipe:{folder}/file") as house:
            with open(os.path.join(folder, "file"), "wb"):
                house.program.wait_log("is no named pipe: mkfifo makes one", 5)


def test_a_file_is_read_at_the_speed_of_a_line():
    text = run("simulate", *FAST[:4], "--count", "15").stdout
    with tempfile.TemporaryDirectory(prefix="dsmr-test-") as folder:
        path = os.path.join(folder, "recording")
        with open(path, "wb") as file:
            file.write(text)
        began = time.monotonic()
        with House(f"port=file:{path}") as house:
            house.program.wait_log(f"{path} has ended", 20)
            took = time.monotonic() - began
            assert len(text) / 11520 * 0.8 < took < len(text) / 11520 * 2 + 10, took
            assert house.program.stop() == 0
            assert "15 telegrams good, 0 refused" in house.program.errors()


def test_ports_that_are_none_are_told():
    for bad in ("rfc2217://host", "mqtt://host/p1/+", "pipe:run/p1", "file:", "stdin:x", "udp://host:1"):
        with House(f"port={bad}") as house:
            house.program.wait_log("key 'port': value", 5)
            assert house.program.process.wait(5) == 1


def test_a_password_in_a_port_is_not_shown():
    for command in ("run", "items"):
        done = harness.run(command, "--port", "mqtt://me:geheim@localhost/p1")
        said = done.stdout + done.stderr
        assert done.returncode != 0 and b"mqtt.password.file" in said and b"geheim" not in said, said


harness.main()
