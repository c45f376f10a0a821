"""From a route of Kong to routes of the model: one for each priority and each rewrite that its paths need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from crossway.dialects.contract import Made
from crossway.dialects.kong import router
from crossway.dialects.kong.entity import trouble
from crossway.dialects.kong.hosts import known_hosts
from crossway.dialects.kong.paths import change, paths_of
from crossway.dialects.kong.plugin import Said
from crossway.dialects.kong.route import Route
from crossway.dialects.source import Source
from crossway.memo import Read
from crossway.model import FieldPath, Finding, Ref

_CLEAR: Final = frozenset({"http", "grpc", "ws"})
_SECURE: Final = frozenset({"https", "grpcs", "wss"})
_GRPC: Final = frozenset({"grpc", "grpcs"})
_SCHEME: Final = "x-forwarded-proto"
"""The header by which a proxy says over what a request came: clients cannot write it."""
_MOST_PRIORITY: Final = 2**31 - 1
_UPGRADE: Final = 426
_JSON: Final = "application/json; charset=utf-8"
_NO_SERVICE: Final = {
    "status": 503,
    "body": '{"message":"no Service found with those values"}',
    "content_type": _JSON,
}


@dataclass(frozen=True, slots=True)
class Forwarding:
    """A route, and all that it needs to know of others."""

    name: str
    """What the routes of the model are called; those after the first one with a number."""
    route: Route
    source: Source
    said: Said
    """What its plugins say."""
    to: str
    """The service of the model; empty for none."""
    base: str
    """The path that the service is at."""
    host: str | None
    """The host that the backend sees; `None` for that of the client."""
    closed: Finding | None
    links: tuple[FieldPath, ...] = ()
    """Where each path stands, and, before them, the route as a whole; as in an entity if there are none."""

    def place(self, index: int) -> FieldPath:
        """Return where a path of the route stands."""
        if self.links:
            return self.links[min(index + 1, len(self.links) - 1)]
        return ("paths", index) if self.route.paths else ()

    @property
    def root(self) -> FieldPath:
        """Where the route stands."""
        return self.links[0] if self.links else ()


@dataclass(frozen=True, slots=True)
class _Part:
    """Paths of a route that are tried at one priority and rewritten in one way."""

    is_regex: bool
    rewrite: Mapping[str, object]
    paths: tuple[tuple[str, int], ...]
    """Each as the model writes it, with its number in the route."""
    closed: Finding | None = None


def forward(read: Read, wanted: Forwarding) -> Iterator[Made]:
    """Yield the routes of the model."""
    common = _common(read, wanted.route)
    conditions = _conditions(wanted.route)
    secured = _over(wanted.route)
    closed = wanted.closed or _unsayable(wanted)
    for number, part in enumerate(_parts(wanted), start=1):
        ref = Ref("routes", wanted.name if number == 1 else f"{wanted.name}_{number}")
        links: dict[FieldPath, FieldPath] = {(): wanted.root}
        links |= {("matches", place): wanted.place(index) for place, (_, index) in enumerate(part.paths)}
        standing = dict(common)
        if rank := _rank(wanted.route, is_regex=part.is_regex):
            standing["priority"] = rank
        matches = [{"path": text, **conditions} for text, _ in part.paths]
        settings = {**standing, "matches": _with_headers(matches, secured), **_action(wanted, part.rewrite)}
        yield Made(ref, settings, wanted.source, links, closed=part.closed or closed)
        if secured.get(_SCHEME) == "https":
            upgrade = {**standing, "matches": matches, **_upgrade(wanted.route)}
            yield Made(Ref("routes", f"{ref.name}_insecure"), upgrade, wanted.source, links)


def _unsayable(wanted: Forwarding) -> Finding | None:
    """Return why a route of requests asks for something that only connections are told apart by."""
    if wanted.route.snis:
        message = "requests are told apart by their host, and not by the name in the TLS handshake"
        return trouble("dialect.refused", message, (*wanted.root, "snis"))
    if wanted.route.destinations:
        message = "requests are told apart by their host, and not by the port that they come to"
        return trouble("dialect.refused", message, (*wanted.root, "destinations"))
    return None


def _parts(wanted: Forwarding) -> Iterator[_Part]:
    """Yield the parts of a route, in the order of its paths."""
    route = wanted.route
    found: dict[tuple[bool, str], _Part] = {}
    closed: list[_Part] = []
    for path in paths_of(route.paths or ()):
        if path.wrong:
            why = trouble("field.invalid", f"{path.text}: {path.wrong}", wanted.place(path.number))
            closed.append(_Part(is_regex=False, rewrite={}, paths=((f"^{path.beginning}", path.number),), closed=why))
            continue
        changed = change(path, wanted.base, strip=route.strip_path, handling=route.path_handling)
        part = _Part(path.is_regex, changed.rewrite, tuple((text, path.number) for text in changed.matches))
        key = (part.is_regex, str(part.rewrite))
        before = found.get(key)
        found[key] = replace(before, paths=(*before.paths, *part.paths)) if before else part
    yield from found.values()
    yield from closed


def _with_headers(matches: Sequence[dict[str, Any]], headers: Mapping[str, object]) -> list[dict[str, Any]]:
    if not headers:
        return list(matches)
    return [{**match, "headers": {**match.get("headers", {}), **headers}} for match in matches]


def _common(read: Read, route: Route) -> dict[str, object]:
    """Return on which hostnames *route* stands."""
    hosts = route.hosts or ()
    alone = bool(hosts) and all(router.is_native(host) and not host.startswith("*") for host in hosts)
    names = router.hostnames(hosts, () if alone else read(known_hosts))
    return {"hostnames": names} if names else {}


def _conditions(route: Route) -> dict[str, object]:
    """Return what *route* asks of a request, paths aside."""
    conditions: dict[str, object] = {}
    if route.methods:
        conditions["methods"] = list(route.methods)
    headers: dict[str, object] = {name.lower(): _header(values) for name, values in (route.headers or {}).items()}
    if not all(map(router.is_native, route.hosts or ())):
        headers["host"] = router.host_condition(route.hosts or ())
    if headers:
        conditions["headers"] = headers
    if networks := [source.ip for source in route.sources or () if source.ip]:
        conditions["source_ips"] = networks
    return conditions


def _header(values: Sequence[str]) -> object:
    """Return a condition on a header that has one of *values*. Upper and lower case are one."""
    alternatives = []
    for value in values:
        if value.startswith("~*"):
            pattern = value[2:]
            before = "" if pattern.startswith("^") else ".*"
            after = "" if pattern.endswith("$") else ".*"
            alternatives.append(f"{before}{router.grouped(pattern.removeprefix('^').removesuffix('$'))}{after}")
        else:
            alternatives.append(re.escape(value))
    if len(values) == 1 and values[0].lower() == values[0].upper():
        return values[0]
    return {"regex": f"(?i){alternatives[0]}" if len(alternatives) == 1 else f"(?i)({'|'.join(alternatives)})"}


def _over(route: Route) -> dict[str, object]:
    """Return the conditions that follow from the protocols of *route*."""
    protocols = frozenset(route.protocols)
    conditions: dict[str, object] = {}
    if not protocols & _CLEAR:
        conditions[_SCHEME] = "https"
    elif not protocols & _SECURE:
        conditions[_SCHEME] = "http"
    if protocols <= _GRPC:
        conditions["content-type"] = {"prefix": "application/grpc"}
    return conditions


def _rank(route: Route, *, is_regex: bool) -> int:
    if route.expression and route.priority is not None:
        return min(route.priority, _MOST_PRIORITY)
    hosts, headers = route.hosts or (), route.headers or {}
    kinds = sum(map(bool, (route.methods, hosts, headers, route.snis, route.paths)))
    plain = bool(hosts) and not any("*" in host for host in hosts)
    return router.priority(
        kinds, plain=plain, headers=len(headers), regex_priority=route.regex_priority if is_regex else None
    )


def _action(wanted: Forwarding, path: Mapping[str, object]) -> dict[str, object]:
    """Return what becomes of requests, and the policies that hold for them."""
    said = wanted.said
    policies: dict[str, object] = {name: policy for name, policy in said.policies.items() if name != "rewrite"}
    action: dict[str, object] = {}
    if said.respond is not None:
        action["respond"] = said.respond
    elif not wanted.to:
        action["respond"] = _NO_SERVICE
    else:
        action["to"] = wanted.to
        own = said.policies.get("rewrite", {})
        host = {} if wanted.host is None else {"host": wanted.host}
        rewrite = {**({} if "path" in own else path), **host, **own}
        if rewrite:
            policies = {"rewrite": rewrite, **policies}
    return {**action, "policies": policies} if policies else action


def _upgrade(route: Route) -> dict[str, object]:
    """Return what a request is told that comes without TLS, and must have it."""
    if route.https_redirect_status_code == _UPGRADE:
        body = '{"message":"Please use HTTPS protocol"}'
        return {"respond": {"status": _UPGRADE, "body": body, "content_type": _JSON}}
    return {"redirect": {"scheme": "https", "status": route.https_redirect_status_code}}
