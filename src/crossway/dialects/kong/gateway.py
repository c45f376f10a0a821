"""The gateway: Kong has no object for it, and listens on 8000, and on 8443 with TLS.

It stands only where no other gateway is in the default namespace: a native one is used instead.

https://developer.konghq.com/gateway/configuration/#proxy-listen
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crossway.dialects.contract import BY_KIND, Key, Made, every, find
from crossway.dialects.kong.certificate import Certificate, certificate_ref
from crossway.dialects.kong.controller.plugin import global_plugins
from crossway.dialects.kong.entity import CERTIFICATE, ROUTE
from crossway.dialects.kong.hosts import CONTROLLER
from crossway.dialects.kong.plugin import EVERYTHING, declared
from crossway.dialects.kong.policies import OF_LISTENERS, said
from crossway.dialects.kubernetes.ingress import INGRESSES, Ingress, controller_of
from crossway.dialects.kubernetes.material import SECRET, SecretObject, certificate
from crossway.dialects.kubernetes.service import service_name
from crossway.dialects.source import Source
from crossway.memo import Read
from crossway.model import DEFAULT_NAMESPACE, Ref

GATEWAY: Final = Ref("gateways", "kong")
_HTTP: Final = 8000
_HTTPS: Final = 8443


def entrance(read: Read) -> Key | None:
    """Return the route or the Ingress that the gateway is made for: the first one."""
    routes = read.group(BY_KIND, (ROUTE, ""))
    if routes:
        return routes[0]
    return next((key for kind in INGRESSES for key in read.group(BY_KIND, (kind, "")) if _is_ours(read, key)), None)


def _is_ours(read: Read, key: Key) -> bool:
    found = find(read, Ingress, key)
    return found is not None and controller_of(read, found.value) == CONTROLLER


def certificates(read: Read) -> tuple[str, ...]:
    """Return the names of the certificates that are shown, as the gateway calls them."""
    return tuple(dict.fromkeys((*_own(read), *_of_ingresses(read))))


def _own(read: Read) -> Iterator[str]:
    for found in every(read, Certificate, CERTIFICATE):
        if found.value.cert and found.value.key:
            yield certificate_ref(found).name


def _of_ingresses(read: Read) -> Iterator[str]:
    for kind in INGRESSES:
        for found in every(read, Ingress, kind):
            names = {tls.secret_name for tls in found.value.spec.tls} if _is_ours(read, found.key) else ()
            for name in sorted(filter(None, names)):
                secret = find(read, SecretObject, Key(SECRET, found.key.namespace, name))
                if secret is not None and isinstance(made := certificate(secret), Made):
                    yield service_name(made.ref, DEFAULT_NAMESPACE)


def gateway(read: Read, key: Key, source: Source) -> tuple[Made, ...]:
    """Return the gateway, if *key* is what it is made for."""
    if read(entrance) != key:
        return ()
    listeners: dict[str, object] = {"proxy": _HTTP}
    if shown := read(certificates):
        listeners["proxy_ssl"] = {"port": _HTTPS, "tls": {"certificates": list(shown)}}
    settings: dict[str, object] = {"listeners": listeners}
    held = said(read, {**global_plugins(read), **declared(read, EVERYTHING)}).policies
    if policies := {name: policy for name, policy in held.items() if name in OF_LISTENERS}:
        settings["policies"] = policies
    return (Made(GATEWAY, settings, source, fallback=True),)
