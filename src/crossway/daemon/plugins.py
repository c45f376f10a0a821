"""What is known of plugins: their code, read from where it stands, and what it is, found out in a process for it.

Law: code is loaded once for each version of it. An edit of anything else never runs what people wrote again. Code that
does not load takes the place of none that did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
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

Describe = Callable[[Code, Sequence[str]], Sequence[Described]]
Barrier = Callable[[Path], Path | None]
"""Returns what keeps the proxy from importing a module; `None` if nothing does, or nobody knows."""


def no_barrier(_: Path) -> Path | None:
    """Return nothing: who runs the proxy reads what we read, or nobody knows."""
    return None


class Plugins:
    """The plugins that were looked at, by their code."""

    def __init__(self, look: Describe = describe, barrier: Barrier = no_barrier) -> None:
        self._look, self._barrier = look, barrier
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
        new: dict[Code, dict[str, None]] = {}
        for code, attribute in asked.values():
            if (code, attribute) not in self._known:
                new.setdefault(code, {})[attribute] = None
        if new:
            with ThreadPoolExecutor(AT_ONCE) as threads:
                for found in threads.map(self._look, new, map(tuple, new.values())):
                    self._known |= {(one.code, one.attribute): one for one in found}
        self._known = {question: self._known[question] for question in asked.values()}
        described = unread | {ref: self._imported(self._known[question]) for ref, question in asked.items()}
        self._good = {
            ref: self._good[ref] if one.problem else one for ref, one in described.items() if self._has(ref, one)
        }
        return {ref: as_configured(self._best(ref, one), plugins[ref]) for ref, one in described.items()}

    def _imported(self, found: Described) -> Described:
        """Return *found*, with a problem if it imports what the proxy cannot."""
        for file in found.beside:
            if (barrier := self._barrier(Path(file))) is not None:
                what = "it" if barrier == Path(file) else f"{barrier}, where it is,"
                return replace(
                    found,
                    problem=f"it imports {file}, and the user that the proxy runs as cannot read {what}",
                    expected="modules that this user can read, in directories that it can enter and read",
                    hint=f"chmod o+r{'x' if barrier.is_dir() else ''} {barrier}, or choose another user with --user",
                )
        return found

    def _best(self, ref: Ref, found: Described) -> Described:
        """Return *found*, or what is good of before where that has a problem."""
        if not found.problem or ref not in self._good:
            return found
        return replace(self._good[ref], pending=found.problem, expected=found.expected, hint=found.hint)

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
