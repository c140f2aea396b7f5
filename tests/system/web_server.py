# SPDX-License-Identifier: MIT
"""A web server of the tests that can be switched off and on again, as a computer can."""
import http.server
import socket
import ssl
import threading


class WebServer:
    """Serves at 127.0.0.1 while a with block lasts; connection_class says how, a class of WebConnection. What the
    two share is read and written with the lock held."""

    connection_class = None

    def __init__(self, port=0, certificate=None):
        self.port = port
        self.certificate = certificate
        self.lock = threading.Lock()
        self.connections = set()
        self.connection_count = 0
        self.stopping = threading.Event()  # set when it is switched off
        self.server = None

    def __enter__(self):
        self.live()
        return self

    def __exit__(self, *_):
        self.die()

    @property
    def url(self):
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def live(self):
        """Starts to listen: at first on a free port, later on the same again."""
        self.stopping = threading.Event()
        self.server = Listener(("127.0.0.1", self.port), self.connection_class)
        self.server.hub = self
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def die(self):
        """As a computer that is switched off: every connection is gone, nobody listens."""
        if self.server is None:
            return
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        self.server = None
        with self.lock:
            for connection in list(self.connections):
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """Clients that go away are part of the tests."""


class WebConnection(http.server.BaseHTTPRequestHandler):
    """HTTP/1.1 with kept connections; hub is the WebServer, number counts them from 0."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.hub = self.server.hub
        self.stopping = self.hub.stopping
        with self.hub.lock:
            self.hub.connections.add(self.connection)
            self.number = self.hub.connection_count
            self.hub.connection_count += 1

    def finish(self):
        with self.hub.lock:
            self.hub.connections.discard(self.connection)
        super().finish()

    def log_message(self, *_):
        """What came is recorded by those who ask."""
