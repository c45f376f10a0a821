"""Gateways and their certificates: what a Gateway, a Secret and a ConfigMap can say of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from crossway.dialects.gateway_api.reference import GROUP
from crossway.dialects.gateway_api.writing.objects import Draft, Root, is_label
from crossway.model import Certificate, Gateway, Listener, Protocol, Ref, Route, is_path

CLASS: Final = "crossway"
"""The class of the gateways that are written."""
_MOST_LISTENERS: Final = 64
_EVERYWHERE: Final = "0.0.0.0"
_HOSTNAME: Final = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def is_hostname(text: str) -> bool:
    """Return whether Gateway API takes *text* for a hostname."""
    return _HOSTNAME.fullmatch(text) is not None and text.rpartition(".")[2].isdigit() is False


def gateway(draft: Draft, ref: Ref) -> list[Root] | None:
    """Return *ref* as a Gateway; `None` where that cannot say it."""
    part = draft.part(ref)
    addresses = {listener.address for listener in part.listeners.values()} if isinstance(part, Gateway) else set()
    if not isinstance(part, Gateway) or part.policies or len(addresses) > 1 or not is_label(ref.name):
        return None
    listeners = [_listener(draft, ref, name, item) for name, item in part.listeners.items()]
    if None in listeners or len(listeners) > _MOST_LISTENERS:
        return None
    spec: Root = {"gatewayClassName": CLASS, "listeners": listeners}
    if addresses != {_EVERYWHERE}:
        spec["addresses"] = [{"type": "IPAddress", "value": addresses.pop()}]
    per_port = {item.port: checks for item in part.listeners.values() if (checks := _client(draft, ref, item))}
    if per_port:
        checked = [{"port": port, "tls": {"validation": checks}} for port, checks in per_port.items()]
        spec["tls"] = {"frontend": {"default": {}, "perPort": checked}}
    return [{**draft.root(f"{GROUP}/v1", "Gateway", ref), "spec": spec}]


def _listener(draft: Draft, ref: Ref, name: str, listener: Listener) -> Root | None:
    wanted = (listener.http3, listener.proxy_protocol, listener.redirect_to_https, listener.policies)
    if any(wanted) or not is_label(name) or len(listener.hostnames) > 1:
        return None
    made: Root = {"name": name, "port": listener.port, "protocol": _protocol(listener)}
    if listener.hostnames:
        if not is_hostname(listener.hostnames[0]):
            return None
        made["hostname"] = listener.hostnames[0]
    if listener.protocol is Protocol.TLS:
        made["tls"] = {"mode": "Passthrough"}
    elif listener.tls is not None:
        named = _refs(listener.tls.certificates, ref)
        asked = listener.tls.client.ca if listener.tls.client else ()
        if any(item not in draft.ways for item in (*named, *_refs(asked, ref))):
            return None
        origin = ("Gateway", ref.namespace)
        made["tls"] = {
            "mode": "Terminate",
            "certificateRefs": [draft.reference(item, "", "Secret", origin) for item in named],
        }
    if any(_comes_to(draft, route, ref) for route in draft.every("routes") if route.namespace != ref.namespace):
        made["allowedRoutes"] = {"namespaces": {"from": "All"}}
    return made


def _refs(names: Iterable[str], within: Ref) -> list[Ref]:
    return [Ref.parse("certificates", name, within.namespace) for name in names]


def _protocol(listener: Listener) -> str:
    match listener.protocol:
        case Protocol.HTTP:
            return "HTTPS" if listener.tls else "HTTP"
        case Protocol.TCP:
            return "TLS" if listener.tls else "TCP"
        case other:
            return other.value.upper()


def _comes_to(draft: Draft, route: Ref, gateway: Ref) -> bool:
    part = draft.part(route)
    named = part.gateways if isinstance(part, Route) else ()
    return gateway in (Ref.parse("gateways", text, route.namespace) for text in named)


def _client(draft: Draft, ref: Ref, listener: Listener) -> Root | None:
    """Return how the clients of a listener are checked."""
    client = listener.tls.client if listener.tls else None
    if client is None:
        return None
    origin = ("Gateway", ref.namespace)
    refs = [draft.reference(item, "", authority_kind(draft, item), origin) for item in _refs(client.ca, ref)]
    checks: Root = {"caCertificateRefs": [{"group": "", "kind": "Secret", **item} for item in refs]}
    if not client.required:
        checks["mode"] = "AllowInsecureFallback"
    return checks


def authority_kind(draft: Draft, ref: Ref) -> str:
    """Return the kind of the object that a certificate with authorities is."""
    part = draft.part(ref)
    return "Secret" if isinstance(part, Certificate) and part.certificate else "ConfigMap"


def certificate(draft: Draft, ref: Ref) -> list[Root] | None:
    """Return *ref*, in PEM, as a Secret or a ConfigMap; `None` where its text is elsewhere."""
    part = draft.part(ref)
    if not isinstance(part, Certificate) or part.crl is not None:
        return None
    key = part.key.reveal() if part.key else None
    said: dict[str, Any] = {"tls.crt": part.certificate, "tls.key": key, "ca.crt": part.ca}
    data = {name: text for name, text in said.items() if text is not None}
    if any(is_path(text) or "-----BEGIN " not in text for text in data.values()):
        return None
    if part.certificate is None:
        return [{**draft.root("v1", "ConfigMap", ref, native=True), "data": data}]
    root = draft.root("v1", "Secret", ref, native=draft.names[ref] != ref.name)
    return [{**root, "type": "kubernetes.io/tls", "stringData": data}]
