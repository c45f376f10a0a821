"""Prefixes: another beginning of the path, for rewrites and redirects.

The replacement follows from what the route matches, never from the way in which the route is found, so it is one
pattern over the path.
"""

from __future__ import annotations

import re

from crossway.model import PathKind, PathMatch
from crossway.protos.envoy.type.matcher import v3 as matcher_v3


def replace_prefix(path: PathMatch, prefix: str) -> matcher_v3.RegexMatchAndSubstitute:
    """Return the replacement of what *path*, no regular expression, begins with by *prefix*.

    It is made in whole segments, so that slashes are neither lost nor doubled: on ``/a/*``, ``/`` makes ``/x`` of
    ``/a/x``. On a path that begins with a text, that text is replaced as it stands: on ``^/a``, ``/b`` makes ``/bx`` of
    ``/ax``, and ``/b/`` makes ``/b/x`` of both ``/ax`` and ``/a/x``.
    """
    by_text = path.kind is PathKind.STARTS_WITH
    matched = re.escape(path.value if by_text else path.literal.rstrip("/"))
    wanted = prefix if by_text else prefix.rstrip("/") or "/"
    if wanted.endswith("/"):
        return substitute(f"^{matched}/*", escape(wanted))
    return substitute(f"^{matched}", escape(wanted)) if matched else substitute("^/", f"{escape(wanted)}/")


def substitute(pattern: str, replacement: str) -> matcher_v3.RegexMatchAndSubstitute:
    """Return the replacement of *pattern* by *replacement*, in which a backslash begins the number of a group."""
    return matcher_v3.RegexMatchAndSubstitute(pattern=matcher_v3.RegexMatcher(regex=pattern), substitution=replacement)


def escape(literal: str) -> str:
    """Return *literal* as it stands in a replacement."""
    return literal.replace("\\", "\\\\")
