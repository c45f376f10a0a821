"""Hedge: a second request where the first one is slow, and the first answer of the two.

It takes the long tail off the waiting time, at the price of some requests that are made twice. So it is for requests
that may be: the proxy would repeat any other as well, and is told for each request whether it may.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Duration, Spec
from crossway.model.route import Method
from crossway.protos.envoy.config.common.mutation_rules import v3 as mutation_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.header_mutation import v3 as header_mutation_v3


class Hedge(Spec):
    """Ask a second time where the answer is slow, and take the first that comes. In one line: `hedge: 100ms`.

    The first request goes on; what comes too late is dropped. Nothing else counts as slow: failures are for `retry`,
    and the endpoint of the second request is found as for a retry, so that with `retry: {}` it is preferably another
    one. Requests of these methods are no longer ended by `timeout.backend`, but by `timeout.request`. Each hedge counts
    as a retry, also for `circuit_breaker`. A request with a body larger than the gateway keeps (1 MiB) is not repeated.
    """

    after: Duration
    """How long the answer may take before it is asked for again: about what 95 of 100 answers take, so that some 5 more
    requests come of 100. The pause before each further hedge is as long."""
    attempts: Annotated[int, Field(ge=1, le=10)] = 1
    """How often it is asked again at most. These are all retries that there are for these requests, so that `attempts`
    of `retry` does not count for them."""
    methods: Annotated[tuple[Method, ...], Field(min_length=1)] = ("GET", "HEAD", "OPTIONS")
    """Only requests with these methods: by default those that change nothing (RFC 9110, section 9.2.1). Calls of gRPC
    are `POST`."""

    short_forms = ("after",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return value if isinstance(value, Mapping | Hedge) else {"after": value}

    @model_validator(mode="after")
    def _whole_milliseconds(self) -> Hedge:
        if not self.after or self.after % timedelta(milliseconds=1):
            raise ValueError("after is in whole milliseconds, and at least 1ms")
        return self


def compile_hedge(spec: Hedge, _site: Site) -> Fragment:
    """Return what tells the router, in headers that it takes off again, how to treat a request of these methods.

    A route says this for all methods at once: conditions of a retry policy do not hold for hedges. Of what Envoy's
    hedge policy has besides, 1.39 does nothing (``initial_requests``, ``additional_request_chance``).
    https://www.envoyproxy.io/docs/envoy/v1.39.3/configuration/http/http_filters/router_filter
    """
    methods = ", ".join(f"'{method}'" for method in spec.methods)
    told = {
        "x-envoy-hedge-on-per-try-timeout": "true",
        "x-envoy-upstream-rq-per-try-timeout-ms": str(spec.after // timedelta(milliseconds=1)),
        "x-envoy-max-retries": str(spec.attempts),
    }
    mutations = [_for(f"request.method in [{methods}]", name, value) for name, value in told.items()]
    return Fragment(
        per_route={
            "hedge": header_mutation_v3.HeaderMutationPerRoute(
                mutations=header_mutation_v3.Mutations(request_mutations=mutations)
            )
        }
    )


def _for(requests: str, name: str, value: str) -> mutation_v3.HeaderMutation:
    """Return the header for the *requests* that the expression holds for. For others it is empty, and not written."""
    option = core_v3.HeaderValueOption(
        header=core_v3.HeaderValue(key=name, value=f"%CEL({requests} ? '{value}' : '')%"),
        append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
    )
    return mutation_v3.HeaderMutation(append=option)


POLICY = Policy(
    spec=Hedge,
    stage=Stage.ROUTER,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_hedge,
    filters={"hedge": header_mutation_v3.HeaderMutation()},
)
