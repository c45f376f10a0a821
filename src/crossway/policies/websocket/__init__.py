"""WebSocket: whether a route lets clients leave HTTP behind.

Every HTTP listener lets WebSockets through. A backend that never speaks them is better off without, because nothing
that policies say about requests is asked again once the connection has been upgraded.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import StrictBool, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Spec
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.google import protobuf


class WebSocket(Spec):
    """Allow or refuse WebSockets. In one line, `websocket: false` answers every upgrade with 403.

    They are allowed where nothing is said (RFC 6455). `timeout.idle` ends a silent one; `timeout.request` does not
    touch them.
    """

    enabled: StrictBool
    """Whether a client may open a WebSocket. `true` takes back a `false` from farther away."""

    short_forms = ("enabled",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return value if isinstance(value, Mapping) else {"enabled": value}


def compile_websocket(spec: WebSocket, _site: Site) -> Fragment:
    """Return what the route says about upgrades, in either case: the listener's word is not repeated anywhere else."""
    upgrade = route_v3.RouteAction.UpgradeConfig(
        upgrade_type="websocket", enabled=protobuf.BoolValue(value=spec.enabled)
    )
    return Fragment(route=route_v3.Route(route=route_v3.RouteAction(upgrade_configs=[upgrade])))


POLICY = Policy(
    spec=WebSocket,
    stage=Stage.ROUTER,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_websocket,
)
