"""Series: the metrics of requests that a proxy counts for us, by their names.

They are API, as the names of resources are: dashboards and alert rules depend on them.
"""

from __future__ import annotations

import re
from typing import Final

PREFIX: Final = "crossway"
"""What the names begin with. Envoy puts a word of its own before it, which `as_published` takes away."""
REQUESTS: Final = "requests_total"
"""Requests that were answered, by route, service and status; 0 is the status of a client that went away before."""
DURATION: Final = "request_duration_milliseconds"
"""From the first byte of a request to the last one of its answer, by route and service."""
CONSUMER_REQUESTS: Final = "consumer_requests_total"
"""Requests of those who were recognised, by consumer and status."""

_OURS: Final = re.compile(rb"^(# TYPE )?envoy_(?=crossway_)", re.MULTILINE)


def as_published(page: bytes) -> bytes:
    """Return the *page* that Envoy writes for Prometheus, with our names as they are here."""
    return _OURS.sub(rb"\1", page)
