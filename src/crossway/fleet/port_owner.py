"""Who listens on a port of this machine, from ``/proc``: proc(5)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PROC = Path("/proc")
# Column "st" of /proc/net/tcp: TCP_LISTEN. A bound UDP socket is TCP_CLOSE there.
WAITING = {"tcp": "0A", "udp": "07"}


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, and the name of its program."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.pid} ({self.name})"


def port_owner(number: int, protocol: Literal["tcp", "udp"]) -> Owner | None:
    """Return the process that listens on port *number* on any address, or None where we may not know."""
    inodes = _inodes(number, protocol)
    if not inodes:
        return None
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in PROC.glob("[0-9]*"):
        try:
            if any(str(descriptor.readlink()) in wanted for descriptor in (process / "fd").iterdir()):
                return Owner(int(process.name), (process / "comm").read_text().strip())
        except OSError:
            continue  # it is not ours to look at, or it has just ended
    return None


def _inodes(number: int, protocol: Literal["tcp", "udp"]) -> frozenset[str]:
    found = set()
    for table in (PROC / "net" / protocol, PROC / "net" / f"{protocol}6"):
        if not table.exists():
            continue
        for row in table.read_text().splitlines()[1:]:
            _, local, _, state, *rest = row.split()
            if int(local.rpartition(":")[2], 16) == number and state == WAITING[protocol]:
                found.add(rest[5])
    return frozenset(found)
