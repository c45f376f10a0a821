"""Targets: a service that a request may go to, and how one of its endpoints is chosen, read from what was compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crossway.compile.envoy.cluster import compile_cluster
from crossway.compile.envoy.resource import Resource
from crossway.memo import Read
from crossway.model import DEFAULT_NAMESPACE, Endpoint, Ref, format_duration
from crossway.plan.service import plan_service
from crossway.protos import unpack
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.extensions.load_balancing_policies.subset import v3 as subset_v3
from crossway.protos.envoy.service.discovery import v3 as discovery_v3
from crossway.simulation.effect import Share


@dataclass(frozen=True, slots=True)
class Target:
    """One service that the request may go to."""

    service: str
    percent: float
    subset: str | None
    algorithm: str
    """How an endpoint is chosen, such as ``least request``."""
    endpoints: int
    """How many there are to choose from, in the subset if there is one; those that are names count once."""
    priorities: Mapping[int, int]
    """How many endpoints each priority has; the lowest number that is healthy enough gets the requests."""
    zones: Mapping[str, int]
    """How many endpoints each zone has; one without a name is of no zone."""
    notes: tuple[str, ...]
    """What else decides: health checks, outlier detection, zones, DNS."""
    findings: tuple[str, ...]
    """Why it has no endpoints although some are written, by the codes of findings."""


def target(read: Read, ref: Ref, percent: float, subset: str | None) -> Target | None:
    """Return how an endpoint of the service *ref* is chosen, which gets *percent* of the requests."""
    plan = read(plan_service, ref)
    if plan is None:
        return None
    resources, findings = read(compile_cluster, ref)
    cluster = next(message for message in map(_opened, resources) if isinstance(message, cluster_v3.Cluster))
    labels = plan.service.subsets.get(subset, {}) if subset else {}
    endpoints = [item for item in plan.service.endpoints if labels.items() <= item.labels.items()]
    return Target(
        service=ref.local,
        percent=percent,
        subset=subset,
        algorithm=_algorithm(cluster),
        endpoints=0 if findings else len(endpoints),
        priorities=dict(sorted(Counter(item.priority for item in endpoints).items())),
        zones=dict(sorted(Counter(item.zone for item in endpoints).items())),
        notes=tuple(_notes(cluster, endpoints)),
        findings=tuple(finding.code for finding in findings),
    )


def ref_of(share: Share) -> Ref:
    """Return the service that *share* names."""
    return Ref.parse("services", share.service, DEFAULT_NAMESPACE)


def _opened(resource: Resource) -> object:
    return unpack(discovery_v3.Resource.FromString(resource.wire).resource)


def _algorithm(cluster: cluster_v3.Cluster) -> str:
    policies = cluster.load_balancing_policy.policies
    while policies:
        config = policies[0].typed_extension_config
        inner = unpack(config.typed_config)
        if not isinstance(inner, subset_v3.Subset):
            return config.name.rpartition(".")[2].replace("_", " ")
        policies = inner.subset_lb_policy.policies
    return cluster_v3.Cluster.LbPolicy.Name(cluster.lb_policy).replace("_", " ").lower()


def _notes(cluster: cluster_v3.Cluster, endpoints: list[Endpoint]) -> Iterator[str]:
    for check in cluster.health_checks:
        kind = (check.WhichOneof("health_checker") or "").removesuffix("_health_check")
        path = f" {check.http_health_check.path}" if kind == "http" else ""
        yield f"health check: {kind}{path} every {format_duration(check.interval.ToTimedelta())}"
    if cluster.HasField("outlier_detection"):
        yield "outlier detection"
    if cluster.type == cluster_v3.Cluster.STRICT_DNS:
        yield "DNS: every address of each name"
    if cluster.type == cluster_v3.Cluster.LOGICAL_DNS:
        yield "DNS: one address at a time"
    if len({item.weight for item in endpoints}) > 1:
        yield "endpoints have weights"
