"""From TOML to plain values, as deep as those of YAML may be."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from crossway.dialects.native.values import DEEPEST, TextError
from crossway.model import Finding, Origin


def read_toml(text: str) -> tuple[list[Any], list[Finding]]:
    """Return the one document in *text* as plain values, and no further findings: no key stands twice in TOML.

    Raises `TextError` for the first thing that is wrong.
    """
    text = text.removeprefix("\ufeff")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        origin = Origin("", int(match[1]), int(match[2])) if match else _end(text)
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise TextError(Finding("toml.syntax", message[:1].lower() + message[1:], origin=origin)) from None
    except RecursionError:
        raise _too_deep() from None
    if _depth(document) > DEEPEST:
        raise _too_deep()
    return [document], []


def _end(text: str) -> Origin:
    """Return the place behind the last character of *text*, which tomllib gives no numbers for."""
    return Origin("", text.count("\n") + 1, len(text) - text.rfind("\n"))


def _too_deep() -> TextError:
    message = f"more than {DEEPEST} tables and arrays stand inside one another"
    return TextError(Finding("document.too_deep", message))


def _depth(value: object) -> int:
    """Return how many collections stand inside one another; counted level by level, so without recursion."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list) and one]:
        depth += 1
        level = [item for one in level for item in (one.values() if isinstance(one, dict) else one)]
    return depth
