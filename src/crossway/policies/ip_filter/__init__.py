"""IP filter: who may come in, by the address of the client.

Law: every place says for itself, and a request passes only where all of them let it through. So a route may be
narrower than its gateway, and cannot open what the gateway has closed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Merge, Policy, Site, Stage, Target
from crossway.model import Network, Part, Spec
from crossway.protos import pack
from crossway.protos.envoy.config.rbac import v3 as rbac_v3
from crossway.protos.envoy.extensions.filters.http.rbac import v3 as http_rbac_v3
from crossway.protos.envoy.extensions.matching.common_inputs.network import v3 as network_v3
from crossway.protos.google import protobuf
from crossway.protos.xds.core import v3 as xds_core_v3
from crossway.protos.xds.type.matcher import v3 as xds_matcher_v3

_Matcher = xds_matcher_v3.Matcher
_MAPPED: Final = 96
"""The bits before the IPv4 address in an IPv6 address that stands for one (RFC 4291, section 2.5.5.2)."""


class Rule(Part):
    """The networks of one place."""

    allow: tuple[Network, ...] = ()
    """Only clients in these networks pass: `10.0.0.0/8`, `2001:db8::/32`, or one address. Without it, all do."""
    deny: tuple[Network, ...] = ()
    """Clients in these networks do not pass, even where `allow` names them."""
    dry_run: bool = False
    """Refuse nobody, and count whom it would refuse."""

    @model_validator(mode="after")
    def _says_something(self) -> Rule:
        if not self.allow and not self.deny:
            raise ValueError("write allow or deny; this lets everybody through")
        for allowed in self.allow:
            if any(_covers(denied, allowed) for denied in self.deny):
                raise ValueError(f"{allowed} is denied as a whole, and deny wins: allowing it lets nobody through")
        return self


def _covers(network: str, other: str) -> bool:
    one, two = ipaddress.ip_network(network), ipaddress.ip_network(other)
    return one.version == two.version and one.prefixlen <= two.prefixlen and two.network_address in one


class IpFilter(Spec):
    """Let clients in, or keep them out, by their address: `ip_filter: {allow: [10.0.0.0/8], deny: [10.1.2.3]}`.

    The address is the one that the policy `client_ip` finds. Who does not pass gets 403. Attached at several places,
    a request has to pass all of them.
    """

    rules: Annotated[tuple[Rule, ...], Field(min_length=1, max_length=8)]
    """What has to be passed, one rule for each place where the policy is attached. A rule is written without this key;
    several, at most 8, are a list."""

    short_forms = ("rules", "rules/items")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, list | tuple):
            return {"rules": value}
        return {"rules": [value]} if isinstance(value, Mapping) and "rules" not in value else value


def compile_ip_filter(spec: IpFilter, _site: Site) -> Fragment:
    """Return the rules as trees over the bits of an address, whose cost does not grow with the number of networks."""
    rbac = http_rbac_v3.RBAC()
    if held := [rule for rule in spec.rules if not rule.dry_run]:
        rbac.matcher.CopyFrom(_all_of(held))
    if tried := [rule for rule in spec.rules if rule.dry_run]:
        rbac.shadow_matcher.CopyFrom(_all_of(tried))
    return Fragment(per_route={"ip_filter": http_rbac_v3.RBACPerRoute(rbac=rbac)})


def _all_of(rules: Sequence[Rule]) -> _Matcher:
    """Return a matcher that refuses whom any rule denies, and hands on from one list of those allowed to another."""
    result = _action(rbac_v3.RBAC.ALLOW)
    for rule in reversed(rules):
        if rule.allow:
            result = _Matcher.OnMatch(matcher=_among(rule.allow, result, _action(rbac_v3.RBAC.DENY)))
    if denied := dict.fromkeys(network for rule in rules for network in rule.deny):
        result = _Matcher.OnMatch(matcher=_among(denied, _action(rbac_v3.RBAC.DENY), result))
    return result.matcher


def _among(networks: Iterable[str], inside: _Matcher.OnMatch, outside: _Matcher.OnMatch) -> _Matcher:
    source = xds_core_v3.TypedExtensionConfig(name="client_ip", typed_config=pack(network_v3.SourceIPInput()))
    ranges = [cidr for network in networks for cidr in _ranges(network)]
    addresses = xds_matcher_v3.IPMatcher(
        range_matchers=[xds_matcher_v3.IPMatcher.IPRangeMatcher(ranges=ranges, on_match=inside)]
    )
    tree = _Matcher.MatcherTree(
        input=source, custom_match=xds_core_v3.TypedExtensionConfig(name="networks", typed_config=pack(addresses))
    )
    return _Matcher(matcher_tree=tree, on_no_match=outside)


def _ranges(network: str) -> Iterator[xds_core_v3.CidrRange]:
    """Yield the network, and the same one as the other version may spell it."""
    parsed = ipaddress.ip_network(network)
    yield _range(str(parsed.network_address), parsed.prefixlen)
    if isinstance(parsed, ipaddress.IPv4Network):
        yield _range(f"::ffff:{parsed.network_address}", _MAPPED + parsed.prefixlen)
    elif parsed.prefixlen >= _MAPPED and (mapped := parsed.network_address.ipv4_mapped) is not None:
        yield _range(str(mapped), parsed.prefixlen - _MAPPED)


def _range(address: str, length: int) -> xds_core_v3.CidrRange:
    return xds_core_v3.CidrRange(address_prefix=address, prefix_len=protobuf.UInt32Value(value=length))


def _action(action: int) -> _Matcher.OnMatch:
    made = rbac_v3.Action(name="ip_filter")
    made.action = action
    return _Matcher.OnMatch(action=xds_core_v3.TypedExtensionConfig(name="ip_filter", typed_config=pack(made)))


POLICY = Policy(
    spec=IpFilter,
    stage=Stage.CORS,  # behind `cors`, so that a page can read that its user does not pass
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_ip_filter,
    merge=Merge.UNION,
    filters={"ip_filter": http_rbac_v3.RBAC(rules_stat_prefix="ip_filter", shadow_rules_stat_prefix="ip_filter")},
)
