"""Access: whether a request may pass the rules of a route, as far as that follows from the request itself.

The compiled decisions are interpreted, like every effect. Who asks is found out by filters before them, which nobody
can foretell: a rule about the consumer or its token hangs on what is not known.

Law: three values. What is told to pass or to be refused does so for every consumer, token and time.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from crossway.compile import identity
from crossway.compile.envoy import names
from crossway.protos import unpack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.rbac import v3 as rbac_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.rbac import v3 as http_rbac_v3
from crossway.protos.envoy.extensions.matching.common_inputs.network import v3 as network_v3
from crossway.protos.envoy.extensions.matching.input_matchers.ip import v3 as ip_v3
from crossway.protos.envoy.type.matcher import v3 as envoy_matcher_v3
from crossway.protos.xds.core import v3 as xds_core_v3
from crossway.protos.xds.type.matcher import v3 as matcher_v3
from crossway.simulation.arrival import UNKNOWN, Arrival, Value
from crossway.simulation.regex import compiled

_Matcher = matcher_v3.Matcher
_Predicate = matcher_v3.Matcher.MatcherList.Predicate

_WHO: Final = {
    identity.CONSUMER: "who asks",
    identity.GROUPS: "the groups of who asks",
    identity.TAGS: "the tags of who asks",
    identity.PLAN: "the plan of who asks",
    identity.CREDENTIAL: "the credential of who asks",
}

Outcome = Literal["allowed", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Access:
    """What one policy says of a request."""

    policy: str
    outcome: Outcome
    depends_on: tuple[str, ...] = ()
    """What an outcome hangs on that is `unknown`, in words."""


class _Truth(NamedTuple):
    """Whether something holds; `None` for nobody knows, with what it hangs on."""

    value: bool | None
    unknown: tuple[str, ...] = ()


class _Asked(NamedTuple):
    arrival: Arrival
    identified: bool


def access(route: route_v3.Route, arrival: Arrival, *, identified: bool) -> tuple[Access, ...]:
    """Return what each policy with rules says of *arrival* on *route*; rules on trial say nothing.

    Where who asks is *identified* first, headers may be others by the time that rules see them.
    """
    found = []
    for name, packed in sorted(route.typed_per_filter_config.items()):
        settings = unpack(packed)
        if isinstance(settings, http_rbac_v3.RBACPerRoute) and settings.rbac.HasField("matcher"):
            passes = _passes(settings.rbac.matcher, _Asked(arrival, identified))
            outcome: Outcome = "unknown" if passes.value is None else "allowed" if passes.value else "refused"
            found.append(Access(name.removeprefix(names.http_filter("")), outcome, passes.unknown))
    return tuple(found)


def _passes(matcher: _Matcher, asked: _Asked) -> _Truth:
    """Return whether the first match of *matcher* lets a request pass."""
    possible: set[bool | None] = set()
    unknown: list[str] = []
    for holds, then in _steps(matcher, asked):
        if holds.value is False:
            continue
        unknown += holds.unknown
        result = _result(then, asked)
        possible.add(result.value)
        unknown += result.unknown
        if holds.value:
            break
    if len(possible) == 1 and None not in possible:
        return _Truth(possible.pop())
    return _Truth(None, tuple(dict.fromkeys(unknown)))


def _steps(matcher: _Matcher, asked: _Asked) -> Iterator[tuple[_Truth, _Matcher.OnMatch]]:
    """Yield each condition with what follows from it; the last one always holds."""
    for item in matcher.matcher_list.matchers:
        yield _holds(item.predicate, asked), item.on_match
    if matcher.HasField("matcher_tree"):
        networks = unpack(matcher.matcher_tree.custom_match.typed_config)
        assert isinstance(networks, matcher_v3.IPMatcher), "only trees of networks are compiled"
        for among in networks.range_matchers:
            yield _inside(asked.arrival, among.ranges), among.on_match
    yield _Truth(True), matcher.on_no_match


def _result(then: _Matcher.OnMatch, asked: _Asked) -> _Truth:
    if then.HasField("matcher"):
        return _passes(then.matcher, asked)
    action = unpack(then.action.typed_config)
    return _Truth(isinstance(action, rbac_v3.Action) and action.action == rbac_v3.RBAC.ALLOW)


def _holds(predicate: _Predicate, asked: _Asked) -> _Truth:
    match predicate.WhichOneof("match_type"):
        case "and_matcher":
            return _joined([_holds(part, asked) for part in predicate.and_matcher.predicate], decisive=False)
        case "or_matcher":
            return _joined([_holds(part, asked) for part in predicate.or_matcher.predicate], decisive=True)
        case "not_matcher":
            inner = _holds(predicate.not_matcher, asked)
            return _Truth(None if inner.value is None else not inner.value, inner.unknown)
        case _:
            return _single(predicate.single_predicate, asked)


def _joined(parts: list[_Truth], *, decisive: bool) -> _Truth:
    """Return what *parts* come to together, where one of the *decisive* value is enough."""
    if any(part.value is decisive for part in parts):
        return _Truth(decisive)
    unknown = tuple(word for part in parts for word in part.unknown)
    return _Truth(None, unknown) if any(part.value is None for part in parts) else _Truth(not decisive)


def _single(predicate: _Predicate.SinglePredicate, asked: _Asked) -> _Truth:
    wanted = unpack(predicate.input.typed_config)
    if isinstance(wanted, envoy_matcher_v3.HttpRequestHeaderMatchInput):
        return _header(wanted.header_name, predicate.value_match, asked)
    if isinstance(wanted, network_v3.DynamicMetadataInput):
        return _Truth(None, (f"the claim {'.'.join(step.key for step in wanted.path[1:])}",))
    matcher = unpack(predicate.custom_match.typed_config)
    if isinstance(matcher, ip_v3.Ip):
        return _inside(asked.arrival, matcher.cidr_ranges)
    if isinstance(matcher, matcher_v3.CelMatcher):
        call = matcher.expr_match.cel_expr_parsed.expr.call_expr
        if call.function == "matches" and call.target.select_expr.field == "url_path":
            return _Truth(compiled(call.args[0].const_expr.string_value).matches(asked.arrival.path))
    return _Truth(None, ("an expression or the time",))


def _header(name: str, wanted: matcher_v3.StringMatcher, asked: _Asked) -> _Truth:
    value: Value = {
        ":method": asked.arrival.method,
        ":path": asked.arrival.target,
        ":authority": asked.arrival.host,
    }.get(name) or asked.arrival.header(name)
    if name in _WHO or value is UNKNOWN or (asked.identified and not name.startswith(":")):
        return _Truth(None, (_WHO.get(name, f"header {name}"),))
    return _Truth(isinstance(value, str) and _accepts(wanted, value))


def _accepts(wanted: matcher_v3.StringMatcher, text: str) -> bool:
    match wanted.WhichOneof("match_pattern"):
        case "exact":
            return text == wanted.exact
        case "prefix":
            return text.startswith(wanted.prefix)
        case "suffix":
            return text.endswith(wanted.suffix)
        case "contains":
            return wanted.contains in text
        case _:
            return compiled(wanted.safe_regex.regex).matches(text)


def _inside(arrival: Arrival, ranges: Iterable[xds_core_v3.CidrRange | core_v3.CidrRange]) -> _Truth:
    if arrival.client_ip is None:
        return _Truth(None, ("the address of the client",))
    address = ipaddress.ip_address(arrival.client_ip)
    networks = (ipaddress.ip_network((item.address_prefix, item.prefix_len.value)) for item in ranges)
    return _Truth(any(address in network for network in networks))
