"""HTTPRoute: requests by path, headers, query and method.

https://gateway-api.sigs.k8s.io/api-types/httproute/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from crossway.dialects.contract import Concept, Key, Mapped, Object, Translation
from crossway.dialects.gateway_api.action import (
    MATCHES,
    HttpBackendRef,
    SessionPersistence,
    Time,
    ValueCondition,
    act,
    conditions,
)
from crossway.dialects.gateway_api.filter import HttpFilters
from crossway.dialects.gateway_api.reference import HTTP_ROUTE
from crossway.dialects.gateway_api.route import HostRouteSpec, Rule, RuleName, translation
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.memo import Read
from crossway.model import PathKind, PathMatch
from crossway.model.values import parse_duration

_FAILURE: Final = 500
"""What is answered for a backend that is not there (HTTPRouteRule.backendRefs)."""

_TIMES: Final = "routes.policies.timeout"
_RETRIES: Final = "routes.policies.retry"

_KINDS: Final = {"Exact": PathKind.EXACT, "PathPrefix": PathKind.PREFIX, "RegularExpression": PathKind.REGEX}


class PathCondition(Camel):
    """A condition on the path (HTTPPathMatch)."""

    type: Annotated[Literal["Exact", "PathPrefix", "RegularExpression"], Mapped(f"{MATCHES}.path")] = "PathPrefix"
    value: Annotated[str, Mapped(f"{MATCHES}.path")] = "/"

    @model_validator(mode="after")
    def _is_path(self) -> PathCondition:
        PathMatch(kind=_KINDS[self.type], value=self.value)
        return self

    def native(self) -> str | dict[str, str]:
        """Return the path in native form: in one line, unless that has a meaning of its own there."""
        if self.type != "RegularExpression" and set(self.value) & set("{}"):
            return {_KINDS[self.type].value: self.value}
        return str(PathMatch(kind=_KINDS[self.type], value=self.value))


class Match(Camel):
    """Conditions on a request (HTTPRouteMatch)."""

    path: PathCondition = PathCondition()
    headers: tuple[ValueCondition, ...] = ()
    query_params: tuple[ValueCondition, ...] = ()
    method: Annotated[
        Literal["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"] | None,
        Mapped(f"{MATCHES}.methods"),
    ] = None

    def native(self) -> dict[str, object]:
        """Return the match in native form."""
        made: dict[str, object] = {}
        if (path := self.path.native()) != "/*":
            made["path"] = path
        if self.method:
            made["methods"] = [self.method]
        if self.headers:
            made["headers"] = conditions(self.headers, of_headers=True)
        if self.query_params:
            made["queries"] = conditions(self.query_params)
        return made


class Timeouts(Camel):
    """How long a client waits (HTTPRouteTimeouts)."""

    request: Annotated[Time | None, Mapped(f"{_TIMES}.request")] = None
    backend_request: Annotated[Time | None, Mapped(f"{_TIMES}.backend")] = None

    @model_validator(mode="after")
    def _fits(self) -> Timeouts:
        whole, single = (parse_duration(text or 0) for text in (self.request, self.backend_request))
        if whole and single > whole:
            raise ValueError("backendRequest is longer than request")
        return self

    def native(self) -> object:
        """Return the policy."""
        if self.backend_request is None:
            return self.request
        whole = {} if self.request is None else {"request": self.request}
        return {**whole, "backend": self.backend_request}


class Retry(Camel):
    """Another try for what failed (HTTPRouteRetry)."""

    codes: Annotated[tuple[Annotated[int, Field(ge=400, le=599)], ...], Mapped(f"{_RETRIES}.on")] = ()
    attempts: Annotated[int | None, Field(ge=0, le=100), Mapped(f"{_RETRIES}.attempts")] = None
    backoff: Annotated[Time | None, Mapped(f"{_RETRIES}.back_off.base")] = None

    def native(self, *, is_timed: bool) -> object:
        """Return the policy. Where one try has its time, a try that took too long is repeated as well."""
        made: dict[str, object] = {} if self.attempts is None else {"attempts": self.attempts}
        if self.codes or is_timed:
            unseen = ["connect_failure", "refused_stream", "reset_before_request"]
            made["on"] = [*unseen, *(["reset"] if is_timed else []), *self.codes]
            made["methods"] = []
        if self.backoff is not None:
            made["back_off"] = {"base": self.backoff}
        return self.attempts if made.keys() == {"attempts"} else made


class HttpRule(Camel):
    """Requests that are alike, and what becomes of them (HTTPRouteRule)."""

    name: RuleName = None
    matches: tuple[Match, ...] = ()
    filters: HttpFilters = ()
    backend_refs: tuple[HttpBackendRef, ...] = ()
    timeouts: Timeouts = Timeouts()
    retry: Retry | None = None
    session_persistence: SessionPersistence | None = None


class HttpRouteSpec(HostRouteSpec):
    """What the route says."""

    rules: tuple[HttpRule, ...] = (HttpRule(),)


class HttpRoute(KubernetesObject):
    """A route."""

    spec: HttpRouteSpec


def translate(read: Read, found: Object[HttpRoute]) -> Translation:
    """Return a route of the model for each rule, wherever the route stands."""
    return translation(read, found, rules(read, found.key, found.value.spec.rules))


def rules(read: Read, key: Key, rules: Sequence[HttpRule]) -> Iterator[Rule]:
    """Yield what each of *rules* becomes, which stand in the route *key*."""
    for index, item in enumerate(rules):
        rule = Rule(index)
        rule.match([match.native() for match in item.matches])
        act(read, key, rule, item.filters, item.backend_refs, item.session_persistence, _FAILURE)
        if (times := item.timeouts.native()) is not None:
            rule.policies["timeout"] = times
        if item.retry is not None:
            rule.policies["retry"] = item.retry.native(is_timed=item.timeouts.backend_request is not None)
        yield rule


HTTP_ROUTES: Final = Concept(
    HTTP_ROUTE, HttpRoute, translate, ("v1", "v1beta1"), atoms=frozenset({"spec.rules[].matches[]"})
)
