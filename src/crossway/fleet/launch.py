"""The last step before Envoy: a process that gives up what Envoy must not have, and becomes it.

A supervisor with gRPC and other threads may not run Python between fork and exec, where a lock that another thread
held stays locked for ever. So it starts this file as a fresh interpreter, which arranges itself and executes Envoy
in its place, under the same process id. It imports the standard library only, and takes 20 ms.

The law: Envoy never outlives the thread that started it, and holds no privilege but the ones asked for.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sys
from collections.abc import Mapping, Sequence

# include/uapi/linux/prctl.h, include/uapi/linux/capability.h
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_NET_BIND_SERVICE = 10
CAPABILITY_VERSION_3 = 0x20080522
SIGKILL = 9

# The order travels in the environment: an argument could be read by every user of the machine, secrets and all, and
# Envoy's own environment might change what this interpreter loads.
ORDER = "CROSSWAY_LAUNCH"


def command(
    argv: Sequence[str],
    environment: Mapping[str, str],
    identity: tuple[int, int] | None = None,
    bind_service: bool = False,
    directories: Mapping[int, str] | None = None,
) -> tuple[list[str], dict[str, str]]:
    """Return the command line, and its environment, that start *argv* as a child of this process, bound to its life.

    *identity* is the user and group id to run under; None keeps the caller's. *bind_service* lets that user listen
    on ports below 1024. The capability is an ambient one (capabilities(7)): on the file, the dynamic linker would
    ignore ``LD_PRELOAD``. *directories* are handed over open, under these descriptors: that user can then read what
    is below ``/proc/self/fd/N``, even where it may not enter the directories above.
    """
    order = {
        "argv": list(argv),
        "environment": dict(environment),
        "identity": identity,
        "bind_service": bind_service,
        "directories": list((directories or {}).items()),
        "parent": os.getpid(),
    }
    return [sys.executable, "-I", "-S", __file__], {ORDER: json.dumps(order)}


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _prctl(option: int, first: int, second: int = 0) -> None:
    arguments = (ctypes.c_ulong(value) for value in (first, second, 0, 0))
    _checked(_libc.prctl(ctypes.c_int(option), *arguments), f"prctl({option})")


def _become(user: int, group: int, bind_service: bool) -> None:
    _prctl(PR_SET_KEEPCAPS, int(bind_service))
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    if bind_service:
        bit = 1 << CAP_NET_BIND_SERVICE
        header = _Header(CAPABILITY_VERSION_3, 0)
        data = (_Data * 2)(_Data(bit, bit, bit))
        _checked(_libc.capset(ctypes.byref(header), ctypes.byref(data)), "capset(CAP_NET_BIND_SERVICE)")
        _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE)
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def _main(order: str) -> None:
    asked = json.loads(order)
    for number, directory in asked["directories"]:
        opened = os.open(directory, os.O_PATH | os.O_DIRECTORY)
        os.dup2(opened, number, inheritable=True)
        os.close(opened)
    if asked["identity"] is not None:
        user, group = asked["identity"]
        _become(user, group, asked["bind_service"])
    # Two descriptors for each connection, where a login shell has 1,024.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # After the change of user, which clears it: prctl(2).
    _prctl(PR_SET_PDEATHSIG, SIGKILL)
    if os.getppid() != asked["parent"]:
        sys.exit("the process that started Envoy is gone")
    os.execve(asked["argv"][0], asked["argv"], asked["environment"])


if __name__ == "__main__":
    try:
        _main(os.environ[ORDER])
    except OSError as error:
        sys.exit(f"cannot start Envoy: {error}")
