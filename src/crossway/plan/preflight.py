"""Preflights: how a browser asks before it sends a request, and which routes it asks about (Fetch, section 3.2).

A preflight is another request than the one it asks about: its method is OPTIONS, it has no cookies, and it only names
the headers that the other one is going to have. So a match that looks at any of these has a second one, for preflights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from crossway.model import Match, ValueMatch

_ASKING: Final[Mapping[str, ValueMatch]] = MappingProxyType(
    {"origin": ValueMatch(present=True), "access-control-request-method": ValueMatch(present=True)}
)
"""What makes an OPTIONS request a preflight."""
_SAME: Final = frozenset({"origin", "referer", "user-agent"})
"""Headers that the preflight has too."""
_UNNAMED: Final = frozenset({"accept", "accept-language", "content-language", "content-type", "cookie", "range"})
"""Headers that a preflight has not, and need not name."""


def preflight(match: Match) -> Match | None:
    """Return the match of the preflights that ask about the requests of *match*; `None` if it takes these itself.

    What cannot be known beforehand, such as the value of a header, is left open.
    """
    if not match.headers and not match.cookies and match.grpc is None and "OPTIONS" in (match.methods or ("OPTIONS",)):
        return None
    headers = {name: value for name, value in match.headers.items() if name in _SAME} | {
        name: value for name, value in _ASKING.items() if name not in match.headers
    }
    if match.methods:
        headers["access-control-request-method"] = ValueMatch(regex="|".join(map(re.escape, sorted(match.methods))))
    if named := sorted(
        name for name, value in match.headers.items() if not value.takes_absence and name not in _SAME | _UNNAMED
    ):
        # Browsers name them in lower case and in order.
        expression = "(,.*)?, *".join(map(re.escape, named))
        headers["access-control-request-headers"] = ValueMatch(regex=f"(.*, *)?{expression} *(,.*)?")
    changes = {"path": match.effective_path, "methods": ("OPTIONS",), "headers": headers, "cookies": {}, "grpc": None}
    return match.model_copy(update=changes)
