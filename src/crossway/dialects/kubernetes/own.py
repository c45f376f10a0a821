"""Crossway's own kinds as objects of Kubernetes: what no other kind can say, in the words of the native configuration.

The `spec` of a `crossway.dev/Route` is a native route, whole, and so with the other kinds. `Policies` has policies by
name, for a filter of an HTTPRoute or a GRPCRoute to name. The annotation `crossway.dev/name` says what an object is
called natively, where that is no name that Kubernetes takes, or where it would be made of the name and a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from crossway.dialects.contract import Concept, Key, Made, Mapped, Object, Translation
from crossway.dialects.kubernetes.objects import KubernetesObject
from crossway.memo import Read
from crossway.model import KINDS, FieldPath, Ref

GROUP: Final = "crossway.dev"
VERSION: Final = "v1alpha1"

OWN_KINDS: Final[Mapping[str, str]] = {kind: f"{GROUP}/{part.__name__}" for kind, part in KINDS.items()}
"""The kind of Kubernetes for each kind of the model."""
POLICIES: Final = f"{GROUP}/Policies"

_NATIVE: Final[Mapping[str, str]] = {own: native for native, own in OWN_KINDS.items()}


class OwnObject(KubernetesObject):
    """A resource of the model."""

    spec: Annotated[Mapping[str, Any], Mapped("the settings, as they are")] = Field(default_factory=dict)


class PolicySet(KubernetesObject):
    """Policies for a route."""

    spec: Annotated[Mapping[str, Any], Mapped("routes.policies")] = Field(default_factory=dict)


def own_ref(key: Key, found: Object[OwnObject] | None) -> Ref:
    """Return the resource that the object *key* of an own kind is; *found* is that object, if there is one."""
    name = found.value.native_name if found else None
    return Ref(_NATIVE[key.kind], name or key.name, key.namespace)


def own_resource(found: Object[OwnObject]) -> Made:
    """Return the resource that an object of an own kind is."""
    links = {path: ("spec", *path) for path in _paths(found.value.spec, ())}
    return Made(own_ref(found.key, found), found.value.spec, found.source, links)


def _paths(value: object, path: FieldPath) -> Iterator[FieldPath]:
    """Yield where each field of *value* stands, itself included."""
    yield path
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from _paths(item, (*path, step))


def translate_own(_: Read, found: Object[OwnObject]) -> Translation:
    """Return the resource that the object is."""
    return Translation((own_resource(found),))


OWN: Final[tuple[Concept[Any], ...]] = (
    *(Concept(kind, OwnObject, translate_own, (VERSION,)) for kind in _NATIVE),
    Concept(POLICIES, PolicySet, versions=(VERSION,)),
)
