"""An app in Python as a source: what it declares, read in a process of its own.

Law: whatever the app does while it is imported, the answer comes within `LONGEST` seconds: its resources, or a finding
at the line that is wrong. The file and the modules beside it that it imports are watched.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Final

from msgspec import DecodeError, json

from crossway.dialects.native import rows
from crossway.model import Document, FieldPath, Finding, Origin, Ref
from crossway.sdk.declared import Place
from crossway.sdk.reading import Problem, Read, Resource
from crossway.sources import Reading, Source
from crossway.sources.files import Files
from crossway.sources.watch import watch

LONGEST: Final = 15.0
"""Seconds that an app may take to be imported."""


def open_source(path: Path) -> Source:
    """Return the source of the configuration at *path*: an app if that ends in ``.py``, else files of YAML or TOML."""
    return App(path) if path.suffix == ".py" else Files(path)


class App:
    """An app: a file of Python with a ``Crossway()`` in it."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._modules: tuple[Path, ...] = (self._path,)
        self._documents: dict[_Content, Document] = {}
        self._given: Reading | None = None

    def read(self) -> Reading:
        """Return a document for each resource, in the order of the calls; or a finding that says why there is none.

        The codes are ``app.missing``, ``app.broken`` and ``app.slow``, and ``file.missing``. An unchanged document is
        the same object as the last time.
        """
        if not self._path.is_file():
            missing = Finding("file.missing", "there is no such file or directory").at(Origin(str(self._path)))
            self._given = (), (missing,)
            return self._given
        read = self._read()
        self._modules = self._watchable(read)
        if read.problem is not None:
            self._given = (), (_finding(read.problem),)
            return self._given
        self._documents = {content: self._document(content) for content in map(_content, read.resources)}
        self._given = tuple(self._documents[_content(resource)] for resource in read.resources), ()
        return self._given

    async def changes(self) -> AsyncGenerator[Reading, None]:
        """Yield what `read` returns each time that it differs from what was given last."""
        async with aclosing(watch(lambda: self._modules)) as words:
            async for _ in words:
                given = self._given
                reading = await asyncio.to_thread(self.read)
                if reading != given:
                    yield reading

    def _document(self, content: _Content) -> Document:
        ref, text, places = content
        known = self._documents.get(content)
        here = dict(places)
        return known or Document(here[()].document, text, ref, here[()].line, here)

    def _read(self) -> Read:
        with tempfile.TemporaryFile() as file:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "crossway.sdk.reading", str(self._path), str(file.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(file.fileno(),),
                start_new_session=True,
            )
            problem = None
            try:
                process.wait(LONGEST)
            except subprocess.TimeoutExpired:
                told = f"importing it takes longer than {LONGEST:g} seconds"
                problem = Problem("app.slow", told, Place(str(self._path), 1))
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # and whatever it has started
                process.wait()
            file.seek(0)
            answer = file.read()
        if problem is not None:
            return Read(problem=problem)
        try:
            return json.decode(answer, type=Read)
        except DecodeError:
            told = f"it ends the process while it is imported, with status {process.returncode}"
            return Read(problem=Problem("app.broken", told, Place(str(self._path), 1)))

    def _watchable(self, read: Read) -> tuple[Path, ...]:
        """Return what to watch: what was imported, and where that failed, what was imported before too."""
        files = dict.fromkeys(map(Path, read.modules))
        return tuple(files | dict.fromkeys(self._modules)) if read.problem is not None else tuple(files)


_Content = tuple[Ref, str, tuple[tuple[FieldPath, Origin], ...]]
"""What tells a document from another one: its resource, its text, and where that stands."""


def _content(resource: Resource) -> _Content:
    ref = Ref(resource.kind, resource.name)
    places = tuple((tuple(path), Origin(*place)) for path, place in resource.places)
    return ref, rows.render(ref, resource.settings), places


def _finding(problem: Problem) -> Finding:
    origin = Origin(*problem.place)
    match problem.code:
        case "app.missing":
            return Finding("app.missing", problem.message, expected="cw = Crossway()").at(origin)
        case "app.slow":
            return Finding("app.slow", problem.message, hint="what takes long belongs into the handlers").at(origin)
        case _:
            return Finding("app.broken", problem.message).at(origin)
