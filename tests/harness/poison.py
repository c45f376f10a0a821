"""A policy of somebody else's whose fragments our checks let through, and Envoy refuses."""

from crossway.compile.contract import ROUTE_TARGETS, SERVICE_TARGETS, Fragment, Policies, Policy, Site, Stage, Target
from crossway.daemon.registry import load_policies
from crossway.model import Spec
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3


class Poison(Spec):
    """Make Envoy refuse the site."""

    strength: int = 1
    """So that two of them differ."""


def poison_route(spec: Poison, _site: Site) -> Fragment:
    """Return a header that is none."""
    header = core_v3.HeaderValue(key="a header\n", value=str(spec.strength))
    return Fragment(route=route_v3.Route(response_headers_to_add=[core_v3.HeaderValueOption(header=header)]))


def poison_service(spec: Poison, _site: Site) -> Fragment:
    """Return an interval that is none."""
    cluster = cluster_v3.Cluster()
    cluster.dns_refresh_rate.seconds = -spec.strength
    return Fragment(cluster=cluster)


def policies() -> Policies:
    """Return ours, with ``poison`` for routes and ``poison_service`` for services."""
    return {
        **load_policies(),
        "poison": Policy(Poison, Stage.TRANSFORM, Target.ROUTE, ROUTE_TARGETS, poison_route),
        "poison_service": Policy(Poison, Stage.ROUTER, Target.SERVICE, SERVICE_TARGETS, poison_service),
    }
