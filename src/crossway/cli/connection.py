"""Connections to an admin API: over its Unix socket, and for as long as an answer takes."""

from __future__ import annotations

import http.client
import os
import socket
from pathlib import Path
from typing import Final

from crossway.errors import RemoteError

PATIENCE: Final = 30.0
"""Seconds for an answer that nobody has to make first."""
LONGEST_SOCKET: Final = 107
"""Bytes in the path of a Unix socket (unix(7))."""


class UnixConnection(http.client.HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        """Open the socket."""
        self.sock = _connect(self._path)


def _connect(path: Path) -> socket.socket:
    """Return a connection to the socket at *path*, which may be longer than the kernel takes."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(PATIENCE)
    try:
        if len(os.fsencode(path)) <= LONGEST_SOCKET:
            connection.connect(str(path))
        else:
            directory = os.open(path.parent, os.O_PATH)
            try:
                connection.connect(f"/proc/self/fd/{directory}/{path.name}")
            finally:
                os.close(directory)
    except BaseException:
        connection.close()
        raise
    return connection


def is_served(path: Path) -> bool:
    """Return whether somebody serves the socket at *path*: one that was killed leaves it behind."""
    try:
        _connect(path).close()
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        return False
    except OSError as error:
        raise RemoteError(
            f"{path} cannot be opened ({error.strerror or error}): "
            f"be the account that runs Crossway, or ask it with --admin and a token"
        ) from None
    return True


def wait_as_long_as_it_takes(connection: socket.socket) -> None:
    """Let an answer take its time; the kernel says when the other side is gone (tcp(7))."""
    connection.settimeout(None)
    if connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
