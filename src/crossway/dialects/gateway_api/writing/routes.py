"""Routes: what an HTTPRoute, a GRPCRoute, a TLSRoute, a TCPRoute or a UDPRoute with one rule can say of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from crossway.dialects.gateway_api.reference import GROUP
from crossway.dialects.gateway_api.writing.actions import Where, backend_ref, headers, redirect, say
from crossway.dialects.gateway_api.writing.gateways import is_hostname
from crossway.dialects.gateway_api.writing.objects import Draft, Root, Way, annotated
from crossway.dialects.kubernetes.own import GROUP as OWN_GROUP
from crossway.dialects.kubernetes.own import POLICIES, VERSION
from crossway.model import (
    Backend,
    BackendProtocol,
    Gateway,
    Match,
    PathKind,
    Protocol,
    Ref,
    Route,
    Service,
    ValueMatch,
)

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
_PATHS: Final = {PathKind.EXACT: "Exact", PathKind.PREFIX: "PathPrefix", PathKind.REGEX: "RegularExpression"}
_MOST: Final = 16
_MOST_MATCHES: Final = 64
_MOST_PARENTS: Final = 32
_PATH: Final = re.compile(r"[A-Za-z0-9/\-._~!$&'()*+,;=:@%]{1,1024}")
_UNREACHED: Final = 500
"""What an HTTPRoute without a backend answers."""


def gateways_of(draft: Draft, ref: Ref, part: Route) -> list[Ref]:
    """Return the gateways that a route is attached to."""
    if part.gateways:
        return [Ref.parse("gateways", text, ref.namespace) for text in part.gateways]
    return draft.gateways.get(ref.namespace, [])


def doors_of(draft: Draft, ref: Ref, part: Route) -> list[tuple[Ref, str]]:
    """Return the listeners that a route is reached through: of a gateway that speaks HTTP, those that do."""
    found: list[tuple[Ref, str]] = []
    for gateway in gateways_of(draft, ref, part):
        settings = draft.part(gateway)
        listeners = settings.listeners if isinstance(settings, Gateway) else {}
        http = {name for name, listener in listeners.items() if listener.protocol is Protocol.HTTP}
        wanted = part.listeners or http or listeners
        found += ((gateway, name) for name in listeners if name in wanted)
    return found


def route(draft: Draft, ref: Ref) -> list[Root] | None:
    """Return *ref* as a route of Gateway API, with the policies that it has no words for; `None` if there is none."""
    part = draft.part(ref)
    settings = draft.settings[ref]
    if not isinstance(part, Route) or not isinstance(settings, Mapping) or part.priority or part.services:
        return None
    kind = _kind(draft, ref, part)
    if kind is None or not all(map(is_hostname, part.hostnames)) or len(part.hostnames) > _MOST:
        return None
    if not {name for _, name in doors_of(draft, ref, part)}.issuperset(part.listeners):
        return None
    parents = list(_parents(draft, ref, part, kind))
    rule, extras = _rule(draft, ref, part, kind, settings.get("policies") or {})
    if rule is None or not 1 <= len(parents) <= _MOST_PARENTS:
        return None
    spec: Root = {"parentRefs": parents}
    if part.hostnames:
        spec["hostnames"] = list(part.hostnames)
    root = annotated(draft.root(f"{GROUP}/v1", kind, ref, native=True), part.tiebreak)
    return [{**root, "spec": {**spec, "rules": [rule]}}, *extras]


def over_udp(draft: Draft) -> Iterator[Ref]:
    """Yield the services that routes over UDP send to."""
    for ref in draft.every("routes"):
        part = draft.part(ref)
        if isinstance(part, Route) and _spoken(draft, ref, part) == {"UDP"}:
            yield from (Ref.parse("services", item.service, ref.namespace) for item in part.to if item.service)


def _kind(draft: Draft, ref: Ref, part: Route) -> str | None:
    """Return the kind of routes that stands behind such listeners, with such matches."""
    kinds = _spoken(draft, ref, part)
    if kinds == {"HTTP"}:
        calls = {match.grpc is not None for match in part.matches}
        return (
            None
            if len(calls) > 1
            else "GRPCRoute"
            if calls == {True} and _over_http2(draft, ref, part)
            else "HTTPRoute"
        )
    fits = part.matches == (Match(),) and not part.policies and part.to
    return f"{kinds.pop()}Route" if len(kinds) == 1 and fits else None


def _spoken(draft: Draft, ref: Ref, part: Route) -> set[str]:
    """Return the protocols of the listeners that a route is reached through, as kinds of routes are called by them."""
    words = set()
    for gateway, name in doors_of(draft, ref, part):
        settings = draft.part(gateway)
        if isinstance(settings, Gateway):
            listener = settings.listeners[name]
            ends_tls = listener.tls is not None and listener.protocol is Protocol.TCP
            words.add("TLS" if ends_tls else listener.protocol.value.upper())
    return words


def _over_http2(draft: Draft, ref: Ref, part: Route) -> bool:
    """Return whether all services of a route speak HTTP/2, as those of a GRPCRoute do."""
    services = (draft.part(Ref.parse("services", item.service, ref.namespace)) for item in part.to if item.service)
    return all(isinstance(item, Service) and item.protocol is BackendProtocol.HTTP2 for item in services)


def _parents(draft: Draft, ref: Ref, part: Route, kind: str) -> Iterator[Root]:
    doors = doors_of(draft, ref, part)
    is_stream = kind not in {"HTTPRoute", "GRPCRoute"}
    for gateway in gateways_of(draft, ref, part):
        if gateway not in draft.ways:
            continue
        named: Root = {"name": draft.names[gateway]}
        if draft.is_own(gateway):
            named = {"group": OWN_GROUP, "kind": "Gateway", **named}
        if gateway.namespace != ref.namespace:
            named["namespace"] = gateway.namespace
        if not part.listeners and not is_stream:
            yield named
            continue
        for owner, name in doors:
            if owner == gateway:
                yield {**named, "sectionName": name}


def _rule(
    draft: Draft, ref: Ref, part: Route, kind: str, policies: Mapping[str, Any]
) -> tuple[Root | None, tuple[Root, ...]]:
    """Return the one rule of a route, and the object that its other policies are in."""
    nothing: tuple[Root | None, tuple[Root, ...]] = (None, ())
    matches = [] if part.matches == (Match(),) else _matches(part, kind)
    if matches is None or len(matches) > _MOST_MATCHES:
        return nothing
    by_prefix = len(matches) == 1 and matches[0].get("path", {}).get("type") == "PathPrefix"
    where = Where(draft, ref, kind, by_prefix)
    filters: list[Root] = []
    fields: Root = {}
    others: dict[str, object] = {}
    for name, policy in policies.items():
        said = say(name, policy, where) if draft.ways[ref] is Way.PORTABLE else None
        if said is None:
            others[name] = policy
        else:
            filters += said.filters
            fields |= said.fields
    if part.redirect is not None:
        sent = redirect(part.redirect, where) if kind == "HTTPRoute" else None
        if sent is None:
            return nothing
        filters.append(sent)
    elif not part.to:
        return nothing
    extras: tuple[Root, ...] = ()
    if others:
        group, _, word = POLICIES.partition("/")
        filters.append(
            {"type": "ExtensionRef", "extensionRef": {"group": group, "kind": word, "name": draft.names[ref]}}
        )
        extras = ({**draft.root(f"{group}/{VERSION}", word, ref), "spec": others},)
    backends = _backends(part, where)
    if backends is None or len(backends) > _MOST or len(filters) > _MOST:
        return nothing
    rule: Root = {"matches": matches, "filters": filters, "backendRefs": backends}
    return {**{name: value for name, value in rule.items() if value}, **fields}, extras


def _matches(part: Route, kind: str) -> list[Root] | None:
    """Return the matches, one for each method; `None` if one of them cannot be said."""
    found: list[Root] = []
    for match in part.matches:
        made = _call(match) if kind == "GRPCRoute" else _request(match)
        if made is None or match.cookies or match.source_ips:
            return None
        found += [{**made, "method": method} for method in match.methods] or [made]
    return found


def _request(match: Match) -> Root | None:
    path = match.path
    made: Root = {}
    if match.grpc is not None or not _METHODS.issuperset(match.methods):
        return None
    if path is not None:
        is_said = path.kind is PathKind.REGEX or _PATH.fullmatch(path.value)
        if path.kind not in _PATHS or not is_said:
            return None
        made["path"] = {"type": _PATHS[path.kind], "value": path.value}
    for word, conditions in (("headers", match.headers), ("queryParams", match.queries)):
        values = _values(conditions)
        if values is None:
            return None
        if values:
            made[word] = values
    return made


def _call(match: Match) -> Root | None:
    values = _values(match.headers)
    if match.grpc is None or match.queries or match.methods or values is None:
        return None
    call: Root = {"type": "Exact", "service": match.grpc.service}
    if match.grpc.method:
        call["method"] = match.grpc.method
    return {"method": call, **({"headers": values} if values else {})}


def _values(conditions: Mapping[str, ValueMatch]) -> list[Root] | None:
    found: list[Root] = []
    for name, value in conditions.items():
        if value.invert or value.kind not in {"exact", "regex"} or len(conditions) > _MOST:
            return None
        kind = {} if value.kind == "exact" else {"type": "RegularExpression"}
        found.append({**kind, "name": name, "value": value.exact if value.kind == "exact" else value.regex})
    return found


def _backends(part: Route, where: Where) -> list[Root] | None:
    """Return the backends of a rule; `None` if one of them cannot be named."""
    if where.kind == "HTTPRoute" and [item.status for item in part.to] == [_UNREACHED]:
        return []
    found = [_backend(item, number, where) for number, item in enumerate(part.to)]
    return None if None in found else [item for item in found if item is not None]


def _backend(backend: Backend, number: int, where: Where) -> Root | None:
    if backend.service is None or backend.subset is not None:
        return None
    made = backend_ref(where, Ref.parse("services", backend.service, where.route.namespace))
    if made is None:
        return None
    if backend.weight != 1:
        made["weight"] = backend.weight
    if backend.policies:
        settings: Any = where.draft.settings[where.route]
        to = settings["to"][number] if isinstance(settings["to"], list) else settings["to"]
        said = headers(to["policies"].get("headers"), where) if list(to["policies"]) == ["headers"] else None
        if said is None:
            return None
        made["filters"] = list(said.filters)
    return made
