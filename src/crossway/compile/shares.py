"""How a limit that proxies share travels to whoever gives out the shares: as the identity of what is counted.

===================  ===================================================================================
``crossway.limits``  the limits that hold together, as `write` writes them: ``5/60/5``
``crossway.key``     what is counted apart: a name that a policy gave it, and the keys of the request
===================  ===================================================================================

Law: whoever counts needs no configuration. What a policy says here is all that is known of a limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

LIMITS: Final = "crossway.limits"
KEY: Final = "crossway.key"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds, and so many at once."""

    requests: int
    seconds: float
    burst: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def write(limits: Iterable[Limit]) -> str:
    """Return *limits* as text that `read` reads."""
    return ",".join(f"{limit.requests}/{limit.seconds:.10g}/{limit.burst}" for limit in limits)


def read(text: str) -> tuple[Limit, ...]:
    """Return the limits that *text* says; `ValueError` if it says none."""
    limits = []
    for part in text.split(","):
        requests, seconds, burst = part.split("/")
        limit = Limit(int(requests), float(seconds), int(burst))
        if not (limit.requests > 0 and limit.seconds > 0 and limit.burst > 0):
            raise ValueError(f"{part!r} lets nothing through")
        limits.append(limit)
    return tuple(limits)
