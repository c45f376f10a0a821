"""Listeners: one for each port and transport, with a filter chain for each certificate or server name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from google.protobuf.message import Message

from crossway.compile.contract import Fragment, Site
from crossway.compile.envoy import names
from crossway.compile.envoy.connection_manager import connection_manager
from crossway.compile.envoy.fragments import compile_policies, conflict, overwrite_slot
from crossway.compile.envoy.merge import merge
from crossway.compile.envoy.resource import Resource
from crossway.compile.envoy.route import DEFAULT_PORTS
from crossway.compile.envoy.stream import tcp_proxy, udp_proxy
from crossway.compile.envoy.tls import downstream_transport, quic_transport
from crossway.memo import Read
from crossway.model import Finding, Findings, Protocol, Ref, Severity, hostname
from crossway.plan.attachment import Target
from crossway.plan.gateway import GatewayPlan, ListenerPlan, PortPlan, RouteTable, plan_gateway
from crossway.plan.route import Door, stream_routes
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.listener.proxy_protocol import v3 as proxy_protocol_v3
from crossway.protos.envoy.extensions.filters.listener.tls_inspector import v3 as tls_inspector_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3

HANDSHAKE: Final = timedelta(seconds=10)
"""How long a TLS handshake may take; Envoy would wait for ever."""


def compile_listeners(read: Read, gateway: Ref) -> tuple[tuple[Resource, ...], Findings]:
    """Return the listeners of *gateway*, and what is wrong with them."""
    plan = read(plan_gateway, gateway)
    if plan is None:
        return (), ()
    resources: list[Resource] = []
    findings: list[Finding] = []
    for port in plan.ports:
        messages = _port(read, plan, port, findings)
        resources.extend(Resource.of(message.name, message, gateway) for message in messages)
    return tuple(resources), tuple(findings)


def _port(read: Read, gateway: GatewayPlan, port: PortPlan, findings: list[Finding]) -> Iterable[listener_v3.Listener]:
    if port.listeners[0].settings.protocol is Protocol.UDP:
        yield from _udp(read, port, findings)
        return
    first = port.listeners[0]
    listener = _listener(port, "tcp", core_v3.SocketAddress.TCP)
    if first.settings.proxy_protocol:
        listener.listener_filters.add(
            name="envoy.filters.listener.proxy_protocol", typed_config=pack(proxy_protocol_v3.ProxyProtocol())
        )
    if port.by_server_name:
        listener.listener_filters.add(
            name="envoy.filters.listener.tls_inspector", typed_config=pack(tls_inspector_v3.TlsInspector())
        )
    if port.speaks_http and not port.by_server_name:
        fragments = _fragments(read, first, findings)
        _same_policies(port, findings)
        chain = listener.filter_chains.add(name=first.table.name)
        chain.filters.extend(_first_filters(fragments))
        chain.filters.append(_http(read, gateway, first, fragments, findings))
        _merge_listener(listener, first, fragments, findings)
    else:
        for item in port.listeners:
            fragments = _fragments(read, item, findings)
            listener.filter_chains.extend(_chains(read, gateway, item, fragments, findings))
            _merge_listener(listener, item, fragments, findings)
    if not listener.filter_chains:
        return
    yield listener
    if "udp" in port.transports:
        yield _http3(read, gateway, port, findings)


def _listener(port: PortPlan, transport: str, protocol: int) -> listener_v3.Listener:
    address = core_v3.SocketAddress(address=port.address, port_value=port.port)
    address.protocol = protocol
    return listener_v3.Listener(
        name=names.listener(port.gateway, port.address, port.port, transport),
        address=core_v3.Address(socket_address=address),
    )


def _fragments(read: Read, listener: ListenerPlan, findings: list[Finding]) -> dict[str, Fragment]:
    site = _site(listener)
    fragments, wrong = compile_policies(read, Target.LISTENER, listener.policies, site)
    findings.extend(wrong)
    return fragments


def _site(listener: ListenerPlan) -> Site:
    gateway = listener.gateway
    return Site(gateway, gateway.namespace, listener=listener.name, secure=listener.settings.tls is not None)


def _merge_listener(
    message: listener_v3.Listener, listener: ListenerPlan, fragments: dict[str, Fragment], findings: list[Finding]
) -> None:
    for name, fragment in fragments.items():
        if fragment.listener is not None and (field := merge(message, fragment.listener)) is not None:
            findings.append(conflict(name, field, _site(listener)))
    overwrite_slot("listener", message, fragments)


def _first_filters(fragments: dict[str, Fragment]) -> Iterable[listener_v3.Filter]:
    """Yield what policies put before everything else on a connection, in the order of their names."""
    for _, fragment in sorted(fragments.items()):
        yield from fragment.network_filters


def _same_policies(port: PortPlan, findings: list[Finding]) -> None:
    """Say so where listeners that share a connection manager want different things of it: the first one decides."""
    first = port.listeners[0]
    wanted = [(item.name, item.spec) for item in first.policies]
    for other in port.listeners[1:]:
        if [(item.name, item.spec) for item in other.policies] != wanted:
            message = f"shares port {port.port} with listener {first.name}, whose policies about clients hold here too"
            path = ("listeners", other.name, "policies")
            findings.append(
                Finding("listener.shared_policies", message, Severity.WARNING, about=port.gateway, path=path)
            )


def _http(
    read: Read, gateway: GatewayPlan, listener: ListenerPlan, fragments: dict[str, Fragment], findings: list[Finding]
) -> listener_v3.Filter:
    manager = _manager(read, gateway, listener, fragments, findings)
    return _network("envoy.filters.network.http_connection_manager", manager)


def _manager(
    read: Read, gateway: GatewayPlan, listener: ListenerPlan, fragments: dict[str, Fragment], findings: list[Finding]
) -> hcm_v3.HttpConnectionManager:
    manager, wrong = connection_manager(read, listener.table, _site(listener), fragments)
    findings.extend(wrong)
    if listener.settings.redirect_to_https:
        manager.route_config.CopyFrom(_to_https(gateway, listener))
    return manager


def table_manager(read: Read, table: RouteTable) -> hcm_v3.HttpConnectionManager | None:
    """Return the connection manager of the listener that decides for *table*; `None` if there is none any more."""
    gateway = read(plan_gateway, table.gateway)
    if gateway is None:
        return None
    listener = next((item for item in gateway.listeners if item.table == table), None)
    if listener is None:
        return None
    return connection_manager(read, table, _site(listener), _fragments(read, listener, []))[0]


def _to_https(gateway: GatewayPlan, listener: ListenerPlan) -> route_v3.RouteConfiguration:
    """Return the table of a listener that only redirects: to the port of the gateway that speaks TLS."""
    ports = [item.settings.port for item in gateway.listeners if item.settings.tls]
    target = min(ports, default=DEFAULT_PORTS["https"])
    redirect = route_v3.RedirectAction(
        scheme_redirect="https", response_code=route_v3.RedirectAction.RedirectResponseCode.PERMANENT_REDIRECT
    )
    if target != DEFAULT_PORTS["https"] or listener.settings.port != DEFAULT_PORTS["http"]:
        redirect.port_redirect = target
    route = route_v3.Route(name="redirect_to_https", match=route_v3.RouteMatch(prefix="/"), redirect=redirect)
    return route_v3.RouteConfiguration(
        name="redirect_to_https", virtual_hosts=[route_v3.VirtualHost(name="*", domains=["*"], routes=[route])]
    )


def _chains(
    read: Read, gateway: GatewayPlan, listener: ListenerPlan, fragments: dict[str, Fragment], findings: list[Finding]
) -> Iterable[listener_v3.FilterChain]:
    """Yield the filter chains of a listener that is chosen by the server name, or of a TCP listener."""
    settings = listener.settings
    if settings.protocol is Protocol.HTTP:
        chain = listener_v3.FilterChain(name=listener.name)
        _match_names(chain, listener.hostnames)
        chain.transport_socket.CopyFrom(downstream_transport(listener, ("h2", "http/1.1")))
        chain.transport_socket_connect_timeout.FromTimedelta(HANDSHAKE)
        chain.filters.extend(_first_filters(fragments))
        chain.filters.append(_http(read, gateway, listener, fragments, findings))
        yield chain
        return
    by_name = settings.by_server_name
    served: dict[str, Ref] = {}
    for plan in read(stream_routes, Door(listener.gateway, listener.name)):
        route = plan.ref
        wanted = plan.route.hostnames or (hostname.CATCH_ALL,)
        common = (hostname.intersection(one, other) for one in wanted for other in listener.hostnames)
        own = [name for name in dict.fromkeys(common) if name is not None and gateway.owns(listener, name)]
        found = own if by_name else [hostname.CATCH_ALL]
        taken = [name for name in found if name in served]
        if taken or not found:
            what = (
                f"{served[taken[0]]} already serves {taken[0]}"
                if taken
                else "the listener serves none of its hostnames"
            )
            findings.append(Finding("route.overlap", f"never reached on {listener.name}: {what}", about=route))
            continue
        served |= dict.fromkeys(found, route)
        chain = listener_v3.FilterChain(name=f"{listener.name}/{route.local}")
        if by_name:
            _match_names(chain, found)
        if settings.tls:
            chain.transport_socket.CopyFrom(downstream_transport(listener, ()))
            chain.transport_socket_connect_timeout.FromTimedelta(HANDSHAKE)
        chain.filters.extend(_first_filters(fragments))
        chain.filters.append(_network("envoy.filters.network.tcp_proxy", tcp_proxy(plan, fragments)))
        yield chain


def _udp(read: Read, port: PortPlan, findings: list[Finding]) -> Iterable[listener_v3.Listener]:
    (item,) = port.listeners
    usable = read(stream_routes, Door(item.gateway, item.name))
    for other in usable[1:]:
        message = f"never reached on {item.name}: {usable[0].ref} already serves it"
        findings.append(Finding("route.overlap", message, about=other.ref))
    if usable:
        listener = _listener(port, "udp", core_v3.SocketAddress.UDP)
        listener.listener_filters.add(
            name="envoy.filters.udp_listener.udp_proxy",
            typed_config=pack(udp_proxy(usable[0], _fragments(read, item, findings))),
        )
        listener.udp_listener_config.SetInParent()
        yield listener


def _http3(read: Read, gateway: GatewayPlan, port: PortPlan, findings: list[Finding]) -> listener_v3.Listener:
    """Return the QUIC twin of a TCP listener: the same port number, certificates and routes."""
    listener = _listener(port, "udp", core_v3.SocketAddress.UDP)
    listener.udp_listener_config.quic_options.SetInParent()
    listener.udp_listener_config.downstream_socket_config.prefer_gro.value = True
    for item in (item for item in port.listeners if item.settings.http3):
        fragments = _fragments(read, item, findings)
        manager = _manager(read, gateway, item, fragments, findings)
        manager.codec_type = hcm_v3.HttpConnectionManager.HTTP3
        manager.http3_protocol_options.SetInParent()
        chain = listener.filter_chains.add(name=item.name, transport_socket=quic_transport(item))
        _match_names(chain, item.hostnames)
        chain.filters.append(_network("envoy.filters.network.http_connection_manager", manager))
    return listener


def _match_names(chain: listener_v3.FilterChain, hostnames: Iterable[str]) -> None:
    chain.filter_chain_match.server_names.extend(name for name in hostnames if name != hostname.CATCH_ALL)


def _network(name: str, message: Message) -> listener_v3.Filter:
    return listener_v3.Filter(name=name, typed_config=pack(message))
