"""The doors of the admin server: a Unix socket for this machine, and TCP for others.

The Unix socket needs no token: it lies in the state directory, which only its owner can enter, and only its owner can
open it. TCP on anything but loopback needs TLS, since a token that is overheard is a token lost.
"""

from __future__ import annotations

import ipaddress
import os
import pwd
import socket
import ssl
import stat
import struct
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crossway.errors import UserError

SOCKET: Final = "admin.sock"
_BACKLOG: Final = 128


@dataclass(frozen=True, slots=True)
class Tls:
    """Where the certificate of the TCP door and its key are kept."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Return what TLS is served with; `UserError` if the files cannot be read or do not fit."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.certificate, self.key, password=_no_passphrase)
        except (OSError, ValueError) as error:
            raise UserError(f"the admin API cannot serve TLS with {self.certificate} and {self.key}: {error}") from None
        return context


def open_tcp(address: str, tls: Tls | None) -> socket.socket:
    """Return a socket that listens at *address*, ``host:port``; `UserError` if that cannot be done or is not safe."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not port.isdecimal() or int(port) > 65535:
        raise UserError(f"the admin address {address} is not host:port")
    if tls is None and not is_loopback(host):
        raise UserError(
            f"the admin address {address} can be reached from elsewhere, so it needs TLS: name a certificate and its "
            f"key with --admin-certificate and --admin-key"
        )
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, int(port)), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise UserError(f"the admin address {address} cannot be used ({reason}); choose one with --admin") from None
    # Inherited by each connection (tcp(7)). Without it, an answer in two writes waits 40 ms for a delayed ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach *host*. A name counts only if it is ``localhost``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def open_unix(state: Path) -> socket.socket:
    """Return a socket that listens at ``admin.sock`` in the directory *state*, for its owner alone.

    One that a process left behind is removed; `UserError` if somebody listens there.
    """
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    state.chmod(0o700)
    directory = os.open(state, os.O_PATH | os.O_DIRECTORY)
    try:
        # Through the directory: the name of a socket has room for 107 bytes (unix(7)), and paths may be longer.
        name = f"/proc/self/fd/{directory}/{SOCKET}"
        _remove_stale(state / SOCKET, name)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            os.fchmod(listener.fileno(), 0o600)  # it is born with this mode, so there is no moment with another one
            listener.bind(name)
            listener.listen(_BACKLOG)
        except OSError as error:
            listener.close()
            raise UserError(f"the admin socket {state / SOCKET} cannot be made ({error.strerror})") from None
        return listener
    finally:
        os.close(directory)


def close_unix(listener: socket.socket, state: Path) -> None:
    """Stop listening, and remove the socket."""
    listener.close()
    with suppress(FileNotFoundError):
        (state / SOCKET).unlink()


def account_of(connection: socket.socket) -> str:
    """Return the name of the account that opened *connection*, a Unix socket (SO_PEERCRED, unix(7))."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    user: int = struct.unpack("3i", credentials)[1]
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _remove_stale(path: Path, name: str) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise UserError(f"{path} is in the way of the admin socket")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        try:
            probe.connect(name)
        except OSError:
            path.unlink()
            return
    raise UserError(f"another Crossway runs with this state directory: it listens at {path}")


def _no_passphrase() -> str:
    """Be asked for a passphrase and have none, rather than ask whoever stands at the terminal."""
    raise ValueError("the key is encrypted")
