"""The account that Envoy runs under: never root.

The proxy parses what strangers send. Started by root, it runs as an unprivileged user, and the files it needs are
given to that user; started by anybody else, it runs as they do.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from crossway.errors import UserError

PREFERRED = ("crossway", "nobody")
UNPRIVILEGED_PORTS = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine and its primary group."""

    name: str
    uid: int
    gid: int

    @property
    def identity(self) -> tuple[int, int]:
        """The user id and the group id."""
        return self.uid, self.gid

    def own(self, path: Path) -> None:
        """Make *path* this account's: a socket it connects to, a directory it writes into. Follows no symbolic link."""
        os.chown(path, self.uid, self.gid, follow_symlinks=False)


def unprivileged(user: str | None = None) -> Account | None:
    """Return the account to run Envoy under, or None if it runs as we do.

    That is *user*, or `crossway` where there is such a user, or `nobody`. None means that we are not root, or that
    *user* is ``root``. A user that does not exist, and another user asked for by somebody who is not root, are
    `UserError`.
    """
    if user is None and os.geteuid() != 0:
        return None
    wanted = PREFERRED if user is None else (user,)
    account = next(filter(None, map(_account, wanted)), None)
    if account is None:
        raise UserError(f"there is no user {' or '.join(wanted)} to run Envoy as")
    if account.uid == os.geteuid():
        return None
    if os.geteuid() != 0:
        raise UserError(f"only root can run Envoy as the user {user}")
    return account


def _account(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid)


def needs_bind_service(port: int) -> bool:
    """Say whether listening on *port* takes the capability ``CAP_NET_BIND_SERVICE`` on this machine (ip(7))."""
    return port < int(UNPRIVILEGED_PORTS.read_text())
