"""Objects of Kubernetes as plain data, and what they are called."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any, Final

from crossway.dialects.gateway_api.reference import GROUP
from crossway.dialects.kubernetes.objects import DEFAULT, NATIVE_NAME, NATIVE_TIEBREAK
from crossway.dialects.kubernetes.own import OWN_KINDS, VERSION
from crossway.model import Part, Ref, Resources, Service

Root = dict[str, Any]
"""One object, as the root of a YAML document."""

_LABEL: Final = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_WORDS: Final = re.compile(r"[^a-z0-9]+")
_LONGEST: Final = 63


class Way(IntEnum):
    """The ways to say a resource, the most portable one first."""

    PORTABLE = 0
    """In the kinds of Gateway API."""
    EXTENDED = 1
    """The same, with its policies in a `crossway.dev/Policies`."""
    OWN = 2
    """In a kind of Crossway's own, whole."""


def is_label(name: str) -> bool:
    """Return whether *name* can be that of any object: a DNS label that begins with a letter (RFC 1035)."""
    return _LABEL.fullmatch(name) is not None


def names(refs: Iterable[Ref]) -> Mapping[Ref, str]:
    """Return what the object of each resource is called: as the resource, where Kubernetes takes that name."""
    found: dict[Ref, str] = {}
    taken: set[tuple[str, str, str]] = set()
    for ref in sorted(refs, key=lambda ref: (not is_label(ref.name), ref)):
        word = _WORDS.sub("-", ref.name.lower()).strip("-")[: _LONGEST - 6].strip("-")
        name = ref.name if is_label(ref.name) else word if is_label(word) else f"x-{word}".rstrip("-")
        number = 1
        while (ref.kind, ref.namespace, name if number == 1 else f"{name}-{number}") in taken:
            number += 1
        found[ref] = name if number == 1 else f"{name}-{number}"
        taken.add((ref.kind, ref.namespace, found[ref]))
    return found


@dataclass
class Draft:
    """One attempt to say a configuration, and what its parts need to know of each other."""

    settings: Mapping[Ref, object]
    parts: Resources
    """What the settings mean; without those that mean nothing."""
    ways: Mapping[Ref, Way]
    names: Mapping[Ref, str]
    over_udp: frozenset[Ref] = frozenset()
    """The services that datagrams are sent to."""
    granted: defaultdict[str, dict[tuple[str, str, str, str, str], None]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """By namespace, who names what in it: group, kind and namespace of the one, group and kind of the other."""

    def part(self, ref: Ref) -> Part | None:
        """Return what the settings of *ref* mean."""
        return self.parts.get(ref)

    def is_own(self, ref: Ref) -> bool:
        """Return whether *ref* is said in an own kind."""
        return self.ways[ref] is Way.OWN

    def every(self, kind: str) -> Iterator[Ref]:
        """Yield the resources of a kind."""
        return (ref for ref in self.settings if ref.kind == kind)

    @cached_property
    def gateways(self) -> Mapping[str, list[Ref]]:
        """The gateways of each namespace."""
        found: defaultdict[str, list[Ref]] = defaultdict(list)
        for ref in self.every("gateways"):
            found[ref.namespace].append(ref)
        return found

    def root(self, api: str, kind: str, ref: Ref, name: str | None = None, *, native: bool = False) -> Root:
        """Return the head of an object for *ref*, with the native name where that does not follow from it."""
        metadata: dict[str, Any] = {"name": name or self.names[ref]}
        if ref.namespace != DEFAULT:
            metadata["namespace"] = ref.namespace
        if native:
            metadata["annotations"] = {NATIVE_NAME: ref.name}
        return {"apiVersion": api, "kind": kind, "metadata": metadata}

    def own(self, ref: Ref) -> Root:
        """Return *ref* as an object of an own kind."""
        group, _, kind = OWN_KINDS[ref.kind].partition("/")
        root = self.root(f"{group}/{VERSION}", kind, ref, native=self.names[ref] != ref.name)
        return {**root, "spec": self.spec(ref)}

    def spec(self, ref: Ref) -> object:
        """Return the settings of *ref*, of which a service may be one line."""
        settings, part = self.settings[ref], self.part(ref)
        if isinstance(settings, str) and isinstance(part, Service):
            tls: Root = {"tls": {"sni": part.tls.sni}} if part.tls else {}
            return {"endpoints": [part.endpoints[0].address], "protocol": part.protocol.value, **tls}
        return settings or {}

    def reference(self, ref: Ref, group: str, kind: str, origin: tuple[str, str]) -> Root:
        """Return what an object of the kind and the namespace *origin* writes to name the object of *ref*.

        *group* and *kind* are those of the object if it is of no own kind.
        """
        if self.is_own(ref):
            group, _, kind = OWN_KINDS[ref.kind].partition("/")
        made: Root = {"name": self.names[ref]}
        if group:
            made = {"group": group, "kind": kind, **made}
        elif kind != "Service" and kind != "Secret":
            made = {"group": "", "kind": kind, **made}
        if ref.namespace != origin[1]:
            made["namespace"] = ref.namespace
            self.granted[ref.namespace][GROUP, origin[0], origin[1], group, kind] = None
        return made

    def grants(self) -> Iterator[Root]:
        """Yield the permissions for everything that is named from another namespace."""
        for namespace, pairs in sorted(self.granted.items()):
            metadata: Root = {"name": "crossway"}
            if namespace != DEFAULT:
                metadata["namespace"] = namespace
            origins = dict.fromkeys(pair[:3] for pair in pairs)
            targets = dict.fromkeys(pair[3:] for pair in pairs)
            spec = {
                "from": [{"group": group, "kind": kind, "namespace": space} for group, kind, space in origins],
                "to": [{"group": group, "kind": kind} for group, kind in targets],
            }
            yield {
                "apiVersion": f"{GROUP}/v1",
                "kind": "ReferenceGrant",
                "metadata": metadata,
                "spec": spec,
            }


def annotated(root: Root, tiebreak: str) -> Root:
    """Return *root*, the object of a route, with its tiebreak."""
    if tiebreak:
        root["metadata"].setdefault("annotations", {})[NATIVE_TIEBREAK] = tiebreak
    return root
