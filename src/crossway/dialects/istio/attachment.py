"""Where a VirtualService stands: the listeners that its gateways have, with the hosts that both know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crossway.dialects.contract import Key, find
from crossway.dialects.istio.gateway import GATEWAY, Door, Gateway, doors
from crossway.dialects.istio.objects import MESH
from crossway.memo import Read
from crossway.model import Ref, hostname


@dataclass(frozen=True, slots=True)
class Stand:
    """A listener that a VirtualService is reached through, and for which hosts."""

    gateway: Ref
    listener: str
    hosts: tuple[str, ...]
    """``*`` for all."""
    port: int
    http: bool
    passthrough: bool
    secure: bool
    """Whether clients speak TLS to it, and it ends that."""


def gateway_key(text: str, namespace: str) -> Key:
    """Return the Gateway that *text* means in *namespace*: ``name``, ``namespace/name``, or ``name.namespace``."""
    space, slash, name = text.rpartition("/")
    if not slash and "." in text:
        name, _, space = text.partition(".")
        space = space.removesuffix(".svc.cluster.local")
    return Key(GATEWAY, space or namespace, name)


def unknown_gateways(read: Read, named: Sequence[str], namespace: str) -> Iterator[tuple[int, str]]:
    """Yield those of the gateways *named* that there are not, with their positions."""
    for index, text in enumerate(named):
        if text != MESH and find(read, Gateway, gateway_key(text, namespace)) is None:
            yield index, text


def stands(read: Read, named: Sequence[str], hosts: Sequence[str], namespace: str) -> tuple[Stand, ...]:
    """Return the listeners of the gateways *named* at which some of *hosts* are served, for a route in *namespace*."""
    found: list[Stand] = []
    for text in named:
        key = gateway_key(text, namespace)
        gateway = find(read, Gateway, key) if text != MESH else None
        for door in doors(gateway) if gateway is not None else ():
            common = dict.fromkeys(_common(door, hosts, namespace, key.namespace))
            if common:
                server = door.server
                passthrough = server.mode in ("PASSTHROUGH", "AUTO_PASSTHROUGH")
                secure = server.mode != "none" and not passthrough
                hosts_here, port = tuple(common), server.port.number
                found.append(
                    Stand(door.gateway, door.listener, hosts_here, port, server.speaks_http, passthrough, secure)
                )
    return tuple(found)


def _common(door: Door, hosts: Sequence[str], namespace: str, own: str) -> Iterator[str]:
    for served in door.hosts(namespace, own):
        for host in hosts:
            common = hostname.intersection(host.lower(), served.lower())
            if common is not None:
                yield common
