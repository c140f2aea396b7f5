#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the files of the page as a C source, each compressed and with a hash of what is in it:

    tools/embed_page.py OUTPUT DEPENDENCIES FOLDER FILE…

FOLDER is taken with all that is in it; what the source depends on goes to DEPENDENCIES, in the form of
make. The same files give the same source on every machine.
"""
import gzip
import hashlib
import os
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
}


def rows(packed):
    return "\n".join("    " + ", ".join(f"0x{byte:02x}" for byte in packed[at:at + 16]) + ","
                     for at in range(0, len(packed), 16))


def main():
    output, dependencies, folder, *paths = sys.argv[1:]
    paths += [os.path.join(folder, name) for name in os.listdir(folder)]
    with open(dependencies, "w", encoding="utf-8") as stream:
        stream.write(f"{output}: {' '.join([folder, *paths])}\n")
    arrays, entries = [], []
    for number, path in enumerate(sorted(paths, key=os.path.basename)):
        with open(path, "rb") as stream:
            content = stream.read()
        name = os.path.basename(path)
        packed = gzip.compress(content, 9, mtime=0)
        packed = packed[:9] + b"\xff" + packed[10:]  # the system it was packed on: unknown
        tag = hashlib.sha256(content).hexdigest()[:16]
        kind = TYPES.get(os.path.splitext(name)[1])
        if kind is None or not name.isascii() or '"' in name:
            sys.exit(f"{path}: tools/embed_page.py does not know what kind of file this is")
        arrays.append(f"static const unsigned char file_{number}[] = {{\n{rows(packed)}\n}};\n")
        entries.append(f'    {{"{name}", "{kind}", "{tag}", file_{number}, sizeof file_{number}}},')
    with open(output, "w", encoding="utf-8") as stream:
        stream.write("/* Made by tools/embed_page.py. */\n#include \"http/page.h\"\n\n"
                     + "\n".join(arrays)
                     + "\nconst struct page_file page_files[] = {\n" + "\n".join(entries) + "\n};\n"
                     + "const size_t page_file_count = sizeof page_files / sizeof *page_files;\n")


main()
