"""Routes of every kind: where they stand, and how each of their rules becomes one route of the model.

https://gateway-api.sigs.k8s.io/api-types/httproute/

Law: a rule is one native route for all gateways where it stands behind the same listeners. Which of two rules is tried
first is said by `tiebreak`: the older route, then the one with the lesser namespace and name, then the earlier rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, NamedTuple

from crossway.dialects.contract import Ignored, Key, Made, Mapped, Object, Refused, Translation, find
from crossway.dialects.gateway_api.attachment import Attachment, attachments
from crossway.dialects.gateway_api.backend import BackendRef, Reached, reach
from crossway.dialects.gateway_api.backend_tls import certificates_shown
from crossway.dialects.gateway_api.listener import Hostname
from crossway.dialects.gateway_api.opening import client_certificate, openings
from crossway.dialects.gateway_api.reference import GATEWAY, GRPC_ROUTE, HTTP_ROUTE, ParentRef, Trouble
from crossway.dialects.kubernetes.objects import NATIVE_TIEBREAK, Camel, KubernetesObject
from crossway.dialects.kubernetes.own import OWN_KINDS, OwnObject, own_ref
from crossway.dialects.kubernetes.service import SERVICE, Service, service_name
from crossway.memo import Read
from crossway.model import FieldPath, Finding, Ref, errors

OWN_GATEWAY: Final = OWN_KINDS["gateways"]

RuleName = Annotated[str | None, Ignored("policies of other products point at it; a rule is known by its number here")]


class RouteSpec(Camel):
    """What all kinds of routes say."""

    parent_refs: tuple[ParentRef, ...] = ()
    use_default_gateways: Annotated[
        str | None, Refused("there is no default gateway; name the parents of the route")
    ] = None

    @property
    def names(self) -> tuple[str, ...]:
        """The hostnames that it is for; all of them if empty."""
        return ()


class HostRouteSpec(RouteSpec):
    """What routes say that know hostnames."""

    hostnames: Annotated[tuple[Hostname, ...], Mapped("routes.hostnames")] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The hostnames that it is for; all of them if empty."""
        return self.hostnames


class Site(NamedTuple):
    """Some of the places where a route stands, for which one native route is enough."""

    gateways: tuple[str, ...]
    listeners: tuple[str, ...] = ()
    """As native routes name them: all of the right protocol if empty."""
    services: tuple[str, ...] = ()
    """The services inside the mesh that it is attached to, instead of gateways."""
    path: FieldPath = ()
    """Where the first of its parents is named."""

    @property
    def standing(self) -> dict[str, object]:
        """What a native route says of its place."""
        made: dict[str, object] = {}
        for name, values in (("gateways", self.gateways), ("listeners", self.listeners), ("services", self.services)):
            if values:
                made[name] = list(values)
        return made


def sites(read: Read, key: Key) -> tuple[Site, ...]:
    """Return where the route *key* stands. It stands nowhere behind listeners that are shut."""
    gateways: defaultdict[Key, dict[str, None]] = defaultdict(dict)
    services: dict[str, None] = {}
    paths: dict[Key | None, FieldPath] = {}
    for item in read(attachments, key):
        if item.parent.kind == SERVICE:
            services |= dict.fromkeys(_services(read, item, key.namespace))
            paths.setdefault(None, item.path)
        elif (listeners := _listeners(read, key, item)) is not None:
            gateways[item.gateway or item.parent] |= dict.fromkeys(listeners)
            paths.setdefault(item.gateway or item.parent, item.path)
    grouped: defaultdict[tuple[str, ...], list[Key]] = defaultdict(list)
    for gateway, names in gateways.items():
        grouped[_shortest(read, key, gateway, tuple(names))].append(gateway)
    found = [
        Site(tuple(_local(read, gateway, key.namespace) for gateway in group), names, path=paths[group[0]])
        for names, group in grouped.items()
    ]
    return (*found, Site((), services=tuple(services), path=paths[None])) if services else tuple(found)


def _local(read: Read, gateway: Key, within: str) -> str:
    if gateway.kind == OWN_GATEWAY:
        return service_name(own_ref(gateway, find(read, OwnObject, gateway)), within)
    return service_name(Ref("gateways", gateway.name, gateway.namespace), within)


def _listeners(read: Read, key: Key, item: Attachment) -> tuple[str, ...] | None:
    """Return the listeners of a gateway that are open to a route; `None` where it is not attached."""
    if item.gateway is not None:
        opened = {one.door.name for one in read(openings, item.gateway) if one.listener}
        return tuple(name for name in item.listeners if name in opened) or None
    if not is_native(item) or item.ref.port is not None:
        return None
    if item.ref.section_name:
        return (item.ref.section_name,)
    return () if key.kind in _OVER_HTTP else None


def is_native(item: Attachment) -> bool:
    """Return whether the parent is a native gateway: of Crossway's own kind, or that no foreign document defines."""
    return item.parent.kind in (GATEWAY, OWN_GATEWAY) and item.gateway is None


def _shortest(read: Read, key: Key, gateway: Key, listeners: tuple[str, ...]) -> tuple[str, ...]:
    """Return *listeners*, or none if these are all that a native route without any would get."""
    speaking = {one.door.name for one in read(openings, gateway) if one.listener and one.door.settings.takes_http}
    return () if key.kind in _OVER_HTTP and set(listeners) == speaking else listeners


def _services(read: Read, item: Attachment, within: str) -> Iterator[str]:
    """Yield the services of the mesh that a parent is, one for each port that is meant."""
    found = find(read, Service, item.parent)
    if found is None or item.parent.namespace != within:
        return
    for port in found.value.spec.ports:
        if item.ref.port in (None, port.port) and (not item.ref.section_name or item.ref.section_name == port.name):
            yield service_name(found.value.ref(port.port), within)


@dataclass
class Rule:
    """What one rule of a route becomes, wherever it stands."""

    index: int
    settings: dict[str, object] = field(default_factory=dict)
    """The native route without its place and its policies: what it matches, and what it does."""
    policies: dict[str, object] = field(default_factory=dict)
    """Its policies."""
    extensions: list[tuple[Mapping[str, object], FieldPath]] = field(default_factory=list)
    """Policies that Gateway API cannot say, each set with the filter that names it, from the rule."""
    links: dict[FieldPath, FieldPath] = field(default_factory=dict)
    """From the rule."""
    services: list[Reached] = field(default_factory=list)
    """Every service that it sends to."""
    over_http2: list[Reached] = field(default_factory=list)
    """Those of them that are called over gRPC."""
    troubles: list[Trouble] = field(default_factory=list)
    """Which of its references lead nowhere; the paths begin at the route."""
    fatal: Trouble | None = None
    """Why it must let nothing through."""

    @property
    def path(self) -> FieldPath:
        """Where it stands in the route."""
        return "spec", "rules", self.index

    def match(self, matches: list[dict[str, object]]) -> None:
        """Set which requests it is for; without conditions, all of them. Matches that differ in methods are one."""
        if not any(matches):
            return
        joined: list[dict[str, Any]] = []
        for index, match in enumerate(matches):
            same = next((one for one in joined if _but_methods(one) == _but_methods(match)), None)
            if same is not None and "methods" in same and "methods" in match:
                same["methods"] += match["methods"]
            else:
                self.links["matches", len(joined)] = ("matches", index)
                joined.append(match)
        self.settings["matches"] = joined

    def extend(self) -> None:
        """Add its extensions to its policies. What both of them say keeps it shut."""
        for policies, path in self.extensions:
            if twice := sorted(policies.keys() & self.policies.keys()):
                message = f"{', '.join(twice)}: another filter or field of the rule says this too"
                self.fatal = self.fatal or Trouble("IncompatibleFilters", message, (*self.path, *path))
            self.policies |= policies
            self.links |= {("policies", name): path for name in policies}


def _but_methods(match: Mapping[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in match.items() if name != "methods"}


def backends(
    read: Read, route: Key, rule: Rule, refs: Sequence[BackendRef], failure: int, transport: str = "TCP"
) -> list[dict[str, object]]:
    """Return the backends of a rule in native form. The share of one that leads nowhere is answered with *failure*."""
    made: list[dict[str, object]] = []
    for index, named in enumerate(refs):
        reached = reach(read, route, named, (*rule.path, "backendRefs", index), transport)
        if isinstance(reached, Reached):
            rule.services.append(reached)
            made.append({"service": service_name(reached.ref, route.namespace)})
        else:
            rule.troubles.append(reached)
            made.append({"status": failure})
        if named.weight != 1:
            made[-1]["weight"] = named.weight
    return made


def shortest(made: Sequence[dict[str, object]], failure: int) -> object:
    """Return backends in the shortest form: an answer with *failure* where none of them gets anything."""
    if not any(backend.get("weight", 1) for backend in made):
        return {"status": failure}
    short = [backend["service"] if list(backend) == ["service"] else backend for backend in made]
    return short[0] if len(short) == 1 else short


def translation(read: Read, found: Object[Any], rules: Iterable[Rule], infix: str = "") -> Translation:
    """Return the routes of the model that the *rules* of a route are, wherever it stands, and what it names in vain."""
    places = read(sites, found.key)
    rules = list(rules)
    for rule in rules:
        rule.extend()
    made = [_made(found, rule, site, infix, suffix) for rule in rules for site, suffix in _named(places)]
    if not errors(found.wrong):
        gateways = dict.fromkeys(item.gateway for item in read(attachments, found.key) if item.gateway is not None)
        shown = [item for key in gateways if isinstance(item := read(client_certificate, key), Made)]
        made += certificates_shown(read, shown, (item for rule in rules for item in rule.services), found.source)
        made += (
            Made(ref, {"protocol": "http2"}, found.source, overlay=True)
            for ref in dict.fromkeys(item.ref for rule in rules for item in rule.over_http2 if not item.speaks)
        )
    troubles = [trouble for rule in rules for trouble in (*rule.troubles, *((rule.fatal,) if rule.fatal else ()))]
    return Translation(tuple(made), (*_unattached(read, found.key), *(item.finding for item in troubles)))


def _named(places: Sequence[Site]) -> Iterator[tuple[Site, str]]:
    """Yield each place with what ends the names of the routes there; nothing where there is one place only."""
    for site in places:
        word = site.gateways[0].replace("/", "_") if site.gateways else "mesh"
        yield site, f"_{word}" if len(places) > 1 else ""


def _made(found: Object[Any], rule: Rule, site: Site, infix: str, suffix: str) -> Made:
    route = found.value
    settings = site.standing
    links: dict[FieldPath, FieldPath] = {(): rule.path, **dict.fromkeys(((name,) for name in settings), site.path)}
    links |= {native: (*rule.path, *path) for native, path in rule.links.items()}
    if route.spec.names:
        settings["hostnames"] = list(route.spec.names)
        links["hostnames",] = ("spec", "hostnames")
    settings |= rule.settings | ({"policies": rule.policies} if rule.policies else {})
    number = found.as_written(rule.path)[-1]
    name = f"{route.name}_{infix}{number}"
    if route.native_name and len(route.spec.rules) == 1:
        name = route.native_name
    if tiebreak := _tiebreak(route, number):
        settings["tiebreak"] = tiebreak
    why = rule.fatal.finding if rule.fatal else None
    ref = Ref("routes", f"{name}{suffix}", route.namespace)
    return Made(ref, settings, found.source, links, closed=why)


def _tiebreak(route: KubernetesObject, number: int | str) -> str:
    """Return what says which of two routes is tried first: their age. Native names go by themselves."""
    said = route.metadata.annotations.get(NATIVE_TIEBREAK)
    if said is not None:
        return str(said)
    if route.native_name and route.metadata.creation_timestamp is None:
        return ""
    return f"{route.age}/{number:02}"


def _unattached(read: Read, key: Key) -> Iterator[Finding]:
    for item in read(attachments, key):
        if item.parent.kind == SERVICE:
            if item.parent.namespace != key.namespace:
                message = f"a route for requests to {item.parent} from this namespace only cannot be said yet"
                yield Finding("gateway_api.attachment", message, path=item.path)
            elif not list(_services(read, item, key.namespace)):
                yield Finding(
                    "gateway_api.attachment",
                    f"there is no such port of a {item.parent} (NoMatchingParent)",
                    path=item.path,
                )
        elif not item.is_accepted and _listeners(read, key, item) is None:
            yield Finding("gateway_api.attachment", f"{item.message} ({item.reason})", path=item.path)


_OVER_HTTP: Final = frozenset({HTTP_ROUTE, GRPC_ROUTE})
