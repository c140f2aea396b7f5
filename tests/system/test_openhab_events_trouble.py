#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""openhab.websocket=yes against an openHAB that refuses it, or that nobody trusts."""
import os
import shutil
import subprocess
import tempfile

import harness
from openhab_events_house import AGAIN, IN_USE, house_of, wait_more


def test_refused_upgrade_falls_back_and_comes_back():
    house = house_of()
    house.openhab.refusal = 404  # openHAB before 3.4
    with house:
        house.wait_log("openHAB refuses its event WebSocket (404): openHAB has it since 3.4")
        wait_more(house, 100, "PUT")
        harness.wait_until(lambda: house.openhab.upgrades >= 2, 20, "another try")
        assert house.openhab.events() == 0
        house.openhab.refusal = None
        house.wait_log(IN_USE, 40)
        wait_more(house, 200, "EVENT")
        assert len(house.warnings()) == 1, house.warnings()


def test_token_that_is_not_wanted_any_more():
    with house_of() as house:
        house.wait_telegrams(2)
        house.openhab.refusal = 401
        house.openhab.drop_sockets()
        house.wait_log("openHAB refuses its event WebSocket (401): is openhab.token right?", 40)
        house.openhab.refusal = None
        house.wait_log(AGAIN, 60)
        wait_more(house, 200, "EVENT")
        assert len(house.warnings()) == 1, house.warnings()


def test_openhab_that_starts_refuses_for_a_while():
    with house_of("log.level=debug\n") as house:
        house.wait_telegrams(2)
        house.openhab.refusal = 404
        house.openhab.drop_sockets()
        tried = house.openhab.upgrades
        harness.wait_until(lambda: house.openhab.upgrades >= tried + 2, 40, house.dsmr.errors)
        house.openhab.refusal = None
        wait_more(house, 200, "EVENT")
        assert not house.warnings(), house.warnings()


def test_upgrade_that_points_elsewhere_or_fails():
    for status, why in ((302, "(302)"), (500, "(500)")):
        house = house_of()
        house.openhab.refusal = status
        with house:
            house.wait_log("openHAB refuses its event WebSocket " + why)
            wait_more(house, 50, "PUT")
            assert len(house.warnings()) == 1, house.warnings()
            assert house.openhab.events() == 0


def test_upgrade_that_is_not_answered():
    house = house_of()
    house.openhab.hanging_upgrade = True
    with house:
        wait_more(house, 50, "PUT")
        house.wait_log("event WebSocket cannot be used: no answer within 5 s; states go by PUT")
        assert len(house.warnings()) == 1, house.warnings()


def test_untrusted_certificate_gets_nothing():
    certificate = os.path.join(os.path.dirname(os.path.realpath(__file__)), "untrusted.pem")
    with house_of(certificate=certificate) as house:
        house.wait_log("its certificate is not trusted: ")
        house.wait_log("event WebSocket cannot be used: ")
        assert house.openhab.upgrades == 0 and not house.openhab.count(), "something was sent"


def make_trusted_certificate(folder):
    """An authority of our own, and a certificate of it for localhost and its key in one file."""
    authority, request = os.path.join(folder, "authority.pem"), os.path.join(folder, "request.pem")
    key, names = os.path.join(folder, "key.pem"), os.path.join(folder, "names")
    server = os.path.join(folder, "server.pem")
    with open(names, "w", encoding="ascii") as extension:
        extension.write("subjectAltName=DNS:localhost\n")
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for command in (
            ("req", "-x509", *new_key, "-keyout", key, "-out", authority, "-subj", "/CN=Test", "-days", "3"),
            ("req", *new_key, "-keyout", server, "-out", request, "-subj", "/CN=localhost"),
            ("x509", "-req", "-in", request, "-CA", authority, "-CAkey", key, "-CAcreateserial",
             "-extfile", names, "-days", "3", "-out", os.path.join(folder, "certificate.pem"))):
        subprocess.run(("openssl", *command), check=True, capture_output=True)
    with open(server, "a", encoding="ascii") as both, \
            open(os.path.join(folder, "certificate.pem"), encoding="ascii") as certificate:
        both.write(certificate.read())
    return authority, server


def test_trusted_certificate_by_its_name():
    """On a machine that trusts the authority, made by a mount that only dsmr sees."""
    store = "/etc/ssl/certs/ca-certificates.crt"
    with tempfile.TemporaryDirectory(prefix="dsmr-tls-") as folder:
        authority, server = make_trusted_certificate(folder)
        trusting = ("unshare", "-rm", "sh", "-c", f"mount --bind {authority} {store} && exec \"$@\"", "sh")
        if not shutil.which("unshare") or subprocess.run((*trusting, "true"), capture_output=True).returncode:
            raise harness.Skip("no mounts of our own here")
        wrapper = os.path.join(folder, "dsmr")
        with open(wrapper, "w", encoding="ascii") as script:
            script.write(f"#!/bin/sh\nexec unshare -rm sh -c 'mount --bind {authority} {store} && exec \"$0\" "
                         f"\"$@\"' {harness.DSMR} \"$@\"\n")
        os.chmod(wrapper, 0o700)
        harness.need_localhost()
        for name, trusted in (("localhost", True), ("127.0.0.1", False)):
            house = house_of(certificate=server)
            with open(house.path("dsmr.cfg"), "a", encoding="ascii") as config:
                config.write(f"openhab.url=https://{name}:{house.openhab.port}\n")
            dsmr, harness.DSMR = harness.DSMR, wrapper
            try:
                with house:
                    if trusted:
                        house.wait_telegrams(2)
                        assert house.openhab.puts() == 0 and not house.warnings(), house.warnings()
                    else:
                        house.wait_log("event WebSocket cannot be used: ")
                        assert not house.openhab.count(), "something was sent"
            finally:
                harness.DSMR = dsmr


if __name__ == "__main__":
    harness.main()
