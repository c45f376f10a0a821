"""What the plan is made from: the input tables, and who may write into them."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from crossway.memo import Read, Table
from crossway.model import Artifact, Part, Provider, Ref, Service, Silent
from crossway.plan.attachment import Rule

P = TypeVar("P", bound=Part)

RESOURCES: Table[Ref, Part] = Table("resources")
"""The model: every resource by its identity."""

RULES: Table[str, Rule] = Table("policy rules")
"""Where each policy may be attached and how it merges, by its name."""

UNUSABLE: Table[Ref, str] = Table("unusable resources")
"""Certificates whose material cannot be served, and services that no proxy takes, with the code of the finding
that says why."""


LACKING: Table[str, bool] = Table("lacking secrets")
"""Secrets of policies that there are not, by the names under which proxies would be given them."""


TOKEN_KEYS: Table[str, str] = Table("token keys")
"""The public keys of the tokens that Crossway issues, in JSON (RFC 7517), under `PUBLIC`; nothing without any."""
PUBLIC = "public"


PROVIDERS: Table[str, Provider | Silent] = Table("providers")
"""What OpenID providers said of themselves, by issuer; nothing of those that were not asked."""

ARTIFACTS: Table[Artifact, bytes | Silent] = Table("artifacts")
"""What files hold that policies name by URL and checksum; nothing of those that were not asked for."""


def token_keys(read: Read) -> str:
    """Return the public keys of the tokens that Crossway issues; empty if there are none."""
    return read.input(TOKEN_KEYS, PUBLIC) or ""


def resource(read: Read, kind: type[P], ref: Ref) -> P | None:
    """Return the resource *ref* if there is one and it is of *kind*. A service named by a URL is always there."""
    part = _at(ref.name) if kind is Service and "://" in ref.name else read.input(RESOURCES, ref)
    return part if isinstance(part, kind) else None


@cache
def _at(url: str) -> Service:
    return Service.model_validate(url)
