"""Attachment: which policies hold at a site, and with what settings.

Policies are attached to namespaces, gateways, listeners, services, routes and backends of routes. This module answers
one question, *what holds here?*, for every site at once, so that no policy ever looks at another place than its own.

Law: precedence is decided here and nowhere else. The closest attachment wins (backend > route > service > listener >
gateway > namespace). A policy may ask for `Merge.UNION` instead, and still does not do the merging itself.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from crossway.model import Broken, FieldPath, Finding, Findings, Part, Ref, Spec

P = TypeVar("P", bound=Part)


class Target(enum.StrEnum):
    """Where a policy can be attached; from the farthest to the closest."""

    NAMESPACE = "namespace"
    GATEWAY = "gateway"
    LISTENER = "listener"
    SERVICE = "service"
    ROUTE = "route"
    BACKEND = "backend"
    """One backend of a route, with its share of the requests."""


class Merge(enum.Enum):
    """What happens where a policy is attached at several places that all hold."""

    CLOSEST = "closest"
    """The closest one holds, as a whole."""
    UNION = "union"
    """They add up, field by field; where two say different things, the closer one is right."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What attachment has to know of a policy."""

    applies: Target
    """What it shapes: `ROUTE`, `LISTENER` or `SERVICE`."""
    targets: frozenset[Target]
    """Where it may be attached."""
    merge: Merge
    also: frozenset[Target] = frozenset()
    """What else it shapes."""
    preflights: bool = False
    """Whether it answers preflights."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """The policies that are attached at one place."""

    target: Target
    about: Ref
    path: FieldPath
    """The path of the policies inside the resource."""
    policies: Mapping[str, Spec | Broken]


@dataclass(frozen=True, slots=True)
class Effective:
    """One policy that holds at a site."""

    name: str
    spec: Spec | Broken
    about: Ref
    """The resource it was attached to; for a union, the closest one."""
    path: FieldPath
    """Where its settings stand inside that resource."""
    parts: tuple[Effective, ...] = ()
    """For a union: what it was made of, the farthest first."""


def effective(applies: Target, attachments: Sequence[Attachment], rules: Mapping[str, Rule]) -> tuple[Effective, ...]:
    """Return the policies about *applies* that hold where *attachments* do, ordered by name.

    The attachments come from the farthest to the closest. The result depends on nothing else: it may be memoised.
    """
    found: dict[str, Effective] = {}
    for attachment in attachments:
        for name, spec in attachment.policies.items():
            rule = rules.get(name)
            # A name nobody knows holds wherever it is attached: it may have been meant as a guard.
            shaped = rule is None or rule.applies is applies or applies in rule.also
            if rule is not None and (not shaped or attachment.target not in rule.targets):
                continue
            here = Effective(name, spec, attachment.about, (*attachment.path, name))
            before = found.get(name)
            if (
                before
                and rule
                and rule.merge is Merge.UNION
                and isinstance(before.spec, Spec)
                and isinstance(spec, Spec)
            ):
                here = replace(here, spec=union(before.spec, spec), parts=(*(before.parts or (before,)), here))
            found[name] = here
    return tuple(found[name] for name in sorted(found))


def misplaced(attachments: Iterable[Attachment], rules: Mapping[str, Rule]) -> Findings:
    """Return a finding for each policy that is attached where it cannot hold."""
    return tuple(
        Finding(
            "policy.misplaced",
            f"{name} cannot be attached to a {attachment.target}",
            about=attachment.about,
            path=(*attachment.path, name),
            expected=" or ".join(target for target in Target if target in rules[name].targets),
        )
        for attachment in attachments
        for name in attachment.policies
        if name in rules and attachment.target not in rules[name].targets
    )


def requestless(attachments: Iterable[Attachment], rules: Mapping[str, Rule]) -> Findings:
    """Return a finding for each policy about requests that is attached where nothing but connections pass."""
    return tuple(
        Finding(
            "policy.misplaced",
            f"{name} is about requests, and none are seen here: connections pass as they are",
            about=attachment.about,
            path=(*attachment.path, name),
            expected=f"a {attachment.target} that speaks HTTP",
        )
        for attachment in attachments
        for name in attachment.policies
        if (rule := rules.get(name)) and rule.applies is Target.ROUTE and Target.LISTENER not in rule.also
    )


def union(farther: P, closer: P) -> P:
    """Return the sum of two settings of one type: mappings and lists add up, what only one says is kept."""
    changes: dict[str, object] = {}
    for field in type(closer).model_fields:
        one, other = getattr(farther, field), getattr(closer, field)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            changes[field] = {**one, **other}
        elif isinstance(one, tuple) and isinstance(other, tuple):
            changes[field] = tuple(dict.fromkeys((*one, *other)))
        elif isinstance(one, Part) and type(one) is type(other):
            changes[field] = union(one, other)
        elif field not in closer.model_fields_set or other is None:
            changes[field] = one
    return closer.model_copy(update=changes)
