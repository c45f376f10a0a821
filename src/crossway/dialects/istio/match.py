"""Conditions of a VirtualService, in the words of the model."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crossway.dialects.istio.objects import StringMatch, methods
from crossway.dialects.istio.virtual_service import HTTPMatch


def condition(match: HTTPMatch) -> dict[str, object]:
    """Return *match* as the model says it. `ValueError` says what of it cannot be said."""
    said: dict[str, object] = {}
    if match.uri is not None:
        said["path"] = path(match.uri, ignore_case=match.ignore_uri_case)
    if match.method is not None:
        listed = methods(match.method)
        if listed is None:
            raise ValueError("a method is matched exactly, or as one of several: GET|POST")
        said["methods"] = listed
    headers = {name.lower(): _value(value) for name, value in match.headers.items()}
    for name, value in match.without_headers.items():
        if name.lower() in headers:
            raise ValueError(f"headers and withoutHeaders both speak of {name}")
        headers[name.lower()] = _without(value)
    if match.authority is not None:
        headers["host"] = _value(match.authority)
    if match.scheme is not None:
        headers["x-forwarded-proto"] = _value(match.scheme)
    if headers:
        said["headers"] = headers
    if match.query_params:
        said["queries"] = {name: _value(value) for name, value in match.query_params.items()}
    return said


def path(uri: StringMatch, *, ignore_case: bool) -> str | Mapping[str, str]:
    """Return a condition on the path: the prefixes of Istio are of text, and not of segments."""
    if ignore_case and uri.regex is None:
        text = re.escape(uri.exact if uri.exact is not None else uri.prefix or "")
        return f"~(?i){text}" if uri.exact is not None else f"~(?i){text}.*"
    if uri.exact is not None:
        return {"exact": uri.exact} if set("{*") & set(uri.exact) else uri.exact
    if uri.regex is not None:
        return f"~{uri.regex}"
    prefix = uri.prefix or "/"
    if prefix == "/":
        return "/*"
    return f"^{prefix}"


def _value(match: StringMatch) -> object:
    said = match.condition
    return said["exact"] if set(said) == {"exact"} else dict(said)


def _without(match: StringMatch) -> object:
    said = match.condition
    if said == {"present": True}:
        return {"absent": True}
    return {"not": said["exact"] if set(said) == {"exact"} else dict(said)}
