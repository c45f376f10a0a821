"""Load balancing: which endpoint of a service gets the next request.

Law: a setting that the chosen algorithm has no use for is a finding, never ignored.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from google.protobuf.message import Message
from pydantic import BeforeValidator, Field, model_validator

from crossway.compile.contract import SERVICE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Count, Duration, Finding, HeaderName, Percent, Spec
from crossway.model.part import Part
from crossway.protos import pack
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.load_balancing_policies.client_side_weighted_round_robin import v3 as weighted_v3
from crossway.protos.envoy.extensions.load_balancing_policies.common import v3 as common_v3
from crossway.protos.envoy.extensions.load_balancing_policies.least_request import v3 as least_request_v3
from crossway.protos.envoy.extensions.load_balancing_policies.maglev import v3 as maglev_v3
from crossway.protos.envoy.extensions.load_balancing_policies.random import v3 as random_v3
from crossway.protos.envoy.extensions.load_balancing_policies.ring_hash import v3 as ring_hash_v3
from crossway.protos.envoy.extensions.load_balancing_policies.round_robin import v3 as round_robin_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf


class Algorithm(enum.StrEnum):
    """How an endpoint is chosen."""

    LEAST_REQUEST = "least_request"
    """Of a few endpoints drawn at random, the one with the fewest requests under way."""
    ROUND_ROBIN = "round_robin"
    """One after the other."""
    RANDOM = "random"
    """Any."""
    RING_HASH = "ring_hash"
    """The same endpoint for the same key (Ketama): few keys move when the endpoints change."""
    MAGLEV = "maglev"
    """The same endpoint for the same key, with a table that is faster and more even than a ring."""
    WEIGHTED_RESPONSE = "weighted_response"
    """In turn, with weights from the load that the endpoints report in their answers (ORCA)."""


class HashCookie(Part):
    """A cookie whose value is the key. In one line, its name."""

    name: Annotated[str, Field(pattern=r"^[^=;\x00-\x20\x7f]+$")]
    """The name of the cookie."""
    ttl: Duration | None = None
    """Set the cookie where a client sends none, for this long; `0` until the browser is closed. Unset: never set it."""
    path: Annotated[str, Field(pattern=r"^[^;\x00-\x1f\x7f]*$")] = "/"
    """The path of a cookie that is set here."""

    short_forms = ("name",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value


class HashKey(Part):
    """Where the key of a request is read. `source_ip` in one line; else one of `header`, `cookie`, `query`."""

    header: HeaderName | None = None
    """The value of this header."""
    cookie: HashCookie | None = None
    """The value of this cookie."""
    query: str | None = None
    """The value of this query parameter."""
    source_ip: bool = False
    """The address of the client; behind trusted proxies, the one they report."""

    short_forms = ({"const": "source_ip"},)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"source_ip": True} if value == "source_ip" else value

    @model_validator(mode="after")
    def _one(self) -> HashKey:
        if sum((bool(self.header), self.cookie is not None, bool(self.query), self.source_ip)) != 1:
            raise ValueError("write exactly one of header, cookie, query, source_ip")
        return self


class SlowStart(Part):
    """More and more traffic for an endpoint that is new or healthy again, instead of its full share at once."""

    window: Annotated[Duration, Field(gt=timedelta())]
    """How long it takes to reach the full share."""
    aggression: Annotated[float, Field(gt=0)] = 1.0
    """The shape of the ramp: 1 grows evenly, more grows fast at first."""
    min_weight: Percent = 10.0
    """The share of its weight that an endpoint begins with, in percent."""


class Zones(Part):
    """Stay in the zone of the proxy, to save latency and the cost of traffic between zones. `zones: {}` is enough."""

    min_local_endpoints: Annotated[Count, Field(ge=1)] | None = 1
    """Stay in the zone while it has this many healthy endpoints. `null` keeps only so much traffic in the zone that the
    endpoints of all zones are equally loaded; that takes proxies in every zone."""
    min_endpoints: Annotated[Count, Field(ge=1)] = 1
    """Below this number of endpoints in all zones, zones are not looked at."""


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str | Mapping | HashKey) else value


class LoadBalancing(Spec):
    """Choose which endpoint gets a request. In one line, the algorithm: `load_balancing: round_robin`."""

    algorithm: Algorithm | None = None
    """How an endpoint is chosen. Without it, `least_request`, which keeps slow endpoints from piling up requests; with
    `hash_by`, `maglev`."""
    hash_by: Annotated[
        tuple[HashKey, ...], BeforeValidator(_one_or_many, json_schema_input_type=HashKey | tuple[HashKey, ...])
    ] = ()
    """Where the key for `ring_hash` and `maglev` is read; of several, the first one that a request has. A request
    without any goes to a random endpoint."""
    choices: Annotated[int, Field(ge=2, le=100)] = 2
    """How many endpoints `least_request` compares. Two are nearly as good as all, at a fraction of the cost."""
    slow_start: SlowStart | None = None
    """Warm endpoints up. For `least_request`, `round_robin` and `weighted_response`."""
    zones: Zones | None = None
    """Prefer the zone of the proxy. For `least_request`, `round_robin` and `random`."""
    table_size: Annotated[int, Field(ge=1, le=5_000_011)] | None = None
    """The number of places in the table of `maglev` (a prime number, 65537 without it), or the least on the ring of
    `ring_hash` (1024 without it). More places spread more evenly and cost memory: ten times the endpoints is plenty."""
    panic_threshold: Percent = 1.0
    """Below this percentage of healthy endpoints, health is not looked at and all get traffic. The default acts only
    when (nearly) none is left, where trying is better than refusing; 0 refuses."""

    short_forms = ("algorithm",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"algorithm": value} if isinstance(value, str) else value

    @property
    def effective(self) -> Algorithm:
        """The algorithm that is used, whether it was written or follows."""
        return self.algorithm or (Algorithm.MAGLEV if self.hash_by else Algorithm.LEAST_REQUEST)


_HASHING: Final = frozenset({Algorithm.RING_HASH, Algorithm.MAGLEV})
_FITS: Final = {
    "hash_by": _HASHING,
    "table_size": _HASHING,
    "choices": frozenset({Algorithm.LEAST_REQUEST}),
    "slow_start": frozenset({Algorithm.LEAST_REQUEST, Algorithm.ROUND_ROBIN, Algorithm.WEIGHTED_RESPONSE}),
    "zones": frozenset({Algorithm.LEAST_REQUEST, Algorithm.ROUND_ROBIN, Algorithm.RANDOM}),
}


def compile_load_balancing(spec: LoadBalancing, site: Site) -> Fragment | Finding:
    """Return the balancing policy of the cluster and, for consistent hashing, the hash policy of its routes."""
    algorithm = spec.effective
    if algorithm in _HASHING and not spec.hash_by:
        message = f"{algorithm} needs hash_by: without a key it is no better than random"
        return Finding("load_balancing.no_key", message, about=site.about, path=("hash_by",))
    for field, algorithms in _FITS.items():
        if field in spec.model_fields_set and algorithm not in algorithms:
            message = f"{field} has no effect with {algorithm}; it is for {' and '.join(sorted(algorithms))}"
            return Finding("load_balancing.unfit", message, about=site.about, path=(field,))
    if algorithm is Algorithm.MAGLEV and spec.table_size and not _is_prime(spec.table_size):
        message = f"the table of maglev has a prime number of places; {spec.table_size} is none"
        return Finding("load_balancing.table_size", message, about=site.about, path=("table_size",))
    extension = core_v3.TypedExtensionConfig(name=algorithm, typed_config=pack(_balancer(spec, algorithm)))
    policy = cluster_v3.LoadBalancingPolicy.Policy(typed_extension_config=extension)
    threshold = cluster_v3.Cluster.CommonLbConfig(healthy_panic_threshold=type_v3.Percent(value=spec.panic_threshold))
    keys = [_hash_policy(key) for key in spec.hash_by]
    return Fragment(
        cluster=cluster_v3.Cluster(
            load_balancing_policy=cluster_v3.LoadBalancingPolicy(policies=[policy]), common_lb_config=threshold
        ),
        route=route_v3.Route(route=route_v3.RouteAction(hash_policy=keys)) if keys else None,
    )


def _balancer(spec: LoadBalancing, algorithm: Algorithm) -> Message:
    slow_start = _slow_start(spec.slow_start) if spec.slow_start else None
    zones = _zones(spec.zones) if spec.zones else None
    size = protobuf.UInt64Value(value=spec.table_size) if spec.table_size else None
    match algorithm:
        case Algorithm.LEAST_REQUEST:
            return least_request_v3.LeastRequest(
                choice_count=protobuf.UInt32Value(value=spec.choices),
                slow_start_config=slow_start,
                locality_lb_config=zones,
            )
        case Algorithm.ROUND_ROBIN:
            return round_robin_v3.RoundRobin(slow_start_config=slow_start, locality_lb_config=zones)
        case Algorithm.RANDOM:
            return random_v3.Random(locality_lb_config=zones)
        case Algorithm.RING_HASH:
            return ring_hash_v3.RingHash(minimum_ring_size=size)
        case Algorithm.MAGLEV:
            return maglev_v3.Maglev(table_size=size)
        case Algorithm.WEIGHTED_RESPONSE:
            return weighted_v3.ClientSideWeightedRoundRobin(slow_start_config=slow_start)


def _slow_start(slow_start: SlowStart) -> common_v3.SlowStartConfig:
    return common_v3.SlowStartConfig(
        slow_start_window=slow_start.window,
        aggression=core_v3.RuntimeDouble(default_value=slow_start.aggression, runtime_key="crossway.slow_start"),
        min_weight_percent=type_v3.Percent(value=slow_start.min_weight),
    )


def _zones(zones: Zones) -> common_v3.LocalityLbConfig:
    config = common_v3.LocalityLbConfig.ZoneAwareLbConfig(
        min_cluster_size=protobuf.UInt64Value(value=zones.min_endpoints)
    )
    if zones.min_local_endpoints:
        config.force_local_zone.min_size.value = zones.min_local_endpoints
    return common_v3.LocalityLbConfig(zone_aware_lb_config=config)


def _hash_policy(key: HashKey) -> route_v3.RouteAction.HashPolicy:
    """Return where the key is read. `terminal`: a request that has this key is not looked at further."""
    policy = route_v3.RouteAction.HashPolicy
    if key.header:
        return policy(header=policy.Header(header_name=key.header), terminal=True)
    if key.cookie:
        cookie = key.cookie
        return policy(cookie=policy.Cookie(name=cookie.name, ttl=cookie.ttl, path=cookie.path), terminal=True)
    if key.query:
        return policy(query_parameter=policy.QueryParameter(name=key.query), terminal=True)
    return policy(connection_properties=policy.ConnectionProperties(source_ip=True), terminal=True)


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % factor for factor in range(2, int(number**0.5) + 1))


POLICY: Final = Policy(
    spec=LoadBalancing,
    stage=Stage.ROUTER,
    applies=Target.SERVICE,
    targets=SERVICE_TARGETS,
    compile=compile_load_balancing,
    default=LoadBalancing(),
)
