# SPDX-License-Identifier: MIT
"""The real mosquitto, started for a test on a port of its own, somebody who listens to it, and
brokers that misbehave."""
import os
import shutil
import socket
import subprocess
import tempfile
import threading

import harness
from harness import free_port

for program in ("mosquitto", "mosquitto_sub"):
    assert shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin"), f"{program} is missing"
MOSQUITTO = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Broker:
    """mosquitto with these lines in its configuration; {folder} in them is a folder of its own."""

    def __init__(self, *lines, anonymous=True, port=None):
        self.folder = tempfile.mkdtemp(prefix="dsmr-broker-")
        self.port = port or free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self.config = os.path.join(self.folder, "mosquitto.conf")
        self.log = os.path.join(self.folder, "log")
        self.process = None
        with open(self.config, "w", encoding="utf-8") as config:
            config.write(f"listener {self.port} 127.0.0.1\n")
            config.writelines(line.format(folder=self.folder) + "\n" for line in lines)
            # Started as root it would become another user, who may not read this folder.
            config.write(f"allow_anonymous {'true' if anonymous else 'false'}\nuser root\n")
            config.write("max_queued_messages 100000\nset_tcp_nodelay true\n")

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([MOSQUITTO, "-c", self.config], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        harness.wait_until(lambda: self.process.poll() is not None or accepts(self.port), 20,
                           self.errors)
        assert self.process.poll() is None, self.errors()

    def stop(self, kill=False):
        if self.process and self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(20)

    def errors(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop(kill=True)
        shutil.rmtree(self.folder, ignore_errors=True)


class Message:
    def __init__(self, line):
        retained, qos, self.topic, payload = line.rstrip("\n").split("\t")
        self.retained, self.qos = retained == "1", int(qos)
        self.payload = bytes.fromhex(payload)

    @property
    def text(self):
        return self.payload.decode()


class Subscriber:
    """mosquitto_sub: all that the broker publishes, from the moment on that the object is there."""

    def __init__(self, broker, *filters, options=(), qos=2):
        self.messages = []
        self.subscribed = threading.Event()
        arguments = ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-q", str(qos),
                     "-F", "%r\t%q\t%t\t%x", *options]
        # The broker has this one retained: when it comes, it has taken the subscriptions.
        for topic in (*(filters or ("#",)), "$SYS/broker/version"):
            arguments += ["-t", topic]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        stdin=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        assert self.subscribed.wait(20), "mosquitto_sub does not get anything"

    def read(self):
        for line in self.process.stdout:
            if not line.endswith("\n"):
                break  # it was killed
            message = Message(line)
            if message.topic.startswith("$SYS"):
                self.subscribed.set()
            else:
                self.messages.append(message)

    def wait_again(self):
        """Until it is subscribed again, after the broker was away; call forget() before it comes."""
        assert self.subscribed.wait(60), "mosquitto_sub does not come back"

    def forget(self):
        self.subscribed.clear()

    def of(self, topic):
        return [message for message in list(self.messages) if message.topic == topic]

    def texts(self, topic):
        return [message.text for message in self.of(topic)]

    def wait(self, topic, count=1, seconds=30):
        harness.wait_until(lambda: len(self.of(topic)) >= count, seconds,
                           lambda: f"{count} messages at {topic}; came: "
                           f"{sorted({m.topic for m in list(self.messages)})}")
        return self.of(topic)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Gate:
    """A TCP connection to a broker that a test can open and close at will."""

    def __init__(self, broker, is_open=True):
        self.broker = broker
        self.open = is_open
        self.pairs = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"mqtt://127.0.0.1:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                if not self.open:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.broker.port))
            except OSError:
                if self.listener.fileno() < 0:
                    return
                near.close()
                continue
            self.pairs += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=(source, target), daemon=True).start()

    @staticmethod
    def carry(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def shut(self):
        self.open = False
        for end in self.pairs:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
        self.pairs.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shut()
        self.listener.close()


class Impostor:
    """A server that does to each connection what act(connection) does."""

    def __init__(self, act):
        self.act = act
        self.connections = 0
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            self.act(connection)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        for connection in self.open:
            connection.close()
