"""Services of Kubernetes as Kong sees them: what annotations, KongUpstreamPolicies and KongIngresses say of them.

https://developer.konghq.com/kubernetes-ingress-controller/reference/custom-resources/#kongupstreampolicy
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from pydantic import model_validator
from pydantic.alias_generators import to_camel

from crossway.dialects.contract import Concept, Foreign, Ignored, Key, Made, Mapped, Object, Refused, Translation, find
from crossway.dialects.fate import examine
from crossway.dialects.kong.controller.annotations import WHERE, ServiceAnnotations, notes_of
from crossway.dialects.kong.controller.plugin import chosen
from crossway.dialects.kong.entity import UPSTREAM, trouble
from crossway.dialects.kong.plugin import broken
from crossway.dialects.kong.service import milliseconds
from crossway.dialects.kong.upstream import Upstream, policies
from crossway.dialects.kubernetes.material import SECRET, SecretObject, certificate
from crossway.dialects.kubernetes.objects import KubernetesObject
from crossway.dialects.kubernetes.service import Service, service_name
from crossway.memo import Read
from crossway.model import FieldPath, Finding

KONG_INGRESS: Final = "configuration.konghq.com/KongIngress"
UPSTREAM_POLICY: Final = "configuration.konghq.com/KongUpstreamPolicy"
KONG_VAULT: Final = "configuration.konghq.com/KongVault"
_TLS: Final = frozenset({"https", "grpcs", "tls", "wss"})
_GRPC: Final = frozenset({"grpc", "grpcs"})


class Proxy(Foreign):
    """What a KongIngress says of a service."""

    protocol: Annotated[str | None, Mapped("services.protocol, services.tls")] = None
    path: Annotated[str | None, Mapped("routes.policies.rewrite")] = None
    retries: Annotated[int | None, Mapped("services.policies.retry")] = None
    connect_timeout: Annotated[int | None, Mapped("services.policies.connection.connect_timeout")] = None
    read_timeout: Annotated[int | None, Mapped("services.policies.timeout.idle")] = None
    write_timeout: Annotated[int | None, Mapped("services.policies.timeout.idle")] = None


class RouteOverride(Foreign):
    """What a KongIngress says of routes."""

    methods: Annotated[tuple[str, ...] | None, Mapped("routes.matches.methods")] = None
    headers: Annotated[Mapping[str, tuple[str, ...]] | None, Mapped("routes.matches.headers")] = None
    protocols: Annotated[tuple[str, ...] | None, Mapped("routes.matches.headers")] = None
    regex_priority: Annotated[int | None, Mapped("routes.priority")] = None
    strip_path: Annotated[bool | None, Mapped("routes.policies.rewrite")] = None
    preserve_host: Annotated[bool | None, Mapped("routes.policies.rewrite.host")] = None
    https_redirect_status_code: Annotated[int | None, Mapped("routes.redirect.status")] = None
    path_handling: Annotated[str | None, Mapped("routes.policies.rewrite")] = None
    snis: Annotated[Any, Refused("requests are told apart by their host, and not by the name in the handshake")] = None
    request_buffering: Annotated[Any, Ignored("bodies of any size pass through as they come")] = None
    response_buffering: Annotated[Any, Ignored("bodies of any size pass through as they come")] = None


class KongIngress(KubernetesObject):
    """Settings of routes and services that name it in the annotation `konghq.com/override`."""

    route: RouteOverride | None = None
    proxy: Proxy = Proxy()
    upstream: Upstream | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_spec(cls, value: object) -> object:
        """Read what stands in `spec`, as many write it, like what stands outside, as Kong has it."""
        if isinstance(value, dict) and isinstance(value.get("spec"), dict):
            return {**{name: item for name, item in value.items() if name != "spec"}, **value["spec"]}
        return value


class KongUpstreamPolicy(KubernetesObject):
    """How endpoints are chosen and checked, for services that name it."""

    spec: Annotated[Mapping[str, Any], Mapped("services.policies.load_balancing, services.policies.health_check")] = {}


def upstream_of(read: Read, key: Key) -> tuple[Upstream | None, tuple[Finding, ...]]:
    """Return what a KongUpstreamPolicy says, as declarative files have it, and what is wrong with it."""
    found = find(read, KongUpstreamPolicy, key)
    if found is None:
        return None, ()
    said = _snake(found.value.spec)
    for before, after in (("hash_on", "hash_on"), ("hash_on_fallback", "hash_fallback")):
        hashing = said.pop(before, None)
        if isinstance(hashing, Mapping):
            said |= _hashing(after, hashing)
    sticky = said.pop("sticky_sessions", None)
    if isinstance(sticky, Mapping):
        said |= {f"sticky_sessions_{name}": value for name, value in sticky.items()}
    value, wrong, _ = examine(Concept(UPSTREAM, Upstream), said)
    placed = tuple(replace(item, path=("spec", *map(_camel, item.path))) for item in wrong)
    return value if isinstance(value, Upstream) else None, placed


def _hashing(word: str, said: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in said.items():
        if name == "input":
            made[word] = value
        elif name in {"header", "query_arg"}:
            made |= {word: name, f"{word}_{name}": value}
        elif name == "cookie":
            made |= {word: name, "hash_on_cookie": value}
        elif name == "cookie_path":
            made["hash_on_cookie_path"] = value
        else:
            made[word] = name
    return made


def _snake(value: Any) -> Any:  # noqa: ANN401 - settings of an unknown shape
    if isinstance(value, Mapping):
        return {re.sub(r"(?<!^)(?=[A-Z])", "_", str(key)).lower(): _snake(item) for key, item in value.items()}
    return value


def _camel(step: str | int) -> str | int:
    return to_camel(step) if isinstance(step, str) else step


def overriding(read: Read, name: str | None, namespace: str) -> KongIngress | None:
    """Return the KongIngress that an annotation names."""
    found = find(read, KongIngress, Key(KONG_INGRESS, namespace, name)) if name else None
    return found.value if found else None


def wrong_override(read: Read, name: str | None, namespace: str) -> Finding | None:
    """Return what is wrong with the KongIngress that an annotation names."""
    found = find(read, KongIngress, Key(KONG_INGRESS, namespace, name)) if name else None
    return broken(found) if found else None


def missing_override(read: Read, name: str | None, namespace: str) -> tuple[Finding, ...]:
    """Return that there is no such KongIngress."""
    if not name or overriding(read, name, namespace) is not None:
        return ()
    path: FieldPath = (*WHERE, "konghq.com/override")
    return (trouble("reference.dangling", f"there is no KongIngress {name!r}", path),)


def proxy_of(read: Read, found: Object[Service]) -> Proxy:
    """Return what annotations and a KongIngress say of a service; the annotations are right."""
    said, _ = notes_of(found, ServiceAnnotations)
    override = overriding(read, said.override, found.key.namespace)
    proxy = override.proxy if override else Proxy()
    own = {name: getattr(said, name) for name in Proxy.model_fields if getattr(said, name) is not None}
    return proxy.model_copy(update=own)


def translate_service(read: Read, found: Object[Service]) -> Translation:
    """Return what Kong adds to the services of the model that a service of Kubernetes is."""
    said, wrong = notes_of(found, ServiceAnnotations)
    proxy = proxy_of(read, found)
    override = overriding(read, said.override, found.key.namespace)
    findings = [*wrong, *missing_override(read, said.override, found.key.namespace)]
    findings += chosen(read, said.plugins, found.key.namespace, (*WHERE, "konghq.com/plugins"))[1]
    settings: dict[str, object] = {}
    protocol = proxy.protocol or ""
    if protocol in _GRPC:
        settings["protocol"] = "http2"
    made: list[Made] = []
    closed = next(iter(wrong), None) or wrong_override(read, said.override, found.key.namespace)
    if protocol in _TLS:
        tls: dict[str, object] = {} if said.tls_verify else {"verify": False}
        if said.client_cert:
            shown = find(read, SecretObject, Key(SECRET, found.key.namespace, said.client_cert))
            material = (
                certificate(shown) if shown else trouble("reference.dangling", f"no secret {said.client_cert!r}", ())
            )
            if isinstance(material, Finding):
                closed = replace(material, path=(*WHERE, "konghq.com/client-cert"))
                findings.append(closed)
            else:
                made.append(material)
                tls["certificate"] = service_name(material.ref, found.key.namespace)
        settings["tls"] = tls
    upstream = override.upstream if override else None
    if said.upstream_policy:
        upstream, _ = read(upstream_of, Key(UPSTREAM_POLICY, found.key.namespace, said.upstream_policy))
        if upstream is None:
            path = (*WHERE, "konghq.com/upstream-policy")
            message = f"there is no KongUpstreamPolicy {said.upstream_policy!r}"
            findings.append(trouble("reference.dangling", message, path))
    held = {**_policies(proxy), **(policies(upstream) if upstream else {})}
    if held:
        settings["policies"] = held
    if settings or closed:
        refs = [found.value.ref(port.port) for port in found.value.spec.ports]
        made += (Made(ref, settings, found.source, overlay=True, closed=closed) for ref in refs)
    return Translation(tuple(made), tuple(findings))


def _policies(proxy: Proxy) -> dict[str, object]:
    made: dict[str, object] = {}
    if proxy.connect_timeout is not None:
        made["connection"] = {"connect_timeout": milliseconds(proxy.connect_timeout)}
    quiet = [time for time in (proxy.read_timeout, proxy.write_timeout) if time]
    if quiet:
        made["timeout"] = {"idle": milliseconds(max(quiet))}
    if proxy.retries is not None:
        made["retry"] = proxy.retries
    return made


def translate_policy(read: Read, found: Object[KongUpstreamPolicy]) -> Translation:
    """Return what is wrong with a KongUpstreamPolicy."""
    _, wrong = read(upstream_of, found.key)
    return Translation((), wrong)


class KongVault(KubernetesObject):
    """A vault of Kong."""

    spec: Annotated[Any, Ignored("references to it are told where they stand")] = None
