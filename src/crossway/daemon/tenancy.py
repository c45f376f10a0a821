"""What somebody who is bound to namespaces may touch and see.

They change nothing outside their namespaces, send nothing to the services of others and use none of their
certificates; and on a gateway that is shared, no hostname that somebody else's routes are reached by becomes theirs.
What they are told names nothing that does not exist for them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from crossway.model import (
    DEFAULT_NAMESPACE,
    FieldPath,
    Finding,
    Findings,
    Gateway,
    Listener,
    Part,
    Protocol,
    Ref,
    Resources,
    Route,
    attached_policies,
    hostname,
    named_resources,
)
from crossway.model.access import Identity

ANOTHER: Final = "[another namespace]"
"""What stands in a message instead of a name."""
_GUARDED: Final = frozenset({"services", "certificates"})
"""The kinds that only their own namespace names. Gateways are there to be shared."""
_WORD: Final = re.compile(r"(?<![\w./-])\w[\w./-]*(?<=\w)")
"""What can be a name. A path of a URL begins with a slash, and is none."""


class Space(NamedTuple):
    """What a hostname is unique in: all HTTP listeners of a gateway, or one listener that speaks something else."""

    gateway: Ref
    listener: str = ""


class Claim(NamedTuple):
    """A hostname that somebody's requests are told apart by."""

    space: Space
    hostname: str


def claims(before: Resources, after: Resources, who: Identity) -> Findings:
    """Return what *who* may not do of the change from *before* to *after*: nothing to say if they are not bound."""
    if not who.namespaces:
        return ()
    changed = [ref for ref in {**before, **after} if before.get(ref) != after.get(ref)]
    own = [ref for ref in changed if who.reaches(ref)]
    return (
        *(_foreign(ref, who) for ref in changed if not who.reaches(ref)),
        *(finding for ref in own for finding in _borrowed(before.get(ref), after.get(ref), ref, who)),
        *_taken(before, after, own, who),
    )


def veil(findings: Findings, who: Identity, resources: Resources) -> Findings:
    """Return the findings that *who* may see, with the names of others' *resources* taken out of the sentences."""
    if not who.namespaces:
        return findings
    seen = [finding for finding in findings if finding.about is None or who.reaches(finding.about)]
    if not seen:
        return ()
    hidden = _Hidden.of(ref for ref in resources if not who.reaches(ref))
    return tuple(
        replace(
            item,
            message=hidden.out_of(item.message),
            expected=hidden.out_of(item.expected),
            hint=hidden.out_of(item.hint),
        )
        for item in seen
    )


def _foreign(ref: Ref, who: Identity) -> Finding:
    return Finding("namespace.foreign", f"{ref} is in none of your namespaces", expected=", ".join(_own(who)))


def _own(who: Identity) -> list[str]:
    return sorted(who.namespaces)


def _borrowed(before: Part | None, after: Part | None, ref: Ref, who: Identity) -> Iterator[Finding]:
    """Yield a finding for each service or certificate of others that *after* names and *before* does not."""
    if after is None:
        return
    known = {named for _, named in _named(before, ref)} if before is not None else set()
    for path, named in _named(after, ref):
        if named.kind in _GUARDED and named not in known and not who.reaches(named):
            message = f"{named.local} is in none of your namespaces"
            yield Finding("namespace.foreign", message, about=ref, path=path, expected=", ".join(_own(who)))


def _named(part: Part, ref: Ref) -> Iterator[tuple[FieldPath, Ref]]:
    """Yield every resource that *part* or a policy of it names, after the path of the field."""
    yield from named_resources(part, ref.namespace)
    for path, policies in attached_policies(part):
        for name, spec in policies.items():
            if isinstance(spec, Part):
                yield from (((*path, name, *deeper), named) for deeper, named in named_resources(spec, ref.namespace))


def _taken(before: Resources, after: Resources, own: Iterable[Ref], who: Identity) -> Iterator[Finding]:
    """Yield a finding for each hostname that is newly claimed, and is in use by others."""
    then, now = _Gateways(before), _Gateways(after)
    fresh = {}
    for ref in own:
        known = {claim for claim, _ in then.claims(ref, before.get(ref))}
        fresh[ref] = [(claim, path) for claim, path in now.claims(ref, after.get(ref)) if claim not in known]
    if not any(fresh.values()):
        return
    spaces = {claim.space for found in fresh.values() for claim, _ in found}
    used = _in_use(now, after, spaces, who)
    for ref, found in fresh.items():
        told: set[FieldPath] = set()
        for claim, path in found:
            if path not in told and used[claim.space].overlaps(claim.hostname):
                told.add(path)
                message = f"{claim.hostname} on gateway {claim.space.gateway.local} is in use by somebody else"
                yield Finding("hostname.taken", message, about=ref, path=path, hint="claim other hostnames")


def _in_use(gateways: _Gateways, after: Resources, spaces: set[Space], who: Identity) -> Mapping[Space, _Used]:
    """Return the hostnames in *spaces* that the routes of others are reached by."""
    used: dict[Space, _Used] = defaultdict(_Used)
    for ref, part in after.items():
        if ref.kind == "routes" and not who.reaches(ref):
            for claim, _ in gateways.claims(ref, part):
                if claim.space in spaces:
                    used[claim.space].add(claim.hostname)
    return used


@dataclass(slots=True)
class _Used:
    """Hostnames, looked up by what they have in common with another one."""

    names: set[str] = field(default_factory=set)
    above: set[str] = field(default_factory=set)
    """Every wildcard that covers one of them."""

    def add(self, name: str) -> None:
        self.names.add(name)
        self.above.update(_covering(name))

    def overlaps(self, name: str) -> bool:
        """Return whether some request could be for *name* and for one of these."""
        return name in self.names or name in self.above or any(wider in self.names for wider in _covering(name))


def _covering(name: str) -> Iterator[str]:
    """Yield every other hostname that covers *name*, see `hostname.covers`."""
    labels = name.removeprefix("*.").split(".")
    for index in range(1, len(labels)):
        yield "*." + ".".join(labels[index:])
    if name != hostname.CATCH_ALL:
        yield hostname.CATCH_ALL


class _Gateways:
    """The gateways of a configuration, and what stands on them."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._in: dict[str, list[Ref]] = defaultdict(list)
        for ref in resources:
            if ref.kind == "gateways":
                self._in[ref.namespace].append(ref)

    def claims(self, ref: Ref, part: Part | None) -> Iterator[tuple[Claim, FieldPath]]:
        """Yield the hostnames that a route or the listeners of a gateway claim, each with the field that says so."""
        match part:
            case Route():
                for gateway in self._of(ref, part):
                    yield from self._of_route(gateway, part)
            case Gateway():
                for name, listener in part.listeners.items():
                    for wanted, path in _hostnames(listener.hostnames):
                        yield Claim(_space(ref, name, listener), wanted), ("listeners", name, *path)

    def _of(self, ref: Ref, route: Route) -> Sequence[Ref]:
        if not route.gateways:
            return () if route.services else self._in.get(ref.namespace, ())
        return [Ref.parse("gateways", name, ref.namespace) for name in route.gateways]

    def _of_route(self, gateway: Ref, route: Route) -> Iterator[tuple[Claim, FieldPath]]:
        settings = self._resources.get(gateway)
        if not isinstance(settings, Gateway):  # it may come later, and the claim is made now
            yield from ((Claim(Space(gateway), wanted), path) for wanted, path in _hostnames(route.hostnames))
            return
        for name, listener in _attached(route, settings):
            for wanted, path in _hostnames(route.hostnames):
                for served, _ in _hostnames(listener.hostnames):
                    common = hostname.intersection(wanted, served)
                    if common is not None:
                        yield Claim(_space(gateway, name, listener), common), path


def _attached(route: Route, gateway: Gateway) -> Iterable[tuple[str, Listener]]:
    """Return the listeners that a route is attached to: those it names, or all that speak HTTP, or else all."""
    listeners = gateway.listeners
    if route.listeners:
        return [(name, listeners[name]) for name in route.listeners if name in listeners]
    return [item for item in listeners.items() if item[1].protocol is Protocol.HTTP] or list(listeners.items())


def _hostnames(written: Sequence[str]) -> list[tuple[str, FieldPath]]:
    """Return the hostnames of a field with their paths; an empty one means all."""
    found: list[tuple[str, FieldPath]] = [(name, ("hostnames", index)) for index, name in enumerate(written)]
    return found or [(hostname.CATCH_ALL, ("hostnames",))]


def _space(gateway: Ref, name: str, listener: Listener) -> Space:
    return Space(gateway, "" if listener.protocol is Protocol.HTTP else name)


@dataclass(frozen=True, slots=True)
class _Hidden:
    """The names of resources that do not exist for somebody."""

    names: frozenset[str]
    """As they stand in sentences: ``routes.team_b/orders``, ``team_b/orders``, ``routes.orders``."""
    bare: frozenset[str]
    """Of the default namespace: ``orders``, which is a name only where it stands in quotes."""
    namespaces: frozenset[str]

    @classmethod
    def of(cls, refs: Iterable[Ref]) -> _Hidden:
        names: set[str] = set()
        bare: set[str] = set()
        namespaces: set[str] = set()
        for ref in refs:
            names.update((str(ref), ref.local))
            if ref.namespace == DEFAULT_NAMESPACE:
                names.discard(ref.local)
                bare.add(ref.name)
            else:
                namespaces.add(ref.namespace)
        return cls(frozenset(names), frozenset(bare), frozenset(namespaces))

    def out_of(self, text: str) -> str:
        """Return *text* without them."""
        return _WORD.sub(lambda found: ANOTHER if self._hides(found[0], text[: found.start()][-1:]) else found[0], text)

    def _hides(self, word: str, before: str) -> bool:
        if word in self.names or (before in {"'", '"', "`"} and word in self.bare):
            return True
        steps = word.split("/")[:-1]
        return any(step in self.namespaces or step.partition(".")[2] in self.namespaces for step in steps)
