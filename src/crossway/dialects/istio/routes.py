"""From a VirtualService to routes: one for each rule and each set of listeners that it is reached through.

The rules of Istio are tried in their order, whatever they say, so each gets a priority; a rule without conditions
stands last, as Istio has it when several VirtualServices share a host.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crossway.dialects.contract import Key, Made, Object, Translation, find
from crossway.dialects.istio.action import Rule
from crossway.dialects.istio.attachment import Stand, gateway_key, stands, unknown_gateways
from crossway.dialects.istio.destination import implied, ports
from crossway.dialects.istio.match import condition
from crossway.dialects.istio.objects import MESH, RETRY, full_host
from crossway.dialects.istio.virtual_service import (
    VIRTUAL_SERVICE,
    HTTPMatch,
    HTTPRoute,
    L4Match,
    L4Route,
    VirtualService,
)
from crossway.dialects.kubernetes.service import service_name
from crossway.memo import Read
from crossway.model import FieldPath, Finding, Ref, Severity


@dataclass(frozen=True, slots=True)
class _Part:
    """One rule, where it stands: its own field, or the field of the delegate that says it."""

    rule: HTTPRoute
    path: FieldPath
    name: str
    namespace: str
    """Where the rule is written."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a route stands."""

    where: dict[str, object]
    """Its gateway, listeners and hosts."""
    secure: bool
    """Whether clients speak TLS there."""


def translate_virtual_service(read: Read, found: Object[VirtualService]) -> Translation:
    """Return the routes of a VirtualService."""
    spec, namespace = found.value.spec, found.value.namespace
    findings: list[Finding] = []
    made = list(implied(read, found))
    if not spec.hosts:
        return Translation(tuple(made))  # a delegate: another one asks for its rules
    for index, text in unknown_gateways(read, spec.gateways, namespace):
        message = f"there is no Gateway {text}"
        findings.append(Finding("istio.unknown_gateway", message, path=("spec", "gateways", index)))
    parts = list(_parts(read, found, findings))
    for order, part in enumerate(parts):
        rank = len(parts) - order if part.rule.match else 0
        made.extend(_http(read, found, part, rank, findings))
    for kind, rules in (("tls", spec.tls), ("tcp", spec.tcp)):
        for index, rule in enumerate(rules):
            made.extend(_l4(read, found, rule, ("spec", kind, index), findings))
    return Translation(tuple(made), tuple(findings))


def _parts(read: Read, found: Object[VirtualService], findings: list[Finding]) -> Iterator[_Part]:
    """Yield the rules of a VirtualService; for one that delegates, those of the delegate within its bounds."""
    for index, rule in enumerate(found.value.spec.http):
        path: FieldPath = ("spec", "http", index)
        if rule.delegate is None:
            yield _Part(rule, path, str(index), found.value.namespace)
            continue
        namespace = rule.delegate.namespace or found.value.namespace
        delegate = find(read, VirtualService, Key(VIRTUAL_SERVICE, namespace, rule.delegate.name))
        if delegate is None or delegate.value.spec.hosts:
            message = f"there is no VirtualService {namespace}/{rule.delegate.name} without hosts to delegate to"
            findings.append(Finding("istio.delegate", message, path=(*path, "delegate")))
            yield _Part(rule, path, str(index), found.value.namespace)
            continue
        for number, inner in enumerate(delegate.value.spec.http):
            yield _Part(_within(rule, inner), path, f"{index}_{number}", namespace)


def _within(outer: HTTPRoute, inner: HTTPRoute) -> HTTPRoute:
    """Return a rule of a delegate with the conditions of the rule that delegates added to its own."""
    matches = [
        HTTPMatch.model_validate(
            {**one.model_dump(by_alias=True, exclude_unset=True), **other.model_dump(by_alias=True, exclude_unset=True)}
        )
        for one in outer.match or (HTTPMatch(),)
        for other in inner.match or (HTTPMatch(),)
    ]
    return inner.model_copy(update={"match": tuple(matches) if outer.match or inner.match else ()})


def _http(read: Read, found: Object[VirtualService], part: _Part, rank: int, findings: list[Finding]) -> Iterator[Made]:
    spec, namespace = found.value.spec, found.value.namespace
    translated = Rule(read, part.namespace, namespace)
    unfit: Finding | None = None
    action = translated.action(part.rule)
    if part.rule.delegate is not None:
        unfit = Finding("istio.delegate", "what it delegates to is not there", path=part.path)
    policies = translated.policies(part.rule)
    for field, message in translated.wrong:
        problem = Finding("istio.unsayable", message, path=(*part.path, field))
        findings.append(problem)
        unfit = unfit or (problem if field != "route" else None)
    settings: dict[str, object] = {**action, **({"policies": policies} if policies else {})}
    for number, (place, matches) in enumerate(_groups(read, found, part, findings)):
        standing: dict[str, object] = {**place.where, **({"matches": matches} if matches != [{}] else {})}
        standing |= {"priority": rank} if rank else {}
        suffix = f"_{number}" if number else ""
        ref = Ref("routes", f"{found.value.name}_{part.name}{suffix}", namespace)
        yield Made(ref, {**standing, **_redirected(settings, place)}, found.source, {(): part.path}, closed=unfit)
    if MESH in spec.gateways:
        services = [
            service_name(port.ref, namespace) for host in spec.hosts for port in ports(read, full_host(host, namespace))
        ]
        matches = _conditions(list(_in_mesh(part, findings)), part, [])
        if services and (matches or not part.rule.match):
            ref = Ref("routes", f"{found.value.name}_{part.name}_mesh", namespace)
            inside: dict[str, object] = {"services": services, **({"matches": matches} if matches else {})}
            inside |= {"priority": rank} if rank else {}
            inside |= {**settings, **({"policies": {"retry": RETRY, **policies}} if part.rule.route else {})}
            yield Made(ref, inside, found.source, {(): part.path}, closed=unfit)


def _in_mesh(part: _Part, findings: list[Finding]) -> Iterator[HTTPMatch]:
    """Yield the conditions of a rule for requests inside of the mesh."""
    for index, match in enumerate(part.rule.match):
        if match.source_labels or match.source_namespace:
            message = "who the client is cannot be asked inside of the mesh yet, so this condition is left out there"
            path = (*part.path, "match", index)
            findings.append(Finding("istio.unsayable", message, Severity.WARNING, path=path))
        elif MESH in (match.gateways or (MESH,)):
            yield match


def _groups(
    read: Read, found: Object[VirtualService], part: _Part, findings: list[Finding]
) -> Iterator[tuple[_Place, list[dict[str, object]]]]:
    """Yield sets of listeners with the conditions that hold there: one may be for some gateways or ports alone."""
    spec, namespace = found.value.spec, found.value.namespace
    by_stands: dict[tuple[Stand, ...], list[HTTPMatch]] = {}
    for match in part.rule.match or (HTTPMatch(),):
        if match.source_labels or match.source_namespace:
            continue  # no gateway has clients with labels
        allowed = {gateway_key(text, namespace) for text in match.gateways}
        named = [text for text in spec.gateways if not allowed or gateway_key(text, namespace) in allowed]
        here = tuple(
            stand
            for stand in stands(read, named, spec.hosts, namespace)
            if stand.http and match.port in (None, stand.port)
        )
        by_stands.setdefault(here, []).append(match)
    for standing, matches in by_stands.items():
        conditions = _conditions(matches, part, findings)
        for place in _places(standing, namespace):
            if conditions:
                yield place, conditions


def _conditions(matches: Sequence[HTTPMatch], part: _Part, findings: list[Finding]) -> list[dict[str, object]]:
    """Return what *matches* say; one that cannot be said is left out as a whole."""
    said = []
    for match in matches:
        try:
            said.append(condition(match))
        except ValueError as error:
            findings.append(Finding("istio.unsayable", str(error), path=(*part.path, "match")))
    return said


def _places(standing: Sequence[Stand], namespace: str) -> Iterator[_Place]:
    """Yield where a route stands, for each set of listeners that are alike and serve the same hosts."""
    found: dict[tuple[Ref, tuple[str, ...], bool], list[str]] = {}
    for stand in standing:
        found.setdefault((stand.gateway, stand.hosts, stand.secure), []).append(stand.listener)
    for (gateway, hosts, secure), listeners in found.items():
        where: dict[str, object] = {"gateways": [service_name(gateway, namespace)]}
        where["listeners"] = list(dict.fromkeys(listeners))
        if "*" not in hosts:
            where["hostnames"] = list(hosts)
        yield _Place(where, secure)


def _redirected(settings: dict[str, object], place: _Place) -> dict[str, object]:
    """Return *settings* with the scheme of the listener in a redirect to another host, whose port is not kept."""
    redirect = settings.get("redirect")
    if not isinstance(redirect, Mapping) or "hostname" not in redirect or redirect.keys() & {"scheme", "port"}:
        return settings
    return {**settings, "redirect": {"scheme": "https" if place.secure else "http", **redirect}}


def _l4(
    read: Read, found: Object[VirtualService], rule: L4Route, path: FieldPath, findings: list[Finding]
) -> Iterator[Made]:
    """Yield the routes of a rule for connections."""
    spec, namespace = found.value.spec, found.value.namespace
    translated = Rule(read, namespace, namespace)
    backends = list(translated.backends(rule.route))
    for field, message in translated.wrong:
        findings.append(Finding("istio.unsayable", message, path=(*path, field)))
    kind = str(path[1])
    number = 0
    for match in rule.match or (L4Match(),):
        allowed = {gateway_key(text, namespace) for text in match.gateways}
        named = [text for text in spec.gateways if not allowed or gateway_key(text, namespace) in allowed]
        here = [
            stand
            for stand in stands(read, named, match.sni_hosts or spec.hosts, namespace)
            if not stand.http and match.port in (None, stand.port) and stand.passthrough == (kind == "tls")
        ]
        for place in _places(here, namespace):
            where = {name: value for name, value in place.where.items() if kind == "tls" or name != "hostnames"}
            suffix = f"_{number}" if number else ""
            ref = Ref("routes", f"{found.value.name}_{kind}_{path[2]}{suffix}", namespace)
            number += 1
            yield Made(ref, {**where, "to": backends}, found.source, {(): path})
