"""What is known of plugins: their code, read from where it stands, and what it is, found out in a process for it.

Law: code is loaded once for each version of it. An edit of anything else never runs what people wrote again. Code that
does not load takes the place of none that did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from crossway.compile.program import Code, Described
from crossway.model import Plugin, Ref
from crossway.runtime.describing import as_configured, code_of, describe

AT_ONCE: Final = 4
"""Processes that look at code at once."""
MOST_FILES: Final = 2_000
"""Files beside a plugin that are looked at for changes, at most."""

Describe = Callable[[Code, str], Described]


class Plugins:
    """The plugins that were looked at, by their code."""

    def __init__(self, look: Describe = describe) -> None:
        self._look = look
        self._known: dict[tuple[Code, str], Described] = {}
        self._good: dict[Ref, Described] = {}
        self.files: frozenset[Path] = frozenset()
        """The files that the plugins were read from, and those beside them."""

    def describe(self, plugins: Mapping[Ref, Plugin]) -> Mapping[Ref, Described]:
        """Return what is known of *plugins*; those with new code are looked at first, for some tenths of a second."""
        asked: dict[Ref, tuple[Code, str]] = {}
        unread: dict[Ref, Described] = {}
        files: set[Path] = set()
        for ref, plugin in plugins.items():
            try:
                code = code_of(ref, plugin, _text)
            except (OSError, UnicodeDecodeError) as error:
                told = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
                unread[ref] = Described(Code(plugin.file or ""), problem=f"{plugin.file} cannot be read: {told}")
                files.add(Path(plugin.file or ""))
                continue
            if plugin.file is not None:
                beside = sorted(_beside(Path(plugin.file)))
                code = replace(code, version=_version(beside))
                files.update(beside)
            asked[ref] = (code, plugin.symbol(ref.name))
        self.files = frozenset(files)
        new = [question for question in dict.fromkeys(asked.values()) if question not in self._known]
        if new:
            with ThreadPoolExecutor(AT_ONCE) as threads:
                self._known |= zip(new, threads.map(lambda question: self._look(*question), new), strict=True)
        self._known = {question: self._known[question] for question in asked.values()}
        found = unread | {ref: self._known[question] for ref, question in asked.items()}
        self._good = {ref: self._good[ref] if one.problem else one for ref, one in found.items() if self._has(ref, one)}
        return {ref: as_configured(self._best(ref, one), plugins[ref]) for ref, one in found.items()}

    def _best(self, ref: Ref, found: Described) -> Described:
        """Return *found*, or what is good of before where that has a problem."""
        return replace(self._good[ref], pending=found.problem) if found.problem and ref in self._good else found

    def _has(self, ref: Ref, found: Described) -> bool:
        return not found.problem or ref in self._good


def _text(path: str) -> str:
    return Path(path).read_bytes().decode()


def _beside(file: Path) -> Iterator[Path]:
    """Yield the modules that a plugin in *file* may import from beside it, and itself."""
    yield file
    found = 0
    for path in file.resolve().parent.rglob("*.py"):
        inside = path.relative_to(file.resolve().parent).parts
        if not any(part.startswith(".") or part.endswith("-packages") or part == "__pycache__" for part in inside):
            yield path
            found += 1
        if found >= MOST_FILES:
            return


def _version(files: list[Path]) -> str:
    """Return what changes with every change of one of *files*."""
    told = hashlib.sha256()
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        told.update(f"{path}\0{status.st_mtime_ns}\0{status.st_size}\0".encode())
    return told.hexdigest()[:16]
