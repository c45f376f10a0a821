"""The client's address: whom to believe when a request says where it comes from.

Law: nobody is believed who is not trusted. Without trusted proxies the client is the peer of the connection, and the
forwarding headers that it sent are dropped, so that backends may believe what arrives there.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile.contract import LISTENER_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import HeaderName, Network, Spec
from crossway.model.values import HEADER_BYTES
from crossway.protos import pack
from crossway.protos.envoy.config.common.mutation_rules import v3 as mutation_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.http.early_header_mutation.header_mutation import v3 as early_v3
from crossway.protos.envoy.extensions.http.original_ip_detection.custom_header import v3 as custom_header_v3
from crossway.protos.envoy.extensions.http.original_ip_detection.xff import v3 as xff_v3
from crossway.protos.google import protobuf


class ClientIp(Spec):
    """Find the client's address behind proxies. Access control, rate limits, routes and logs all use this address."""

    trusted_proxies: tuple[Network, ...] = ()
    """The networks of your proxies. `x-forwarded-for` is read from its end, past every trusted proxy, to the first
    address that is none; a request from any other peer is taken to come from that peer. Their texts together
    have room in 16 KiB: about 900 networks of IPv4, or 350 of IPv6."""
    trusted_hops: Annotated[int, Field(ge=1, le=32)] | None = None
    """The number of your proxies that every request passes, where their addresses are not known: the client is this
    many addresses from the end of `x-forwarded-for`. Nothing else may be able to reach this listener."""
    header: HeaderName | None = None
    """The header in which your proxy or CDN gives the client's address, such as `cf-connecting-ip`. It is believed from
    every peer: nothing but the proxy may be able to reach this listener."""

    @model_validator(mode="after")
    def _one(self) -> ClientIp:
        if sum((bool(self.trusted_proxies), self.trusted_hops is not None, self.header is not None)) > 1:
            raise ValueError("write at most one of trusted_proxies, trusted_hops, header")
        if len(_source(self)) > HEADER_BYTES:
            raise ValueError("this is longer than 16 KiB, and has to fit into a header; put networks together")
        return self


_FORWARDING: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-real-ip")
"""What a peer says about others; RFC 7239 and its predecessors."""
_INTERNAL: Final = ("x-envoy-decorator-operation", "x-envoy-downstream-service-cluster", "x-envoy-original-path")
"""Envoy's own headers that it accepts from clients once it takes their address from elsewhere than the connection."""
_CLIENT_ADDRESS: Final = "x-envoy-external-address"
"""Where routes read the client's address. Envoy writes it there before it looks for the route, but only where it takes
the address from the connection or from a number of hops. Elsewhere it is given what the address follows from:
`TRUSTED|PEER|HEADER`, with the trusted networks, or `header` where the header is believed from every peer."""
_PEER: Final = "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"


def compile_client_ip(spec: ClientIp, _site: Site) -> Fragment:
    """Return what the connection manager takes for the client's address.

    https://www.envoyproxy.io/docs/envoy/v1.39.3/configuration/http/http_conn_man/headers#x-forwarded-for
    """
    if spec.trusted_proxies:
        cidrs = xff_v3.XffTrustedCidrs(cidrs=[_cidr(network) for network in spec.trusted_proxies])
        append = protobuf.BoolValue(value=False)
        detection = xff_v3.XffConfig(xff_trusted_cidrs=cidrs, skip_xff_append=append)
        return Fragment(connection_manager=_detected("xff", pack(detection), _source(spec)))
    if spec.header:
        custom = custom_header_v3.CustomHeaderConfig(header_name=spec.header)
        return Fragment(connection_manager=_detected("custom_header", pack(custom), _source(spec)))
    manager = hcm_v3.HttpConnectionManager(use_remote_address=protobuf.BoolValue(value=True))
    if spec.trusted_hops:
        manager.xff_num_trusted_hops = spec.trusted_hops
    else:
        manager.early_header_mutation_extensions.append(_change(_drop(_FORWARDING)))
    return Fragment(connection_manager=manager)


def _source(spec: ClientIp) -> str:
    """Return what the client's address follows from, as the value of a header that Envoy fills in."""
    trusted = " ".join(spec.trusted_proxies) or "header"
    return f"{trusted}|{_PEER}|%REQ({spec.header or 'X-FORWARDED-FOR'})%"


def _detected(extension: str, detection: protobuf.Any, source: str) -> hcm_v3.HttpConnectionManager:
    address = mutation_v3.HeaderMutation(
        append=core_v3.HeaderValueOption(
            header=core_v3.HeaderValue(key=_CLIENT_ADDRESS, value=source),
            append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
        )
    )
    return hcm_v3.HttpConnectionManager(
        use_remote_address=protobuf.BoolValue(value=False),
        original_ip_detection_extensions=[
            core_v3.TypedExtensionConfig(name=f"envoy.http.original_ip_detection.{extension}", typed_config=detection)
        ],
        early_header_mutation_extensions=[_change([*_drop(_INTERNAL), address])],
    )


def _drop(headers: Iterable[str]) -> list[mutation_v3.HeaderMutation]:
    return [mutation_v3.HeaderMutation(remove=name) for name in headers]


def _change(mutations: Iterable[mutation_v3.HeaderMutation]) -> core_v3.TypedExtensionConfig:
    """Return the change of a request's headers before anything looks at them."""
    return core_v3.TypedExtensionConfig(
        name="envoy.http.early_header_mutation.header_mutation",
        typed_config=pack(early_v3.HeaderMutation(mutations=mutations)),
    )


def _cidr(network: str) -> core_v3.CidrRange:
    parsed = ipaddress.ip_network(network)
    return core_v3.CidrRange(
        address_prefix=str(parsed.network_address), prefix_len=protobuf.UInt32Value(value=parsed.prefixlen)
    )


POLICY: Final = Policy(
    spec=ClientIp,
    stage=Stage.EDGE,
    applies=Target.LISTENER,
    targets=LISTENER_TARGETS,
    compile=compile_client_ip,
    default=ClientIp(),
)
