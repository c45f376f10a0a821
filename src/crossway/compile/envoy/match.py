"""Conditions on a request, as Envoy's route matches.

https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto#config-route-v3-routematch
"""

from __future__ import annotations

import re
from typing import Final

from crossway.compile.envoy.source_ips import compile_source_ips
from crossway.compile.headers import compile_header, compile_value
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
    message.headers.extend(compile_header(name, value) for name, value in match.headers.items())
    for name, value in match.queries.items():
        if value.invert:
            message.headers.append(_other_query(name, value))
        elif value.present is not None:
            message.query_parameters.add(name=name, present_match=value.present)
        else:
            message.query_parameters.add(name=name, string_match=compile_value(value))
    for name, value in match.cookies.items():
        anything = value.present is not None
        message.cookies.add(
            name=name,
            string_match=_ANYTHING if anything else compile_value(value),
            invert_match=value.takes_absence,
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
    if path.kind is PathKind.STARTS_WITH or path.value == "/":
        return route_v3.RouteMatch(prefix=path.value)
    return route_v3.RouteMatch(path_separated_prefix=path.value)


def compile_template(template: str) -> str:
    """Return the regular expression of a path template; like a prefix, one that ends in ``/*`` needs nothing below it.

    Envoy has templates of its own, which know fewer characters and always want the slash.
    """
    segments = _VARIABLE.split(template.removesuffix("/*"))
    pattern = "[^/]+".join(re.escape(literal) for literal in segments)
    return f"{pattern}(/.*)?" if template.endswith("/*") else pattern


def _other_query(name: str, value: ValueMatch) -> route_v3.HeaderMatcher:
    """Return a condition that the first query parameter called *name* does not meet *value*.

    Envoy has none for parameters, but it has one for ``:path``, in which they stand.
    """
    text = re.escape(value.exact or value.prefix or value.suffix or value.contains or "")
    before = "[^&]*" if value.suffix or value.contains else ""
    after = "[^&]*" if value.prefix or value.contains else ""
    equals = "=?" if value.exact == "" else "="  # without the sign, a parameter is empty
    regex = rf"[^?]*\?({_other_name(name)}&)*{re.escape(name)}{equals}{before}{text}{after}(&.*)?"
    matcher = matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(regex=regex))
    return route_v3.HeaderMatcher(name=":path", string_match=matcher, invert_match=True)


def _other_name(name: str) -> str:
    """Return a regular expression for query parameters that are not called *name*: RE2 cannot look ahead."""
    pattern = "[^=&][^&]*"
    for character in reversed(name):
        pattern = f"([^&{re.escape(character)}][^&]*|{re.escape(character)}{pattern})?"
    return pattern


def one_of(values: tuple[str, ...]) -> matcher_v3.StringMatcher:
    """Return a string matcher that holds for each of *values*."""
    if len(values) == 1:
        return matcher_v3.StringMatcher(exact=values[0])
    alternatives = "|".join(re.escape(value) for value in sorted(values))
    return matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(regex=alternatives))
