"""Upstreams and their targets: the endpoints behind the host of a service, and how one of them is chosen.

https://developer.konghq.com/gateway/entities/upstream/
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from crossway.dialects.contract import OBJECTS, Ignored, Key, Mapped, Object, find, of
from crossway.dialects.kong.entity import TARGET, UPSTREAM, KongEntity, NamedEntity, Reference, named
from crossway.dialects.kong.health import HealthChecks
from crossway.memo import Index, Read

HashOn = Literal["none", "consumer", "ip", "header", "cookie", "query_arg"]
_MOST_WEIGHT: Final = 128
_DEFAULT_PORT: Final = 8000
_KEYS: Final = "services.policies.load_balancing.hash_by"


class Upstream(NamedEntity):
    """A set of targets, whose name is the host of services."""

    algorithm: Annotated[
        Literal["round-robin", "consistent-hashing", "least-connections", "latency", "sticky-sessions"] | None,
        Mapped("services.policies.load_balancing.algorithm"),
    ] = None
    hash_on: Annotated[HashOn | None, Mapped(_KEYS)] = None
    hash_fallback: Annotated[HashOn | None, Mapped(_KEYS)] = None
    hash_on_header: Annotated[str | None, Mapped(_KEYS)] = None
    hash_fallback_header: Annotated[str | None, Mapped(_KEYS)] = None
    hash_on_cookie: Annotated[str | None, Mapped(_KEYS)] = None
    hash_on_cookie_path: Annotated[str | None, Mapped(_KEYS)] = None
    hash_on_query_arg: Annotated[str | None, Mapped(_KEYS)] = None
    hash_fallback_query_arg: Annotated[str | None, Mapped(_KEYS)] = None
    slots: Annotated[int | None, Ignored("how finely a ring is cut decides nothing about requests")] = None
    healthchecks: HealthChecks | None = None
    host_header: Annotated[str | None, Mapped("routes.policies.rewrite.host")] = None
    client_certificate: Annotated[Reference, Mapped("services.tls.certificate")] = None
    use_srv_name: Annotated[bool, Ignored("the host that a backend sees is that of the service")] = False
    sticky_sessions_cookie: Annotated[str | None, Mapped(_KEYS)] = None
    sticky_sessions_cookie_path: Annotated[str | None, Mapped(_KEYS)] = None


class Target(KongEntity):
    """One endpoint of an upstream."""

    target: Annotated[str, Mapped("services.endpoints.address")]
    weight: Annotated[int, Field(ge=0, le=65535), Mapped("services.endpoints.weight")] = 100
    upstream: Annotated[Reference, Mapped("the service")] = None


def _by_upstream(read: Read, key: Key) -> frozenset[str]:
    found = find(read, Target, key) if key.kind == TARGET else None
    upstream = named(read, Upstream, UPSTREAM, found.value.upstream) if found else None
    return frozenset({upstream.key.name}) if upstream else frozenset()


BY_UPSTREAM: Index[Key, str] = Index(OBJECTS, _by_upstream, "targets of Kong by upstream", of(TARGET))


def targets(read: Read, upstream: Object[Upstream]) -> list[Target]:
    """Return the targets of *upstream*."""
    found = (find(read, Target, key) for key in read.group(BY_UPSTREAM, upstream.key.name))
    return [item.value for item in found if item is not None]


def endpoints(found: Sequence[Target]) -> list[str | dict[str, object]]:
    """Return the endpoints that *found* are. Weights are cut by what they have in common, and fit into 1 to 128."""
    used = [target for target in found if target.weight]
    shared = math.gcd(*(target.weight for target in used)) if used else 1
    most = max((target.weight // shared for target in used), default=1)
    made: list[str | dict[str, object]] = []
    for target in used:
        address = address_of(target.target)
        weight = target.weight // shared
        if most > _MOST_WEIGHT:
            weight = max(1, round(weight * _MOST_WEIGHT / most))
        made.append(address if weight == 1 else {"address": address, "weight": weight})
    return made


def address_of(text: str, port: int = _DEFAULT_PORT) -> str:
    """Return *text* with a port."""
    host, _, number = text.rpartition(":")
    if number.isdigit() and host and (":" not in host or host.startswith("[")):
        return text
    return f"[{text}]:{port}" if ":" in text and not text.startswith("[") else f"{text}:{port}"


def policies(upstream: Upstream) -> dict[str, object]:
    """Return the policies that *upstream* says of its service."""
    balancing = _load_balancing(upstream)
    checks = upstream.healthchecks.policies() if upstream.healthchecks is not None else {}
    if checks:  # Kong refuses where no target is healthy
        balancing = {**({"algorithm": balancing} if isinstance(balancing, str) else balancing), "panic_threshold": 0}
    return {"load_balancing": balancing, **checks}


def _load_balancing(upstream: Upstream) -> str | Mapping[str, object]:
    keys = list(_keys(upstream))
    match upstream.algorithm:
        case "least-connections" | "latency":
            return "least_request"
        case "sticky-sessions":
            return {"hash_by": _cookie(upstream.sticky_sessions_cookie or "kong", upstream.sticky_sessions_cookie_path)}
        case "consistent-hashing" if keys:
            return {"algorithm": "ring_hash", "hash_by": keys if len(keys) > 1 else keys[0]}
        case None if keys:  # before Kong had algorithms, a key was enough
            return {"algorithm": "ring_hash", "hash_by": keys if len(keys) > 1 else keys[0]}
        case _:
            return "round_robin"


def _keys(upstream: Upstream) -> Iterator[object]:
    primary = _key(upstream.hash_on, upstream.hash_on_header, upstream.hash_on_query_arg, upstream)
    if primary is not None:
        yield primary
    second = _key(upstream.hash_fallback, upstream.hash_fallback_header, upstream.hash_fallback_query_arg, upstream)
    if second is not None:
        yield second


def _key(kind: HashOn | None, header: str | None, query: str | None, upstream: Upstream) -> object | None:
    match kind:
        case "ip":
            return "source_ip"
        case "consumer":
            return {"header": "x-consumer-username"}
        case "header" if header:
            return {"header": header.lower()}
        case "cookie" if upstream.hash_on_cookie:
            return _cookie(upstream.hash_on_cookie, upstream.hash_on_cookie_path)
        case "query_arg" if query:
            return {"query": query}
    return None


def _cookie(name: str, path: str | None) -> Mapping[str, Any]:
    cookie: dict[str, object] = {"name": name, "ttl": 0}
    if path and path != "/":
        cookie["path"] = path
    return {"cookie": cookie}
