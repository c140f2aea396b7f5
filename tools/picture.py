#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes docs/live.svg, the picture of the README: runs dsmr on the simulated meter in a real
pseudo-terminal and draws what stands on its screen after a few telegrams.

usage: tools/picture.py [build/dsmr] [docs/live.svg]"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from xml.sax.saxutils import escape

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "build/dsmr"
PICTURE = sys.argv[2] if len(sys.argv) > 2 else "docs/live.svg"
ROWS, COLUMNS = 40, 82
CELL_W, CELL_H = 8.4, 18
COLOURS = {"1": ("#ffffff", "bold"), "2": ("#8b949e", "normal"), "32": ("#7ee787", "normal"),
           "33": ("#e3b341", "normal"), "36": ("#79c0ff", "normal")}
PLAIN = ("#c9d1d9", "normal")


def record(seconds):
    """What dsmr writes to its terminal in so many seconds."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.pop("NO_COLOR", None)
        os.environ["TERM"] = "xterm-256color"
        os.execv(PROGRAM, [PROGRAM, "run", "--port", "simulated:"])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    seen = b""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 65536)
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)
    return seen.decode("utf-8", "replace")


def last_screen(written):
    """The last whole drawing: a list of lines, each a list of (text, style)."""
    whole = written.split("\033[H")[-2]  # the last one may have been cut
    lines = []
    for line in re.split(r"\r+\n", whole):
        style, parts = PLAIN, []
        for piece in re.split(r"(\033\[[0-9;?]*[A-Za-z])", line):
            code = re.fullmatch(r"\033\[([0-9]*)m", piece)
            if code:
                style = COLOURS.get(code.group(1), PLAIN)
            elif piece and not piece.startswith("\033"):
                parts.append((piece, style))
        lines.append(parts)
    return lines


def draw(lines):
    width, height = COLUMNS * CELL_W + 32, len(lines) * CELL_H + 32
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
           f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="dsmr on a terminal">',
           f'<rect width="100%" height="100%" rx="10" fill="#0d1117"/>',
           '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, '
           'monospace" font-size="14" xml:space="preserve">']
    for row, parts in enumerate(lines):
        column = 0
        for text, (colour, weight) in parts:
            shown = text.rstrip()
            lead = len(shown) - len(shown.lstrip())
            if shown.strip():
                x = 16 + (column + lead) * CELL_W
                y = 30 + row * CELL_H
                out.append(f'<text x="{x:.1f}" y="{y}" fill="{colour}" font-weight="{weight}" '
                           f'textLength="{len(shown.strip()) * CELL_W:.1f}">'
                           f"{escape(shown.strip())}</text>")
            column += len(text)
    out += ["</g>", "</svg>", ""]
    return "\n".join(out)


def main():
    with open(PICTURE, "w", encoding="utf-8") as picture:
        picture.write(draw(last_screen(record(5))))
    print(f"{PICTURE} is made")


if __name__ == "__main__":
    main()
