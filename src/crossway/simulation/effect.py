"""Effects: what becomes of a request on the route that takes it, read from the compiled Envoy route.

What was compiled is interpreted, not what was written: no policy is known here, and a policy that comes tomorrow is
simulated as far as it uses what any of today's do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from crossway.compile.envoy import names
from crossway.compile.envoy.answer import PROBLEM_JSON
from crossway.compile.envoy.backend import NOT_FOUND
from crossway.model import format_duration
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.simulation.arrival import Arrival
from crossway.simulation.entrance import is_grpc
from crossway.simulation.mutation import Scene, in_words, mutate
from crossway.simulation.redirect import STATUSES, location, rewritten

_PERCENT: Final = {
    type_v3.FractionalPercent.HUNDRED: 1.0,
    type_v3.FractionalPercent.TEN_THOUSAND: 100.0,
    type_v3.FractionalPercent.MILLION: 10_000.0,
}
_GRPC_STATUS: Final = {400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14}
"""The status of gRPC for one of HTTP (https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md)."""

_Level = route_v3.WeightedCluster.ClusterWeight | route_v3.Route | route_v3.VirtualHost | route_v3.RouteConfiguration
"""What edits headers."""
ENDPOINT: Final = "<name of the endpoint>"


@dataclass(frozen=True, slots=True)
class Share:
    """One service that the request may go to."""

    service: str
    percent: float
    subset: str | None = None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A request that goes to a backend."""

    services: tuple[Share, ...]
    method: str
    host: str
    target: str
    """Path and query as the backend sees them."""
    headers: Mapping[str, str]
    """The headers that the backend sees, by name; what nobody can know stands in <>."""
    response_edits: tuple[str, ...] = ()
    """What happens to the headers of the answer, in words."""
    mirrors: tuple[Share, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    """Timeouts, retries and the like, in words."""
    status: int | None = None
    """The status that the rest of the requests is answered with; `None` where all of them are forwarded."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that the gateway gives by itself."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


Effect = Forwarded | Reply


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What holds for a route besides what it says itself."""

    host: route_v3.VirtualHost
    table: route_v3.RouteConfiguration
    has_names: bool = False
    """Whether endpoints that the request may go to are names and not addresses."""


def effect(route: route_v3.Route, around: Surroundings, arrival: Arrival, headers: Mapping[str, str]) -> Effect:
    """Return what *route* does with *arrival*; *headers* are those that the connection manager passes on."""
    match route.WhichOneof("action"):
        case "route":
            return _forward(route, around, arrival, headers)
        case "redirect":
            return _redirect(route, around, arrival, headers)
        case _:
            return _respond(route, around, arrival, headers)


def _forward(route: route_v3.Route, around: Surroundings, arrival: Arrival, headers: Mapping[str, str]) -> Effect:
    action = route.route
    services = shares(action)
    likely = [share for share in services if share.percent]
    status = _unserved(action)
    if not likely and status is not None:
        return _reply(route, around, arrival, headers, Reply(status, {"content-type": PROBLEM_JSON}), arrival.target)
    scene = Scene(arrival, route.name, likely[0].service if len(likely) == 1 else "<service>")
    sent = {"host": arrival.host, **headers}
    backend = _only_backend(action)
    levels: list[_Level] = [*backend, route, around.host, around.table]
    for level in levels:
        mutate(
            sent,
            level.request_headers_to_remove,
            level.request_headers_to_add,
            lambda value: scene.text(value, sent, arrival.target),
        )
    host = sent.pop("host")
    own = next((item.host_rewrite_literal for item in backend), "")
    wanted = own or _host(action, sent, has_names=around.has_names)
    if wanted is not None:
        if action.append_x_forwarded_host:
            sent["x-forwarded-host"] = _appended(sent.get("x-forwarded-host", ""), host)
        host = wanted
    return Forwarded(
        services=services,
        method=arrival.method,
        host=host,
        target=_target(action, arrival.target),
        headers=sent,
        response_edits=_response_edits(levels),
        mirrors=tuple(_mirror(mirror) for mirror in action.request_mirror_policies),
        settings=settings(action, around.host),
        status=status,
    )


def _appended(hosts: str, host: str) -> str:
    """Return a list of *hosts* with *host* at its end, where it is not there yet."""
    if hosts.rpartition(",")[2].strip() == host:
        return hosts
    return f"{hosts},{host}" if hosts else host


def _target(action: route_v3.RouteAction, target: str) -> str:
    _, mark, query = target.partition("?")
    if action.path_rewrite:
        return action.path_rewrite.replace("%%", "%") + mark + query
    if action.HasField("regex_rewrite"):
        return rewritten(action.regex_rewrite, target)
    return target


def _host(action: route_v3.RouteAction, headers: Mapping[str, str], *, has_names: bool) -> str | None:
    """Return the host that a rewrite leads to; `None` where it stays."""
    match action.WhichOneof("host_rewrite_specifier"):
        case "host_rewrite_literal":
            return action.host_rewrite_literal
        case "host_rewrite_header":
            return headers.get(action.host_rewrite_header, "").partition(",")[0] or None
        case "auto_host_rewrite" if action.auto_host_rewrite.value and has_names:
            return ENDPOINT
    return None


def shares(action: route_v3.RouteAction) -> tuple[Share, ...]:
    """Return the services of *action* with their shares in percent."""
    if action.cluster == names.NOWHERE:
        return ()
    if action.cluster:
        return (Share(action.cluster, 100.0, _subset(action)),)
    clusters = action.weighted_clusters.clusters
    total = sum(item.weight.value for item in clusters) or 1
    return tuple(
        Share(item.name, 100 * item.weight.value / total, _subset(item))
        for item in clusters
        if item.name != names.NOWHERE
    )


def _unserved(action: route_v3.RouteAction) -> int | None:
    """Return the status of the share of *action* that goes to no service."""
    likely = {action.cluster, *(item.name for item in action.weighted_clusters.clusters if item.weight.value)}
    return NOT_FOUND[action.cluster_not_found_response_code] if names.NOWHERE in likely else None


def _only_backend(action: route_v3.RouteAction) -> list[route_v3.WeightedCluster.ClusterWeight]:
    """Return the cluster of *action* if all requests go to that one."""
    likely = [item for item in action.weighted_clusters.clusters if item.weight.value]
    return likely if len(likely) == 1 else []


def _subset(of: route_v3.RouteAction | route_v3.WeightedCluster.ClusterWeight) -> str | None:
    keys = of.metadata_match.filter_metadata["envoy.lb"].fields if of.HasField("metadata_match") else {}
    return next((key.partition("/")[2] for key in keys), None)


def _mirror(mirror: route_v3.RouteAction.RequestMirrorPolicy) -> Share:
    share = mirror.runtime_fraction.default_value
    return Share(mirror.cluster, share.numerator / _PERCENT[share.denominator])


def _redirect(
    route: route_v3.Route,
    around: Surroundings,
    arrival: Arrival,
    headers: Mapping[str, str],
) -> Reply:
    target = arrival.target
    if route.redirect.HasField("regex_rewrite"):
        target = rewritten(route.redirect.regex_rewrite, target)
    there = location(route.redirect, headers["x-forwarded-proto"], arrival.host, target)
    status = STATUSES[route.redirect.response_code]
    return _reply(route, around, arrival, headers, Reply(status, {"location": there}), target)


def _respond(
    route: route_v3.Route,
    around: Surroundings,
    arrival: Arrival,
    headers: Mapping[str, str],
) -> Reply:
    answer = route.direct_response
    said = {"content-type": "text/plain"} if answer.body.inline_string else {}
    reply = Reply(answer.status, said, answer.body.inline_string)
    return _reply(route, around, arrival, headers, reply, arrival.target)


def _reply(
    route: route_v3.Route,
    around: Surroundings,
    arrival: Arrival,
    headers: Mapping[str, str],
    reply: Reply,
    target: str,
) -> Reply:
    scene = Scene(arrival, route.name, "")
    asked = {"host": arrival.host, **headers}
    said = dict(reply.headers)
    for level in (route, around.host, around.table):
        mutate(
            said,
            level.response_headers_to_remove,
            level.response_headers_to_add,
            lambda value: scene.text(value, asked, target),
        )
    if is_grpc(arrival.headers):
        kept = {name: value for name, value in said.items() if name != "content-type"}
        status = {"content-type": "application/grpc", "grpc-status": str(_GRPC_STATUS.get(reply.status, 2))}
        return Reply(200, {**kept, **status, **({"grpc-message": reply.body} if reply.body else {})})
    return Reply(reply.status, said, reply.body)


def _response_edits(levels: Iterable[_Level]) -> tuple[str, ...]:
    return tuple(
        words for level in levels for words in in_words(level.response_headers_to_remove, level.response_headers_to_add)
    )


def settings(action: route_v3.RouteAction, host: route_v3.VirtualHost) -> dict[str, str]:
    """Return what *action*, or its *host* in its place, says of time and failure, in words."""
    found = {"timeout": _clock(action.timeout.ToTimedelta())}
    if action.HasField("idle_timeout"):
        found["idle timeout"] = _clock(action.idle_timeout.ToTimedelta())
    retry = action.retry_policy if action.HasField("retry_policy") else host.retry_policy
    if retry.retry_on:
        count = retry.num_retries.value
        found["retries"] = f"{count} on {retry.retry_on.replace(',', ', ')}" if count else "none"
    if retry.HasField("per_try_timeout"):
        found["timeout of a try"] = _clock(retry.per_try_timeout.ToTimedelta())
    if action.hash_policy:
        found["hash of"] = ", ".join(map(_hashed, action.hash_policy))
    spread = [] if _only_backend(action) else action.weighted_clusters.clusters
    for item in (item for item in spread if item.name != names.NOWHERE):
        edits = in_words(item.request_headers_to_remove, item.request_headers_to_add)
        answers = in_words(item.response_headers_to_remove, item.response_headers_to_add)
        found |= {f"headers to {item.name}": ", ".join(edits)} if edits else {}
        found |= {f"headers from {item.name}": ", ".join(answers)} if answers else {}
        found |= {f"host of {item.name}": item.host_rewrite_literal} if item.host_rewrite_literal else {}
    return found


def _hashed(policy: route_v3.RouteAction.HashPolicy) -> str:
    match policy.WhichOneof("policy_specifier"):
        case "header":
            return f"header {policy.header.header_name}"
        case "cookie":
            return f"cookie {policy.cookie.name}"
        case "query_parameter":
            return f"query {policy.query_parameter.name}"
        case "connection_properties":
            return "client ip"
        case other:
            return str(other)


def _clock(value: timedelta) -> str:
    return format_duration(value) if value else "none"
