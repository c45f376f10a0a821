"""Mirror: a copy of live requests to another service, whose answers nobody waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Part, Percent, ServiceName, Spec
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.type import v3 as type_v3


class Copy(Part):
    """One service that gets copies. In one line, the name of the service."""

    to: ServiceName
    """The name of the service; `namespace/name` for one elsewhere."""
    percent: Percent = 100.0
    """The share of the requests that is copied, in percent. All of them by default."""

    short_forms = ("to",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"to": value} if isinstance(value, str) else value


class Mirror(Spec):
    """Copy requests to other services. In one line: `orders_v2`, `{to: orders_v2, percent: 10}`, or a list of these.

    The client gets the answer of the route's own backend, as fast as without the mirror; answers to copies are thrown
    away, and a service that fails to answer them harms nobody. A copy carries the request as the backend gets it,
    changed headers and path included. Copies are real requests: what they write is written twice.
    """

    copies: Annotated[tuple[Copy, ...], Field(min_length=1)]
    """The services that get copies. Each draws its share by itself."""

    short_forms = ("copies", "copies/items")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, list | tuple):
            return {"copies": value}
        if isinstance(value, str) or (isinstance(value, Mapping) and "copies" not in value):
            return {"copies": [value]}
        return value


def compile_mirror(spec: Mirror, site: Site) -> Fragment:
    """Return the copies as fields of the route's action."""
    policies = [_policy(copy, site) for copy in spec.copies]
    return Fragment(route=route_v3.Route(route=route_v3.RouteAction(request_mirror_policies=policies)))


def _policy(copy: Copy, site: Site) -> route_v3.RouteAction.RequestMirrorPolicy:
    share = type_v3.FractionalPercent(
        numerator=round(copy.percent * 10_000), denominator=type_v3.FractionalPercent.MILLION
    )
    return route_v3.RouteAction.RequestMirrorPolicy(
        cluster=site.cluster(copy.to),
        runtime_fraction=core_v3.RuntimeFractionalPercent(default_value=share),
        disable_shadow_host_suffix_append=True,
    )


POLICY = Policy(
    spec=Mirror,
    stage=Stage.ROUTER,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_mirror,
)
