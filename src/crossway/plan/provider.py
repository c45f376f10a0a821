"""What settings leave to others: providers that have to be asked, files to be fetched, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crossway.memo import Index, Read
from crossway.model import (
    Artifact,
    Broken,
    Gateway,
    Namespace,
    Provider,
    Ref,
    Route,
    Service,
    Silent,
    Spec,
    undiscovered,
    unfetched,
)
from crossway.model.artifact import Fetching
from crossway.model.provider import Discovering
from crossway.plan.attachment import Effective
from crossway.plan.tables import ARTIFACTS, PROVIDERS, RESOURCES


def completed(read: Read, policy: Effective) -> Effective:
    """Return *policy* with what a provider said, or a file holds, where its settings leave that to one.

    Settings are broken whose provider is silent or whose file cannot be had, and stay as they are before that is known.
    """
    spec = policy.spec
    if isinstance(spec, Fetching) and (artifact := spec.wanted) is not None:
        match read.input(ARTIFACTS, artifact):
            case bytes() as content:
                return replace(policy, spec=spec.fetched(content))
            case Silent(reason):
                return replace(policy, spec=Broken((unfetched(artifact, spec.artifact_path, reason),)))
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


def artifacts(read: Read) -> tuple[Artifact, ...]:
    """Return the files that have to be fetched, in ascending order."""
    return read.groups(BY_ARTIFACT)


def _by_artifact(read: Read, ref: Ref) -> frozenset[Artifact]:
    found = (spec.wanted for spec in _attached(read, ref) if isinstance(spec, Fetching))
    return frozenset(artifact for artifact in found if artifact is not None)


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
BY_ARTIFACT: Index[Ref, Artifact] = Index(RESOURCES, _by_artifact, "by artifact")
