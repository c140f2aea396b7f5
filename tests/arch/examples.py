#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every program of examples/ is compiled without a warning and run; the one for bare chips is in
processors.py."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "system"))
import harness  # noqa: E402

EXAMPLES = os.path.join(harness.ROOT, "examples")
ARCH = os.path.join(harness.ROOT, "tests", "arch")
GOLDEN = os.path.join(harness.ROOT, "tests", "golden")
LIBRARY = sorted(glob.glob(os.path.join(harness.ROOT, "lib", "*.c")))
INCLUDE = "-I" + os.path.join(harness.ROOT, "include")
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
CC = os.environ.get("CC", "cc").split()
NAME = "nl-50-sagemcom-ten-failures"


def need(*tools):
    for name in tools:
        if not shutil.which(name):
            raise harness.Skip(f"no {name} here")


def run(*arguments, **options):
    done = subprocess.run(arguments, capture_output=True, timeout=100, **options)
    assert done.returncode == 0, f"{' '.join(arguments[:2])} …: {done.stderr.decode()[-2000:]}"
    return done.stdout


def golden(name):
    with open(os.path.join(GOLDEN, name), "rb") as telegram:
        return telegram.read()


def wanted():
    """The items of the golden telegram that count."""
    items = json.loads(golden(NAME + ".json"), parse_float=str, parse_int=str)["items"]
    return [item for item in items if not item.get("superseded")]


def numbers_of(output):
    """(id, value, unit) of lines like "eActualDelivery 1.193 kW"."""
    return [tuple(line.rstrip().split(" ")) for line in output.decode().splitlines()]


def wanted_numbers(told):
    """What a program that prints numbers only has to print: known by their digits."""
    numbers = [(item["id"], item["value"], item["unit"]) for item in wanted() if "unit" in item]
    assert len(numbers) > 10
    return [number for number in numbers if number not in told]


def build(*sources, compiler=tuple(CC), options=()):
    folder = tempfile.mkdtemp(prefix="dsmr-examples-")
    program = os.path.join(folder, "program")
    run(*compiler, "-O1", *WARNINGS, INCLUDE, *sources, *options, "-o", program)
    return program


def drop(program):
    shutil.rmtree(os.path.dirname(program))


def test_posix():
    program = build(os.path.join(EXAMPLES, "posix.c"), *LIBRARY, options=["-D_POSIX_C_SOURCE=200809L"])
    told = numbers_of(run(program, input=golden(NAME + ".txt")))
    assert not wanted_numbers(told), wanted_numbers(told)
    drop(program)


def test_fleet():
    program = build(os.path.join(EXAMPLES, "fleet.c"), *LIBRARY)
    power = next(item["value"] for item in wanted() if item["id"] == "eActualDelivery")
    told = run(program, input=golden(NAME + ".txt") * 1000).decode()
    rows, decoded, watts = map(int, re.fullmatch(r"(\d+) rows, (\d+) decoded, (\d+) W\n", told).groups())
    assert rows + decoded == 1000 and rows > 900, told
    assert watts == 1000 * int(power.replace(".", "")), told
    drop(program)


def test_mbedtls():
    if not os.path.exists("/usr/include/mbedtls/gcm.h"):
        raise harness.Skip("no mbedTLS here")
    program = build(os.path.join(EXAMPLES, "mbedtls.c"), *LIBRARY, options=["-lmbedcrypto"])
    key = golden("lu-smarty.encrypted.keys").split()[1].decode()
    told = run(program, key, input=golden("lu-smarty.encrypted.bin"))
    assert golden("lu-smarty.txt").rstrip() in told, told
    drop(program)


def test_arduino():
    need("g++")
    folder = tempfile.mkdtemp(prefix="dsmr-examples-")
    run(*CC, "-O1", "-DDSMR_SMALL", INCLUDE, "-c", *LIBRARY, cwd=folder)
    program = os.path.join(folder, "sketch")
    run("g++", "-std=c++17", "-DDSMR_SMALL", *WARNINGS, "-isystem", INCLUDE[2:], "-I" + os.path.join(ARCH, "arduino"),
        "-I" + os.path.join(EXAMPLES, "arduino", "p1_meter"), os.path.join(ARCH, "arduino", "main.cpp"),
        *glob.glob(os.path.join(folder, "*.o")), "-o", program)
    told = numbers_of(run(program, input=golden(NAME + ".txt")))
    assert not wanted_numbers(told), wanted_numbers(told)
    shutil.rmtree(folder)


def test_browser():
    need("clang", "wasm-ld", "node")
    folder = tempfile.mkdtemp(prefix="dsmr-examples-")
    run("clang", "--target=wasm32", "-O2", "-ffreestanding", "-nostdlib", *WARNINGS, "-isystem",
        os.path.join(ARCH, "include"), INCLUDE, "-Wl,--no-entry",
        os.path.join(EXAMPLES, "browser", "module.c"), os.path.join(EXAMPLES, "memory.c"), *LIBRARY,
        "-o", os.path.join(folder, "dsmr.wasm"))
    script = ("import { readFileSync } from 'node:fs';"
              f"import {{ asMeterSends, load }} from '{EXAMPLES}/browser/dsmr.mjs';"
              f"const decode = await load(readFileSync('{folder}/dsmr.wasm'));"
              f"const text = readFileSync('{GOLDEN}/{NAME}.txt', 'latin1').replaceAll('\\r', '');"
              "const bad = asMeterSends(text.replace('0', '1'));"
              "console.log(JSON.stringify([decode(asMeterSends(text)), decode(bad)]));")
    told, refused = json.loads(run("node", "--input-type=module", "-e", script))
    shutil.rmtree(folder)
    want = [(item["id"], item["value"], item.get("unit", "")) for item in wanted()]
    assert [(reading["id"], reading["value"], reading["unit"]) for reading in told] == want, told
    assert len(refused) == 1 and "CRC" in refused[0]["error"], refused


def test_every_example_is_tried():
    tried = {"posix.c", "fleet.c", "mbedtls.c", "arduino", "browser", "cortex-m", "aes_gcm.c", "aes_gcm.h",
             "memory.c"}
    assert set(os.listdir(EXAMPLES)) == tried


harness.main()
