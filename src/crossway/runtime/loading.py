"""Code of users, loaded: each text once in a process, under a name of its own, so that old and new live side by side.

Law: whatever code does while it is loaded, the answer comes within `LONGEST`: its module, or one sentence that says why
not. Code that ends the process cannot be held back here; it is found out before, by `crossway.runtime.describing`.
"""

from __future__ import annotations

import importlib
import linecache
import sys
import threading
import traceback
from collections.abc import Callable, Container
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

from crossway.compile.program import Code, digest
from crossway.errors import UserError
from crossway.runtime.watchdog import Interrupted, interrupt
from crossway.sdk.plugin import PluginError

LONGEST: Final = 10.0
"""Seconds that code may take to be loaded."""

_modules: Final[dict[str, ModuleType | str]] = {}
"""By the digest of its code; or why it cannot be loaded, which nobody tries again on a loop that answers requests."""
_versions: Final[dict[str, str]] = {}
"""Which version of its modules every directory, and every installed module, was last loaded in."""
_lock: Final = threading.Lock()


class ProgramError(UserError):
    """Code cannot run; the text is one sentence with the place where that shows."""


def load(code: Code, longest: float = LONGEST) -> ModuleType:
    """Return the module of *code*: always the same one for the same code. `ProgramError` if it cannot be loaded.

    Modules in its directory are imported as they are now where the code has another version than before; who uses the
    old ones keeps them.
    """
    name = digest(code)
    found = _modules.get(name)
    if found is None:  # otherwise without the lock, which who loads other code may have for long
        with _lock:
            found = _modules.get(name)
            if found is None:
                try:
                    found = _Loading(code, f"crossway_code_{name}").within(longest)
                except ProgramError as error:
                    _modules[name] = str(error)
                    raise
                _modules[name] = found
    if isinstance(found, str):
        raise ProgramError(found)
    return found


def release(in_use: Container[str]) -> None:
    """Forget all code but that whose digests are *in_use*. Who has a module of it keeps it."""
    with _lock:
        for name in [name for name in _modules if name not in in_use]:
            module = _modules.pop(name)
            sys.modules.pop(f"crossway_code_{name}", None)
            del module


class _Loading:
    """Code on its way: in a thread of its own, so that it can be left behind."""

    def __init__(self, code: Code, name: str) -> None:
        self._code, self._name = code, name
        self._module: ModuleType | None = None
        self._error: BaseException | None = None

    def within(self, longest: float) -> ModuleType:
        thread = threading.Thread(target=self._load, name=self._name, daemon=True)
        thread.start()
        thread.join(longest)
        if self._module is not None and not thread.is_alive():
            return self._module
        sys.modules.pop(self._name, None)
        if thread.is_alive():
            place = _place_of(thread, self._code.name)
            interrupt(thread)
            raise ProgramError(f"{place}: loading takes longer than {longest:g} seconds")
        raise ProgramError(said(self._error, self._code)) from self._error

    def _load(self) -> None:
        try:
            self._module = _installed(self._code) if self._code.module else _executed(self._code, self._name)
        except (Exception, SystemExit, KeyboardInterrupt, Interrupted) as error:  # noqa: BLE001  # of users' code
            self._error = error


def _executed(code: Code, name: str) -> ModuleType:
    if code.directory:
        _renew(code.directory, code.version)
    module = ModuleType(name)
    module.__file__ = code.name
    linecache.cache[code.name] = (len(code.text), None, code.text.splitlines(keepends=True), code.name)
    sys.modules[name] = module  # dataclasses, pickle and annotations look it up there
    exec(compile(code.text, code.name, "exec", dont_inherit=True), module.__dict__)  # what it is for
    return module


def _installed(code: Code) -> ModuleType:
    if _versions.setdefault(code.module, code.version) != code.version:
        _versions[code.module] = code.version
        _forget({code.module})
        importlib.invalidate_caches()
    return importlib.import_module(code.module)


def _renew(directory: str, version: str) -> None:
    """See to it that *directory* can be imported from, and that what is imported is not older than *version*."""
    if directory not in _versions:
        sys.path_hooks.insert(0, _hook(directory))
        sys.path.append(directory)  # the last: a file there must not take the place of a module that all share
        sys.path_importer_cache.pop(directory, None)
    elif _versions[directory] != version:
        _forget({name for name, module in list(sys.modules.items()) if "." not in name and _is_in(module, directory)})
        importlib.invalidate_caches()
    _versions[directory] = version


def _forget(packages: set[str]) -> None:
    """Let the next import of *packages*, and of what is in them, be a new one."""
    for name in list(sys.modules):
        if name in packages or any(name.startswith(f"{package}.") for package in packages):
            del sys.modules[name]


def _is_in(module: ModuleType, directory: str) -> bool:
    """Whether *module* was found in *directory* itself, and not in another place that is below it."""
    spec = getattr(module, "__spec__", None)
    if spec is None:
        return False
    if spec.submodule_search_locations is not None:
        return any(Path(place).parent == Path(directory) for place in spec.submodule_search_locations)
    return spec.has_location and spec.origin is not None and Path(spec.origin).parent == Path(directory)


class _Source(SourceFileLoader):
    """Loads a module from its text, always: what is compiled may be older than an edit of the same second."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def beside() -> tuple[str, ...]:
    """Return the files of all modules that code has imported from its directory."""
    specs = [getattr(module, "__spec__", None) for module in list(sys.modules.values())]
    return tuple(sorted(spec.origin for spec in specs if spec and spec.origin and isinstance(spec.loader, _Source)))


def _hook(directory: str) -> Callable[[str], FileFinder]:
    def hook(path: str) -> FileFinder:
        place = Path(path)
        inside = place.relative_to(directory).parts if place.is_relative_to(directory) else ("site-packages",)
        if "site-packages" in inside or "dist-packages" in inside:
            raise ImportError(path)
        return FileFinder(path, (ExtensionFileLoader, EXTENSION_SUFFIXES), (_Source, SOURCE_SUFFIXES))

    return hook


def said(error: BaseException | None, code: Code) -> str:
    """Return what *error* means for whoever wrote *code*, in one sentence with its place."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno or 1}: {error.msg}"
    if isinstance(error, SystemExit):
        told = f"ends the program ({error.code})"
    elif isinstance(error, MemoryError):
        told = "needs more memory than there is"
    elif isinstance(error, PluginError):
        told = str(error)
    elif error is None:
        told = "was not loaded"
    else:
        told = " ".join(f"{type(error).__name__}: {error}".split())
    frames = traceback.extract_tb(error.__traceback__) if error else []
    own = [frame for frame in frames if frame.filename == code.name or (code.directory and _is_below(frame, code))]
    place = f"{own[-1].filename}:{own[-1].lineno}" if own else code.name or code.module
    return f"{place}: {told}"


def _is_below(frame: traceback.FrameSummary, code: Code) -> bool:
    return Path(frame.filename).is_relative_to(code.directory)


def _place_of(thread: threading.Thread, name: str) -> str:
    """Return where in the file *name*, if it is there, *thread* is now."""
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None and frame.f_code.co_filename != name:
        frame = frame.f_back
    return f"{name}:{frame.f_lineno}" if frame is not None else name


__all__ = ["LONGEST", "ProgramError", "beside", "load", "release", "said"]
