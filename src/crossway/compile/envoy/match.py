"""Conditions on a request, as Envoy's route matches.

https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto#config-route-v3-routematch
"""

from __future__ import annotations

import re
from typing import Final

from crossway.compile.envoy.source_ips import compile_source_ips
from crossway.model import Match, PathKind, PathMatch, ValueMatch
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3

_VARIABLE: Final = re.compile(r"\{[^}]*\}")
_ANYTHING: Final = matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(regex=".*"))
# Envoy's own condition does not hold for gRPC-Web: a route is chosen before the request is translated.
_GRPC: Final = matcher_v3.StringMatcher(
    safe_regex=matcher_v3.RegexMatcher(regex=r"application/grpc(-web(-text)?)?([+;].*)?")
)
"""The content types of gRPC (its PROTOCOL-HTTP2.md) and of gRPC-Web (its PROTOCOL-WEB.md)."""


def compile_match(match: Match) -> route_v3.RouteMatch:
    """Return the route match that holds exactly for the requests *match* means."""
    message = compile_path(match.effective_path)
    if match.methods:
        message.headers.add(name=":method", string_match=one_of(match.methods))
    for name, value in match.headers.items():
        if value.present is not None:
            message.headers.add(name=name, present_match=True, invert_match=not value.present)
        else:
            message.headers.add(name=name, string_match=compile_value(value))
    for name, value in match.queries.items():
        if value.present is not None:
            message.query_parameters.add(name=name, present_match=value.present)
        else:
            message.query_parameters.add(name=name, string_match=compile_value(value))
    for name, value in match.cookies.items():
        anything = value.present is not None
        message.cookies.add(
            name=name,
            string_match=_ANYTHING if anything else compile_value(value),
            invert_match=value.present is False,
        )
    if match.source_ips:
        message.headers.append(compile_source_ips(match.source_ips))
    if match.grpc:
        message.headers.add(name="content-type", string_match=_GRPC)
    return message


def compile_path(path: PathMatch) -> route_v3.RouteMatch:
    """Return a route match on the path alone."""
    if path.kind is PathKind.EXACT:
        return route_v3.RouteMatch(path=path.value)
    if path.kind is PathKind.REGEX:
        return route_v3.RouteMatch(safe_regex=matcher_v3.RegexMatcher(regex=path.value))
    if path.kind is PathKind.TEMPLATE:
        return route_v3.RouteMatch(safe_regex=matcher_v3.RegexMatcher(regex=compile_template(path.value)))
    if path.value == "/":
        return route_v3.RouteMatch(prefix="/")
    return route_v3.RouteMatch(path_separated_prefix=path.value)


def compile_template(template: str) -> str:
    """Return the regular expression of a path template; like a prefix, one that ends in ``/*`` needs nothing below it.

    Envoy has templates of its own, which know fewer characters and always want the slash.
    """
    segments = _VARIABLE.split(template.removesuffix("/*"))
    pattern = "[^/]+".join(re.escape(literal) for literal in segments)
    return f"{pattern}(/.*)?" if template.endswith("/*") else pattern


def compile_value(value: ValueMatch) -> matcher_v3.StringMatcher:
    """Return a string matcher for a condition other than presence."""
    if value.regex is not None:
        return matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(regex=value.regex))
    if value.exact is not None:
        return matcher_v3.StringMatcher(exact=value.exact)
    if value.prefix is not None:
        return matcher_v3.StringMatcher(prefix=value.prefix)
    if value.suffix is not None:
        return matcher_v3.StringMatcher(suffix=value.suffix)
    return matcher_v3.StringMatcher(contains=value.contains or "")


def one_of(values: tuple[str, ...]) -> matcher_v3.StringMatcher:
    """Return a string matcher that holds for each of *values*."""
    if len(values) == 1:
        return matcher_v3.StringMatcher(exact=values[0])
    alternatives = "|".join(re.escape(value) for value in sorted(values))
    return matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(regex=alternatives))
