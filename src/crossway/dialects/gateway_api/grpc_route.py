"""GRPCRoute: gRPC calls by service, method and headers.

https://gateway-api.sigs.k8s.io/api-types/grpcroute/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal

from pydantic import model_validator

from crossway.dialects.contract import Concept, Key, Mapped, Object, Translation
from crossway.dialects.gateway_api.action import (
    MATCHES,
    GrpcBackendRef,
    SessionPersistence,
    ValueCondition,
    act,
    conditions,
)
from crossway.dialects.gateway_api.filter import GrpcFilters
from crossway.dialects.gateway_api.reference import GRPC_ROUTE
from crossway.dialects.gateway_api.route import HostRouteSpec, Rule, RuleName, translation
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.memo import Read
from crossway.model import GrpcMatch, PathMatch

_FAILURE: Final = 503
"""What is answered for a backend that is not there: to a gRPC client, ``UNAVAILABLE`` (GRPCRouteRule.backendRefs)."""


class MethodCondition(Camel):
    """A condition on the service and the method (GRPCMethodMatch)."""

    type: Annotated[Literal["Exact", "RegularExpression"], Mapped(f"{MATCHES}.grpc, {MATCHES}.path")] = "Exact"
    service: Annotated[str | None, Mapped(f"{MATCHES}.grpc, {MATCHES}.path")] = None
    method: Annotated[str | None, Mapped(f"{MATCHES}.grpc, {MATCHES}.path")] = None

    @model_validator(mode="after")
    def _is_condition(self) -> MethodCondition:
        if not self.service and not self.method:
            raise ValueError("write service or method, or both")
        if self.type == "Exact":
            GrpcMatch(service=self.service or "any", method=self.method or None)
        else:
            PathMatch.model_validate(self.native()["path"])
        return self

    def native(self) -> dict[str, object]:
        """Return the condition in native form."""
        if self.type == "RegularExpression":
            return {"path": f"~/({self.service or '[^/]+'})/({self.method or '[^/]+'})"}
        if not self.service:
            return {"path": f"/{{service}}/{self.method}"}
        return {"grpc": f"{self.service}/{self.method}" if self.method else self.service}


class GrpcMatchCondition(Camel):
    """Conditions on a call (GRPCRouteMatch)."""

    method: MethodCondition | None = None
    headers: tuple[ValueCondition, ...] = ()

    def native(self) -> dict[str, object]:
        """Return the match in native form."""
        made = self.method.native() if self.method else {}
        return {**made, "headers": conditions(self.headers, of_headers=True)} if self.headers else made


class GrpcRule(Camel):
    """Calls that are alike, and what becomes of them (GRPCRouteRule)."""

    name: RuleName = None
    matches: tuple[GrpcMatchCondition, ...] = ()
    filters: GrpcFilters = ()
    backend_refs: tuple[GrpcBackendRef, ...] = ()
    session_persistence: SessionPersistence | None = None


class GrpcRouteSpec(HostRouteSpec):
    """What the route says."""

    rules: tuple[GrpcRule, ...] = (GrpcRule(),)


class GrpcRoute(KubernetesObject):
    """A route."""

    spec: GrpcRouteSpec


def translate(read: Read, found: Object[GrpcRoute]) -> Translation:
    """Return a route of the model for each rule, wherever the route stands; its services are spoken to in HTTP/2."""
    return translation(read, found, rules(read, found.key, found.value.spec.rules), "grpc_")


def rules(read: Read, key: Key, rules: Sequence[GrpcRule]) -> Iterator[Rule]:
    """Yield what each of *rules* becomes, which stand in the route *key*."""
    for index, item in enumerate(rules):
        rule = Rule(index)
        rule.match([match.native() for match in item.matches])
        act(read, key, rule, item.filters, item.backend_refs, item.session_persistence, _FAILURE)
        rule.over_http2 = list(rule.services)
        yield rule


GRPC_ROUTES: Final = Concept(
    GRPC_ROUTE, GrpcRoute, translate, ("v1", "v1alpha2"), atoms=frozenset({"spec.rules[].matches[]"})
)
