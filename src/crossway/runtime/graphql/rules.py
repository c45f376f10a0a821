"""The rules that hold for one operation of GraphQL: whether it may be executed, for whom.

`Rules` is made once for a route, of its limits and of the outline of its schema. What is found out about a document is
kept with it, so for one that is known only what depends on the variables and on the client is looked at again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from graphql.language import OperationDefinitionNode

from crossway.compile.program import CLAIMS
from crossway.model.graphql_limits import Limits, Outline
from crossway.runtime.graphql.cost import cost
from crossway.runtime.graphql.documents import Document, Documents, read
from crossway.runtime.graphql.measure import Measure, measure
from crossway.runtime.graphql.refusal import Refused
from crossway.sdk.http import Headers

_SCOPES: Final = ("scope", "scp")
"""The claims that hold scopes (RFC 8693, section 4.2, and what others had before it)."""


class Client(NamedTuple):
    """Who asks."""

    scopes: frozenset[str] = frozenset()
    """The scopes of its token, and the groups of its consumer."""
    is_known: bool = False
    """Whether it has shown a credential."""

    def has(self, alternatives: Collection[Collection[str]]) -> bool:
        """Return whether it has all scopes of any of *alternatives*."""
        return self.is_known and any(self.scopes.issuperset(scopes) for scopes in alternatives)


class Judged(NamedTuple):
    """An operation that may be executed."""

    document: Document
    operation: OperationDefinitionNode
    cost: int


class Rules:
    """The rules of one route."""

    def __init__(self, limits: Limits, outline: Outline | None = None, documents: Documents | None = None) -> None:
        """Hold operations to *limits*; keep documents among *documents*."""
        self.limits, self.outline = limits, outline
        self._documents = documents or Documents()

    def read(self, text: str) -> Document:
        """Return the document that *text* is; `Refused` if it is none, or too long."""
        document = self._documents.get(text)
        if document is None:
            document = read(text, self.limits.tokens)
            self._documents.put(text, document)
        return document

    def judge(self, document: Document, name: str | None, variables: Mapping[str, Any], client: Client) -> Judged:
        """Return the operation that *name* names, and its cost; `Refused` if it may not be executed."""
        limits, outline = self.limits, self.outline
        operation = document.operation(name)
        kind = operation.operation.value
        if kind not in limits.operations:
            raise Refused("OPERATION_TYPE_NOT_ALLOWED", f"A {kind} is not allowed here.", 403)
        found = measure(document, operation, outline)
        self._bound(found)
        self._admit(found, client)
        total = 0
        if limits.cost is not None and outline is not None:
            total = cost(document, operation, variables, outline)
            check_cost(total, limits.cost.limit)
        return Judged(document, operation, total)

    def _bound(self, found: Measure) -> None:
        limits = self.limits
        for what, code, count, maximum in (
            ("depth", "MAX_DEPTH_LIMIT", found.depth, limits.depth),
            ("number of aliases", "MAX_ALIASES_LIMIT", found.aliases, limits.aliases),
            ("number of root fields", "MAX_ROOT_FIELDS_LIMIT", found.root_fields, limits.root_fields),
            ("number of directives", "MAX_DIRECTIVES_LIMIT", found.directives, limits.directives),
        ):
            if count > maximum:
                raise Refused(code, f"The {what} of the operation is over {maximum}.", maximum=maximum)

    def _admit(self, found: Measure, client: Client) -> None:
        if found.introspects and self.limits.introspection != "allow":
            allowed = self.limits.introspection
            if allowed == "deny" or not client.has(allowed):
                raise Refused("INTROSPECTION_DISABLED", "Introspection is not allowed here.", 403)
        if found.guards and self.outline is not None:
            for place, field in found.guards.items():
                if client.has(self.outline.guards[place]):
                    continue
                if not client.is_known:
                    raise Refused("UNAUTHENTICATED", f"{field} needs a credential.", 401, field=field)
                raise Refused("UNAUTHORIZED_FIELD_OR_TYPE", f"{field} needs a scope.", 403, field=field)


def check_cost(total: int, maximum: int) -> None:
    """Refuse what costs more than *maximum*."""
    if total > maximum:
        told = min(total, 2**53)  # the largest number that every client reads
        raise Refused("COST_ESTIMATED_TOO_EXPENSIVE", f"The cost is over {maximum}.", 400, cost=told, maximum=maximum)


def client(headers: Headers) -> Client:
    """Return who asks, as the policies of authentication have found out."""
    scopes = set(filter(None, (headers.get("x-consumer-groups") or "").split(",")))
    told = headers.get(CLAIMS) or ""
    if not told.startswith("{"):  # no token was verified
        return Client(frozenset(scopes), "x-consumer-username" in headers)
    claims = json.loads(told)
    for name in _SCOPES:
        claim = claims.get(name)
        scopes.update(claim.split() if isinstance(claim, str) else filter(_is_text, claim or ()))
    return Client(frozenset(scopes), is_known=True)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


__all__ = ["Client", "Judged", "Rules", "check_cost", "client"]
