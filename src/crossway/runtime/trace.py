"""The trace of a request: the proxy has begun a span for it, and what Python sends on belongs below that.

The proxy writes the context of a trace into a request when it passes it on itself. Here Python does that: so what it
writes is the context that the proxy would have written, as far as it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Final

from crossway.compile.program import SPAN

HEADER: Final = b"traceparent"
"""W3C Trace Context: https://www.w3.org/TR/trace-context/#traceparent-header."""
_SPAN: Final = SPAN.encode()
_REASON: Final = slice(14, 15)
"""Where the proxy notes, in the id that it gives a request, why its spans are reported."""
_REPORTED: Final = ("9", "a", "b")


def traceparent(headers: Mapping[bytes, bytes]) -> str:
    """Return the context below the span of the request with *headers*, as `traceparent`; empty if it has no span.

    Zipkin's tracer does not say its span: there the parent is the span that a trace begins with, whose id is half of
    that of the trace, or, in one that a client began, that of the client.
    """
    said = headers.get(_SPAN, b"").decode("latin-1")
    if len(said) < 16:
        return ""
    digits, drawn = (said[:-1], said[-1]) if len(said) % 16 else (said, "")
    trace, span = digits[:32].zfill(32), digits[32:]
    for begun, parent, is_reported in _given(headers):
        if begun.zfill(32) == trace:
            span, drawn = span or parent, is_reported or drawn
            break
    if not drawn:
        drawn = "1" if headers.get(b"x-request-id", b"")[_REASON].decode("latin-1") in _REPORTED else "0"
    return f"00-{trace}-{span or trace[16:]}-0{drawn}"


def _given(headers: Mapping[bytes, bytes]) -> Iterator[tuple[str, str, str]]:
    """Yield the contexts that a client has sent: the trace, its span, and whether it is reported, if they say so."""

    def value(name: bytes) -> str:
        return headers.get(name, b"").decode("latin-1")

    yield value(b"x-b3-traceid"), value(b"x-b3-spanid"), _REPORTS.get(value(b"x-b3-sampled"), "")
    trace, span, sampled = [*value(b"b3").split("-"), "", ""][:3]
    yield trace, span, _REPORTS.get(sampled, "")
    _, trace, span, flags = [*value(HEADER).split("-"), "", "", ""][:4]
    yield trace, span, "1" if flags[-1:] in _ODD else "0"


_ODD: Final = frozenset("13579bdf")
"""How flags end whose last bit says that spans are reported."""
_REPORTS: Final = {"1": "1", "d": "1", "true": "1", "0": "0", "false": "0"}
"""What B3 says of whether spans are reported. (https://github.com/openzipkin/b3-propagation)"""


def continued(scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return *scope* with the context below the span of its request; as it is if it has none."""
    headers = scope["headers"]
    if len(headers) < 2 or headers[-2][0] != _SPAN:  # the proxy adds it last, before the word of the entry
        return scope
    context = traceparent(dict(headers))
    kept = [field for field in headers if field[0] not in (HEADER, _SPAN)]
    return {**scope, "headers": [*kept, (HEADER, context.encode())] if context else kept}
