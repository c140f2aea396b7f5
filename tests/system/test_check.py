#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dsmr check: what it prints to the letter, and its exit status."""
import os
import shutil
import tempfile

import harness

MANUAL = """port=/dev/ttyUSB0
gas.channel=1
water.channel=2
heating.channel=3
cooling.channel=4
generic.channel=5
slaveelectricity.channel=6
"""

ITEMS = """Number P1_Actual_Delivery "Actual usage [%.3f kW]" {dsmr="eActualDelivery"}
Number P1_Meter_DeliveryLow "Meterstand reading low tariff [%.3f kWh]" {dsmr="eDeliveryTariff1"}
Number P1_Meter_DeliveryNormal "Meter reading normal tariff[%.3f kWh]" {dsmr="eDeliveryTariff2"}
"""


class Folder:
    """Files that are there while the with block runs. In them, in arguments and in what dsmr prints
    @ stands for the folder."""

    def __init__(self, files, mode=0o600):
        self.files = files
        self.mode = mode

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="dsmr-check-")
        for name, text in self.files.items():
            path = os.path.join(self.path, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(text if isinstance(text, bytes) else
                        text.replace("@/", self.path + "/").encode("utf-8"))
            os.chmod(path, self.mode)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def check(self, *arguments):
        """(exit status, output); nothing may be on standard error."""
        result = harness.run("check", *[a.replace("@", self.path) for a in arguments])
        assert result.stderr == b"", result.stderr
        return result.returncode, result.stdout.decode("utf-8").replace(self.path, "@")


def same(got, status, text):
    assert got == (status, text), f"status {got[0]}:\n{got[1]}\nwanted {status}:\n{text}"

PAGE = "page      http://127.0.0.1:8095, without a token\n"


def test_manual_configuration_is_right():
    with Folder({"dsmr.cfg": MANUAL.replace("/dev/ttyUSB0", "/dev/null")}) as folder:
        same(folder.check("-c", "@/dsmr.cfg"), 0,
             "@/dsmr.cfg: no errors\n"
             "port      /dev/null\n"
             "settings  found out from what the meter sends\n"
             "channels  gas 1, water 2, heating 3, cooling 4, generic 5, slaveelectricity 6; "
             "others as the meter tells\n"
             "zone      as the meter tells, else Europe/Amsterdam\n"
             "log       info\n"
             "outlets   none: dsmr run shows the values; openhab.url=, mqtt.url=, p1.listen= "
             "and push.url= name who gets them\n" + PAGE)


def test_whole_configuration_in_effect_without_its_secrets():
    text = ("dsmr:port=@/no-such-port\ndsmr:portsettings=9600 7e1\nzone=Europe/Brussels\n"
            "log.level=debug\nopenhab.url=http://me:geheim@localhost:8080\n"
            "openhab.token=oh.dsmr.geheim\nopenhab.items=@/items\nopenhab.update=change\n")
    with Folder({"dsmr.cfg": text, "items/p1.items": ITEMS}) as folder:
        same(folder.check("--config", "@/dsmr.cfg"), 0,
             "@/dsmr.cfg: no errors\n"
             "port      @/no-such-port (not there now; dsmr run waits for it)\n"
             "settings  9600 7e1\n"
             "channels  as the meter tells\n"
             "zone      Europe/Brussels\n"
             "log       debug\n"
             "openHAB   http://***@localhost:8080, with a token, each value when it changed\n"
             + PAGE + "items     3 bound\n")


def test_every_mistake_is_told_with_its_line():
    config = ("prot=/dev/ttyUSB0\n"
              "# a comment\n"
              "gas.channel=one\n"
              "log.level=loud\n"
              "openhab.items=@/p1.items\n"
              "openhab.url=localhost\n")
    items = ('Switch Lamp {dsmr="eActualDelivery"}\n'
             'Number A "label {dsmr="eActualDelivery"}\n'
             'Number B {dsmr="eActualDelivry"}\n'
             'Number C {dsmr="gValue"}\n'
             'Number C {dsmr="gValue"}\n'
             'Number D {dsmr="gValueTS"}\n')
    with Folder({"dsmr.cfg": config, "p1.items": items}) as folder:
        same(folder.check("-c", "@/dsmr.cfg"), 1,
             "@/dsmr.cfg:1: error: key 'prot' is unknown; did you mean 'port'?\n"
             "@/dsmr.cfg:3: error: key 'gas.channel': value 'one' is not allowed; allowed: the "
             "M-Bus channel, 1 to 9\n"
             "@/dsmr.cfg:4: error: key 'log.level': value 'loud' is not allowed; allowed: error "
             "warn info debug\n"
             "@/dsmr.cfg:6: error: key 'openhab.url': value 'localhost' is not allowed; allowed: "
             "http://host:8080 or https://host:8443; did you mean 'http://localhost'?\n"
             "@/dsmr.cfg: error: key 'port' is not set; allowed: a device (/dev/ttyUSB0), auto, "
             "tcp://host:port, rfc2217://host:port, mqtt://host/topic, pipe:/path, file:/path, - or "
             "simulated:\n"
             "@/p1.items:1: error: item 'Lamp': type 'Switch' cannot be bound; allowed: Number, "
             "String, DateTime\n"
             "@/p1.items:2: error: item 'A': a quotation mark (\") is opened here and not closed\n"
             "@/p1.items:3: error: item 'B': id 'eActualDelivry' is unknown; did you mean "
             "'eActualDelivery'?\n"
             "@/p1.items:5: error: item 'C': the name stands in @/p1.items:4 already; the first "
             "one counts\n"
             "@/p1.items:6: warning: item 'D': type 'Number' cannot show 'gValueTS', which is a "
             "time; allowed: DateTime, String\n")


def test_warnings_alone_are_no_failure():
    with Folder({"dsmr.cfg": "port=simulated:\nopenhab.token=oh.a.b\nelectricity.channel=0\n"},
                mode=0o644) as folder:
        same(folder.check("-c", "@/dsmr.cfg"), 0,
             "@/dsmr.cfg:3: warning: key 'electricity.channel': without effect: the electricity "
             "meter is always channel 0\n"
             "@/dsmr.cfg:2: warning: key 'openhab.token': every user of this machine can read it; "
             "cure: chmod o-r '@/dsmr.cfg'\n"
             "@/dsmr.cfg: no errors\n"
             "port      simulated:\n"
             "channels  as the meter tells\n"
             "zone      as the meter tells, else Europe/Amsterdam\n"
             "log       info\n"
             "outlets   none: dsmr run shows the values; openhab.url=, mqtt.url=, p1.listen= "
             "and push.url= name who gets them\n" + PAGE)


def test_everybody_who_gets_the_values_is_told():
    text = ("port=simulated:\nmeter.garage.port=simulated:\np1.listen=tcp://127.0.0.1:2000\n"
            "p1.meter=garage\nmqtt.url=mqtt://localhost\nmqtt.user=dsmr\nmqtt.update=10\n"
            "homeassistant.discovery=yes\n")
    with Folder({"dsmr.cfg": text}) as folder:
        same(folder.check("-c", "@/dsmr.cfg"), 0,
             "@/dsmr.cfg: no errors\n"
             "meter     main: port=simulated:\n"
             "meter     garage: port=simulated:\n"
             "log       info\n"
             "P1        telegrams of garage at tcp://127.0.0.1:2000\n"
             "MQTT      mqtt://localhost, as dsmr, each value every 10 s\n"
             "          at dsmr/{meter}/{item}\n"
             "          announced to Home Assistant below homeassistant/\n"
             "          Homie 4 device homie/dsmr\n" + PAGE)
    text = ("port=simulated:\nmqtt.url=mqtts://localhost\nmqtt.topic=no\nmqtt.update=change\n"
            "homie.version=5\nhomie.device=attic\n")
    with Folder({"dsmr.cfg": text}) as folder:
        status, output = folder.check("-c", "@/dsmr.cfg")
        assert status == 0 and output.endswith(
            "log       info\n"
            "MQTT      mqtts://localhost, without a user, each value when it changed\n"
            "          Homie 5 device homie/5/attic\n" + PAGE), output


def test_keys_that_do_nothing_by_themselves_are_told():
    text = ("port=simulated:\nhomeassistant.discovery=yes\nmqtt.user=dsmr\np1.all=yes\n"
            "homie.version=5\n")
    broker = "mqtt://host:1883, mqtts://host:8883 or unix:/path; user and password have keys of their own\n"
    with Folder({"dsmr.cfg": text, "bad.cfg": text + "mqtt.url=localhost\n"}) as folder:
        status, output = folder.check("-c", "@/dsmr.cfg")
        assert status == 0
        for line, key, needed in ((2, "homeassistant.discovery", "mqtt.url=; allowed: " + broker),
                                  (3, "mqtt.user", "mqtt.url=; allowed: " + broker),
                                  (4, "p1.all", "p1.listen=; allowed: "),
                                  (5, "homie.version", "mqtt.url=; allowed: " + broker)):
            assert (f"@/dsmr.cfg:{line}: warning: key '{key}' has no effect without {needed}"
                    in output), output
        # A meter behind a broker uses them as well.
        with Folder({"a.cfg": "port=mqtt://localhost/p1\nmqtt.user=dsmr\n"}) as other:
            assert "warning" not in other.check("-c", "@/a.cfg")[1]
        # Where it stands and is refused, once is enough.
        status, output = folder.check("-c", "@/bad.cfg")
        assert status == 1 and "without mqtt.url" not in output, output


def test_what_other_programs_are_told_is_understood():
    for line, meant in (("mqtt.host=localhost", "mqtt.url"), ("mqtt.password=x", "mqtt.password.file"),
                        ("mqtt.url=tcp://localhost:1883", "mqtt://localhost:1883"),
                        ("p1.listen=2000", "tcp://127.0.0.1:2000"),
                        ("p1.listen=0.0.0.0:2000", "tcp://0.0.0.0:2000"),
                        ("homeassistant.discovery=true", "yes"), ("mqtt.retain=off", "no"),
                        ("mqtt.update=10s", "10"), ("mqtt.topic=p1", "p1/{meter}/{item}"),
                        ("meter.attic.port=192.168.1.5:23", "tcp://192.168.1.5:23")):
        with Folder({"dsmr.cfg": f"port=simulated:\n{line}\n"}) as folder:
            status, output = folder.check("-c", "@/dsmr.cfg")
            assert status == 1 and f"; did you mean '{meant}'?\n" in output, output


def test_a_password_in_an_url_is_not_shown():
    for line in ("mqtt.url=mqtt://me:ge@heim@localhost", "port=mqtt://me:ge@heim@localhost/p1",
                 "openhab.url=http://me:ge@heim@local host", "p1.listen=tcp://me:ge@heim@x:1"):
        with Folder({"dsmr.cfg": line + "\n"}) as folder:
            status, output = folder.check("-c", "@/dsmr.cfg")
            assert status == 1 and "heim" not in output, output


def test_an_url_without_its_start_is_understood_and_keeps_its_secret():
    allowed = "allowed: http://host/path or https://host/path, with a query where one is wanted"
    for value, shown, meant in (
            ("localhost:8086/write?db=p1&p=geheim", "localhost:8086/***", "http://localhost:8086/***"),
            ("hooks.example.org/T0/geheim", "hooks.example.org/***", "http://hooks.example.org/***"),
            ("192.168.1.5:8086", "192.168.1.5:8086", "http://192.168.1.5:8086"),
            ("geheim", "***", None), ("Geheim.Geheim", "***", None), ("me:geheim@host/x", "***", None),
            ("ftp://host/geheim", "ftp://host/***", None)):
        with Folder({"dsmr.cfg": f"port=simulated:\npush.url={value}\n"}) as folder:
            same(folder.check("-c", "@/dsmr.cfg"), 1,
                 f"@/dsmr.cfg:2: error: key 'push.url': value '{shown}' is not allowed; {allowed}"
                 + (f"; did you mean '{meant}'?" if meant else "") + "\n")


def test_files_that_are_missing_are_told():
    text = ("port=simulated:\nmqtt.url=mqtts://localhost\nmqtt.password.file=@/none\n"
            "mqtt.ca=@/ca.pem\nmqtt.key=@/key\n")
    with Folder({"dsmr.cfg": text, "ca.pem": ""}) as folder:
        status, output = folder.check("-c", "@/dsmr.cfg")
        assert status == 0 and output.startswith(
            "@/dsmr.cfg:5: warning: key 'mqtt.key' has no effect without mqtt.cert\n"
            "@/dsmr.cfg:3: warning: key 'mqtt.password.file' has no effect without mqtt.user\n"
            "@/dsmr.cfg:5: warning: key 'mqtt.key': '@/key': no such file\n"
            "@/dsmr.cfg:3: warning: key 'mqtt.password.file': @/none: no such file\n"
            "@/dsmr.cfg: no errors\n"), output


def test_a_port_that_leads_back_to_dsmr_is_told():
    listen = "p1.listen=tcp://127.0.0.1:2000 unix:@/p1.sock pty:@/p1\n"
    broker = "mqtt.url=mqtt://broker:1883\n"
    back = "so it would read what it wrote; name the port that the meter is on\n"
    link = "@/folder/../p1"
    for text, line, key, value, what in (
            (listen + "port=tcp://localhost:2000", 2, "port", "tcp://localhost:2000", "p1.listen, line 1"),
            (listen + "port=tcp://[::1]:2000", 2, "port", "tcp://[::1]:2000", "p1.listen, line 1"),
            (listen + "port=rfc2217://127.0.0.1:2000", 2, "port", "rfc2217://127.0.0.1:2000",
             "p1.listen, line 1"),
            ("port=tcp://localhost:23\nmeter.b.port=tcp://LOCALHOST:5\np1.listen=tcp://0.0.0.0:5", 2,
             "meter.b.port", "tcp://LOCALHOST:5", "p1.listen, line 3"),
            (listen + "port=@/p1", 2, "port", "@/p1", "p1.listen, line 1"),
            (listen + "port=" + link, 2, "port", link, "p1.listen, line 1"),
            (listen + "port=@/p1.sock", 2, "port", "@/p1.sock", "p1.listen, line 1"),
            ("mqtt.raw=yes\n" + broker + "port=mqtt://broker/dsmr/main/raw", 3, "port",
             "mqtt://broker/dsmr/main/raw", "mqtt.raw, line 1"),
            ("port=simulated:\nmeter.b.port=mqtts://BROKER/p1/main\nmqtt.raw=p1/{meter}\n" + broker, 2,
             "meter.b.port", "mqtts://BROKER/p1/main", "mqtt.raw, line 3"),
            ("mqtt.url=unix:/run/broker\nport=mqtt://127.0.0.1/dsmr/main/json", 2, "port",
             "mqtt://127.0.0.1/dsmr/main/json", "mqtt.json"),
            (broker + "port=mqtt://broker/dsmr/main/eActualDelivery", 2, "port",
             "mqtt://broker/dsmr/main/eActualDelivery", "mqtt.topic"),
            (broker + "port=mqtt://broker/dsmr/status", 2, "port", "mqtt://broker/dsmr/status",
             "mqtt.status")):
        does = "publishes" if "mqtt" in value else "hands telegrams on"
        with Folder({"dsmr.cfg": text + "\n",
                     "folder/x": ""}) as folder:
            status, output = folder.check("-c", "@/dsmr.cfg")
            wanted = (f"@/dsmr.cfg:{line}: error: key '{key}': value '{value}' is where dsmr itself {does} "
                      f"({what}), {back}")
            assert status == 1 and wanted in output, f"{output}\nwanted:\n{wanted}"
            result = harness.run("run", "-c", folder.path + "/dsmr.cfg")
            assert result.returncode == 1 and b"is where dsmr itself" in result.stderr, result.stderr
    # What looks alike and is another's.
    for text in (listen + "port=tcp://127.0.0.1:2001", listen + "port=tcp://192.0.2.9:2000",
                 listen + "port=@/other/p1", broker + "port=mqtt://broker/dsmr/main/raw",
                 broker + "mqtt.raw=yes\nport=mqtt://broker/dsmr/garage/raw",
                 broker + "mqtt.raw=yes\nport=mqtt://other/dsmr/main/raw",
                 broker + "mqtt.raw=yes\nport=mqtt://broker:1884/dsmr/main/raw"):
        with Folder({"dsmr.cfg": text + "\n"}) as folder:
            status, output = folder.check("-c", "@/dsmr.cfg")
            assert status == 0 and "itself" not in output, output
    # A pattern of topics is none for a port.
    with Folder({"dsmr.cfg": broker + "mqtt.raw=yes\nport=mqtt://broker/dsmr/+/raw\n"}) as folder:
        status, output = folder.check("-c", "@/dsmr.cfg")
        assert status == 1 and "@/dsmr.cfg:3: error: key 'port': value" in output, output


def test_two_keys_that_lead_to_one_topic_are_told():
    start = "port=simulated:\nmqtt.url=mqtt://localhost\n"
    for text, line, key, topic, other in (
            ("mqtt.json=p1\nmqtt.raw=p1", 4, "mqtt.raw", "p1", "mqtt.json, line 3,"),
            ("mqtt.raw=p1/{meter}\nmqtt.status=p1/main", 4, "mqtt.status", "p1/main", "mqtt.raw, line 3,"),
            ("mqtt.json=dsmr/status", 3, "mqtt.json", "dsmr/status", "mqtt.status"),
            ("mqtt.raw=dsmr/{meter}/json", 3, "mqtt.raw", "dsmr/main/json", "mqtt.json"),
            ("mqtt.json=dsmr/{meter}/status", 3, "mqtt.json", "dsmr/main/status", "mqtt.topic"),
            ("mqtt.status=dsmr/main/gValue", 3, "mqtt.status", "dsmr/main/gValue", "mqtt.topic"),
            ("mqtt.topic={meter}/{item}\nmeter.dsmr.port=simulated:4.2", 3, "mqtt.topic", "dsmr/status",
             "mqtt.status")):
        with Folder({"dsmr.cfg": start + text + "\n"}) as folder:
            status, output = folder.check("-c", "@/dsmr.cfg")
            wanted = (f"@/dsmr.cfg:{line}: error: key '{key}': the topic '{topic}' is that of {other} too; "
                      "give each a topic of its own\n")
            assert status == 1 and wanted in output and output.count(" error: ") == 1, \
                f"{output}\nwanted:\n{wanted}"
            result = harness.run("run", "-c", folder.path + "/dsmr.cfg")
            assert result.returncode == 1 and b"of its own" in result.stderr, result.stderr
    for text in ("mqtt.json=p1\nmqtt.raw=p2\nmqtt.status=p3", "mqtt.topic=no\nmqtt.status=dsmr/main/gValue",
                 "mqtt.raw=yes\nmeter.b.port=simulated:4.2"):
        with Folder({"dsmr.cfg": start + text + "\n"}) as folder:
            status, output = folder.check("-c", "@/dsmr.cfg")
            assert status == 0, output


def test_a_refused_port_is_not_called_missing():
    with Folder({"dsmr.cfg": "port=ttyUSB0\n"}) as folder:
        status, output = folder.check("-c", "@/dsmr.cfg")
        assert status == 1 and output.count("error") == 1 and "is not set" not in output, output
    with Folder({"dsmr.cfg": "port=\n"}) as folder:
        status, output = folder.check("-c", "@/dsmr.cfg")
        assert status == 1 and output.count("key 'port' is not set") == 1, output


def test_what_has_no_effect_is_told():
    broker = "port=simulated:\nmqtt.url=mqtt://localhost\n"
    push = "port=simulated:\npush.url=http://localhost/x\n"
    for text, line, key, why in (
            (broker + "mqtt.password.file=@/a", 3, "mqtt.password.file", " without mqtt.user"),
            (broker + "mqtt.ca=@/a", 3, "mqtt.ca", ": mqtt.url does not begin with mqtts://"),
            (broker.replace("mqtt:", "mqtts:") + "mqtt.cert=@/a", 3, "mqtt.cert", " without mqtt.key"),
            (broker.replace("mqtt:", "mqtts:") + "mqtt.key=@/a", 3, "mqtt.key", " without mqtt.cert"),
            (broker + "mqtt.json=no\nmqtt.spool=@", 4, "mqtt.spool",
             " with mqtt.json=no: it holds the JSON"),
            ("port=mqtt://localhost/p1\nmqtt.password.file=@/a", 2, "mqtt.password.file",
             " without mqtt.user"),
            (push + "push.password.file=@/a", 3, "push.password.file", " without push.user"),
            (push + "push.token.file=@/a\npush.user=x", 4, "push.user", " beside push.token.file"),
            (push + "push.ca=@/a", 3, "push.ca", ": push.url does not begin with https://"),
            (push + "push.measurement=x", 3, "push.measurement", " without push.format=influx")):
        with Folder({"dsmr.cfg": text.replace("=@\n", "=@/\n") + "\n", "a": "x\n"}) as folder:
            status, output = folder.check("-c", "@/dsmr.cfg")
            assert status == 0 and output.count("warning") == 1, output
            assert f"@/dsmr.cfg:{line}: warning: key '{key}' has no effect{why}\n" in output, output
    # A meter behind another broker by TLS uses them.
    with Folder({"dsmr.cfg": broker + "meter.b.port=mqtts://other/p1\nmqtt.ca=@/a\n", "a": ""}) as folder:
        status, output = folder.check("-c", "@/dsmr.cfg")
        assert status == 0 and "warning" not in output, output


def test_meters_at_one_topic_are_told():
    text = ("port=simulated:\nmeter.b.port=simulated:\nmqtt.url=mqtt://localhost\nmqtt.topic=p1/{item}\n"
            "mqtt.json=p1/json\nmqtt.raw=raw/{meter}\n")
    with Folder({"dsmr.cfg": text}) as folder:
        status, output = folder.check("-c", "@/dsmr.cfg")
        assert status == 0 and output.startswith(
            "@/dsmr.cfg:4: warning: key 'mqtt.topic': all 2 meters are published to the same topic "
            "'p1/{item}'; put {meter} into it\n"
            "@/dsmr.cfg:5: warning: key 'mqtt.json': all 2 meters are published to the same topic "
            "'p1/json'; put {meter} into it\n"
            "@/dsmr.cfg: no errors\n"), output


def test_files_with_secrets_that_others_can_read_are_told():
    text = ("port=simulated:\nmqtt.url=mqtt://localhost\nmqtt.user=me\nmqtt.password.file=@/mqtt\n"
            "push.url=http://localhost/x\npush.token.file=@/token\npush.header.file=@/none\n")
    with Folder({"dsmr.cfg": text, "mqtt": "secret\n", "token": "secret\n"}) as folder:
        os.chmod(folder.path + "/mqtt", 0o644)
        status, output = folder.check("-c", "@/dsmr.cfg")
        assert status == 0 and output.startswith(
            "@/dsmr.cfg:4: warning: key 'mqtt.password.file': others on this machine can read @/mqtt; "
            "cure: chmod 600 '@/mqtt'\n"
            "@/dsmr.cfg:7: warning: key 'push.header.file': @/none: no such file\n"
            "@/dsmr.cfg: no errors\n"), output


def test_a_page_without_its_token_is_told():
    """What run does then: it serves no page."""
    none = "page      none as long as there is no token in @/token\n"
    said = "@/dsmr.cfg:2: warning: key 'http.token.file': "
    for token, warning, page in (
            (None, said + "@/token: no such file\n", none),
            ("", said + "the first line of @/token has to be a token of 1 to 255 bytes; ", none),
            ("\nsecret\n", said + "the first line of @/token has to be a token of 1 to 255 bytes; ", none),
            ("x" * 256, said + "the first line of @/token has to be a token of 1 to 255 bytes; ", none),
            ("x" * 255 + "\n", "@/dsmr.cfg: no errors\n", PAGE.replace("without", "with"))):
        files = {"dsmr.cfg": "port=simulated:\nhttp.token.file=@/token\n"}
        files |= {} if token is None else {"token": token}
        with Folder(files) as folder:
            status, output = folder.check("-c", "@/dsmr.cfg")
            assert status == 0 and output.startswith(warning) and page in output, (token, output)
            assert output.count("http.token.file") == (0 if "no errors" in warning else 1), output


def test_folders_that_cannot_be_are_told():
    text = "port=simulated:\nmqtt.url=mqtt://localhost\npush.url=http://localhost/x\n"
    with Folder({"dsmr.cfg": text + "mqtt.spool=@/file\npush.spool=@/none/push\n"
                 "p1.listen=tcp://127.0.0.1:2000 pty:@/none/p1 unix:@/file/p1.sock unix:@/p1.sock\n",
                 "file": ""}) as folder:
        status, output = folder.check("-c", "@/dsmr.cfg")
        missing = ("its folder is not there; make it with mkdir, or where it is in /run with "
                   "RuntimeDirectory= in the systemd unit\n")
        same((status, output), 1,
             "@/dsmr.cfg:4: error: key 'mqtt.spool': '@/file' is a file; allowed: a folder; without / "
             "in front it lies beside dsmr.cfg\n"
             f"@/dsmr.cfg:5: warning: key 'push.spool': '@/none/push': {missing}"
             f"@/dsmr.cfg:6: warning: key 'p1.listen': 'pty:@/none/p1': {missing}"
             "@/dsmr.cfg:6: warning: key 'p1.listen': 'unix:@/file/p1.sock': what should be its folder is "
             "a file; name another path\n")
    with Folder({"dsmr.cfg": text + "mqtt.spool=@/new/\npush.spool=@/new2\n"}) as folder:
        assert "warning" not in folder.check("-c", "@/dsmr.cfg")[1]
    if not os.path.exists("/run/dsmr"):
        with Folder({"dsmr.cfg": "port=simulated:\np1.listen=pty:/run/dsmr/p1\n"}) as folder:
            status, output = folder.check("-c", "@/dsmr.cfg")
            assert status == 0 and "warning" not in output, output
            assert ("          the folder of pty:/run/dsmr/p1 is not there now; dsmr's service makes it when "
                    "it starts\n") in output, output
    for other in ("@/spool", "@/spool/", "@/link"):
        with Folder({"dsmr.cfg": text + f"mqtt.spool=@/spool\npush.spool={other}\n",
                     "spool/x": ""}) as folder:
            os.symlink("spool", folder.path + "/link")
            status, output = folder.check("-c", "@/dsmr.cfg")
            same((status, output), 1, f"@/dsmr.cfg:5: error: key 'push.spool': '{other}' is the folder of "
                 "mqtt.spool too (line 4); each needs one of its own\n")
    with Folder({"dsmr.cfg": text + "mqtt.spool=new\npush.spool=./new/\n"}) as folder:  # not there yet
        assert "is the folder of mqtt.spool too" in folder.check("-c", "@/dsmr.cfg")[1]
    with Folder({"dsmr.cfg": text + "mqtt.user=x\nmqtt.password.file=@/empty\n", "empty": " \n"}) as folder:
        assert folder.check("-c", "@/dsmr.cfg") == (
            0, "@/dsmr.cfg:5: warning: key 'mqtt.password.file': '@/empty': it is empty\n"
               + folder.check("-c", "@/dsmr.cfg")[1].split("\n", 1)[1])


def test_files_are_sought_from_the_folder_of_the_configuration_on():
    text = ("port=simulated:\nopenhab.url=http://localhost:1\nopenhab.items=p1.items\n"
            "decryption.key.file=secret/key\nmqtt.url=mqtts://localhost:1\nmqtt.user=x\n"
            "mqtt.password.file=secret/password\nmqtt.ca=none.pem\nmqtt.spool=file\n")
    with Folder({"dsmr.cfg": text, "p1.items": ITEMS, "secret/key": "0" * 32 + "\n",
                 "secret/password": "secret\n", "file": ""}) as folder:
        status, output = folder.check("-c", "@/dsmr.cfg")
        same((status, output), 1,
             "@/dsmr.cfg:8: warning: key 'mqtt.ca': '@/none.pem': no such file\n"
             "@/dsmr.cfg:9: error: key 'mqtt.spool': '@/file' is a file; allowed: a folder; without / in "
             "front it lies beside dsmr.cfg\n")
        # The folder that it is started in is nothing to it.
        here = os.getcwd()
        for start, name in ((folder.path, "dsmr.cfg"), (folder.path + "/secret", "../dsmr.cfg")):
            os.chdir(start)
            try:
                status, output = folder.check("-c", name)
            finally:
                os.chdir(here)
            assert status == 1 and output.count("\n") == 2 and "none.pem" in output, output
    with Folder({"dsmr.cfg": "port=simulated:\nopenhab.url=http://localhost:1\nopenhab.items=rest\n"}) as f:
        assert "as openHAB will tell" in f.check("-c", "@/dsmr.cfg")[1]


def test_named_items_are_checked_instead():
    files = {"dsmr.cfg": "port=simulated:\nopenhab.items=@/none\nopenhab.url=http://localhost\n",
             "a.items": ITEMS, "folder/b.items": 'Number Gas {dsmr="gValue"}\n'}
    with Folder(files) as folder:
        status, output = folder.check("-c", "@/dsmr.cfg", "@/a.items", "@/folder")
        assert status == 0 and output.endswith("with every telegram\n" + PAGE + "items     4 bound\n"), output
        same(folder.check("-c", "@/dsmr.cfg"), 1, "@/none: error: no such file\n")
        same(folder.check("-c", "@/dsmr.cfg", "@/a.items", "@/a.items"), 1, "".join(
            f"@/a.items:{line}: error: item '{name}': the name stands in @/a.items:{line} already; "
            "the first one counts\n" for line, name in enumerate(
                ["P1_Actual_Delivery", "P1_Meter_DeliveryLow", "P1_Meter_DeliveryNormal"], 1)))


def test_half_of_openhab_is_told():
    files = {"url.cfg": "port=simulated:\nopenhab.url=http://localhost:8080\n",
             "items.cfg": "port=simulated:\nopenhab.items=@/a.items\n", "a.items": ITEMS}
    with Folder(files) as folder:
        status, output = folder.check("-c", "@/url.cfg")
        assert status == 0 and output.startswith(
            "@/url.cfg: warning: key 'openhab.url' is set and 'openhab.items' is not: openHAB gets "
            "nothing; it takes both\n"), output
        status, output = folder.check("-c", "@/items.cfg")
        assert status == 0 and output.startswith(
            "@/items.cfg: warning: key 'openhab.items' is set and 'openhab.url' is not: openHAB "
            "gets nothing; it takes both\n"), output


def test_files_that_are_none():
    with Folder({"nul.cfg": b"\xff\xfep\0o\0r\0t\0", "binary.items": bytes(range(256))}) as folder:
        nul = "a NUL byte: this is no text file, or one in UTF-16; save it as UTF-8\n"
        same(folder.check("-c", "@/none.cfg"), 1, "@/none.cfg: error: no such file\n")
        same(folder.check("-c", "@"), 1, "@: error: is a folder, not a file\n")
        same(folder.check("-c", "@/nul.cfg", "@/binary.items"), 1,
             f"@/nul.cfg:1: error: {nul}"
             "@/nul.cfg: error: key 'port' is not set; allowed: a device (/dev/ttyUSB0), auto, "
             "tcp://host:port, rfc2217://host:port, mqtt://host/topic, pipe:/path, file:/path, - or "
             "simulated:\n"
             f"@/binary.items:1: error: {nul}")


def test_sample_is_right_and_has_every_key():
    sample = harness.run("check", "--sample")
    assert sample.returncode == 0 and sample.stderr == b""
    with open(os.path.join(harness.ROOT, "src", "config", "keys.def"), encoding="utf-8") as f:
        table = f.read().split('KEY("')[1:]
    keys = [row.split('"')[0] for row in table if "CONFIG_TYPE_IGNORED" not in row]
    lines = sample.stdout.decode("utf-8").splitlines()
    assert len(keys) >= 13
    for key in keys:
        assert any(line.lstrip("#").startswith(key + "=") for line in lines), key
    every = b"\n".join(line.lstrip(b"#") if b"=" in line and not line.startswith(b"# ") else line
                       for line in sample.stdout.splitlines())
    with Folder({"sample.cfg": sample.stdout, "every.cfg": every}) as folder:
        for name in ["sample.cfg", "every.cfg"]:
            status, output = folder.check("-c", "@/" + name)
            assert status == 0 and output.startswith(f"@/{name}: no errors\n"), output


def test_help_and_wrong_usage():
    result = harness.run("check", "--help")
    assert result.returncode == 0 and result.stderr == b""
    assert b"/etc/dsmr/dsmr.cfg\n" in result.stdout
    assert b"/etc/openhab/services/dsmr.cfg\n" in result.stdout
    result = harness.run("check", "--frobnicate")
    assert result.returncode == 2 and result.stdout == b""
    assert b"dsmr check --help" in result.stderr
    assert harness.run("check", "-c").returncode == 2


harness.main()
