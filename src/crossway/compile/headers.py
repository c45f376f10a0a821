"""Conditions on headers, as the header matchers of Envoy.

https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto#config-route-v3-headermatcher
"""

from __future__ import annotations

from crossway.model import ValueMatch
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3


def compile_header(name: str, value: ValueMatch) -> route_v3.HeaderMatcher:
    """Return the condition *value* on the header *name*.

    Envoy inverts nothing where there is no such header, unless it may take it for an empty one.
    """
    if value.present is not None:
        return route_v3.HeaderMatcher(name=name, present_match=True, invert_match=not value.present)
    return route_v3.HeaderMatcher(
        name=name,
        string_match=compile_value(value),
        invert_match=value.invert,
        treat_missing_header_as_empty=value.invert,
    )


def compile_value(value: ValueMatch) -> matcher_v3.StringMatcher:
    """Return a string matcher for a condition other than presence, before it is inverted."""
    if value.regex is not None:
        return matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(regex=value.regex))
    if value.exact is not None:
        return matcher_v3.StringMatcher(exact=value.exact)
    if value.prefix is not None:
        return matcher_v3.StringMatcher(prefix=value.prefix)
    if value.suffix is not None:
        return matcher_v3.StringMatcher(suffix=value.suffix)
    return matcher_v3.StringMatcher(contains=value.contains or "")
