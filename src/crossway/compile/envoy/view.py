"""Views: everything that one kind of proxy is given, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from crossway.compile.envoy import names
from crossway.compile.envoy.cluster import compile_cluster
from crossway.compile.envoy.extensions import compile_extensions, consumer_findings
from crossway.compile.envoy.fragments import defined, described
from crossway.compile.envoy.host import host_findings
from crossway.compile.envoy.inner import called, compile_inner
from crossway.compile.envoy.listener import compile_listeners
from crossway.compile.envoy.python import runtime_listener
from crossway.compile.envoy.resource import Resource
from crossway.compile.envoy.table import compile_table, table_hosts
from crossway.compile.envoy.tls import backend_authorities
from crossway.compile.program import Described
from crossway.memo import Read
from crossway.model import Defined, Finding, Findings, Protocol, Ref, Service, named_resources, unusable
from crossway.plan.gateway import RouteTable, namespace_findings, plan_gateway
from crossway.plan.host import overlaps
from crossway.plan.route import BY_KIND, BY_TROUBLE, BY_USE, plan_route
from crossway.plan.tables import resource
from crossway.plan.workload import workload_findings


@dataclass(frozen=True, slots=True)
class View:
    """The part of the plan that a proxy may see: the gateways it serves. Proxies of one view share bytes."""

    gateways: frozenset[Ref] | None = None
    """`None` means all gateways there are, as on a single machine."""


def view_gateways(read: Read, view: View) -> tuple[Ref, ...]:
    """Return the gateways of *view* that exist, in ascending order."""
    there = (
        ref
        for kind, namespace in read.groups(BY_KIND)
        if kind == "gateways"
        for ref in read.group(BY_KIND, (kind, namespace))
    )
    return tuple(ref for ref in there if view.gateways is None or ref in view.gateways)


def view_tables(read: Read, view: View) -> tuple[RouteTable, ...]:
    """Return the route tables of *view*."""
    plans = [read(plan_gateway, gateway) for gateway in read(view_gateways, view)]
    listeners = [listener for plan in plans if plan for listener in plan.listeners]
    return tuple(
        dict.fromkeys(
            listener.table
            for listener in listeners
            if listener.settings.protocol is Protocol.HTTP and not listener.settings.redirect_to_https
        )
    )


def http_gateways(read: Read, view: View) -> tuple[Ref, ...]:
    """Return the gateways of *view* that have a listener which speaks HTTP."""
    plans = [read(plan_gateway, gateway) for gateway in read(view_gateways, view)]
    speaking = (
        plan for plan in plans if plan and any(one.settings.protocol is Protocol.HTTP for one in plan.listeners)
    )
    return tuple(plan.ref for plan in speaking)


def view_services(read: Read, view: View) -> tuple[Ref, ...]:
    """Return the services that requests to *view* may reach, and those that its listeners report to."""
    gateways = frozenset(read(view_gateways, view))
    reached = dict.fromkeys(service for gateway, service in read.groups(BY_USE) if gateway in gateways)
    plans = [read(plan_gateway, gateway) for gateway in sorted(gateways)]
    told = (service for plan in plans if plan for listener in plan.listeners for service in listener.services)
    called_by_python = (service for table in read(view_tables, view) for service in read(called, table))
    return tuple(reached | dict.fromkeys(told) | dict.fromkeys(called_by_python))


def view_certificates(read: Read, view: View) -> frozenset[Ref]:
    """Return the certificates whose material proxies of *view* need."""
    found: set[Ref] = set()
    for gateway in read(view_gateways, view):
        plan = read(plan_gateway, gateway)
        for listener in plan.listeners if plan else ():
            found |= {named for _, named in named_resources(listener.settings, gateway.namespace)}
    for service in read(view_services, view):
        settings = resource(read, Service, service)
        if settings is not None:
            found |= {named for _, named in named_resources(settings, service.namespace)}
    return frozenset(found)


def view_bundles(read: Read, view: View) -> frozenset[tuple[Ref, ...]]:
    """Return the certificates, two or more, whose authorities proxies of *view* need together."""
    found: set[tuple[Ref, ...]] = set()
    for gateway in read(view_gateways, view):
        plan = read(plan_gateway, gateway)
        found.update(listener.authorities for listener in (plan.listeners if plan else ()))
    for service in read(view_services, view):
        settings = resource(read, Service, service)
        if settings is not None and settings.tls is not None:
            found.add(backend_authorities(service, settings.tls))
    return frozenset(bundle for bundle in found if len(bundle) > 1)


def port_clashes(read: Read, view: View) -> tuple[tuple[str, Finding], ...]:
    """Return the listeners that another gateway of *view* keeps from their port, each with its finding.

    Two gateways may have one port on different machines. One proxy that serves both gives it to the first by name.
    """
    owners: dict[tuple[str, int, str], Ref] = {}
    clashes: list[tuple[str, Finding]] = []
    for gateway in read(view_gateways, view):
        plan = read(plan_gateway, gateway)
        for port in plan.ports if plan else ():
            for transport in port.transports:
                owner = owners.setdefault((port.address, port.port, transport), gateway)
                if owner == gateway:
                    continue
                message = f"gateway {owner.local} already has port {port.port}, and one proxy serves both"
                path = ("listeners", port.listeners[0].name, "port")
                hint = "choose another port, or serve the gateways by different proxies (--gateway)"
                finding = Finding("port.clash", message, about=gateway, path=path, hint=hint)
                clashes.append((names.listener(gateway, port.address, port.port, transport), finding))
    return tuple(clashes)


def compile_view(read: Read, view: View) -> tuple[Resource, ...]:
    """Return every resource of *view*."""
    resources: list[Resource] = []
    for service in read(view_services, view):
        resources.extend(read(compile_cluster, service)[0])
    clashing = {port for port, _ in read(port_clashes, view)}
    for gateway in read(view_gateways, view):
        resources.extend(item for item in read(compile_listeners, gateway)[0] if item.name not in clashing)
    for table in read(view_tables, view):
        resources.extend(read(compile_table, table))
        resources.extend(read(compile_inner, table))
    speaking = read(http_gateways, view)
    resources.extend(read(compile_extensions, speaking))
    if speaking:
        resources.append(runtime_listener())
    return tuple(resources)


def _broken(plugins: Mapping[Ref, Described]) -> Iterable[Finding]:
    """Return what is wrong with the code of *plugins*: of several that have the same code, once."""
    found: dict[str, Finding] = {}
    for ref, plugin in plugins.items():
        if problem := plugin.problem or plugin.pending:
            meanwhile = "the code from before serves meanwhile" if plugin.pending else ""
            hint = "; ".join(filter(None, (plugin.hint, meanwhile)))
            broken = Finding("plugin.broken", problem, about=ref, expected=plugin.expected, hint=hint)
            found.setdefault(problem, broken)
    return found.values()


def _undefined(definitions: Mapping[Ref, Defined]) -> Iterable[Finding]:
    """Return what is wrong with *definitions*."""
    for ref, one in definitions.items():
        if one.problem:
            yield replace(unusable(ref.local, one), about=ref)
        elif one.pending:
            yield Finding("definition.broken", one.pending, about=ref, hint="what was read before holds meanwhile")


def view_findings(read: Read, view: View) -> Findings:
    """Return everything there is to say about the plan of *view* and what came of it, each thing once."""
    found: list[Finding] = []
    for kind in read.groups(BY_TROUBLE):
        for ref in read.group(BY_TROUBLE, kind):
            plan = read(plan_route, ref)
            found.extend(plan.findings if plan else ())
    for gateway in read(view_gateways, view):
        plan_of_gateway = read(plan_gateway, gateway)
        found.extend(plan_of_gateway.findings if plan_of_gateway else ())
        found.extend(read(compile_listeners, gateway)[1])
    found.extend(finding for _, finding in read(port_clashes, view))
    for kind, namespace in read.groups(BY_KIND):
        if kind == "consumers":
            found.extend(read(consumer_findings, namespace))
        for ref in read.group(BY_KIND, (kind, namespace)) if kind == "workloads" else ():
            found.extend(read(workload_findings, ref))
        for ref in read.group(BY_KIND, (kind, namespace)) if kind in {"services", "namespaces"} else ():
            found.extend(read(compile_cluster, ref)[1] if kind == "services" else read(namespace_findings, ref.name))
    found.extend(_broken(read(described)))
    found.extend(_undefined(read(defined)))
    for table in read(view_tables, view):
        for place in read(table_hosts, table):
            found.extend(read(overlaps, place))
            found.extend(read(host_findings, place))
    return tuple(dict.fromkeys(found))


__all__ = [
    "View",
    "compile_view",
    "port_clashes",
    "view_bundles",
    "view_certificates",
    "view_findings",
    "view_gateways",
    "view_services",
    "view_tables",
]
