#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""libdsmr compiles by itself, asks nothing of the machine but four functions, and keeps no state."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "system"))
import harness  # noqa: E402

SOURCES = sorted(glob.glob(os.path.join(harness.ROOT, "lib", "*.c")))
INCLUDE = "-I" + os.path.join(harness.ROOT, "include")
CC = os.environ.get("CC", "cc").split()
# Some distributions switch these on by themselves; a microcontroller has neither. Without -fno-pie
# constant tables of pointers would count as data, since a loader has to relocate them.
PLAIN = ["-fno-stack-protector", "-U_FORTIFY_SOURCE", "-fno-pie"]
ALLOWED = {"memcpy", "memmove", "memset", "memcmp"}
# Arithmetic that the processor lacks: libgcc, compiler-rt, the ARM run-time ABI. And what an object
# for WebAssembly always imports.
HELPER = re.compile(r"__aeabi_\w+|__gnu_thumb1_case_\w+|__(u?div|u?mod|mul|ashl|ashr|lshr|clz|ctz)\w*"
                    r"|__linear_memory|__stack_pointer|__indirect_function_table")
# What makes use of the processor's own instructions, in files of its own.
NATIVE = {"crc16_native.c": {"immintrin.h", "arm_neon.h"}, "shape_native.c": {"immintrin.h"},
          "processor.c": {"cpuid.h"}}
HEADERS = {"dsmr/dsmr.h", "stdbool.h", "stddef.h", "stdint.h", "limits.h", "string.h"}


def tool(name):
    if not shutil.which(name):
        raise harness.Skip(f"no {name} here")
    return name


def command(*arguments, folder=None):
    """What a command prints; fails with all of it when the command fails or warns."""
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, f"{' '.join(arguments)}\n{done.stderr}"
    return done.stdout


class Objects:
    """The library compiled into a folder that is gone at the end of the with block."""

    def __init__(self, *compile_command, nm=("nm",)):
        self.compile_command = compile_command
        self.nm = nm

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="dsmr-arch-")
        command(*self.compile_command, "-c", *SOURCES, INCLUDE, folder=self.folder)
        self.files = sorted(glob.glob(os.path.join(self.folder, "*.o")))
        assert len(self.files) == len(SOURCES)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def symbols(self):
        """(kind, name) of every symbol of every object, kind as nm prints it."""
        output = command(*self.nm, *self.files)
        return re.findall(r"^(?:[0-9a-f]+)? *([A-Za-z?]) (\S+)$", output, re.MULTILINE)

    def check_undefined(self):
        symbols = self.symbols()
        defined = {name for kind, name in symbols if kind not in "Uw"}
        assert "dsmr_framer_next" in defined
        needed = {name for kind, name in symbols if kind in "Uw"} - defined
        forbidden = {name for name in needed - ALLOWED if not HELPER.fullmatch(name)}
        assert not forbidden, f"the library needs {sorted(forbidden)}"

    def check_no_state(self):
        state = [name for kind, name in self.symbols() if kind in "BbDdCcGgSs"]
        assert not state, f"mutable globals: {state}"

    def size(self):
        """Bytes of code and constants."""
        rows = command("llvm-size", *self.files).splitlines()[1:]
        return sum(int(row.split()[0]) for row in rows)


def test_one_bare_compiler_line_builds_it():
    with Objects(*CC):
        pass


def test_it_is_strict_C17_without_a_warning():
    with Objects(*CC, "-std=c17", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-O2"):
        pass


def test_it_needs_only_four_functions_of_the_C_library():
    for options in ([], ["-O2"], ["-O3", "-ffreestanding"], ["-Os", "-ffreestanding"]):
        with Objects(*CC, *PLAIN, *options) as objects:
            objects.check_undefined()


def test_it_has_no_mutable_global():
    for options in ([], ["-O2"]):
        with Objects(*CC, *PLAIN, *options) as objects:
            objects.check_no_state()


def check_bare(title, *target):
    chips = os.path.join(harness.ROOT, "tests", "arch", "include")
    tool("llvm-size")
    with Objects(tool("clang"), *target, "-Os", "-ffreestanding", "-isystem", chips, "-std=c17",
                 nm=(tool("llvm-nm"), "--quiet")) as objects:
        objects.check_undefined()
        print(f"# {title}: {objects.size()} bytes of code and constants")


def test_it_compiles_for_a_Cortex_M0():
    check_bare("Cortex-M0", "--target=thumbv6m-none-eabi", "-mcpu=cortex-m0",
               "-DDSMR_SMALL")


def test_it_compiles_for_WebAssembly():
    check_bare("WebAssembly", "--target=wasm32")


def test_its_header_is_also_Cplusplus():
    for small in ([], ["-DDSMR_SMALL", "-DDSMR_NO_CIPHER"]):
        command(tool("clang"), "-x", "c++", "-std=c++17", "-pedantic", "-Wall", "-Wextra", "-Werror",
                *small, "-fsyntax-only", INCLUDE, os.path.join(harness.ROOT, "include", "dsmr", "dsmr.h"))


def test_a_program_with_other_structs_does_not_link():
    posix = os.path.join(harness.ROOT, "examples", "posix.c")
    with tempfile.TemporaryDirectory(prefix="dsmr-library-") as folder:
        for options in ([], ["-DDSMR_SMALL"], ["-DDSMR_NO_CIPHER"], ["-DDSMR_SMALL", "-DDSMR_NO_CIPHER"]):
            with Objects(*CC, *options) as objects:
                for told in ([], ["-DDSMR_SMALL"], ["-DDSMR_NO_CIPHER"]):
                    done = subprocess.run([*CC, *told, "-D_POSIX_C_SOURCE=200809L", INCLUDE, posix,
                                           *objects.files, "-o", os.path.join(folder, "program")],
                                          capture_output=True, text=True)
                    assert (done.returncode == 0) == (told == options), f"{options}, {told}: {done.stderr}"


def test_it_includes_nothing_of_an_operating_system():
    own = {os.path.basename(p) for p in glob.glob(os.path.join(harness.ROOT, "lib", "*"))}
    for path in SOURCES + glob.glob(os.path.join(harness.ROOT, "lib", "*.h")):
        with open(path, encoding="utf-8") as source:
            included = set(re.findall(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', source.read(), re.MULTILINE))
        assert included <= HEADERS | own | NATIVE.get(os.path.basename(path), set()), \
            f"{path}: {included - HEADERS - own}"


harness.main()
