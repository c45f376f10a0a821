"""Bandwidth limit: how fast the bodies of a route flow, up and down.

What is too fast waits: its sender is told to pause, so that neither the proxy nor a connection in front of it fills up.
"""

from __future__ import annotations

import math
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Spec
from crossway.model.values import parse_size
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.bandwidth_share import v3 as bandwidth_share_v3

_KIB: Final = 1024


def _rate(value: object) -> int:
    return parse_size(value.removesuffix("/s") if isinstance(value, str) else value)


Rate = Annotated[
    int,
    Field(ge=_KIB),
    BeforeValidator(_rate, json_schema_input_type=int | str),
    WithJsonSchema(
        {
            "type": ["integer", "string"],
            "minimum": _KIB,
            "pattern": r"^[0-9]+(\.[0-9]+)? ?(B|KB|MB|GB|KiB|MiB|GiB)(/s)?$",
            "examples": ["64KiB/s", "10MB/s"],
        }
    ),
]
"""An amount of data in a second, read as a number of bytes."""


class BandwidthLimit(Spec):
    """Bound how fast bodies flow: `bandwidth_limit: {download: 1MiB/s}`.

    The requests of a route share the limit, evenly, in each proxy by itself. What was not used in the second before may
    be used at once, so that what is small comes without delay.
    """

    upload: Rate | None = None
    """The bytes a second that clients may send to the route, at least 1KiB/s and rounded up to whole KiB."""
    download: Rate | None = None
    """The bytes a second that clients get from the route, at least 1KiB/s and rounded up to whole KiB."""

    @model_validator(mode="after")
    def _bounds_something(self) -> BandwidthLimit:
        if self.upload is None and self.download is None:
            raise ValueError("a limit has at least one of upload, download")
        return self


def compile_bandwidth_limit(spec: BandwidthLimit, site: Site) -> Fragment:
    """Return the shares of the route: one for what goes up, one for what comes down."""
    share = bandwidth_share_v3.BandwidthShare(
        request_limit=_limit(spec.upload, f"{site.about.local}.upload"),
        response_limit=_limit(spec.download, f"{site.about.local}.download"),
    )
    return Fragment(per_route={"bandwidth_limit": share})


def _limit(rate: int | None, name: str) -> bandwidth_share_v3.BandwidthShare.Limit | None:
    """Return the limit, which all that is called *name* shares.

    Envoy knows one rate for a name, and refuses another while the first one lasts; so the rate is part of the name.
    """
    if rate is None:
        return None
    kib = math.ceil(rate / _KIB)
    value = core_v3.RuntimeUInt32(default_value=kib, runtime_key="crossway.unused")
    return bandwidth_share_v3.BandwidthShare.Limit(bucket_id=f"{name}.{kib}", kbps=value)


POLICY = Policy(
    spec=BandwidthLimit,
    stage=Stage.LIMIT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_bandwidth_limit,
    filters={"bandwidth_limit": bandwidth_share_v3.BandwidthShare()},
)
