"""Predicates: the rules in the form in which the proxy asks whether they hold."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from google.protobuf.message import Message

from crossway.compile import identity
from crossway.model import PathKind, PathMatch, ValueMatch
from crossway.policies.authorize.expressions import compile_expression, negated, parse_expression, path_matches
from crossway.policies.authorize.rules import Conditions, Rule
from crossway.protos import pack
from crossway.protos.cel import expr as cel_v1
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.matching.common_inputs.network import v3 as network_v3
from crossway.protos.envoy.extensions.matching.input_matchers.ip import v3 as ip_v3
from crossway.protos.envoy.extensions.matching.input_matchers.metadata import v3 as metadata_v3
from crossway.protos.envoy.type.matcher import v3 as envoy_matcher_v3
from crossway.protos.google import protobuf
from crossway.protos.xds.core import v3 as xds_core_v3
from crossway.protos.xds.type import v3 as xds_v3
from crossway.protos.xds.type.matcher import v3 as matcher_v3

Predicate = matcher_v3.Matcher.MatcherList.Predicate
Text = TypeVar("Text", matcher_v3.StringMatcher, envoy_matcher_v3.StringMatcher)

_VARIABLE: Final = re.compile(r"\{[^}]*\}")
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_EXACT: Final = 2**53
"""Below, every whole number is a number of JSON; from here on, one stands for several."""


def holds(rule: Conditions, *, undecided: bool) -> Predicate:
    """Return the predicate that holds where *rule* does; where its expression fails, it is as *undecided* says."""
    parts = list(_parts(rule, undecided=undecided))
    if isinstance(rule, Rule) and rule.unless is not None:
        parts.append(_opposite(_either(holds(one, undecided=not undecided) for one in rule.unless)))
    return _all(parts)


def _parts(rule: Conditions, *, undecided: bool) -> Iterator[Predicate]:
    """Yield a predicate for each condition, those that cost least first."""
    if rule.methods:
        yield _header(":method", _regex(_any(rule.methods)))
    for header, names in ((identity.CONSUMER, rule.consumers), (identity.PLAN, rule.plans)):
        if names:
            yield _header(header, _regex(_any(names)))
    for header, names in ((identity.GROUPS, rule.groups), (identity.TAGS, rule.tags)):
        if names:
            yield _header(header, _regex(f"(.*,)?({_any(names)})(,.*)?"))
    if rule.hostnames:
        yield _header(":authority", _regex(_hosts(rule.hostnames)))
    if rule.paths:
        yield _either(map(_path, rule.paths))
    for name, values in (rule.headers or {}).items():
        yield _either(_as_said(value, _header_value(name, value)) for value in values)
    if rule.ports:
        yield _input(network_v3.DestinationPortInput(), _regex(_any(map(str, rule.ports))))
    if rule.client_ips:
        yield _client_ip(rule.client_ips)
    if rule.scopes:
        yield _either(_all([_scope(word) for word in scope.split(" ")]) for scope in rule.scopes)
    for name, values in (rule.claims or {}).items():
        yield _either(_as_said(value, _claim(name, value)) for value in values)
    if rule.during:
        windows = (parse_expression(window.expression) for window in rule.during)
        yield _either(_expression(window, undecided=undecided) for window in windows)
    if rule.cel is not None:
        yield _expression(compile_expression(rule.cel), undecided=undecided)


def _all(predicates: list[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]
    return Predicate(and_matcher=Predicate.PredicateList(predicate=predicates))


def _either(predicates: Iterable[Predicate]) -> Predicate:
    either = list(predicates)
    return either[0] if len(either) == 1 else Predicate(or_matcher=Predicate.PredicateList(predicate=either))


def _opposite(predicate: Predicate) -> Predicate:
    return Predicate(not_matcher=predicate)


def _any(texts: Iterable[str]) -> str:
    return "|".join(map(re.escape, texts))


def _regex(regex: str) -> matcher_v3.StringMatcher:
    """Return a condition on a text as a whole. RE2 looks for all alternatives at once: 1 us, however many they are."""
    engine = matcher_v3.RegexMatcher.GoogleRE2()
    return matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(google_re2=engine, regex=regex))


def _header(name: str, value: matcher_v3.StringMatcher) -> Predicate:
    return _input(envoy_matcher_v3.HttpRequestHeaderMatchInput(header_name=name), value, "header")


def _input(wanted: Message, value: matcher_v3.StringMatcher, name: str = "input") -> Predicate:
    return Predicate(single_predicate=Predicate.SinglePredicate(input=_extension(name, wanted), value_match=value))


def _custom(wanted: Message, matcher: Message) -> Predicate:
    single = Predicate.SinglePredicate(input=_extension("input", wanted), custom_match=_extension("matcher", matcher))
    return Predicate(single_predicate=single)


def _extension(name: str, message: Message) -> xds_core_v3.TypedExtensionConfig:
    return xds_core_v3.TypedExtensionConfig(name=name, typed_config=pack(message))


def _hosts(hostnames: Iterable[str]) -> str:
    alternatives = "|".join(
        ".*" if name == "*" else f".+{re.escape(name[1:])}" if name.startswith("*.") else re.escape(name)
        for name in hostnames
    )
    return f"(?i)({alternatives})(:[0-9]+)?"


def _path(path: PathMatch) -> Predicate:
    """Return a condition on the path. What the proxy matches has the query, which only an expression can cut off."""
    if path.kind is PathKind.REGEX:
        return _matches(path_matches(path.value))
    if path.kind is PathKind.EXACT:
        return _header(":path", _regex(rf"{re.escape(path.value)}(\?.*)?"))
    if path.kind is PathKind.PREFIX:
        return _header(":path", _regex(f"{re.escape(path.value.rstrip('/'))}([/?].*)?"))
    if path.kind is PathKind.STARTS_WITH:
        return _header(":path", matcher_v3.StringMatcher(prefix=path.value))
    below = path.value.endswith("/*")
    pattern = "[^/?]+".join(map(re.escape, _VARIABLE.split(path.value.removesuffix("/*"))))
    return _header(":path", _regex(pattern + (r"([/?].*)?" if below else r"(\?.*)?")))


def _as_said(value: ValueMatch, predicate: Predicate) -> Predicate:
    return _opposite(predicate) if value.invert else predicate


def _header_value(name: str, value: ValueMatch) -> Predicate:
    if value.kind == "present":
        there = _header(name, _regex(r"\C*"))  # \C is any byte, also one that is no UTF-8
        return there if value.present else _opposite(there)
    if value.kind == "regex":
        return _header(name, _regex(value.regex or ""))
    return _header(name, _worded(matcher_v3.StringMatcher(), value))


def _worded(matcher: Text, value: ValueMatch) -> Text:
    """Return *matcher* with the condition on a text, no regular expression; all kinds have the same names for it."""
    kind = value.kind or "exact"
    setattr(matcher, kind, getattr(value, kind))
    return matcher


def _client_ip(networks: Iterable[str]) -> Predicate:
    """Return a condition on the client's address; one of IPv4 is also known in the form that IPv6 has for it."""
    ranges = [cidr for network in map(ipaddress.ip_network, networks) for cidr in _ranges(network)]
    return _custom(network_v3.SourceIPInput(), ip_v3.Ip(cidr_ranges=ranges, stat_prefix="authorize"))


def _ranges(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> Iterator[core_v3.CidrRange]:
    address, length = str(network.network_address), network.prefixlen
    yield core_v3.CidrRange(address_prefix=address, prefix_len=protobuf.UInt32Value(value=length))
    if network.version == 4:
        mapped = core_v3.CidrRange(address_prefix=f"::ffff:{address}")
        mapped.prefix_len.value = 96 + length
        yield mapped


def _scope(scope: str) -> Predicate:
    return _metadata(("scope",), _text_or_item(envoy_matcher_v3.StringMatcher(exact=scope)))


def _claim(name: str, value: ValueMatch) -> Predicate:
    path = (name,) if re.search("[:/]", name) else tuple(name.split("."))
    if value.kind == "present":
        there = _metadata(path, envoy_matcher_v3.ValueMatcher(present_match=True))
        return there if value.present else _opposite(there)
    if value.kind == "regex":
        text = envoy_matcher_v3.StringMatcher(safe_regex=envoy_matcher_v3.RegexMatcher(regex=value.regex or ""))
    else:
        text = _worded(envoy_matcher_v3.StringMatcher(), value)
    return _metadata(path, _text_or_item(text, *_typed(value)))


def _typed(value: ValueMatch) -> Iterator[envoy_matcher_v3.ValueMatcher]:
    """Yield what else has the text of *value*: a number, or true and false."""
    text = value.exact
    if text in ("true", "false"):
        yield envoy_matcher_v3.ValueMatcher(bool_match=text == "true")
    elif text is not None and _NUMBER.fullmatch(text) and abs(float(text)) < _EXACT:
        yield envoy_matcher_v3.ValueMatcher(double_match=envoy_matcher_v3.DoubleMatcher(exact=float(text)))


def _text_or_item(
    text: envoy_matcher_v3.StringMatcher, *others: envoy_matcher_v3.ValueMatcher
) -> envoy_matcher_v3.ValueMatcher:
    """Return a condition that holds for a value, and for a list with such an item."""
    either = [envoy_matcher_v3.ValueMatcher(string_match=text), *others]
    items = [
        envoy_matcher_v3.ValueMatcher(list_match=envoy_matcher_v3.ListMatcher(one_of=matcher)) for matcher in either
    ]
    return envoy_matcher_v3.ValueMatcher(or_match=envoy_matcher_v3.OrMatcher(value_matchers=[*either, *items]))


def _metadata(path: Iterable[str], value: envoy_matcher_v3.ValueMatcher) -> Predicate:
    namespace, key = identity.CLAIMS
    steps = [network_v3.DynamicMetadataInput.PathSegment(key=step) for step in (key, *path)]
    return _custom(network_v3.DynamicMetadataInput(filter=namespace, path=steps), metadata_v3.Metadata(value=value))


def _expression(expression: cel_v1.Expr, *, undecided: bool) -> Predicate:
    """Return a condition that holds where *expression* is true. One that fails matches nothing in the proxy."""
    if undecided:
        return _opposite(_matches(negated(expression)))
    return _matches(expression)


def _matches(expression: cel_v1.Expr) -> Predicate:
    parsed = xds_v3.CelExpression(cel_expr_parsed=cel_v1.ParsedExpr(expr=expression))
    return _custom(matcher_v3.HttpAttributesCelMatchInput(), matcher_v3.CelMatcher(expr_match=parsed))
