"""Python inside Envoy: what its process needs, so that a filter can run the interpreter that runs us.

The law: whether Python is there is settled when Envoy starts, and costs nothing until a filter asks for it (measured:
3 MB, and no CPU that can be told from noise). Envoy's user reads our interpreter and our packages, and nothing else
for it: a directory that it could not reach is handed to it open.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from crossway.compile.program import SHARED_STORE, UPLOADS
from crossway.errors import RemoteError, UserError
from crossway.fleet import preflight
from crossway.fleet.account import Account

MODULE: Final = "libpyvoy.so"
"""What Envoy looks for when a filter names the module ``pyvoy``."""
SEARCH: Final = "ENVOY_DYNAMIC_MODULES_SEARCH_PATH"
_FIRST: Final = 100
"""The first descriptor of directories that are handed over; Envoy takes the lowest that are free."""


@dataclass(frozen=True, slots=True)
class Python:
    """What to start Envoy with. Both are empty where this machine has no Python that Envoy could run."""

    environment: Mapping[str, str] = field(default_factory=dict)
    directories: Mapping[int, str] = field(default_factory=dict)


def python(
    run_directory: Path, account: Account | None = None, shared_store: str = "", uploads: Path | None = None
) -> Python:
    """Return with what an Envoy that runs as *account* can run Python, which finds a Redis at the URL *shared_store*.

    It keeps uploads in the directory *uploads*, which is made for that account.
    `UserError` for a URL that is none of a Redis. Puts a link to the dynamic module into *run_directory*, where Envoy
    finds it by its name: so a filter says the same on every machine.
    """
    if shared_store:
        _check(shared_store)
    try:
        library = preflight.libpython()
    except UserError:
        return Python()
    run_directory.mkdir(parents=True, exist_ok=True)
    handed: dict[str, str] = {}

    def reachable(directory: Path) -> str:
        if account is None or preflight.reaches(directory, account):
            return str(directory)
        return open_for_it(directory)

    def open_for_it(directory: Path) -> str:
        return handed.setdefault(str(directory), f"/proc/self/fd/{_FIRST + len(handed)}")

    def kept(directory: Path) -> str:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if account is None:
            return str(directory.absolute())
        account.own(directory)
        return open_for_it(directory.absolute())  # below a directory of state that is closed to everybody else

    link = run_directory / MODULE
    link.unlink(missing_ok=True)
    link.symlink_to(f"{reachable(_package('pyvoy'))}/_pyvoy.abi3.so")
    home = reachable(Path(sys.base_prefix))
    paths = [Path(entry).absolute() for entry in sys.path if entry and Path(entry).is_dir()]
    library_of_python = Path(os.__file__).parent  # Python finds its own library from its home
    installed = [path for path in paths if path != library_of_python and path.parent != library_of_python]
    return Python(
        {
            "LD_PRELOAD": f"{reachable(library.parent)}/{library.name}",
            "PYTHONHOME": home,
            "PYTHONPATH": os.pathsep.join(map(reachable, installed)),
            "PYTHONDONTWRITEBYTECODE": "1",
            SEARCH: str(run_directory.absolute()),
            **({SHARED_STORE: shared_store} if shared_store else {}),
            **({UPLOADS: kept(uploads)} if uploads is not None else {}),
        },
        {_FIRST + index: directory for index, directory in enumerate(handed)},
    )


def _check(url: str) -> None:
    from redis.asyncio.connection import parse_url

    try:
        parse_url(url)
    except ValueError:  # its text may hold the password
        forms = "redis://HOST:PORT/0, rediss://... with TLS, or unix:///PATH"
        raise UserError(f"the shared store is a Redis: {forms}") from None


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or found.origin is None:
        raise RemoteError(f"the package {name} is not installed")
    return Path(found.origin).parent
