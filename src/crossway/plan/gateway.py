"""Gateways: which ports are opened, which listeners share them, and which listener owns a hostname."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from crossway.memo import Read
from crossway.model import Finding, Findings, Gateway, Listener, Namespace, Protocol, Ref, hostname, named_resources
from crossway.plan.attachment import Attachment, Effective, Rule, Target, effective, misplaced, requestless
from crossway.plan.certificate import certificate_trouble, names_authorities
from crossway.plan.reference import named_services, service_trouble
from crossway.plan.tables import RULES, resource


class RouteTable(NamedTuple):
    """The identity of a table of routes: what the hostnames of one filter chain are looked up in.

    A listener with TLS has one of its own, since the server name already chose it. Listeners without share one for
    each port, since only the request says which of them is meant.
    """

    gateway: Ref
    name: str


@dataclass(frozen=True, slots=True)
class ListenerPlan:
    """A listener with all that holds on it."""

    gateway: Ref
    name: str
    settings: Listener
    table: RouteTable
    policies: tuple[Effective, ...]
    certificates: tuple[Ref, ...]
    """The certificates that can be served, in the order they were named."""
    authorities: tuple[Ref, ...] = ()
    """The certificates that clients can be checked against."""

    @property
    def hostnames(self) -> tuple[str, ...]:
        """The hostnames it serves."""
        return tuple(dict.fromkeys(self.settings.hostnames)) or (hostname.CATCH_ALL,)

    @property
    def services(self) -> tuple[Ref, ...]:
        """The services that its policies name, such as the collector of its traces."""
        return tuple(dict.fromkeys(named for policy in self.policies for _, _, named in named_services(policy)))


@dataclass(frozen=True, slots=True)
class PortPlan:
    """One port with the listeners that share it, told apart by the server name of TLS, or else by the host of HTTP."""

    gateway: Ref
    address: str
    port: int
    listeners: tuple[ListenerPlan, ...]

    @property
    def by_server_name(self) -> bool:
        """Whether clients speak TLS here."""
        return self.listeners[0].settings.by_server_name

    @property
    def speaks_http(self) -> bool:
        """Whether a listener here speaks HTTP."""
        return any(listener.settings.protocol is Protocol.HTTP for listener in self.listeners)

    @property
    def transports(self) -> tuple[Literal["tcp", "udp"], ...]:
        """What is listened on: both for HTTP/3, which stands beside HTTP over TCP."""
        if self.listeners[0].settings.protocol is Protocol.UDP:
            return ("udp",)
        return ("tcp", "udp") if any(listener.settings.http3 for listener in self.listeners) else ("tcp",)

    def owner(self, name: str) -> ListenerPlan | None:
        """Return the listener that the host *name* belongs to: the one that names it most closely."""
        claims = [
            (hostname.specificity(claim), listener)
            for listener in self.listeners
            for claim in listener.hostnames
            if hostname.covers(claim, name)
        ]
        return max(claims, key=lambda item: item[0], default=(None, None))[1]


@dataclass(frozen=True, slots=True)
class GatewayPlan:
    """A gateway: its ports in ascending order, and what is wrong with it."""

    ref: Ref
    ports: tuple[PortPlan, ...]
    findings: Findings

    @property
    def listeners(self) -> tuple[ListenerPlan, ...]:
        """All listeners that are opened."""
        return tuple(listener for port in self.ports for listener in port.listeners)

    def owns(self, listener: ListenerPlan, name: str) -> bool:
        """Return whether the host *name* belongs to *listener*, and to no other one of its port."""
        return any(port.owner(name) is listener for port in self.ports if listener in port.listeners)


def plan_gateway(read: Read, ref: Ref) -> GatewayPlan | None:
    """Return the plan of the gateway *ref*, or `None` if there is none."""
    gateway = resource(read, Gateway, ref)
    if gateway is None:
        return None
    findings: list[Finding] = []
    by_port: dict[tuple[str, int], list[ListenerPlan]] = defaultdict(list)
    for name in sorted(gateway.listeners):
        listener = _plan_listener(read, ref, gateway, name, findings)
        by_port[listener.settings.address, listener.settings.port].append(listener)
    ports = [
        PortPlan(ref, address, port, tuple(listeners))
        for (address, port), sharing in sorted(by_port.items(), key=lambda item: (item[0][1], item[0][0]))
        for group in _by_transport(sharing)
        if (listeners := _sharing(ref, group, findings))
    ]
    findings.extend(misplaced([_attachment(ref, gateway)], read(rules)))
    return GatewayPlan(ref, tuple(ports), tuple(findings))


def misdirected(read: Read, table: RouteTable) -> frozenset[str]:
    """Return the hostnames that a connection which led to *table* is not for: other listeners of the port serve them.

    Only TLS says that early whom it is for. A client that finds several hosts in one certificate may send requests for
    all of them over one connection (RFC 9113, section 9.1.1).
    """
    gateway = read(plan_gateway, table.gateway)
    for port in gateway.ports if gateway else ():
        if port.by_server_name and any(listener.table == table for listener in port.listeners):
            return frozenset(name for one in port.listeners if one.table != table for name in one.hostnames)
    return frozenset()


def _plan_listener(read: Read, ref: Ref, gateway: Gateway, name: str, findings: list[Finding]) -> ListenerPlan:
    settings = gateway.listeners[name]
    path = ("listeners", name)
    certificates: list[Ref] = []
    authorities: list[Ref] = []
    for field, named in named_resources(settings, ref.namespace):
        trouble = certificate_trouble(read, ref, (*path, *field), named)
        if trouble is not None:
            findings.append(trouble)
        else:
            (authorities if names_authorities(field) else certificates).append(named)
    client = settings.tls.client if settings.tls else None
    if client and (client.verify or client.required) and not authorities:
        certificates.clear()  # nobody could be checked, so nobody is let in
    if settings.tls and not certificates:
        message = f"listener {name} cannot serve TLS, so it is not opened"
        findings.append(Finding("listener.no_certificate", message, about=ref, path=(*path, "tls")))
    shared = not settings.tls and settings.protocol is Protocol.HTTP
    table = RouteTable(ref, f"{settings.address}:{settings.port}" if shared else name)
    attachments = [*namespace_attachment(read, ref.namespace), *listener_attachments(ref, gateway, name)]
    findings.extend(misplaced(attachments[-1:], read(rules)))
    if settings.protocol is not Protocol.HTTP:
        findings.extend(requestless(attachments[-1:], read(rules)))
    policies = tuple(_able(read, effective(Target.LISTENER, attachments, read(rules)), findings))
    return ListenerPlan(ref, name, settings, table, policies, tuple(certificates), tuple(authorities))


def _able(read: Read, policies: Iterable[Effective], findings: list[Finding]) -> Iterator[Effective]:
    """Yield the policies whose services are there; a log does without its collector, and the listener without it."""
    for policy in policies:
        troubles = [found for item in named_services(policy) if (found := service_trouble(read, *item)) is not None]
        findings.extend(finding for finding in troubles if finding not in findings)
        if not troubles:
            yield policy


def _by_transport(listeners: Sequence[ListenerPlan]) -> list[list[ListenerPlan]]:
    """Return the listeners of a port number in groups that never meet: TCP and UDP, unless one speaks HTTP/3."""
    datagrams = [listener for listener in listeners if listener.settings.protocol is Protocol.UDP]
    if not datagrams or any(listener.settings.http3 for listener in listeners):
        return [list(listeners)]
    return [[listener for listener in listeners if listener.settings.protocol is not Protocol.UDP], datagrams]


def _sharing(ref: Ref, listeners: Sequence[ListenerPlan], findings: list[Finding]) -> tuple[ListenerPlan, ...]:
    """Return the listeners that can share a port: the first by name says what the port is, the others must fit it."""
    kept: list[ListenerPlan] = []
    claimed: dict[str, str] = {}
    for listener in listeners:
        settings, path = listener.settings, ("listeners", listener.name)
        if settings.tls and not listener.certificates:
            continue
        if kept and not _fits(kept[0].settings, settings):
            message = f"port {settings.port} is already used in another way by listener {kept[0].name}"
            findings.append(Finding("port.clash", message, about=ref, path=(*path, "port")))
            continue
        taken = [name for name in listener.hostnames if name in claimed]
        if taken:
            message = f"listener {claimed[taken[0]]} already serves {taken[0]} on port {settings.port}"
            findings.append(Finding("hostname.clash", message, about=ref, path=(*path, "hostnames")))
            continue
        claimed |= dict.fromkeys(listener.hostnames, listener.name)
        kept.append(listener)
    return tuple(kept)


def _fits(one: Listener, other: Listener) -> bool:
    """Return whether two listeners can share a port: whatever is settled before a hostname is known must be equal."""
    by_server_name = one.by_server_name and other.by_server_name
    by_host = one.protocol is other.protocol is Protocol.HTTP and not (one.by_server_name or other.by_server_name)
    return (
        (by_server_name or by_host)
        and one.proxy_protocol == other.proxy_protocol
        and one.redirect_to_https == other.redirect_to_https
    )


def listener_attachments(ref: Ref, gateway: Gateway, listener: str) -> list[Attachment]:
    """Return what is attached to a gateway and to a listener of it, in this order."""
    own = gateway.listeners[listener].policies
    return [_attachment(ref, gateway), Attachment(Target.LISTENER, ref, ("listeners", listener, "policies"), own)]


def _attachment(ref: Ref, gateway: Gateway) -> Attachment:
    return Attachment(Target.GATEWAY, ref, ("policies",), gateway.policies)


def namespace_attachment(read: Read, name: str) -> list[Attachment]:
    """Return what is attached to a namespace, as a list of one or none."""
    ref = Ref("namespaces", name)
    namespace = resource(read, Namespace, ref)
    return [Attachment(Target.NAMESPACE, ref, ("policies",), namespace.policies)] if namespace else []


def namespace_findings(read: Read, name: str) -> Findings:
    """Return what is wrong with where the policies of a namespace are attached."""
    return misplaced(namespace_attachment(read, name), read(rules))


def rules(read: Read) -> dict[str, Rule]:
    """Return the rules of all policies, by name."""
    return {name: rule for name in read.keys(RULES) if (rule := read.input(RULES, name)) is not None}
