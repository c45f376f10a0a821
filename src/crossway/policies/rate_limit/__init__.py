"""Rate limit: so many requests in so long, for each consumer, client or whatever else they are counted by.

Where requests are counted is a choice between speed and precision: in each proxy for itself, in each proxy by a share
that the control plane keeps giving out anew (`scope: fleet`), or one by one in a store that all proxies ask (`exact`).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from crossway.compile import limits
from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Shared, Site, Stage, Target
from crossway.model import Count, Spec, never_reached
from crossway.policies.rate_limit import fleet
from crossway.policies.rate_limit.buckets import key_part, token_buckets
from crossway.policies.rate_limit.keys import Key
from crossway.policies.rate_limit.limit import Limit, unreachable
from crossway.protos.envoy.extensions.filters.http.local_ratelimit import v3 as local_v3
from crossway.protos.envoy.extensions.filters.http.ratelimit import v3 as ratelimit_v3
from crossway.protos.envoy.type import v3 as type_v3


class Scope(enum.StrEnum):
    """Which proxies count together."""

    PROXY = "proxy"
    """None: each proxy holds its requests to the limit, and knows nothing of the others."""
    FLEET = "fleet"
    """All: each has a share of the limit, which the control plane adapts to where requests come in."""


class OnFailure(enum.StrEnum):
    """What becomes of requests while nobody counts them."""

    ALLOW = "allow"
    DENY = "deny"


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str | Mapping | Limit | Key) else value


def _known(status: int) -> int:
    if not 400 <= status <= 599 or status not in type_v3.StatusCode.values():
        raise ValueError(f"{status} is no status of an error; write 429 or 503")
    return status


class RateLimit(Spec):
    """Let so many requests through in so long, and answer 429 to the others. In one line: `rate_limit: 100/second`.

    Each route counts for itself, wherever the policy is attached; with `scope: proxy`, each of its matches does. What
    was counted in a proxy is forgotten when its routes change.
    """

    limit: Annotated[
        tuple[Limit, ...],
        Field(min_length=1, max_length=8),
        BeforeValidator(_one_or_many, json_schema_input_type=Limit | tuple[Limit, ...]),
    ]
    """How many requests in how long: `5/minute`, or `{requests: 5, per: 1m}`. Of several, up to 8, all hold."""
    burst: Annotated[Count, Field(ge=1)] | None = None
    """How many requests may come at once after a rest, where there is one limit; as many as it says by default."""
    by: Annotated[
        tuple[Key, ...],
        Field(min_length=1, max_length=4),
        BeforeValidator(_one_or_many, json_schema_input_type=Key | tuple[Key, ...]),
    ] = (Key(client_ip=True),)
    """What is counted apart: `consumer`, `client_ip`, `path`, `{header: NAME}`, `{claim: NAME}` or `{query: NAME}`; of
    several, up to 4, each combination. The address of the client stands for what a request does not carry, so that
    one without a consumer is counted by its address. A proxy remembers up to 10000 keys of a route at a time."""
    scope: Scope = Scope.PROXY
    """Which proxies count together: none (`proxy`), or all (`fleet`). In a fleet, no request waits for an answer: each
    proxy has a share of the limit, and gets another one every five seconds, by how many requests came where. A burst
    is paid back, so that over ten seconds no more passes than the limit says. A proxy that cannot reach the control
    plane keeps its share for five minutes, and then holds the whole limit by itself."""
    exact: bool = False
    """Count each request in one place, in Redis where the control plane has one, for all proxies. Nothing passes over
    the limit, and each request waits for the answer. Windows are those of the calendar in UTC."""
    on_failure: OnFailure | None = None
    """What becomes of requests that `exact` cannot count, because Redis or the control plane is away: `allow`, which
    is the default, or `deny`, with 503."""
    headers: bool = True
    """Tell clients of the limits, in `x-ratelimit-limit`, `x-ratelimit-remaining` and `x-ratelimit-reset` (seconds)
    with each answer; of several limits, those of one. A refusal also has `ratelimit` and `ratelimit-policy`; with
    `exact`, each answer has. With `scope: fleet`, only a refusal tells, and of `ratelimit` and `ratelimit-policy`.
    When to come back, `retry-after`, a refusal says whatever stands here."""
    status: Annotated[int, AfterValidator(_known)] = 429
    """The status of a refusal. With `exact`, it is 429."""
    dry_run: bool = False
    """Refuse nothing, and only count what would be refused, in the metrics of `rate_limit_dry_run`: each proxy for
    itself, whatever the scope."""

    short_forms = ("limit",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        is_limit = isinstance(value, str | list) or (isinstance(value, Mapping) and "requests" in value)
        return {"limit": value} if is_limit else value

    @model_validator(mode="after")
    def _holds(self) -> RateLimit:
        if self.burst is not None and len(self.limit) > 1:
            raise ValueError("with several limits, each says its own burst: {requests: 5, per: 1m, burst: 2}")
        if self.exact:
            self._is_exact()
        elif self.on_failure is not None:
            raise ValueError("on_failure is about limits that are counted elsewhere: exact: true")
        elif (limit := unreachable(self.limits)) is not None:
            raise ValueError(f"{limit} can never be reached: another limit keeps requests away from it")
        return self

    def _is_exact(self) -> None:
        rates = [rate for limit in self.limits if (rate := limit.rate)]
        if len(rates) < len(self.limit):
            raise ValueError("an exact limit is per second, minute, hour, day, week, month or year, and has no burst")
        if self.status != 429:
            raise ValueError("an exact limit refuses with 429")
        if "scope" in self.model_fields_set and self.scope is Scope.PROXY:
            raise ValueError("an exact limit is one of all proxies")
        if (idle := never_reached(rates)) is not None:
            raise ValueError(f"{idle} can never be reached: another limit keeps requests away from it")

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits, with what is said of all of them."""
        return tuple(limit.model_copy(update={"burst": self.burst or limit.burst}) for limit in self.limit)


def compile_rate_limit(spec: RateLimit, site: Site) -> Fragment:
    """Return the settings of the filters that count, where the limit is counted."""
    counter = f"{site.about.local}/rate_limit"
    if spec.exact and not spec.dry_run:
        return _counted(spec, counter)
    alone = spec.scope is Scope.PROXY
    buckets = token_buckets(
        spec.limits,
        spec.by,
        status=spec.status,
        told=spec.headers,
        progress=spec.headers and alone,
        enforced=not spec.dry_run,
    )
    if alone or spec.dry_run:
        return Fragment(per_route={"rate_limit.proxy": buckets})
    settings = fleet.quota_settings(spec.limits, status=spec.status, told=spec.headers)
    name = fleet.name_of(counter, settings, spec.by)
    return Fragment(
        per_route={
            "rate_limit.key": fleet.read_keys(name, spec.by),
            "rate_limit.fleet": fleet.switched_on(),
            "rate_limit.proxy": buckets,
        },
        shared={"rate_limit.fleet": fleet.quota_filter({name: settings})},
    )


def _counted(spec: RateLimit, counter: str) -> Fragment:
    by = [key_part(key) for key in spec.by]
    rates = [rate for limit in spec.limits if (rate := limit.rate)]
    settings = ratelimit_v3.RateLimitPerRoute(
        domain="rate_limit" if spec.headers else "rate_limit.silent",
        rate_limits=[limits.limit(counter, rate, by) for rate in rates],
    )
    return Fragment(per_route={_DENY if spec.on_failure is OnFailure.DENY else "rate_limit.exact": settings})


_DENY: Final = "rate_limit.exact_deny"

POLICY: Final = Policy(
    spec=RateLimit,
    stage=Stage.LIMIT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_rate_limit,
    filters={
        "rate_limit.exact": limits.service("rate_limit", deny_on_failure=False),
        _DENY: limits.service("rate_limit", deny_on_failure=True),
        "rate_limit.key": fleet.key_reader(),
        "rate_limit.fleet": Shared(fleet.quota_filter()),
        "rate_limit.proxy": local_v3.LocalRateLimit(stat_prefix="rate_limit"),
    },
)
