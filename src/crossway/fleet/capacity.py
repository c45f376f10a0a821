"""How much a proxy may take of this machine: connections and memory, found out where nobody said.

Without a bound, a flood ends with a process that can open no file or is killed for its memory, and every connection
dies with it. With one, what is too much is refused, and the rest is served.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MOST_CONNECTIONS = 50_000
DESCRIPTORS_OF_A_CONNECTION = 2
"""One towards the client, one towards a backend."""
SHARE_OF_MEMORY = 0.75
"""The rest is for the control plane beside it, and for what Envoy holds outside its heap."""

ROOT = Path("/")


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one proxy may take."""

    connections: int
    """Connections of clients at once."""
    heap_bytes: int


def capacity(connections: int | None = None, heap_bytes: int | None = None) -> Capacity:
    """Return what was asked for, and for the rest what this machine has: descriptors, and memory of the container."""
    # Envoy is started with as many as it may have.
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    possible = MOST_CONNECTIONS if descriptors == resource.RLIM_INFINITY else descriptors // DESCRIPTORS_OF_A_CONNECTION
    return Capacity(
        connections or min(MOST_CONNECTIONS, possible),
        heap_bytes or int(memory(ROOT) * SHARE_OF_MEMORY),
    )


def memory(root: Path) -> int:
    """Return the bytes of memory that this process may have: those of the machine, or fewer if its cgroup says so.

    *root* is the directory in which `/proc` and `/sys` are.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_limits(root)])


def _limits(root: Path) -> Iterator[int]:
    """Yield the limits of our cgroup and of those that it is in: cgroups(7), of either version."""
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in groups:
        _, controllers, group = line.split(":", 2)
        if not controllers:
            mount, name = root / "sys/fs/cgroup", "memory.max"
        elif controllers == "memory":
            mount, name = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        path = PurePosixPath(group.lstrip("/"))
        for place in (path, *path.parents):
            try:
                limit = (mount / place / name).read_text().strip()
            except OSError:
                continue
            if limit.isdigit():
                yield int(limit)
