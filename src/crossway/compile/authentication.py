"""What the policies of authentication have in common: how they say whom they recognised, and how several go together.

Each method checks what a client shows in a filter of its own. The last filter of the stage, that of the policy
`authentication`, hears from all of them who it was, finds the consumer, and decides whether what was shown is enough.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final, TypeVar

from google.protobuf.message import Message
from pydantic import model_validator

from crossway.compile.contract import Consumers, Site
from crossway.model import DEFAULT_NAMESPACE, Consumer, Credential, Finding, Ref, Spec
from crossway.protos.envoy.extensions.filters.http.lua import v3 as lua_v3

C = TypeVar("C", bound=Credential)
Twice = Callable[[], Finding]
"""Gives the finding for a credential that somebody has already: of ten thousand, hardly one is asked."""
FILTER: Final = "authentication"
"""The name of the filter that ends the stage."""
METHODS: Final = ("api_key", "basic_auth", "hmac_signature", "jwt", "ldap", "mtls", "oauth2")
"""The policies that recognise somebody."""
GUARD: Final = "authentication.guard"
"""The name of the filter that lets nobody pass where the one of a namespace should have been, and was not.

Filters of a namespace stand on a listener once a route needs them. For a while a new route is then served on
connections that the listener took before, and what it served before on the new ones.
"""
NOBODY: Final = "-"
"""Stands in `identity.CLIENT` for a client that showed nothing, where that is allowed."""


class Require(enum.StrEnum):
    """How many of the methods of a route a client has to pass."""

    ALL = "all"
    """Each of them, and all have to recognise one consumer."""
    ANY = "any"
    """One of them. A credential that is wrong is refused all the same."""


class Authentication(Spec):
    """How the methods of authentication of one route go together. In one line, `authentication: any`.

    Without this policy a client has to pass all methods that hold for the route.
    """

    require: Require = Require.ALL
    """Whether a client has to pass `all` methods, or `any` of them."""
    optional: bool = False
    """Let a client through that shows no credential at all; then it is no consumer. What it shows must be right."""

    short_forms = ("require", {"const": "optional"})

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if value == "optional":
            return {"optional": True}
        return {"require": value} if isinstance(value, str) else value


def is_lenient(site: Site) -> bool:
    """Return whether a request without the credential of one method may still pass at *site*."""
    together = site.beside.get("authentication", Authentication())
    assert isinstance(together, Authentication), "the policy authentication has another type"
    return together.optional or together.require is Require.ANY


def is_sole(site: Site, method: str) -> bool:
    """Return whether *method* alone decides at *site*: it must be passed, there is no other, and nothing to guard."""
    alone = not any(other in site.beside for other in METHODS if other != method)
    return alone and not is_lenient(site) and not _is_guarded(site)


def _is_guarded(site: Site) -> bool:
    return site.namespace != DEFAULT_NAMESPACE


def reported(site: Site, method: str, details: Mapping[str, str | bool]) -> Mapping[str, Message]:
    """Return what tells the last filter of the stage that *method* holds at *site*, with what it has to know of it."""
    settings = lua_v3.LuaPerRoute()
    settings.filter_context.update({method: {"holds": True, **details}})
    if not _is_guarded(site):
        return {site.of_consumers(FILTER): settings}
    settings.filter_context.update({"guarded": True})
    guard = lua_v3.LuaPerRoute()
    guard.filter_context.SetInParent()
    return {site.of_consumers(FILTER): settings, GUARD: guard}


def identity_of(ref: Ref, consumer: Consumer, credential: Credential, position: int) -> str:
    """Return who shows *credential*, in the form that the last filter of the stage reads."""
    expires = "" if credential.expires is None else str(int(credential.expires.timestamp()))
    groups, tags = ",".join(consumer.groups), ",".join(consumer.tags)
    return ";".join([ref.name, groups, tags, consumer.plan or "", credential.identifier(position), expires])


def credentials(consumers: Consumers, kind: str, of: type[C]) -> Iterator[tuple[C, str, Twice]]:
    """Yield each credential of a *kind*, whom it stands for, and what to say if it is there before."""
    for ref, consumer in consumers:
        for position, credential in enumerate(getattr(consumer.credentials, kind)):
            assert isinstance(credential, of), f"credentials of {kind} are no {of.__name__}"
            yield credential, identity_of(ref, consumer, credential, position), partial(_twice, ref, kind, position)


def _twice(ref: Ref, kind: str, position: int) -> Finding:
    message = f"another credential of the namespace is the same {kind}, and holds"
    return Finding("credential.duplicate", message, about=ref, path=("credentials", kind, position))


def distinct(found: Iterable[tuple[str, str, Twice]]) -> tuple[dict[str, str], list[Finding]]:
    """Return whom each key stands for, and the findings of keys that stood for somebody before."""
    known: dict[str, str] = {}
    findings: list[Finding] = []
    for key, identity, twice in found:
        if key in known:
            findings.append(twice())
        else:
            known[key] = identity
    return known, findings


__all__ = [
    "FILTER",
    "GUARD",
    "METHODS",
    "NOBODY",
    "Authentication",
    "Require",
    "Twice",
    "credentials",
    "distinct",
    "identity_of",
    "is_lenient",
    "is_sole",
    "reported",
]
