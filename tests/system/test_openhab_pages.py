#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pages about openHAB: every configuration and items file in them is right, every option of every
command is there, every id and every link exists, and the Dutch pages hold the same."""
import os
import re
import shlex
import shutil
import tempfile

import harness

PAGES = ("openhab.md", "from-openhab-1.md", "from-openhab-3.md", "nl/van-openhab-1.md",
         "nl/van-openhab-3.md")
TRANSLATIONS = {"from-openhab-1.md": "nl/van-openhab-1.md", "from-openhab-3.md": "nl/van-openhab-3.md"}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read(*path):
    with open(os.path.join(harness.ROOT, *path), encoding="utf-8") as file:
        return file.read()


def blocks(page, language):
    return [text for found, text in BLOCK.findall(read("docs", page)) if found == language]


def check(files, *arguments):
    """dsmr check in a folder with these files; returns its output."""
    folder = tempfile.mkdtemp(prefix="dsmr-pages-")
    try:
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text.replace("@", folder))
            os.chmod(os.path.join(folder, name), 0o600)
        result = harness.run("check", *[word.replace("@", folder) for word in arguments])
        assert result.returncode == 0, f"{files}\n{result.stdout.decode()}"
        return result.stdout.decode()
    finally:
        shutil.rmtree(folder)


def test_every_items_file_is_right():
    count = 0
    for page in PAGES:
        for text in blocks(page, ""):
            if "{" in text and "dsmr=" in text:
                said = check({"p1.items": text}, "@/p1.items")
                assert f"items     {len(text.splitlines())} bound" in said, said
                count += 1
    assert count >= 5


def test_every_configuration_is_right():
    count = 0
    for page in PAGES:
        for text in blocks(page, ""):
            if not re.match(r"^[\w.]+=", text):
                continue
            if "port=" not in text:
                text = "port=/dev/ttyUSB0\nopenhab.url=http://localhost:8080\n" \
                       "openhab.items=/etc/openhab/items\n" + text
            text = text.replace("/etc/openhab/items", "@/p1.items")
            said = check({"dsmr.cfg": text, "p1.items": 'Number A {dsmr="gValue"}\n'}, "-c",
                         "@/dsmr.cfg")
            assert "no errors" in said and "warning" not in said, said
            count += 1
    assert count >= 10


def test_the_log_is_as_the_program_writes_it():
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{harness.free_port()}"
        items = next(text for text in blocks("from-openhab-1.md", "") if "dsmr=" in text)
        with open(os.path.join(folder, "p1.items"), "w", encoding="utf-8") as file:
            file.write(items)
        with open(os.path.join(folder, "dsmr.cfg"), "w", encoding="utf-8") as file:
            file.write(f"port=simulated:\nopenhab.url={url}\nopenhab.items=p1.items\n")
        with harness.Program("run", "-c", os.path.join(folder, "dsmr.cfg")) as program:
            program.wait_log("first telegram", 10)
            for page in PAGES:
                for text in blocks(page, ""):
                    for line in text.splitlines():
                        if line.startswith("info  "):
                            wanted = line.replace("http://localhost:8080", url) + "\n"
                            program.wait_log(" " + wanted, 5)
                            count += 1
    assert count >= 4


def test_every_command_has_the_options_that_are_named():
    count = 0
    for page in PAGES:
        text = read("docs", page)
        commands = [line.partition("#")[0] for block in blocks(page, "sh") for line in block.splitlines()]
        commands += re.findall(r"`(dsmr [^`]+)`", text)
        for line in commands:
            words = shlex.split(line.partition(">")[0])
            if words[:1] != ["dsmr"] or not words[1].isalpha():
                continue
            listed = harness.run(words[1], "--help").stdout.decode()
            for option in words[2:]:
                assert not option.startswith("-") or option in re.split(r"[\s,=]+", listed), line
            count += 1
    assert count > 20


def test_every_id_is_in_the_catalogue():
    known = set(re.findall(r"^\| `(\w+)` \|", read("docs", "catalogue.md"), re.MULTILINE))
    assert len(known) > 90
    named = set()
    for page in PAGES:
        named |= set(re.findall(r'[`"]((?:[ghcwe]|se|generic|P1)[A-Z]\w+)[`"]', read("docs", page)))
    assert len(named) > 60 and named <= known, named - known


def test_every_link_leads_somewhere():
    for page in (*(os.path.join("docs", page) for page in PAGES), "README.md"):
        for target, anchor in re.findall(r"\]\(([^)#:]*)(#[^)]+)?\)", read(page)):
            path = os.path.normpath(os.path.join(os.path.dirname(page), target)) if target else page
            assert os.path.exists(os.path.join(harness.ROOT, path)), (page, target)
            if anchor and path.endswith(".md"):
                headings = re.findall(r"^#+ (.*)$", read(path), re.MULTILINE)
                anchors = {"#" + re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
                assert anchor in anchors, (page, target, anchor)


def test_the_dutch_pages_hold_the_same():
    for english, dutch in TRANSLATIONS.items():
        ours, theirs = read("docs", english), read("docs", dutch)
        assert blocks(english, "") == blocks(dutch, "")
        for mark in ("\n| ", "\n## ", "\n```", "\n- "):
            assert ours.count(mark) == theirs.count(mark), (dutch, mark)
        first_columns = [re.findall(r"^\| (`[^|]+`)[^|]*\| (`\w+`)", text, re.MULTILINE)
                         for text in (ours, theirs)]
        assert [ids for _, ids in first_columns[0]] == [ids for _, ids in first_columns[1]]


if __name__ == "__main__":
    harness.main()
