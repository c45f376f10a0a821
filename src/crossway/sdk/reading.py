"""Reads an app: imports its file in this process, which is there for nothing else, and prints what the app says.

::

    python -m crossway.sdk.reading app.py FD

The answer is a `Read` in JSON in the open file FD. Whatever goes wrong in the app is in the answer.
"""

from __future__ import annotations

import os
import resource as limits
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Final

from msgspec import Struct, json

from crossway.sdk.app import Crossway
from crossway.sdk.declared import Place, Plain

MODULE: Final = "crossway_app"
"""What the module of the app is called while it is read."""


class Resource(Struct, frozen=True):
    """One resource of the app."""

    kind: str
    name: str
    settings: dict[str, object]
    places: list[tuple[list[str | int], Place]]
    """Where it stands, under the empty path, and where fields of it do."""


class Problem(Struct, frozen=True):
    """Why there is nothing else to say."""

    code: str
    message: str
    place: Place


class Read(Struct, frozen=True):
    """What was read."""

    resources: tuple[Resource, ...] = ()
    modules: tuple[str, ...] = ()
    """The files of the app: its own, and those of its directory that it imports."""
    problem: Problem | None = None


def read(path: Path) -> Read:
    """Import the app at *path* and return what it says, or what is wrong with it."""
    directory = path.resolve().parent
    sys.path.insert(0, str(directory))
    module = ModuleType(MODULE)
    module.__file__ = str(path)
    sys.modules[MODULE] = module
    problem: Problem | None = None
    resources: tuple[Resource, ...] = ()
    try:
        exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), module.__dict__)
        resources = tuple(_resources(module))
    except _MissingError as error:
        problem = Problem("app.missing", str(error), Place(str(path), 1))
    except (Exception, SystemExit) as error:  # noqa: BLE001  # of the app, whatever it is
        problem = _problem(error, path, directory)
    return Read(resources, _modules(directory, path), problem)


class _MissingError(Exception):
    """The module has no app."""


def _resources(module: ModuleType) -> list[Resource]:
    apps = {name: thing for name, thing in vars(module).items() if isinstance(thing, Crossway)}
    different = set(map(id, apps.values()))
    if len(different) != 1:
        told = "no Crossway()" if not different else f"more than one Crossway(): {', '.join(apps)}"
        raise _MissingError(f"the file has {told}; an app is one, at the top of its module: cw = Crossway()")
    name, app = next(iter(apps.items()))
    return [
        Resource(
            each.kind, each.name, _opened(each.settings), [([*path], place) for path, place in each.places.items()]
        )
        for each in app.declared(name)
    ]


def _opened(settings: dict[str, Plain]) -> dict[str, object]:
    return {**settings}


def _problem(error: BaseException, path: Path, directory: Path) -> Problem:
    if isinstance(error, SyntaxError) and error.filename:
        place = Place(error.filename, error.lineno or 1, error.offset or 1)
        return Problem("app.broken", f"it is no Python: {error.msg}", place)
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(Path(frame.filename), path, directory)
    ]
    place = (
        Place(frames[-1].filename, frames[-1].lineno or 1, (frames[-1].colno or 0) + 1)
        if frames
        else Place(str(path), 1)
    )
    if isinstance(error, SystemExit):
        return Problem("app.broken", f"it ends the process while it is imported ({error.code})", place)
    told = " ".join(f"{type(error).__name__}: {error}".split())
    return Problem("app.broken", f"it cannot be imported: {told}", place)


def _modules(directory: Path, path: Path) -> tuple[str, ...]:
    files = {file for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))}
    return (str(path), *sorted(file for file in files if file != str(path) and _is_own(Path(file), path, directory)))


def _is_own(file: Path, path: Path, directory: Path) -> bool:
    """Whether *file* is of the app, and of no library that happens to be installed below its directory."""
    return file == path or (
        file.is_relative_to(directory) and not {"site-packages", "dist-packages"}.intersection(file.parts)
    )


def main() -> None:
    """Write what is read."""
    path, file = Path(sys.argv[1]), int(sys.argv[2])
    os.set_inheritable(file, False)
    limits.setrlimit(limits.RLIMIT_CORE, (0, 0))
    os.write(file, json.encode(read(path)))
    os._exit(0)  # threads of the app may never end


if __name__ == "__main__":
    main()
