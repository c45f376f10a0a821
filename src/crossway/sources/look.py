"""One look at files: what they are, and every name on the way to them.

Events of an operating system are hints; what a look finds is the truth. Two looks with equal stamps mean that
nothing happened, whatever was heard meanwhile.

The way matters as much as the file. Kubernetes mounts a ConfigMap as ``a.yaml -> ..data/a.yaml`` with
``..data -> ..2026_10_01``, and a deployment swaps ``current -> releases/7``: the file that is named is never touched,
a link on the way to it is. So a look follows each link itself and remembers the names that decided.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

MOST_LINKS = 40
"""Where Linux gives up with ELOOP, see path_resolution(7)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one state of a file from another without reading it; times are nanoseconds."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int
    """The time of the inode. It moves even when `modified` is set back, as ``cp -p`` and rsync do."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was found."""

    stamps: Mapping[Path, Stamp | None]
    """For each path that is no directory; `None` where there is nothing, or nothing that may be seen."""
    names: frozenset[Path]
    """Every name looked up on the way, in real directories: an event for one of them may change everything."""
    listed: frozenset[Path]
    """The real directories among the paths: any event in one of them may change what there is to see."""
    directories: frozenset[Path]
    """Where to listen: the directories in which `names` stand, and the `listed` ones."""


def look(paths: Iterable[Path]) -> Look:
    """Look at *paths*, which need not exist."""
    here = Path.cwd()
    way = _Way()
    stamps: dict[Path, Stamp | None] = {}
    listed: set[Path] = set()
    for path in paths:
        real = way.follow(here / path)
        try:
            status = path.stat()
        except OSError:
            stamps[path] = None
            continue
        if stat.S_ISDIR(status.st_mode):
            listed.add(real)
        else:
            stamps[path] = Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    parents = {name.parent for name in way.names}
    directories = listed.union(parent for parent in parents if _is_directory(parent))
    return Look(stamps, frozenset(way.names), frozenset(listed), frozenset(directories))


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a directory on the way to it may not be searched
        return False


class _Way:
    """Resolves paths as the kernel does, one name at a time, and remembers the names."""

    def __init__(self) -> None:
        self.names: set[Path] = set()
        self._real: dict[Path, Path] = {}

    def follow(self, path: Path, links: int = MOST_LINKS) -> Path:
        """Return where the absolute *path* leads, following at most *links* links in a row."""
        if path in self._real:
            return self._real[path]
        if path == path.parent:
            return path
        parent = self.follow(path.parent, links)
        if path.name == "..":
            real = parent.parent
        else:
            real = parent / path.name
            self.names.add(real)
            try:
                target = real.readlink() if links else None
            except OSError:  # no link, or gone meanwhile
                target = None
            if target is not None:
                real = self.follow(parent / target, links - 1)
        self._real[path] = real
        return real
