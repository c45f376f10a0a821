"""Actions: what HTTPRoutes and GRPCRoutes have in common once a request is theirs, and conditions on headers.

https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from crossway.dialects.contract import Ignored, Key, Mapped
from crossway.dialects.gateway_api.backend import BackendRef
from crossway.dialects.gateway_api.effect import edits, effect
from crossway.dialects.gateway_api.filter import AnyFilter, BackendFilters, HttpBackendFilters, RuleFilter
from crossway.dialects.gateway_api.reference import Trouble
from crossway.dialects.gateway_api.route import Rule, backends, shortest
from crossway.dialects.kubernetes.objects import Camel
from crossway.memo import Read
from crossway.model import FieldPath, ValueMatch
from crossway.model.values import parse_duration

MATCHES: Final = "routes.matches"
_SESSION: Final = "routes.policies.session_affinity"


def _duration(text: str) -> str:
    parse_duration(text)
    return text


Time = Annotated[str, Field(pattern=r"^([0-9]{1,5}(h|m|s|ms)){1,4}$"), AfterValidator(_duration)]
"""A length of time (GEP-2257)."""


class ValueCondition(Camel):
    """A condition on a header or a query parameter (HTTPHeaderMatch, HTTPQueryParamMatch, GRPCHeaderMatch)."""

    type: Annotated[Literal["Exact", "RegularExpression"], Mapped(f"{MATCHES}.headers, {MATCHES}.queries")] = "Exact"
    name: Annotated[str, Field(min_length=1), Mapped(f"{MATCHES}.headers, {MATCHES}.queries")]
    value: Annotated[str, Mapped(f"{MATCHES}.headers, {MATCHES}.queries")]

    @model_validator(mode="after")
    def _is_condition(self) -> ValueCondition:
        ValueMatch.model_validate(self.native())
        return self

    def native(self) -> object:
        """Return the condition in native form."""
        return self.value if self.type == "Exact" else {"regex": self.value}


def conditions(items: Sequence[ValueCondition], *, of_headers: bool = False) -> dict[str, object]:
    """Return conditions by name. Of several for one name, the first one counts."""
    made: dict[str, object] = {}
    for item in items:
        made.setdefault(item.name.lower() if of_headers else item.name, item.native())
    return made


class GrpcBackendRef(BackendRef):
    """A backend, with what is done to its requests alone (GRPCBackendRef)."""

    filters: BackendFilters = ()


class HttpBackendRef(BackendRef):
    """A backend, with what is done to its requests alone (HTTPBackendRef)."""

    filters: HttpBackendFilters = ()


class CookieConfig(Camel):
    """The cookie of a session."""

    lifetime_type: Annotated[
        Literal["Permanent", "Session"] | None, Ignored("absoluteTimeout ends the session either way")
    ] = None


class SessionPersistence(Camel):
    """How a client comes back to the same endpoint."""

    session_name: Annotated[str | None, Mapped(f"{_SESSION}.cookie.name, {_SESSION}.header")] = None
    absolute_timeout: Annotated[Time | None, Mapped(f"{_SESSION}.cookie.ttl")] = None
    idle_timeout: Annotated[
        Time | None, Ignored("clients keep their sessions; a longer one only means the same endpoint for longer")
    ] = None
    type: Annotated[Literal["Cookie", "Header"], Mapped(f"{_SESSION}.cookie, {_SESSION}.header")] = "Cookie"
    cookie_config: CookieConfig | None = None

    def native(self) -> object:
        """Return the policy."""
        if self.type == "Header":
            return {"header": (self.session_name or "x-session").lower()}
        cookie: dict[str, object] = {"name": self.session_name} if self.session_name else {}
        if self.absolute_timeout:
            cookie["ttl"] = self.absolute_timeout
        return {"cookie": cookie} if cookie else "cookie"


def act(
    read: Read,
    key: Key,
    rule: Rule,
    filters: Sequence[RuleFilter],
    refs: Sequence[GrpcBackendRef | HttpBackendRef],
    session: SessionPersistence | None,
    failure: int,
) -> None:
    """Add to *rule* what is done with its requests: a redirect or backends, and the policies of its filters.

    The share of a backend that leads nowhere is answered with *failure*.
    """
    done = effect(read, key, filters, (*rule.path, "filters"))
    rule.services += done.services
    rule.over_http2 += done.over_http2
    rule.troubles += done.troubles
    rule.fatal = done.fatal
    rule.extensions += [(policies, ("filters", index)) for policies, index in done.extensions]
    if done.redirect is not None:
        rule.settings["redirect"] = done.redirect
        rule.links["redirect",] = ("filters",)
    else:
        made = backends(read, key, rule, refs, failure)
        for index, (backend, named) in enumerate(zip(made, refs, strict=True)):
            backend |= _filtered(rule, named.filters, index) if "service" in backend else {}
        rule.settings["to"] = shortest(made, failure)
        rule.links["to",] = ("backendRefs",) if refs else ()
    rule.policies |= done.policies
    if session is not None:
        rule.policies["session_affinity"] = session.native()


def _filtered(rule: Rule, filters: Sequence[AnyFilter], index: int) -> dict[str, object]:
    """Return what is done to the requests for one backend: headers are changed, all but the host."""
    policies = edits(filters)
    if policies.keys() - {"headers"}:
        path: FieldPath = (*rule.path, "backendRefs", index, "filters")
        rule.fatal = Trouble("UnsupportedValue", "the host is changed by a filter of the rule", path)
    return {"policies": policies} if policies else {}
