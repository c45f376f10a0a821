"""What definitions say: read from where they stand, with the files that they import.

Law: what was read whole and well-formed stays until something else is. A file that is being written, or is gone for a
moment, closes no route.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final
from xml.parsers import expat

import msgspec

from crossway.model import Defined, Definition, Ref
from crossway.model.definition import LARGEST_DEFINITION

MOST_FILES: Final = 200
"""Files that one definition imports, at most."""

_IMPORTS: Final = re.compile(
    rb"""(?: \b(?:schemaLocation|location|Uri) \s*=\s* ["'] | ["']?\$ref["']? \s*:\s* ["']? ) ([^"'\#\s?,}]+)""",
    re.VERBOSE,
)
"""Where a definition names a file: WSDL and XSD imports, OpenAPI and JSON Schema references, OData references."""
_BINARY: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""What no text has, and a descriptor set soon."""
_BEGINNING: Final = 256
_ELSEWHERE: Final = re.compile(rb"[a-zA-Z][a-zA-Z0-9+.-]*:|/")
"""What names that are no relative paths begin with."""


class Definitions:
    """The definitions that were read last."""

    def __init__(self) -> None:
        self._good: dict[Ref, Defined] = {}
        self.files: frozenset[Path] = frozenset()
        """The files that they were read from, and those that they ought to be read from."""

    def read(self, definitions: Mapping[Ref, Definition]) -> Mapping[Ref, Defined]:
        """Return what *definitions* say, whose paths are as they are from the working directory."""
        files: set[Path] = set()
        found = {
            ref: self._best(ref, _read(definition, files))
            for ref, definition in definitions.items()
            if not definition.asked
        }
        self._good = {ref: replace(one, pending="") for ref, one in found.items() if not one.problem}
        self.files = frozenset(files)
        return found

    def _best(self, ref: Ref, found: Defined) -> Defined:
        """Return *found*, or what was good before where that has a problem."""
        good = self._good.get(ref)
        return replace(good, pending=found.problem) if found.problem and good is not None else found


def _read(definition: Definition, files: set[Path]) -> Defined:
    if definition.file is None:
        content = (definition.text or "").encode()
        return Defined(content, problem=_malformed(content, "it"))
    place = Path(definition.file)
    files.add(place)
    try:
        content = place.read_bytes()
        beside = _beside(place.parent, content, files)
    except OSError as error:
        return Defined(problem=f"{error.filename} cannot be read: {error.strerror}")
    if len(beside) > MOST_FILES:
        return Defined(problem=f"it imports more than {MOST_FILES} files")
    if sum(map(len, (content, *beside.values()))) > LARGEST_DEFINITION:
        return Defined(problem=f"it has more than {LARGEST_DEFINITION:,} bytes, with all that it imports")
    wrong = (_malformed(text, name) for name, text in ((definition.file, content), *beside.items()))
    return Defined(content, beside, problem=next(filter(None, wrong), ""))


def _beside(directory: Path, content: bytes, files: set[Path]) -> dict[str, bytes]:
    """Return the files below or beside *directory* that *content* imports, and those that they do."""
    found: dict[str, bytes] = {}
    left = list(_imports("", content))
    while left and len(found) <= MOST_FILES:
        name = left.pop()
        if name not in found:
            files.add(directory / name)
            found[name] = (directory / name).read_bytes()
            left += _imports(posixpath.dirname(name), found[name])
    return found


def _imports(directory: str, content: bytes) -> Iterator[str]:
    for match in _IMPORTS.finditer(content):
        name = match[1].decode(errors="replace")
        if not _ELSEWHERE.match(match[1]) and posixpath.splitext(name)[1]:
            yield posixpath.normpath(posixpath.join(directory, name))


def _malformed(content: bytes, name: str) -> str:
    """Return why *content* cannot be a whole definition; nothing where only its reader can tell."""
    if _BINARY.search(content, 0, _BEGINNING):
        return ""
    begun = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not begun:
        return f"{name} is empty"
    try:
        if begun == b"<":
            expat.ParserCreate().Parse(content, True)  # positional in its signature
        elif begun in b"{[":
            msgspec.json.decode(content)
    except (expat.ExpatError, msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"{name} is not well-formed: {error}"
    return ""
