#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rules of the house that a compiler does not know: who may call what, and how long things grow."""
import glob
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "system"))
import harness  # noqa: E402

FILE_LINES = 500
FUNCTION_LINES = 60


def read(path):
    with open(os.path.join(harness.ROOT, path), encoding="utf-8") as source:
        return source.read()


def sources(*folders, endings=("c", "h")):
    """Paths below the root of all sources in these folders."""
    found = [os.path.relpath(path, harness.ROOT)
             for folder in folders for ending in endings
             for path in glob.glob(os.path.join(harness.ROOT, folder, "**", "*." + ending),
                                   recursive=True)]
    assert found, f"no sources in {folders}"
    return sorted(found)


def only_in(pattern, allowed, *folders):
    """Fails when the pattern is found in the code of any source but the allowed ones."""
    expression = re.compile(pattern)
    found = {path for path in sources(*folders) if expression.search(code(read(path)))}
    assert found <= set(allowed), f"{pattern} in {sorted(found - set(allowed))}"


def included_only_in(prefix, allowed, *folders):
    """Fails when a header whose name starts so is included by any source but the allowed ones."""
    expression = re.compile(r'^\s*#\s*include\s+["<]' + re.escape(prefix), re.MULTILINE)
    found = {path for path in sources(*folders) if expression.search(read(path))}
    assert found <= set(allowed), f"{prefix} is included in {sorted(found - set(allowed))}"


def code(text):
    """A source without its comments and without what stands in its strings."""
    def replace(match):
        if match[0][0] == "/":
            return " "
        return match[0][0] * 2
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', replace, text,
                  flags=re.DOTALL)


def functions(path):
    """(first line, number of lines) of every function, by the way clang-format sets braces."""
    start = None
    lines = read(path).splitlines()
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
            while start > 1 and lines[start - 2] and lines[start - 2][0] not in "}#/ *":
                start -= 1
                if not lines[start - 1].startswith(" "):
                    break
        elif line == "}" and start:
            yield start, number - start + 1
            start = None


def test_every_source_names_its_licence():
    paths = sources("lib", "src", "include", "tests", "bench") + sources("tests", "tools", endings=("py", "sh", "mjs")) \
        + sources("web/src", endings=("ts", "css"))
    missing = [path for path in paths if "SPDX-License-Identifier: MIT" not in read(path)[:120]]
    assert not missing, missing


def test_only_one_file_knows_the_event_library():
    included_only_in("uv", ["src/core/loop_uv.c"], "src", "lib")


def test_only_the_websocket_knows_its_library():
    included_only_in("libwebsockets", glob.glob("src/net/websocket*", root_dir=harness.ROOT), "src", "lib")


def test_only_the_web_server_knows_its_library():
    included_only_in("microhttpd", ["src/http/server_parts.h"], "src", "lib")


def test_only_one_file_allocates():
    only_in(r"\b(malloc|calloc|realloc|strdup|strndup|asprintf|vasprintf)\s*\(", ["src/core/memory.c"],
            "src", "lib")


def test_the_library_has_no_floating_point():
    only_in(r"\b(float|double)\b", [], "lib", "include")


# Whose headers each folder of src may include, beside its own and the library's. Nothing points back, but for
# port=auto: a source that listens to other sources as a meter does.
ROOMS = {
    "core": (),
    "spool": ("core",),
    "simulate": ("core",),
    "config": ("core",),
    "net": ("core", "config"),
    "bus": ("core", "config"),
    "source": ("core", "config", "net", "simulate", "meter"),
    "meter": ("core", "config", "bus", "source"),
    "history": ("core", "bus", "meter"),
    "sink": ("core", "config", "spool", "net", "bus", "meter", "history"),
    "http": ("core", "config", "bus", "meter", "history"),
}


def test_arrows_between_rooms_go_one_way():
    for room, allowed in ROOMS.items():
        for path in sources(f"src/{room}"):
            used = set(re.findall(r'^#include "([a-z]+)/', read(path), re.MULTILINE))
            assert used <= {room, "dsmr", *allowed}, f"{path} includes from {sorted(used)}"
    assert set(os.listdir(os.path.join(harness.ROOT, "src"))) - set(ROOMS) == {"cmd", "main.c"}
    included_only_in("meter/", ["src/source/auto.c"], "src/source")


def test_nothing_unsafe_is_called():
    only_in(r"\b(strcpy|strcat|gets|strtok|system|popen|tmpnam|mktemp|atoi|atol|atof)\s*\(",
            [], "src", "lib")


def test_files_stay_short():
    long = {path: count for path in sources("lib", "src")
            if (count := read(path).count("\n")) > FILE_LINES}
    assert not long, f"over {FILE_LINES} lines: {long}"


def test_files_of_the_page_stay_short():
    long = {path: count for path in sources("web/src", "tests/web", endings=("ts", "css", "mjs"))
            if (count := read(path).count("\n")) > FILE_LINES}
    assert not long, f"over {FILE_LINES} lines: {long}"


def test_functions_fit_on_a_screen():
    long = {f"{path}:{line}": count for path in sources("lib", "src", endings=("c",))
            for line, count in functions(path) if count > FUNCTION_LINES}
    assert not long, f"over {FUNCTION_LINES} lines: {long}"


def test_nothing_is_left_for_later():
    for path in sources("lib", "src", "include"):
        found = re.search(r"\b(TODO|FIXME|XXX|HACK)\b|#if 0", read(path))
        assert not found, f"{path}: {found[0]}"


def test_the_program_has_no_mutable_global():
    archive = os.path.join(os.path.dirname(harness.DSMR), "libdsmr_program.a")
    symbols = subprocess.run(["nm", "--format=sysv", archive], capture_output=True, text=True, check=True)
    rows = [row.split("|") for row in symbols.stdout.splitlines() if row.count("|") == 6]
    assert rows
    state = [row[0].strip() for row in rows if re.fullmatch(r"\.t?(data|bss)|\*COM\*", row[6].strip())
             and row[3].strip() in ("OBJECT", "TLS")]
    assert not state, state


harness.main()
