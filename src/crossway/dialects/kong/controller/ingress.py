"""Ingresses of the class `kong`: each rule becomes routes, with the plugins that its annotations name.

https://developer.konghq.com/kubernetes-ingress-controller/ingress/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from crossway.dialects.contract import Concept, Key, Made, Object, Translation, find
from crossway.dialects.fate import examine
from crossway.dialects.kong.controller.annotations import (
    WHERE,
    RouteAnnotations,
    ServiceAnnotations,
    headers,
    notes_of,
)
from crossway.dialects.kong.controller.plugin import chosen, global_plugins
from crossway.dialects.kong.controller.upstream import missing_override, overriding, proxy_of, wrong_override
from crossway.dialects.kong.entity import ROUTE, native_name, trouble
from crossway.dialects.kong.forwarding import Forwarding, forward
from crossway.dialects.kong.gateway import gateway
from crossway.dialects.kong.hosts import CONTROLLER
from crossway.dialects.kong.plugin import Said
from crossway.dialects.kong.policies import OF_LISTENERS, said
from crossway.dialects.kong.route import Route
from crossway.dialects.kubernetes.ingress import Ingress, IngressBackend, IngressPath, controller_of
from crossway.dialects.kubernetes.material import SECRET, SecretObject, certificate
from crossway.dialects.kubernetes.objects import DEFAULT
from crossway.dialects.kubernetes.service import SERVICE, Service, port_ref, service_name
from crossway.memo import Read
from crossway.model import FieldPath, Finding

_PLUGINS: Final = (*WHERE, "konghq.com/plugins")


def translate_ingress(read: Read, found: Object[Ingress]) -> Translation:
    """Return the routes, and the certificates that are shown for their hosts."""
    if controller_of(read, found.value) != CONTROLLER:
        return Translation()
    translating = _Translating(read, found, [])
    made = (*gateway(read, found.key, found.source), *translating.certificates(), *translating.routes())
    return Translation(made, tuple(dict.fromkeys(translating.findings)))


class _OfService(NamedTuple):
    """What a service says of the routes to it."""

    plugins: dict[str, Object[Any]]
    closed: Finding | None
    """Which of the plugins that it names is not there."""
    base: str
    """The path that it is at."""
    host: str | None
    """The host that it sees, unless that is the one of the client."""


@dataclass(slots=True)
class _Translating:
    """One Ingress that is translated."""

    read: Read
    found: Object[Ingress]
    findings: list[Finding]

    def certificates(self) -> Iterator[Made]:
        """Yield the certificates of its hosts."""
        for index, tls in enumerate(self.found.value.spec.tls):
            secret = self._secret(tls.secret_name)
            made = certificate(secret) if secret else None
            if isinstance(made, Made):
                yield made
            elif tls.secret_name:
                path = ("spec", "tls", index, "secretName")
                missing = trouble("reference.dangling", f"there is no secret {tls.secret_name!r}", path)
                self.findings.append(replace(made, path=path) if made is not None else missing)

    def _secret(self, name: str | None) -> Object[SecretObject] | None:
        return find(self.read, SecretObject, Key(SECRET, self.found.key.namespace, name)) if name else None

    def routes(self) -> Iterator[Made]:
        """Yield the routes of all rules, and the one for requests that no rule takes."""
        namespace, ingress = self.found.key.namespace, self.found.value
        notes, wrong = notes_of(self.found, RouteAnnotations)
        self.findings += [*wrong, *missing_override(self.read, notes.override, namespace)]
        base = native_name(ingress.name if namespace == DEFAULT else f"{namespace}.{ingress.name}")
        closed = next(iter(wrong), None) or wrong_override(self.read, notes.override, namespace)
        groups: dict[tuple[str, str], tuple[FieldPath, list[tuple[IngressPath, FieldPath]]]] = {}
        for index, rule in enumerate(ingress.spec.rules):
            for place, path in enumerate(rule.http.paths):
                where: FieldPath = ("spec", "rules", index, "http", "paths", place)
                key = rule.host, f"{path.backend.name}:{path.backend.port}"
                groups.setdefault(key, (where, []))[1].append((path, where))
        if ingress.spec.fallback is not None:
            word = "defaultBackend" if ingress.spec.default_backend else "backend"
            path = IngressPath(backend=ingress.spec.fallback)
            groups.setdefault(("", "*"), (("spec", word), []))[1].append((path, ("spec", word)))
        for number, ((host, _), (where, paths)) in enumerate(groups.items()):
            name = base if not number else f"{base}.{number}"
            yield from self._route(name, host, where, paths, notes, closed)

    def _route(
        self,
        name: str,
        host: str,
        where: FieldPath,
        paths: list[tuple[IngressPath, FieldPath]],
        notes: RouteAnnotations,
        closed: Finding | None,
    ) -> Iterator[Made]:
        backend = paths[0][0].backend
        route, mistakes = self._settings(host, [path for path, _ in paths], notes)
        service, port = self._service(backend, where)
        plugins, missing = chosen(self.read, notes.plugins, self.found.key.namespace, _PLUGINS)
        self.findings += [*missing, *mistakes]
        of_service = self._of_service(service)
        whole = said(self.read, {**global_plugins(self.read), **of_service.plugins, **plugins})
        policies = {word: policy for word, policy in whole.policies.items() if word not in OF_LISTENERS}
        self.findings += whole.findings
        if notes.rewrite is not None:
            if "$" in notes.rewrite:
                message = "the groups of a regular expression cannot be put into a path here; write a native rewrite"
                closed = trouble("dialect.refused", message, (*WHERE, "konghq.com/rewrite"))
                self.findings.append(closed)
            policies["rewrite"] = {**policies.get("rewrite", {}), "path": notes.rewrite}
        to = service_name(port_ref(self.read, self.found.key.namespace, backend.name, port or 0), DEFAULT)
        made = tuple(
            forward(
                self.read,
                Forwarding(
                    name,
                    route,
                    self.found.source,
                    Said(policies, (), whole.closed, whole.respond),
                    to,
                    of_service.base,
                    None if route.preserve_host else of_service.host,
                    closed or next(iter((*missing, *mistakes)), None) or of_service.closed or whole.closed,
                    (where, *(place for path, place in paths for _ in _paths(path, notes.regex_prefix))),
                ),
            )
        )
        known = (whole.closed, of_service.closed)
        self.findings += (one.closed for one in made if one.closed is not None and one.closed not in known)
        yield from made

    def _settings(
        self, host: str, paths: list[IngressPath], notes: RouteAnnotations
    ) -> tuple[Route, tuple[Finding, ...]]:
        """Return the route that a rule is for Kong: what a KongIngress says, and above it the annotations."""
        override = overriding(self.read, notes.override, self.found.key.namespace)
        above = override.route.model_dump(exclude_none=True, exclude={"snis"}) if override and override.route else {}
        own = {
            name: getattr(notes, name)
            for name in notes.model_fields_set & Route.model_fields.keys()
            if getattr(notes, name) is not None and name != "snis"
        }
        settings = {"strip_path": False, "preserve_host": True, **above, **own}
        settings["paths"] = [text for path in paths for text in _paths(path, notes.regex_prefix)]
        if hosts := [*([host] if host else []), *notes.host_aliases]:
            settings["hosts"] = hosts
        if conditions := headers(self.found):
            settings["headers"] = conditions
        made, wrong, _ = examine(Concept(ROUTE, Route), settings)
        route = made if isinstance(made, Route) else Route()
        return route, tuple(replace(finding, path=WHERE) for finding in wrong)

    def _service(self, backend: IngressBackend, where: FieldPath) -> tuple[Object[Service] | None, int | None]:
        """Return the service of a backend, and the number of its port."""
        service = find(self.read, Service, Key(SERVICE, self.found.key.namespace, backend.name))
        if isinstance(backend.port, int) or service is None:
            return service, backend.port if isinstance(backend.port, int) else None
        port = next((port.port for port in service.value.spec.ports if port.name == backend.port), None)
        if port is None:
            path = (*where, "backend") if where[-1] not in {"backend", "defaultBackend"} else where
            self.findings.append(trouble("reference.dangling", f"the service has no port {backend.port!r}", path))
        return service, port

    def _of_service(self, service: Object[Service] | None) -> _OfService:
        """Return what a service says of routes."""
        if service is None:
            return _OfService({}, None, "/", None)
        notes, _ = notes_of(service, ServiceAnnotations)
        plugins, missing = chosen(self.read, notes.plugins, service.key.namespace, _PLUGINS)
        base = proxy_of(self.read, service).path or "/"
        return _OfService(plugins, next(iter(missing), None), base, notes.host_header)


def _paths(path: IngressPath, regex_prefix: str) -> Iterator[str]:
    """Yield what a path is for Kong."""
    text = path.path or "/"
    if path.path_type == "ImplementationSpecific":
        yield f"~{text.removeprefix(regex_prefix)}" if text.startswith(regex_prefix) else text
    elif path.path_type == "Exact":
        yield f"~{re.escape(text)}$"
    elif text == "/":
        yield text
    else:
        yield f"~{re.escape(text.rstrip('/'))}$"
        yield f"{text.rstrip('/')}/"
