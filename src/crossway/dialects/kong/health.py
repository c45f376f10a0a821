"""Health checks of upstreams: probes of targets (active), and what real requests tell of them (passive).

https://developer.konghq.com/gateway/traffic-control/health-checks-circuit-breakers/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from crossway.dialects.contract import Foreign, Ignored, Mapped
from crossway.dialects.kong.entity import only

_CHECK: Final = "services.policies.health_check"
_OUTLIER: Final = "services.policies.outlier_detection"
_GATEWAY: Final = frozenset({502, 503, 504})

Kind = Literal["http", "https", "tcp", "grpc", "grpcs"]
Count = Annotated[int, Field(ge=0, le=255)]


class Healthy(Foreign):
    """When a target is healthy again."""

    interval: Annotated[float, Mapped(f"{_CHECK}.interval")] = 0
    successes: Annotated[Count, Mapped(f"{_CHECK}.healthy_after")] = 0
    http_statuses: Annotated[tuple[int, ...], Mapped(f"{_CHECK}.expected_statuses")] = (200, 302)


class Unhealthy(Foreign):
    """When a target is unhealthy."""

    interval: Annotated[float, Mapped(f"{_CHECK}.interval")] = 0
    http_failures: Annotated[Count, Mapped(f"{_CHECK}.unhealthy_after")] = 0
    tcp_failures: Annotated[Count, Mapped(f"{_CHECK}.unhealthy_after")] = 0
    timeouts: Annotated[Count, Mapped(f"{_CHECK}.unhealthy_after")] = 0
    http_statuses: Annotated[
        tuple[int, ...], Ignored("an answer that is not among those of a healthy target is a failure")
    ] = ()


class Active(Foreign):
    """Probes."""

    type: Annotated[Kind, Mapped(_CHECK)] = "http"
    http_path: Annotated[str, Mapped(f"{_CHECK}.path")] = "/"
    timeout: Annotated[float, Mapped(f"{_CHECK}.timeout")] = 1
    headers: Annotated[Mapping[str, tuple[str, ...]] | None, Mapped(f"{_CHECK}.headers")] = None
    healthy: Healthy = Healthy()
    unhealthy: Unhealthy = Unhealthy()
    concurrency: Annotated[int, Ignored("each target is probed by itself")] = 10
    https_sni: Annotated[str | None, Ignored("probes ask for the server name that requests ask for")] = None
    https_verify_certificate: Annotated[bool, Ignored("probes verify what requests verify")] = True

    def policy(self) -> dict[str, object] | None:
        """Return the policy that it is; `None` where it probes nothing."""
        interval = self.healthy.interval or self.unhealthy.interval
        if not interval:
            return None
        failures = [
            n for n in (self.unhealthy.http_failures, self.unhealthy.tcp_failures, self.unhealthy.timeouts) if n
        ]
        made: dict[str, object] = {"interval": seconds(interval), "timeout": seconds(self.timeout)}
        if failures:
            made["unhealthy_after"] = min(failures)
        if self.healthy.successes:
            made["healthy_after"] = self.healthy.successes
        match self.type:
            case "tcp":
                return {"tcp": {}, **made}
            case "grpc" | "grpcs":
                return {"grpc": {}, **made}
        if self.headers:
            made["headers"] = {name: ", ".join(values) for name, values in self.headers.items()}
        return {"path": self.http_path, "expected_statuses": list(self.healthy.http_statuses), **made}


class PassiveHealthy(Foreign):
    """When a target that failed is healthy again."""

    successes: Annotated[int, Ignored("an ejected endpoint comes back after a time, and not by requests")] = 0
    http_statuses: Annotated[tuple[int, ...], Ignored("what is no failure is a success")] = ()


class PassiveUnhealthy(Foreign):
    """When a target fails."""

    http_failures: Annotated[Count, Mapped(f"{_OUTLIER}.consecutive_errors")] = 0
    tcp_failures: Annotated[Count, Mapped(f"{_OUTLIER}.consecutive_connection_errors")] = 0
    timeouts: Annotated[Count, Mapped(f"{_OUTLIER}.consecutive_connection_errors")] = 0
    http_statuses: Annotated[tuple[int, ...], Mapped(f"{_OUTLIER}, the 5xx among them")] = (429, 500, 503)


class Passive(Foreign):
    """What requests tell."""

    type: Annotated[Kind, Ignored("it is the protocol of the service")] = "http"
    healthy: PassiveHealthy = PassiveHealthy()
    unhealthy: PassiveUnhealthy = PassiveUnhealthy()

    def policy(self) -> dict[str, object] | None:
        """Return the policy that it is; `None` where it looks at nothing."""
        said, made = self.unhealthy, {}
        if said.http_failures:
            only_gateway = set(said.http_statuses) <= _GATEWAY
            made["consecutive_gateway_errors" if only_gateway else "consecutive_errors"] = said.http_failures
        connections = [count for count in (said.tcp_failures, said.timeouts) if count]
        if connections:
            made["consecutive_connection_errors"] = min(connections)
        if not made:
            return None
        return {"consecutive_errors": None, **made, "max_ejected": 100}


class HealthChecks(Foreign):
    """The health checks of an upstream."""

    active: Active = Active()
    passive: Passive = Passive()
    threshold: Annotated[
        float, only(0, "a service takes requests as long as one endpoint is healthy"), Mapped(_CHECK)
    ] = 0

    def policies(self) -> dict[str, object]:
        """Return the policies that they are."""
        made = {"health_check": self.active.policy(), "outlier_detection": self.passive.policy()}
        return {name: policy for name, policy in made.items() if policy is not None}


def seconds(value: float) -> str:
    """Return a number of seconds as people write it."""
    return f"{int(value)}s" if value == int(value) else f"{round(value * 1000)}ms"
