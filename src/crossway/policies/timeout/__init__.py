"""Timeout: how long a client waits for an answer.

Three clocks that run side by side; the first one to ring ends the request with 504. The clock of a single try lives
in the retry settings of the proxy, and holds there without any retry: this policy writes it, and `retry` never does.
"""

from __future__ import annotations

from pydantic import model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Duration, Spec
from crossway.protos.envoy.config.route import v3 as route_v3


class Timeout(Spec):
    """End requests that take too long, with status 504. In one line, the time for the whole request: `timeout: 2s`.

    0 switches a clock off. What is not written stays as it is by default.
    """

    request: Duration | None = None
    """The time for the whole request, with all retries: from its last byte to the last byte of the answer. An answer
    that streams for longer needs a longer time, or 0. A WebSocket is not ended by it."""
    backend: Duration | None = None
    """The time for a single try, from the moment it is sent. With the policy `retry`, a try that took too long is
    repeated if `retry` is on `reset`, `gateway_error` or `5xx`; without it, the request ends."""
    idle: Duration | None = None
    """The time in which nothing moves, in neither direction. It also ends a silent WebSocket or stream."""

    short_forms = ("request",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"request": value} if isinstance(value, str | int | float) else value

    @model_validator(mode="after")
    def _fields_fit(self) -> Timeout:
        if self.request is None and self.backend is None and self.idle is None:
            raise ValueError("a timeout has at least one of request, backend, idle")
        if self.request and self.backend and self.backend > self.request:
            raise ValueError("the time for one try (backend) is longer than the one for the whole request")
        return self


def compile_timeout(spec: Timeout, _site: Site) -> Fragment:
    """Return the clocks as fields of the route's action. Zero is written: it is what switches Envoy's clocks off."""
    retry = None if spec.backend is None else route_v3.RetryPolicy(per_try_timeout=spec.backend)
    action = route_v3.RouteAction(timeout=spec.request, idle_timeout=spec.idle, retry_policy=retry)
    return Fragment(route=route_v3.Route(route=action))


POLICY = Policy(
    spec=Timeout,
    stage=Stage.ROUTER,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_timeout,
)
