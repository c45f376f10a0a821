"""The hosts that routes name, whichever way they were written.

A request is tried against the routes of the closest hostname alone, so that what says less has to stand there too.
"""

from __future__ import annotations

from crossway.dialects.contract import OBJECTS, Key, find, of
from crossway.dialects.kong import router
from crossway.dialects.kong.entity import ROUTE
from crossway.dialects.kong.route import Route
from crossway.dialects.kubernetes.ingress import INGRESSES, Ingress, controller_of
from crossway.memo import Index, Read

CONTROLLER = "kong"


def _by_host(read: Read, key: Key) -> frozenset[str]:
    if key.kind == ROUTE:
        route = find(read, Route, key)
        return frozenset(router.named_hosts(route.value.spelled_out.hosts or ())) if route else frozenset()
    if key.kind in INGRESSES:
        ingress = find(read, Ingress, key)
        if ingress is not None and controller_of(read, ingress.value) == CONTROLLER:
            return frozenset(rule.host.lower() for rule in ingress.value.spec.rules if rule.host)
    return frozenset()


BY_HOST: Index[Key, str] = Index(OBJECTS, _by_host, "routes of Kong by host", of(ROUTE, *INGRESSES))


def known_hosts(read: Read) -> tuple[str, ...]:
    """Return every hostname that a route names."""
    return read.groups(BY_HOST)
