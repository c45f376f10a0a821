"""TCP limits: who may open connections to what is no HTTP, and how long they stand.

Policies about requests mean nothing where there are none. A broker of MQTT, a database or a mail server behind a TCP
route is guarded by this, by `connection_limit`, and by TLS with certificates of clients.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile.contract import LISTENER_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Duration, Network, Spec
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.rbac import v3 as rbac_v3
from crossway.protos.envoy.extensions.filters.network.rbac import v3 as network_rbac_v3
from crossway.protos.envoy.extensions.filters.network.tcp_proxy import v3 as tcp_proxy_v3

Positive = Annotated[Duration, Field(gt=timedelta())]
_FILTER: Final = "envoy.filters.network.rbac"
_MAPPED: Final = 96
"""The bits before an IPv4 address in IPv6 (RFC 4291, section 2.5.5.2)."""


class TcpLimits(Spec):
    """Bound the connections to a TCP or TLS listener, beyond their number (`connection_limit`)."""

    allow: tuple[Network, ...] = ()
    """The addresses and networks that may connect; all of them if empty."""
    deny: tuple[Network, ...] = ()
    """Those that may not, even if they are allowed. They are hung up on before a byte passes."""
    idle: Positive | None = None
    """Close a connection on which nothing has moved, either way, for this long; an hour without it. A client of MQTT
    pings within its keep-alive, so one and a half times the longest keep-alive is enough."""
    lifetime: Positive | None = None
    """Close a connection after this time; no bound without it."""

    @model_validator(mode="after")
    def _limits_something(self) -> TcpLimits:
        if not (self.allow or self.deny or self.idle or self.lifetime):
            raise ValueError("a limit has at least one of allow, deny, idle, lifetime")
        return self


def compile_tcp_limits(spec: TcpLimits, _site: Site) -> Fragment:
    """Return the filters that refuse addresses, and the times of the proxy behind them."""
    times = tcp_proxy_v3.TcpProxy(idle_timeout=spec.idle, max_downstream_connection_duration=spec.lifetime)
    return Fragment(network_filters=tuple(_filters(spec)), tcp_proxy=times if spec.idle or spec.lifetime else None)


def _filters(spec: TcpLimits) -> Iterator[listener_v3.Filter]:
    for action, networks in ((rbac_v3.RBAC.DENY, spec.deny), (rbac_v3.RBAC.ALLOW, spec.allow)):
        if networks:
            rules = rbac_v3.RBAC(action=action, policies={"networks": _policy(networks)})
            settings = network_rbac_v3.RBAC(stat_prefix="tcp_limits", rules=rules)
            yield listener_v3.Filter(name=_FILTER, typed_config=pack(settings))


def _policy(networks: Iterable[str]) -> rbac_v3.Policy:
    found = rbac_v3.Policy(permissions=[rbac_v3.Permission(any=True)])
    for network in networks:
        parsed = ipaddress.ip_network(network)
        found.principals.add(remote_ip=_range(str(parsed.network_address), parsed.prefixlen))
        if isinstance(parsed, ipaddress.IPv4Network):  # as a socket for both versions spells it
            found.principals.add(remote_ip=_range(f"::ffff:{parsed.network_address}", _MAPPED + parsed.prefixlen))
    return found


def _range(address: str, length: int) -> core_v3.CidrRange:
    found = core_v3.CidrRange(address_prefix=address)
    found.prefix_len.value = length
    return found


POLICY = Policy(
    spec=TcpLimits,
    stage=Stage.EDGE,
    applies=Target.LISTENER,
    targets=LISTENER_TARGETS,
    compile=compile_tcp_limits,
)
