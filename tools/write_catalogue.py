#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""write_catalogue.py [--check] INDEX CATALOGUE: writes what is made from lib/objects.def.

INDEX and CATALOGUE are the built programs catalogue_index and catalogue. Written are the decoder's
index, docs/catalogue.md and the README's table between its two marks; with --check nothing is, and
the exit status is 1 when one of them is stale.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
MARKS = re.compile(r"(<!-- catalogue -->\n).*?(<!-- /catalogue -->)", re.DOTALL)


def printed(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def readme(table):
    text, marks = MARKS.subn(lambda found: found[1] + table + found[2],
                             read(os.path.join(ROOT, "README.md")))
    if marks != 1:
        sys.exit("README.md: the marks <!-- catalogue --> and <!-- /catalogue --> must be there once")
    return text


def main():
    check = sys.argv[1:2] == ["--check"]
    index, catalogue = sys.argv[-2:]
    ids = os.path.join(ROOT, "tools", "manual_ids.txt")
    files = {
        "lib/catalogue_index.h": printed(index),
        "docs/catalogue.md": printed(catalogue, "--format", "markdown"),
        "README.md": readme(printed(catalogue, "--format", "readme", ids)),
    }
    stale = [name for name, text in files.items() if read(os.path.join(ROOT, name)) != text]
    for name in stale:
        if check:
            print(f"{name} is stale: make catalogue")
            continue
        os.makedirs(os.path.dirname(os.path.join(ROOT, name)), exist_ok=True)
        with open(os.path.join(ROOT, name), "w", encoding="utf-8") as file:
            file.write(files[name])
        print(f"wrote {name}")
    sys.exit(1 if check and stale else 0)


main()
