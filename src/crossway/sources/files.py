"""Files as a source: one file, or the configuration files below a directory."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from crossway.model import Finding, Findings, Origin
from crossway.model.document import Document
from crossway.sources import Reading
from crossway.sources.watch import watch

SUFFIXES = frozenset({".yaml", ".yml", ".toml"})
LARGEST = 64 * 2**20
"""In bytes. A hundred thousand routes take about twenty million."""


class Files:
    """A file, whatever its name; or all ``*.yaml``, ``*.yml`` and ``*.toml`` below a directory, hidden ones left out.

    The two rules for a directory also leave out what editors drop beside a file while they save it, and the
    ``..data`` and ``..2026_*`` directories of a mounted ConfigMap, whose files are read through their links.
    """

    def __init__(self, path: Path | str) -> None:
        self._root = Path(path)
        self._documents: dict[str, Document] = {}
        self._given: Reading | None = None

    def read(self) -> Reading:
        """Return the documents, sorted by path, and a finding for each file that cannot be one.

        The codes are ``file.missing``, ``file.unreadable``, ``file.encoding``, ``file.too_large``, and ``file.empty``
        for a directory without configuration files. An unchanged document is the same object as the last time.
        """
        walk = _Walk(self._root)
        contents = [self._content(path) for path in sorted(walk.files)]
        documents = tuple(content for content in contents if isinstance(content, Document))
        findings = (*walk.findings, *(content for content in contents if isinstance(content, Finding)))
        if not documents and not findings:
            expected = "a file that ends in .yaml, .yml or .toml"
            empty = Finding("file.empty", "the directory holds no configuration", expected=expected)
            findings = (empty.at(Origin(str(self._root))),)
        self._documents = {document.name: document for document in documents}
        self._given = documents, findings
        return self._given

    async def changes(self) -> AsyncGenerator[Reading, None]:
        """Yield what `read` returns each time that it differs from what was given last."""
        async with aclosing(watch(self._watched)) as words:
            async for _ in words:
                given = self._given
                reading = await asyncio.to_thread(self.read)
                if reading != given:
                    yield reading

    def _watched(self) -> set[Path]:
        walk = _Walk(self._root)
        return walk.files | walk.directories

    def _content(self, path: Path) -> Document | Finding:
        origin = Origin(str(path))
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                return Finding("file.unreadable", "this is not a regular file").at(origin)
            if status.st_size > LARGEST:
                message = f"the file has {status.st_size:,} bytes"
                return Finding("file.too_large", message, expected=f"at most {LARGEST:,}").at(origin)
            text = path.read_bytes().decode()
        except FileNotFoundError:
            return Finding("file.missing", "there is no such file or directory").at(origin)
        except OSError as error:
            return _unreadable(path, error)
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            return Finding("file.encoding", "the file is not UTF-8 text").at(Origin(str(path), line, 1))
        known = self._documents.get(str(path))
        return known if known is not None and known.text == text else Document(str(path), text)


class _Walk:
    """What stands at and below a path: links to directories are followed, and no directory is entered twice."""

    def __init__(self, root: Path) -> None:
        self.files: set[Path] = set()
        self.directories: set[Path] = set()
        self.findings: Findings = ()
        self._entered: set[tuple[int, int]] = set()
        if not self._enter(root):
            self.files.add(root)

    def _enter(self, path: Path) -> bool:
        """Walk through *path*; return whether it is a directory."""
        try:
            status = path.stat()
        except OSError:
            return False
        if not stat.S_ISDIR(status.st_mode):
            return False
        identity = status.st_dev, status.st_ino
        if identity in self._entered:
            return True
        self._entered.add(identity)
        self.directories.add(path)
        try:
            entries = list(path.iterdir())
        except OSError as error:
            self.findings += (_unreadable(path, error),)
            return True
        for entry in entries:
            if not entry.name.startswith(".") and not self._enter(entry) and entry.suffix in SUFFIXES:
                self.files.add(entry)
        return True


def _unreadable(path: Path, error: OSError) -> Finding:
    return Finding("file.unreadable", f"it cannot be read: {error.strerror}").at(Origin(str(path)))
