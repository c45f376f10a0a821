"""Sampling: of which requests spans are reported. Law: whoever begins a trace decides for all of it."""

from __future__ import annotations

from typing import Final

from crossway.protos.envoy.config.core import v3 as core_v3

DECIDED: Final = "x-client-trace-id"
"""The header with which Envoy draws no sample. A request that continues a trace has it, so that its beginning decides;
clients cannot write it, and backends never see it."""


def decided() -> core_v3.HeaderValueOption:
    """Return the header for requests that continue a trace, in W3C Trace Context; others do not get it."""
    return core_v3.HeaderValueOption(
        header=core_v3.HeaderValue(key=DECIDED, value="%REQ(traceparent)%"),
        append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
    )
