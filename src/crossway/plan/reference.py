"""References that mean nothing."""

from __future__ import annotations

from collections.abc import Iterator

from crossway.memo import Read
from crossway.model import FieldPath, Finding, Ref, Service, Spec, named_resources
from crossway.plan.attachment import Effective
from crossway.plan.tables import UNUSABLE, resource


def dangling(about: Ref, path: FieldPath, named: Ref) -> Finding:
    """Return the finding for a name that means nothing."""
    message = f"there is no {named.kind.removesuffix('s')} {named.local!r}"
    return Finding("reference.dangling", message, about=about, path=path)


def unusable(about: Ref, path: FieldPath, named: Ref, code: str) -> Finding:
    """Return the finding for the name of a service that no proxy can use; *code* says why."""
    return Finding("reference.unusable", f"service {named.local} cannot be used ({code})", about=about, path=path)


def named_services(policy: Effective) -> Iterator[tuple[Ref, FieldPath, Ref]]:
    """Yield each service that *policy* names, after the place where it does."""
    yield from _named(policy, "services")


def named_routes(policy: Effective) -> Iterator[tuple[Ref, FieldPath, Ref]]:
    """Yield each route that *policy* names, after the place where it does."""
    yield from _named(policy, "routes")


def _named(policy: Effective, kind: str) -> Iterator[tuple[Ref, FieldPath, Ref]]:
    if isinstance(policy.spec, Spec):
        for path, named in named_resources(policy.spec, policy.about.namespace):
            if named.kind == kind:
                yield policy.about, (*policy.path, *path), named


def service_trouble(read: Read, about: Ref, path: FieldPath, named: Ref) -> Finding | None:
    """Return why the service *named* at a place cannot be used, if it cannot."""
    if resource(read, Service, named) is None:
        return dangling(about, path, named)
    code = read.input(UNUSABLE, named)
    return unusable(about, path, named, code) if code is not None else None
