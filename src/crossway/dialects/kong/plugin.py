"""Plugins: what each kind of them is here, and which of them hold for a route.

Of several plugins of one name, the one with the closest scope holds as a whole, and the others do not: one for the
route and the service, for the route, for the service, for everything. One that is not `enabled` is not there.

https://developer.konghq.com/gateway/entities/plugin/#plugin-precedence
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Generic, NamedTuple, TypeVar

from crossway.dialects.contract import OBJECTS, Foreign, Ignored, Key, Mapped, Object, Refused, find
from crossway.dialects.kong.entity import (
    CONSUMER,
    CONSUMER_GROUP,
    PLUGIN,
    ROUTE,
    SERVICE,
    KongEntity,
    NamedEntity,
    Reference,
    named,
)
from crossway.memo import Index, Read
from crossway.model import Finding, Findings, errors

P = TypeVar("P", bound="Plugin")


class Config(Foreign):
    """The settings of a plugin."""


class Plugin(NamedEntity):
    """A plugin, whatever its settings."""

    enabled: Annotated[bool, Mapped("it is left out")] = True
    service: Annotated[Reference, Mapped("where it is attached")] = None
    route: Annotated[Reference, Mapped("where it is attached")] = None
    consumer: Annotated[Reference, Mapped("where it is attached")] = None
    consumer_group: Annotated[Reference, Mapped("where it is attached")] = None
    instance_name: Annotated[str | None, Ignored("it is for people")] = None
    run_on: Annotated[Any, Ignored("it is of a mesh that Kong has no more")] = None
    protocols: Annotated[Any, Ignored("routes say what they take")] = None
    ordering: Annotated[Any, Refused("the order of policies is fixed; see the reference of each policy")] = None


@dataclass(frozen=True, slots=True)
class Said:
    """What plugins say."""

    policies: Mapping[str, Any] = field(default_factory=dict)
    """As native settings."""
    findings: Findings = ()
    closed: Finding | None = None
    """Why nothing may pass."""
    respond: Mapping[str, object] | None = None
    """The answer that is given in place of the service."""


SILENT: Final = Said()


class Place(NamedTuple):
    """What a plugin is asked about."""

    read: Read
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Kind(Generic[P]):
    """A plugin that is known."""

    name: str
    schema: type[P]
    say: Callable[[Read, P], Said]
    """Pure. What it says, the same wherever it holds."""
    guards: bool = True
    """Whether what it holds for must be closed where it cannot be said."""
    authenticates: bool = False

    @property
    def concept_kind(self) -> str:
        """As in `Key.kind`."""
        return f"{PLUGIN}/{self.name}"


class Scope(NamedTuple):
    """What a plugin holds for, by the names of the entities; empty for all."""

    service: str = ""
    route: str = ""
    consumer: str = ""
    consumer_group: str = ""


EVERYTHING: Final = Scope()
_GONE: Final = "\0"
"""An entity that is not there."""


def _name(read: Read, kind: str, text: str | None) -> str:
    if not text:
        return ""
    found = named(read, KongEntity, kind, text)
    return found.key.name if found else _GONE


def scope_of(read: Read, plugin: Plugin) -> Scope:
    """Return what *plugin* holds for."""
    return Scope(
        _name(read, SERVICE, plugin.service),
        _name(read, ROUTE, plugin.route),
        _name(read, CONSUMER, plugin.consumer),
        _name(read, CONSUMER_GROUP, plugin.consumer_group),
    )


def _is_plugin(key: Key) -> bool:
    return key.kind.startswith(PLUGIN)


def _by_scope(read: Read, key: Key) -> frozenset[Scope]:
    found = find(read, Plugin, key) if key.kind.startswith(PLUGIN) else None
    return frozenset({scope_of(read, found.value)}) if found and found.value.enabled else frozenset()


def _by_caller(read: Read, key: Key) -> frozenset[tuple[str, str]]:
    found = find(read, Plugin, key) if key.kind.startswith(PLUGIN) else None
    if found is None or not found.value.enabled:
        return frozenset()
    scope = scope_of(read, found.value)
    pairs = ((CONSUMER, scope.consumer), (CONSUMER_GROUP, scope.consumer_group))
    return frozenset(pair for pair in pairs if pair[1])


BY_SCOPE: Index[Key, Scope] = Index(OBJECTS, _by_scope, "plugins of Kong by scope", _is_plugin)
BY_CALLER: Index[Key, tuple[str, str]] = Index(
    OBJECTS, _by_caller, "plugins of Kong by consumer and consumer group", _is_plugin
)
"""Those that hold for some callers only."""

Plugins = Mapping[str, Object[Plugin]]
"""Plugins by their names."""


def declared(read: Read, scope: Scope) -> Plugins:
    """Return the plugins with exactly this scope."""
    found = (find(read, Plugin, key) for key in read.group(BY_SCOPE, scope))
    return {name_of(item): item for item in found if item is not None}


def name_of(found: Object[Any]) -> str:
    """Return the name of a plugin."""
    return found.key.kind.removeprefix(f"{PLUGIN}/") if found.key.kind != PLUGIN else str(found.value.name)


def effective(read: Read, service: str, route: str) -> Plugins:
    """Return the plugins that hold for a route of a service, whoever calls; without a route, for the service."""
    scopes = [EVERYTHING]
    if service:
        scopes.append(Scope(service=service))
    if route:
        scopes.append(Scope(route=route))
    if service and route:
        scopes.append(Scope(service, route))
    found: dict[str, Object[Plugin]] = {}
    for scope in scopes:
        found |= declared(read, scope)
    return found


def broken(found: Object[Any]) -> Finding | None:
    """Return what is wrong with a plugin."""
    return next(iter(errors(found.wrong)), None)
