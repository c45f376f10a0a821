"""Quotas: how much a consumer may use in a day or a month, by its plan.

Requests are counted in one place for all proxies, exactly, and what was used outlives restarts. What is counted is the
use, not what is left of a plan: another plan, or another size of it, takes hold at once and forgets nothing.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from crossway.compile import identity, limits
from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import NAME_PATTERN, Label, Rate, Spec, never_reached
from crossway.model.usage import CONSUMER
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.ratelimit import v3 as ratelimit_v3

_DENY: Final = "quota.deny"


def _read_rates(value: object) -> object:
    return [value] if isinstance(value, str | Rate) else value


def _check_rates(rates: tuple[Rate, ...]) -> tuple[Rate, ...]:
    if (idle := never_reached(rates)) is not None:
        raise ValueError(f"{idle} can never be reached: another rate of the plan stops requests before")
    return rates


Rates = Annotated[
    tuple[Rate, ...],
    Field(min_length=1, max_length=8),
    BeforeValidator(_read_rates, json_schema_input_type=Rate | tuple[Rate, ...]),
    AfterValidator(_check_rates),
]
"""Rates that all hold: one, or a list."""


class By(enum.StrEnum):
    """Whose requests are counted together."""

    CONSUMER = "consumer"
    """All of a consumer."""
    CREDENTIAL = "credential"
    """All with the same credential of a consumer."""


class OnFailure(enum.StrEnum):
    """What becomes of requests that nobody can count."""

    ALLOW = "allow"
    """They are let through."""
    DENY = "deny"
    """They are answered with 503."""


class Quota(Spec):
    """How many requests a consumer may make, by its usage plan. In one line, `quota: 1000/day`, the same for all.

    Rates are written `1000/day`; windows are second, minute, hour, day, week, month and year. They are those of the
    calendar in UTC: a day begins at midnight, a week on Monday, a month on the first. A request that is refused, by
    the quota or by `rate_limit`, uses nothing up. Past the quota, the answer is 429 with `retry-after`. Every answer
    says in `x-quota-limit`, `x-quota-remaining` and `x-quota-reset` (in seconds) how it stands with the longest window
    of the plan, or else with the one that is used up, and in `ratelimit` and `ratelimit-policy` with all of them.
    Routes that answer by themselves, with a redirect or `respond`, use nothing up.
    """

    plans: Annotated[Mapping[Label, Rates], Field(max_length=50)] = {}
    """How much each plan gives, by the name that consumers have as their `plan`: a rate, or a list of rates that all
    hold, `[100000/month, 50/second]`."""
    default: Rates | None = None
    """How much everybody else gets: consumers with another plan or with none, and clients that are no consumers, which
    are told apart by their address (an IPv6 network of 64 bits is one client). Without it, nothing holds them."""
    by: By = By.CONSUMER
    """Count each consumer, or each `credential` of a consumer, apart."""
    name: Annotated[str, Field(pattern=f"^{NAME_PATTERN}$", max_length=128)] = "default"
    """Requests are counted together wherever a quota has this name, in its namespace: a consumer has one budget for
    all routes, unless some of them count under a name of their own."""
    on_failure: OnFailure = OnFailure.ALLOW
    """What becomes of requests that cannot be counted, because Redis or the control plane is away. The default lets
    them through: a plan says what somebody pays for, and those who pay should not be turned away for an outage of
    ours. `deny` is for plans that protect something that must not be overrun."""

    short_forms = ("default",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"default": value} if isinstance(value, str | list) else value

    @model_validator(mode="after")
    def _some(self) -> Quota:
        if not self.plans and self.default is None:
            raise ValueError("write plans, default, or both")
        return self


def compile_quota(spec: Quota, site: Site) -> Fragment:
    """Return what is asked of the limiter: one limit for each rate of each plan, of which those of one plan apply."""
    counter = f"{site.namespace}/{spec.name}"
    rate_limits = [limits.limit(counter, rate, actions) for rates, actions in _cases(spec) for rate in rates]
    name = _DENY if spec.on_failure is OnFailure.DENY else "quota"
    return Fragment(per_route={name: ratelimit_v3.RateLimitPerRoute(rate_limits=rate_limits)})


def _cases(spec: Quota) -> Iterator[tuple[Iterable[Rate], list[route_v3.RateLimit.Action]]]:
    """Yield the rates, and for whom they hold: whom a case does not fit is not held to its rates."""
    by = [limits.by_header(CONSUMER, identity.CONSUMER)]
    if spec.by is By.CREDENTIAL:
        by.append(limits.by_header("credential", identity.CREDENTIAL, optional=True))
    for plan, rates in spec.plans.items():
        yield rates, [limits.where(identity.PLAN, re.escape(plan)), *by]
    if spec.default is None:
        return
    others = [limits.where_not(identity.PLAN, "|".join(map(re.escape, spec.plans)))] if spec.plans else []
    yield spec.default, [*others, *by]
    yield spec.default, [limits.where_not(identity.CONSUMER, ".*"), limits.by_address()]


POLICY = Policy(
    spec=Quota,
    stage=Stage.QUOTA,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_quota,
    filters={
        "quota": limits.service("quota", deny_on_failure=False),
        _DENY: limits.service("quota", deny_on_failure=True),
    },
)
