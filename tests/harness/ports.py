"""Free ports, below the range from which the kernel takes the ports of outgoing connections."""

import random
import socket

FIRST, LAST = 10_000, 32_000

_given: set[int] = set()


def free_port() -> int:
    """Return a port that nobody listens on, over TCP or UDP, and that was not returned before."""
    while True:
        port = random.randint(FIRST, LAST)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        try:
            tcp.bind(("0.0.0.0", port))
            udp.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
