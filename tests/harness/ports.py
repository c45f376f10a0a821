"""Free ports, below the range from which the kernel takes the ports of outgoing connections.

A port is free until somebody listens on it, so two test processes could be given the same one. Each takes blocks of
ports for itself, and keeps a block by the name of an abstract Unix socket: that is gone when the process is.
"""

import random
import socket
from collections.abc import Iterator
from contextlib import suppress

FIRST, SIZE, BLOCKS = 10_000, 400, 55

_kept: list[socket.socket] = []


def free_port() -> int:
    """Return a port that nobody listens on, over TCP or UDP, and that nobody else was given."""
    return next(port for port in _ports if _is_free(port))


def _own_ports() -> Iterator[int]:
    for number in random.sample(range(BLOCKS), BLOCKS):
        with suppress(OSError):
            keeper = socket.socket(socket.AF_UNIX)
            _kept.append(keeper)
            keeper.bind(f"\0crossway-test-ports-{number}")
            yield from range(FIRST + number * SIZE, FIRST + (number + 1) * SIZE)


def _is_free(port: int) -> bool:
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        try:
            tcp.bind(("0.0.0.0", port))
            udp.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True


_ports = _own_ports()
