"""Trace sampling: how many traces begin at a route, and what its spans are called and say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Merge, Policy, Site, Stage, Target
from crossway.compile.tags import Tags, compile_tags
from crossway.model import Percent, Spec
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.type import v3 as type_v3


class TraceSampling(Spec):
    """Decide for routes what the policy `tracing` of the gateway decides for all. In one line, the share: `10%`.

    It changes nothing where the gateway reports no traces.
    """

    sample: Percent
    """The share of requests of which spans are reported, in percent: of those that do not continue a trace, whose
    beginning has decided."""
    tags: Tags = Field(default_factory=dict)
    """More tags of each span, written as those of `tracing`. Attached at several places, they add up."""

    short_forms = ("sample",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return value if isinstance(value, Mapping) else {"sample": value}


def compile_trace_sampling(spec: TraceSampling, _site: Site) -> Fragment:
    """Return the share and the tags as fields of the route."""
    fraction = type_v3.FractionalPercent
    tracing = route_v3.Tracing(
        random_sampling=fraction(numerator=round(spec.sample * 10_000), denominator=fraction.MILLION),
        custom_tags=compile_tags(spec.tags),
    )
    return Fragment(route=route_v3.Route(tracing=tracing))


POLICY: Final = Policy(
    spec=TraceSampling,
    stage=Stage.EDGE,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_trace_sampling,
    merge=Merge.UNION,
)
