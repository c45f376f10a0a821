"""Clients: the address that a request is taken to come from, as the compiled connection manager finds it.

https://www.envoyproxy.io/docs/envoy/v1.39.3/configuration/http/http_conn_man/headers#x-forwarded-for
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from crossway.protos import unpack
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.http.original_ip_detection.custom_header import v3 as custom_header_v3
from crossway.protos.envoy.extensions.http.original_ip_detection.xff import v3 as xff_v3
from crossway.simulation.condition import parse_address
from crossway.simulation.request import Aspect, Request

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Client:
    """How the client's address is found: it is the peer of the connection."""

    def of(self, request: Request) -> str | None:
        """Return the address; `None` where it hangs on headers that are not known."""
        return request.peer_ip


@dataclass(frozen=True, slots=True)
class _Hops(Client):
    """It stands in ``x-forwarded-for``, so many addresses from the end."""

    count: int

    def of(self, request: Request) -> str | None:
        chain = request.headers.get("x-forwarded-for")
        if chain is None:
            return None if Aspect.HEADERS in request.unknown else request.peer_ip
        entries = chain.split(",")
        if len(entries) < self.count:
            return request.peer_ip
        found = parse_address(entries[-self.count])
        return str(found) if found else request.peer_ip


@dataclass(frozen=True, slots=True)
class _Trusted(Client):
    """It is the last address of ``x-forwarded-for`` that is not trusted, if the peer is."""

    networks: tuple[Network, ...]

    def of(self, request: Request) -> str | None:
        peer = parse_address(request.peer_ip)
        if not self._trusts(peer):
            return request.peer_ip
        chain = request.headers.get("x-forwarded-for")
        if chain is None:
            return None if Aspect.HEADERS in request.unknown else request.peer_ip
        found: Address | None = None
        for entry in reversed(chain.split(",")):
            found = parse_address(entry)
            if found is None:
                return request.peer_ip
            if not self._trusts(found):
                break
        return str(found)

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class _Header(Client):
    """It stands in a header."""

    name: str

    def of(self, request: Request) -> str | None:
        text = request.headers.get(self.name)
        if text is None and Aspect.HEADERS in request.unknown:
            return None
        found = parse_address(text)
        return str(found) if found else request.peer_ip


def client(manager: hcm_v3.HttpConnectionManager) -> Client:
    """Return how a connection *manager* finds the client's address."""
    for extension in manager.original_ip_detection_extensions:
        detection = unpack(extension.typed_config)
        if isinstance(detection, xff_v3.XffConfig):
            cidrs = detection.xff_trusted_cidrs.cidrs
            texts = (f"{cidr.address_prefix}/{cidr.prefix_len.value}" for cidr in cidrs)
            return _Trusted(tuple(ipaddress.ip_network(text) for text in texts))
        if isinstance(detection, custom_header_v3.CustomHeaderConfig):
            return _Header(detection.header_name)
    return _Hops(manager.xff_num_trusted_hops) if manager.xff_num_trusted_hops else Client()
