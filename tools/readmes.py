"""Check that the README says the same in both languages: the same commands, the same configuration, the same tables.

Prose is translated and cannot be compared. What a person types is not: every block of code is equal but for its
comments, and every link leads somewhere.

::

    python tools/readmes.py    exit 1 if they differ
"""

from __future__ import annotations

import re
import sys
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).parents[1]
README, TRANSLATION = ROOT / "README.md", ROOT / "README.zh-CN.md"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
_COMMENT = re.compile(r"\s*(?:#|%%).*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def blocks(text: str) -> list[str]:
    """Return the blocks of code in *text*, each with its language, without comments."""
    found = []
    for language, body in _BLOCK.findall(text):
        lines = (_COMMENT.sub("", line).rstrip() for line in body.splitlines())
        found.append("\n".join([language, *(line for line in lines if line)]))
    return found


def numbers(text: str) -> list[str]:
    """Return the numbers in the tables of *text*."""
    return [number for line in text.splitlines() if line.startswith("|") for number in _NUMBER.findall(line)]


def differences() -> list[str]:
    """Return a line for each difference between the two."""
    one, other = README.read_text(), TRANSLATION.read_text()
    trouble = [
        f"the READMEs differ here:\n--- {README.name}\n{ours}\n--- {TRANSLATION.name}\n{theirs}"
        for ours, theirs in zip_longest(blocks(one), blocks(other))
        if ours != theirs
    ]
    if numbers(one) != numbers(other):
        trouble.append("the numbers in the tables of the READMEs differ")
    return trouble


def dead_ends() -> list[str]:
    """Return a line for each link in a Markdown file of ours that leads nowhere, and each entry there is none of."""
    trouble = []
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]:
        text = page.read_text()
        name = page.relative_to(ROOT)
        links = (link for link in _LINK.findall(text) if "://" not in link)
        trouble += [f"{name}: {link} leads nowhere" for link in links if not (page.parent / link).exists()]
        commands = "\n".join(body for language, body in _BLOCK.findall(text) if language in {"sh", "console"})
        entries = set(re.findall(r"^\$? ?make (\w+)", commands, re.MULTILINE))
        trouble += [f"{name}: there is no make {entry}" for entry in entries - targets]
    return trouble


def main() -> int:
    """Print what differs, and what leads nowhere."""
    trouble = [*differences(), *dead_ends()]
    for line in trouble:
        print(line)
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())
