#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""libdsmr on other processors: the golden telegrams on an emulated Cortex-M and in WebAssembly give what
dsmr prints, to the letter, and recorded ones, where there are any, what is known to be in them; firmware
stays within its memory; the library's tests pass on arm64. A step of its own in .ci/run, since it takes
minutes; a test whose tools are missing is skipped."""
import concurrent.futures
import contextlib
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "system"))
import harness  # noqa: E402

ROOT = harness.ROOT
FOLDER = tempfile.mkdtemp(prefix="dsmr-processors-")
GOLDEN = os.path.join(ROOT, "tests", "golden")
SHARED = os.path.join(ROOT, "..", "shared")  # may be absent: recorded telegrams with what they must give
RECORDED = os.path.join(SHARED, "telegrams")
LIBRARY = sorted(glob.glob(os.path.join(ROOT, "lib", "*.c")))
JSON = [os.path.join(ROOT, "src", name + ".c")
        for name in ("meter/decoded", "meter/telegram_json", "core/json_writer", "core/buffer")]
JSON += [os.path.join(ROOT, path) for path in ("tests/arch/chip/json.c", "examples/aes_gcm.c")]
MEMORY = os.path.join(ROOT, "examples", "memory.c")
INCLUDES = ["-I" + os.path.join(ROOT, *path)
            for path in (["include"], ["src"], ["examples"], ["tests", "arch", "chip"])]
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
ARM = ["arm-none-eabi-gcc", "-mthumb", "-Os", "-ffunction-sections", "-fdata-sections",
       "-Wl,--gc-sections", "-DDSMR_SMALL", *WARNINGS, *INCLUDES]
CHIPS = {"cortex-m0": "mps2-an385", "cortex-m4": "mps2-an386"}
LEAST_FILES = 80

# Bytes. What a whole firmware of examples/cortex-m has of flash: its vectors, start-up and port included.
FLASH = {"objects": 8192, "names": 32768}
RAM = {"objects": 352, "readings": 500}  # beside the buffer of the telegram: structs and stack
ALLOWED = {"memcpy", "memmove", "memset", "memcmp"}
HELPER = re.compile(r"__aeabi_\w+|__gnu_thumb1_case_\w+")


def path_of(*parts):
    return os.path.join(ROOT, *parts)


def need(*tools):
    for name in tools:
        if not shutil.which(name):
            raise harness.Skip(f"no {name} here")


def run(*arguments, timeout=120, **options):
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=timeout, **options)
    assert done.returncode == 0, f"{' '.join(arguments[:3])} …: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def write_lines(name, lines):
    """A list for decode_all; returns its path."""
    path = os.path.join(FOLDER, name + ".list")
    with open(path, "w", encoding="utf-8") as listed:
        listed.write("\n".join(lines) + "\n")
    return path


def write_list(name, encrypted=True):
    """The list of golden streams that decode_all takes. Returns its path and what is to come out."""
    wanted, lines = {}, []
    for path in sorted(glob.glob(os.path.join(GOLDEN, "*.txt")) + glob.glob(os.path.join(GOLDEN, "*.bin"))):
        stem, ending = os.path.splitext(os.path.basename(path))
        keys = []
        if ending == ".bin":
            if not encrypted:
                continue
            with open(os.path.join(GOLDEN, stem + ".keys"), encoding="ascii") as options:
                keys = options.read().split()[1::2]
        out = os.path.join(FOLDER, f"{name}-{stem}{ending}.json")
        wanted[out] = os.path.join(GOLDEN, stem.removesuffix(".encrypted") + ".json")
        lines.append(" ".join([path, out, *keys]))
    return write_lines(name, lines), wanted


def check_wanted(wanted, least=LEAST_FILES):
    assert len(wanted) >= least, len(wanted)
    for out, path in wanted.items():
        with open(out, "rb") as got, open(path, "rb") as golden:
            assert got.read() == golden.read(), f"{out} is not as {path}"


def check_recorded(name, decode_list):
    """Decodes all recorded telegrams, the encrypted ones with their keys, by decode_list(PATH), and holds
    them against what is known of them: the program that does so for dsmr is given one that prints what
    came out here."""
    if not os.path.isdir(RECORDED):
        raise harness.Skip("no recorded telegrams beside the checkout")
    with open(os.path.join(RECORDED, "MANIFEST.tsv"), encoding="utf-8") as manifest:
        files = [line.split("\t")[0] for line in manifest][1:]
    out = os.path.join(FOLDER, name)
    os.mkdir(out)
    lines = []
    for file in files:
        stem = os.path.splitext(file)[0]
        with open(os.path.join(RECORDED, "expected", stem + ".json"), encoding="utf-8") as known:
            frame = json.load(known).get("frame", {})
        keys = [frame[key] for key in ("key", "authentication_key") if frame.get(key)]
        lines.append(" ".join([os.path.join(RECORDED, file), os.path.join(out, file), *keys]))
    assert len(lines) >= LEAST_FILES, len(lines)
    decode_list(write_lines(name, lines))
    printer = os.path.join(out, "dsmr")
    with open(printer, "w", encoding="utf-8") as script:
        script.write(f"#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done\ncat '{out}/'\"${{1##*/}}\"\n")
    os.chmod(printer, 0o755)
    told = run(sys.executable, os.path.join(SHARED, "tools", "check_telegrams.py"), RECORDED, "-", "1.0",
               env={**os.environ, "DSMR": printer})
    print("#", told.strip().splitlines()[-1])


def chip_program(chip, name, *options):
    """decode_all for a chip; returns its path."""
    need("arm-none-eabi-gcc", "qemu-system-arm")
    program = os.path.join(FOLDER, name + ".elf")
    run(*ARM, f"-mcpu={chip}", *options, "-std=gnu17", "-D_GNU_SOURCE", "--specs=rdimon.specs",
        "-Wl,-u,vectors,--section-start=.vectors=0", *LIBRARY, *JSON, path_of("src/core/memory.c"),
        path_of("tests/arch/chip/decode_all.c"), path_of("tests/arch/chip/vectors.c"), "-o", program)
    return program


def run_on_chip(chip, program, list_path):
    """Decodes a list on the emulated chip; returns what the program prints."""
    return run("qemu-system-arm", "-M", CHIPS[chip], "-nographic", "-monitor", "none", "-serial", "none",
               "-semihosting-config", f"enable=on,target=native,arg=decode_all,arg={list_path}",
               "-kernel", program)


def on_chip(chip, name, *options, encrypted=True):
    """Decodes the golden streams on an emulated chip; returns what the program says of memory."""
    program = chip_program(chip, name, *options)
    list_path, wanted = write_list(name, encrypted)
    told = run_on_chip(chip, program, list_path)
    check_wanted(wanted, LEAST_FILES if encrypted else LEAST_FILES - 10)
    return {word: int(number) for word, number in re.findall(r"(\w+) (\d+)", told)}


def golden_on(chip):
    def test():
        on_chip(chip, chip)
    return test


def recorded_on(chip):
    def test():
        program = chip_program(chip, chip + "-recorded-program")
        check_recorded(chip + "-recorded", lambda listed: run_on_chip(chip, program, listed))
    return test


def ram_on(chip):
    """The stack is that of the library below its caller, as deep as any golden telegram makes it."""
    def test():
        told = on_chip(chip, chip + "-plain", "-DDSMR_NO_CIPHER", encrypted=False)
        structs = {"objects": ("framer", "telegram", "cursor", "object"),
                   "readings": ("framer", "channels", "decoder", "either")}
        for name, limit in RAM.items():
            size, stack = sum(told[struct] for struct in structs[name]), told[name]
            print(f"# {chip} RAM, {name}: {size} bytes of structs, {stack} of stack")
            assert size + stack <= limit, f"{name}: {size + stack} bytes, at most {limit}"
            told_size, told_stack = written_ram(name, chip)
            assert told_size == size, f"docs/embedding.md says {told_size} bytes of structs for {name}"
            assert abs(told_stack - stack) <= 0.03 * stack, f"it says {told_stack} of stack for {name}"
    return test


def firmware(chip, name, source, *options):
    """Links a firmware of examples/cortex-m as its own; returns its flash in bytes."""
    need("arm-none-eabi-gcc")
    program = os.path.join(FOLDER, f"{chip}-{name}.firmware")
    folder = path_of("examples", "cortex-m")
    run(*ARM, f"-mcpu={chip}", "-std=c17", "-ffreestanding", "-nostdlib", "-T",
        os.path.join(folder, "linker.ld"), *options, *LIBRARY, os.path.join(folder, "startup.c"),
        os.path.join(folder, source), MEMORY, "-lgcc", "-o", program)
    text, static = run("arm-none-eabi-size", program).splitlines()[1].split()[:2]
    assert int(static) == 0, "the library has initialised variables"
    return int(text), program


def flash_on(chip):
    def test():
        plain = "-DDSMR_NO_CIPHER"
        sizes = {"objects": firmware(chip, "objects", "objects.c", plain)[0],
                 "readings": firmware(chip, "readings", "readings.c", plain)[0],
                 "names": firmware(chip, "names", "readings.c", "-DNAMES")[0]}
        for name, size in sizes.items():
            print(f"# {chip} flash, {name}: {size} bytes")
            told = written(name)[chip]
            assert abs(told - size) <= 0.03 * size, f"docs/embedding.md says {told} bytes of {name}"
        for name, limit in FLASH.items():
            assert sizes[name] <= limit, f"{name}: {sizes[name]} bytes, at most {limit}"
    return test


def written(name):
    """What docs/embedding.md says of the flash of a firmware, by chip."""
    with open(path_of("docs", "embedding.md"), encoding="utf-8") as page:
        row = re.search(rf"^\| {name}:.*?\| (\d+) \| (\d+) \|$", page.read(), re.MULTILINE)
    return dict(zip(CHIPS, map(int, row.groups())))


def written_ram(name, chip):
    """Structs and stack that it says a firmware needs."""
    with open(path_of("docs", "embedding.md"), encoding="utf-8") as page:
        row = re.search(rf"^\| {name} \| (\d+) \| (\d+) \| (\d+) \|$", page.read(), re.MULTILINE)
    structs, *stacks = map(int, row.groups())
    return structs, dict(zip(CHIPS, stacks))[chip]


def undefined_on(chip):
    def test():
        need("arm-none-eabi-gcc")
        with tempfile.TemporaryDirectory(prefix="dsmr-chip-") as folder:
            run(*ARM, f"-mcpu={chip}", "-std=c17", "-ffreestanding", "-c", *LIBRARY, cwd=folder)
            symbols = re.findall(r"^(?:[0-9a-f]+)? *([A-Za-z]) (\S+)$",
                                 run("arm-none-eabi-nm", *glob.glob(os.path.join(folder, "*.o"))),
                                 re.MULTILINE)
        defined = {name for kind, name in symbols if kind not in "Uw"}
        assert "dsmr_framer_next" in defined
        needed = {name for kind, name in symbols if kind in "Uw"} - defined - ALLOWED
        forbidden = {name for name in needed if not HELPER.fullmatch(name)}
        assert not forbidden, f"the library needs {sorted(forbidden)}"
        state = [name for kind, name in symbols if kind in "BbDdCcGgSs"]
        assert not state, f"mutable globals: {state}"
    return test


@contextlib.contextmanager
def running(chip, name, source, golden, *options):
    """The lines that a firmware prints when the telegram comes in by its serial port; they end after a
    minute."""
    need("qemu-system-arm")
    program = firmware(chip, name, source, *options)[1]
    machine = subprocess.Popen(["qemu-system-arm", "-M", CHIPS[chip], "-nographic", "-monitor", "none",
                                "-serial", "stdio", "-kernel", program], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    watch = threading.Timer(60, machine.kill)
    watch.start()
    try:
        with open(os.path.join(GOLDEN, golden), "rb") as telegram:
            machine.stdin.write(telegram.read())
        machine.stdin.flush()
        yield machine.stdout
    finally:
        watch.cancel()
        machine.kill()
        machine.communicate()


def test_firmware_reads_a_telegram_from_its_port():
    name = "nl-50-sagemcom-ten-failures"
    with open(os.path.join(GOLDEN, name + ".json"), encoding="utf-8") as golden:
        power = re.search(r'"id":"eActualDelivery"[^}]*"value":([0-9.]+)', golden.read())[1]
    with running("cortex-m0", "objects-port", "objects.c", name + ".txt") as lines:
        told = lines.readline().decode()
    assert told.startswith(power + " kW "), told
    with running("cortex-m4", "names-port", "readings.c", name + ".txt", "-DNAMES") as lines:
        told = next((line for line in lines if line.startswith(b"eActualDelivery ")), b"").decode()
    assert told == f"eActualDelivery {power} kW\n", told


WASM = path_of("tests", "arch", "wasm")


def wasm_module(name):
    need("clang", "wasm-ld", "node")
    module = os.path.join(FOLDER, name + ".wasm")
    run("clang", "--target=wasm32", "-Os", "-std=gnu17", "-ffreestanding", "-nostdlib", *WARNINGS,
        "-isystem", os.path.join(WASM, "include"), *INCLUDES, "-Wl,--no-entry,-z,stack-size=262144",
        *LIBRARY, *JSON, *glob.glob(os.path.join(WASM, "*.c")), MEMORY, "-o", module)
    return module


def run_in_node(module, list_path):
    run("node", os.path.join(WASM, "decode_all.mjs"), module, list_path)


def test_golden_telegrams_in_WebAssembly():
    module = wasm_module("golden")
    list_path, wanted = write_list("wasm")
    run_in_node(module, list_path)
    check_wanted(wanted)


def test_recorded_telegrams_in_WebAssembly():
    module = wasm_module("recorded")
    check_recorded("wasm-recorded", lambda listed: run_in_node(module, listed))


def test_the_tests_of_the_library_on_arm64():
    need("aarch64-linux-gnu-gcc", "qemu-aarch64", "aarch64-linux-gnu-objdump")
    with open(path_of("tests", "meson.build"), encoding="utf-8") as plan:
        listed = re.search(r"library_tests = \[(.*?)\]", plan.read(), re.DOTALL)[1]
    sources = {name: path_of("tests", "unit", name + ".c") for name in re.findall(r"'(\w+)'", listed)}
    assert len(sources) >= 20
    sources["arm64"] = path_of("tests", "arch", "arm64.c")
    compiler = ["aarch64-linux-gnu-gcc", "-O2", "-std=gnu17", "-D_GNU_SOURCE", "-static",
                f'-DGOLDEN_FOLDER="{GOLDEN}"', *INCLUDES, "-I" + ROOT, "-I" + path_of("tests")]
    with tempfile.TemporaryDirectory(prefix="dsmr-arm64-") as folder:
        run(*compiler, "-c", *LIBRARY, cwd=folder)
        objects = sorted(glob.glob(os.path.join(folder, "*.o")))
        assert "pmull" in run("aarch64-linux-gnu-objdump", "-d", os.path.join(folder, "crc16_native.o"))
        # A test may include a file of the library, so it is linked from an archive.
        run("aarch64-linux-gnu-ar", "rcs", os.path.join(folder, "libdsmr.a"), *objects)

        def check(name):
            program = os.path.join(folder, name)
            run(*compiler, sources[name], os.path.join(folder, "libdsmr.a"), "-o", program)
            told = run("qemu-aarch64", program, timeout=400)
            assert "\nnot ok" not in told and re.search(r"^ok 1", told, re.MULTILINE), f"{name}: {told}"
            return len(re.findall(r"^ok ", told, re.MULTILINE))

        # The longest first, so that none of them is alone at the end.
        slow = ["test_properties", "test_framer_limits", "test_shapes"]
        order = slow + [name for name in sources if name not in slow]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            checks = sum(pool.map(check, order))
    print(f"# {len(sources)} programs, {checks} checks")


for a_chip in CHIPS:
    for title, made in (("golden_telegrams", golden_on), ("recorded_telegrams", recorded_on),
                        ("flash", flash_on), ("memory", ram_on), ("undefined_symbols", undefined_on)):
        globals()[f"test_{title}_on_{a_chip}"] = made(a_chip)

try:
    harness.main()
finally:
    shutil.rmtree(FOLDER)
