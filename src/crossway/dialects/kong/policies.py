"""From plugins to policies: what holds for a service, for a route, and for everything.

A policy is attached where the plugin is that says it: to the namespace, the service, the route. Where several plugins
make one policy, the closest place says all of it. Policies that add up over places are attached to routes alone, since
of plugins with one name only the closest one holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from crossway.dialects.contract import BY_KIND, OBJECTS, Key, Made, Object, Translation, find
from crossway.dialects.kong.consumer import Consumer
from crossway.dialects.kong.entity import CONSUMER, ROUTE, SERVICE, KongEntity, named, trouble
from crossway.dialects.kong.plugin import (
    EVERYTHING,
    Plugin,
    Plugins,
    Said,
    Scope,
    broken,
    declared,
    effective,
    name_of,
    scope_of,
)
from crossway.dialects.kong.plugins import KINDS
from crossway.dialects.kong.plugins.credentials import AuthPlugin
from crossway.dialects.kong.route import Route
from crossway.memo import Index, Read
from crossway.model import DEFAULT_NAMESPACE, Finding, Ref, Severity

_ADDED_UP: Final = frozenset({"headers", "ip_filter"})
"""Policies that add up where they are attached at several places."""
OF_LISTENERS: Final = frozenset({"metrics", "tracing", "access_log", "correlation_id"})
"""Policies that are about connections of clients, and are attached to gateways alone."""
_OF_ROUTES: Final = frozenset({"rewrite"})
"""Policies of which each route has one of its own."""
TERMINATION: Final = "request-termination"


def say(read: Read, found: Object[Plugin]) -> Said:
    """Return what one plugin says, and closes because it cannot be said."""
    name = name_of(found)
    kind = KINDS.get(name)
    wrong = broken(found)
    if wrong is not None or kind is None:
        closes = wrong if kind is None or kind.guards else None
        return Said(closed=closes)
    return kind.say(read, found.value)


def said(read: Read, plugins: Plugins) -> Said:
    """Return what *plugins* say together."""
    policies: dict[str, Any] = {}
    closed: Finding | None = None
    respond = None
    for name in sorted(plugins):
        one = say(read, plugins[name])
        policies = _together(policies, one.policies)
        closed = closed or one.closed
        respond = respond or one.respond
    authentication, mixed = _authentication(read, plugins)
    if authentication is not None:
        policies["authentication"] = authentication
    return Said(policies, () if mixed is None else (mixed,), closed or mixed, respond)


def _together(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for key, value in other.items():
        mine = merged.get(key)
        both = isinstance(mine, Mapping) and isinstance(value, Mapping)
        merged[key] = _together(mine, value) if both else value  # type: ignore[arg-type]  # both are mappings
    return merged


def _authentication(read: Read, plugins: Plugins) -> tuple[object | None, Finding | None]:
    """Return how the methods of authentication go together, and why that cannot be said.

    A method with an `anonymous` consumer lets others pass as that consumer; if all have one, any method will do. The
    usual way to ask for any of them is an anonymous consumer whose requests are terminated.
    """
    asking = [found.value for name, found in plugins.items() if (kind := KINDS.get(name)) and kind.authenticates]
    strangers = [plugin.config.anonymous for plugin in asking if isinstance(plugin, AuthPlugin)]
    if "acl" in plugins and not asking:
        return None, trouble("dialect.refused", "acl stands where nobody is asked who they are", ())
    if not any(strangers):
        return None, None
    if not all(strangers):
        message = "of several plugins that ask who calls, either all or none has an anonymous consumer"
        return None, trouble("dialect.refused", message, ())
    require = "any" if len(asking) > 1 else "all"
    held = {name for stranger in strangers for name in _held(read, stranger)}
    if held == {TERMINATION}:
        return ("any" if require == "any" else None), None
    if held:
        message = f"{' and '.join(sorted(held))} holds for the anonymous consumer only, which no policy can"
        return None, trouble("dialect.refused", message, ())
    return ({"require": "any", "optional": True} if require == "any" else "optional"), None


def _held(read: Read, text: str | None) -> Iterable[str]:
    """Return the names of the plugins that hold for a consumer alone."""
    found = named(read, Consumer, CONSUMER, text)
    return declared(read, Scope(consumer=found.key.name)) if found is not None else ()


def service_policies(read: Read, found: Object[Any]) -> Said:
    """Return the policies that are attached to a service."""
    here = declared(read, Scope(service=found.key.name))
    whole = said(read, effective(read, found.key.name, "")) if here else Said()
    return Said(_declared_here(read, whole, here, keep_added_up=False))


def route_policies(read: Read, service: str, route: str) -> Said:
    """Return the policies that are attached to a route, and whether it answers by itself, or nothing at all."""
    plugins = effective(read, service, route)
    here = plugins
    if service:
        here = {**declared(read, Scope(route=route)), **declared(read, Scope(service, route))}
    whole = said(read, plugins)
    policies = _declared_here(read, whole, here, keep_added_up=True)
    return Said(policies, whole.findings, whole.closed, whole.respond)


def _declared_here(read: Read, whole: Said, here: Plugins, *, keep_added_up: bool) -> dict[str, Any]:
    mine = {name for found in here.values() for name in say(read, found).policies}
    if "authentication" in whole.policies and any((kind := KINDS.get(name)) and kind.authenticates for name in here):
        mine.add("authentication")
    mine -= OF_LISTENERS
    if keep_added_up:
        mine |= _ADDED_UP | _OF_ROUTES
    else:
        mine -= _ADDED_UP | _OF_ROUTES
    return {name: policy for name, policy in whole.policies.items() if name in mine}


def global_policies(read: Read) -> Said:
    """Return the policies that hold for everything, those of listeners among them."""
    return said(read, declared(read, EVERYTHING))


def translate_plugin(read: Read, found: Object[Plugin]) -> Translation:
    """Return what a plugin for everything attaches to the namespace, and what there is to say of any plugin."""
    findings = list(_dangling(read, found.value))
    scope = scope_of(read, found.value)
    if not broken(found):
        one = say(read, found)
        findings += one.findings
        findings += misplaced(one, everywhere=scope == EVERYTHING)
        if "rate_limit" in one.policies and len(_routes(read, scope)) > 1:
            message = "each route counts apart, so that several of them let through more than one does; see quota"
            findings.append(Finding("dialect.looser", message, Severity.WARNING, path=("config",)))
    everywhere = declared(read, EVERYTHING)
    if scope != EVERYTHING or not found.value.enabled or min(item.key for item in everywhere.values()) != found.key:
        return Translation((), tuple(findings))
    policies = {
        name: policy
        for name, policy in global_policies(read).policies.items()
        if name not in _ADDED_UP | OF_LISTENERS | _OF_ROUTES
    }
    if not policies:
        return Translation((), tuple(findings))
    ref = Ref("namespaces", DEFAULT_NAMESPACE)
    return Translation((Made(ref, {"policies": policies}, found.source),), tuple(findings))


def _routes(read: Read, scope: Scope) -> tuple[Key, ...]:
    """Return the routes that a plugin holds for which is of none alone."""
    if scope.route or scope.consumer or scope.consumer_group:
        return ()
    return read.group(BY_SERVICE, scope.service) if scope.service else read.group(BY_KIND, (ROUTE, ""))


def _by_service(read: Read, key: Key) -> frozenset[str]:
    found = find(read, Route, key) if key.kind == ROUTE else None
    service = named(read, KongEntity, SERVICE, found.value.service) if found else None
    return frozenset({service.key.name}) if service else frozenset()


BY_SERVICE: Index[Key, str] = Index(OBJECTS, _by_service, "routes of Kong by service")


def misplaced(one: Said, *, everywhere: bool) -> Iterable[Finding]:
    """Yield a finding if a plugin says policies of gateways and does not hold *everywhere*."""
    what = " and ".join(sorted(OF_LISTENERS.intersection(one.policies)))
    if what and not everywhere:
        message = f"{what} is of a gateway as a whole, so that a plugin for less says nothing"
        yield trouble("dialect.refused", message, ())


def _dangling(read: Read, plugin: Plugin) -> Iterable[Finding]:
    """Yield a finding for each entity that *plugin* names and that is not there: it then holds for nothing."""
    for word, name in scope_of(read, plugin)._asdict().items():
        if name == "\0":
            message = f"there is no {word.replace('_', ' ')} {getattr(plugin, word)!r}"
            yield trouble("reference.dangling", message, (word,))
