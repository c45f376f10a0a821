"""Providers: which of them have to be asked for their endpoints, and the settings with what they said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crossway.memo import Index, Read
from crossway.model import Broken, Gateway, Namespace, Provider, Ref, Route, Service, Silent, Spec, undiscovered
from crossway.model.provider import Discovering
from crossway.plan.attachment import Effective
from crossway.plan.tables import PROVIDERS, RESOURCES


def completed(read: Read, policy: Effective) -> Effective:
    """Return *policy* with what a provider said where its settings leave that to one.

    The settings of a provider that is silent are broken; those of one that was never asked stay as they are.
    """
    spec = policy.spec
    if not isinstance(spec, Discovering) or (issuer := spec.asked) is None:
        return policy
    match read.input(PROVIDERS, issuer):
        case Provider() as provider:
            return replace(policy, spec=spec.told(provider))
        case Silent(reason):
            return replace(policy, spec=Broken((undiscovered(issuer, reason),)))
        case None:
            return policy


def issuers(read: Read) -> tuple[str, ...]:
    """Return the issuers that have to be asked, in ascending order."""
    return read.groups(BY_ISSUER)


def _by_issuer(read: Read, ref: Ref) -> frozenset[str]:
    found = (spec.asked for spec in _attached(read, ref) if isinstance(spec, Discovering))
    return frozenset(issuer for issuer in found if issuer is not None)


def _attached(read: Read, ref: Ref) -> Iterator[Spec | Broken]:
    match read.input(RESOURCES, ref):
        case Gateway() as gateway:
            yield from gateway.policies.values()
            for listener in gateway.listeners.values():
                yield from listener.policies.values()
        case Namespace() | Service() | Route() as part:
            yield from part.policies.values()


BY_ISSUER: Index[Ref, str] = Index(RESOURCES, _by_issuer, "by issuer")
