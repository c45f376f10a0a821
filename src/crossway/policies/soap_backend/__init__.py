"""SOAP at the backend: clients speak JSON, and what that means in XML stands in a WSDL.

The WSDL is read here, once. The runtime is told no more than a table by which it reads and writes messages.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Raw, json

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Step, Target
from crossway.compile.wsdl import Described, describe
from crossway.model import Finding, PathKind, did_you_mean
from crossway.model.expression import Reading, Record, nodes_of_tree
from crossway.model.messages import Contract
from crossway.model.soap import BackendPlan, PasswordType, RestRoute, SoapBackend, Token
from crossway.policies.soap_backend.openapi import document

_SEEN = Record(
    (), {"headers": None, "query": None, "consumer": Record(("consumer",), {"name": None, "groups": None}, "consumer")}
)


def compile_soap_backend(spec: SoapBackend, site: Site) -> Fragment | Finding:
    """Return the step that translates, or what of the settings the WSDL does not have."""
    described = describe(site, spec.definition, spec.port, ("definition",))
    if isinstance(described, Finding):
        return described
    if finding := next(_unknown(spec, described.contract), None):
        return finding
    prefix = site.path.value.rstrip("/") if site.path.kind is PathKind.PREFIX else ""
    routes = _routes(spec, described.contract, prefix)
    if isinstance(routes, Finding):
        return routes
    return Fragment(steps=(Step("soap_backend", Raw(json.encode(_plan(spec, described, routes, prefix)))),))


def _unknown(spec: SoapBackend, contract: Contract) -> Iterator[Finding]:
    """Yield what the settings name and the WSDL does not have."""
    operations = contract.operations
    for name in spec.operations:
        if name not in operations:
            message, hint = f"the WSDL has no operation {name!r}", did_you_mean(name, operations)
            yield Finding("soap_backend.unknown_name", message, path=("operations", name), hint=hint)
    faults = {one for each in operations.values() for fault in each.faults for one in (fault.name, _local(fault.tag))}
    for name in spec.faults:
        if name not in faults:
            message, hint = f"no operation of the WSDL declares a fault {name!r}", did_you_mean(name, faults)
            yield Finding("soap_backend.unknown_name", message, path=("faults", name), hint=hint)
    headers = {header.name for each in operations.values() for header in each.headers}
    for name, value in spec.headers.items():
        if name not in headers and not name.startswith("{"):
            message, hint = f"no operation of the WSDL declares a header {name!r}", did_you_mean(name, headers)
            yield Finding("soap_backend.unknown_name", message, path=("headers", name), hint=hint)
        reading = Reading(_SEEN)
        for where, node in nodes_of_tree(value, ("headers", name)):
            reading.read(node)
            for message, hint in reading.mistakes:
                yield Finding("soap_backend.unknown_name", message, path=where, hint=hint)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _routes(spec: SoapBackend, contract: Contract, prefix: str) -> tuple[RestRoute, ...] | Finding:
    """Return the ways to the operations; a finding for two that are one."""
    if not spec.operations:
        return tuple(RestRoute(name, "POST", f"{prefix}/{name}") for name in contract.operations)
    found: dict[tuple[str, str], RestRoute] = {}
    for name, rest in spec.operations.items():
        route = RestRoute(name, rest.method, f"{prefix}{rest.path or f'/{name}'}")
        other = found.setdefault((route.method, route.path), route)
        if other is not route:
            message = f"{route.method} {route.path} leads to {other.operation} already"
            return Finding("soap_backend.same_path", message, path=("operations", name))
    return tuple(found.values())


def _plan(spec: SoapBackend, described: Described, routes: tuple[RestRoute, ...], prefix: str) -> BackendPlan:
    contract = described.contract
    token = None
    if (said := spec.username_token) is not None:
        lifetime = said.lifetime.total_seconds() if said.lifetime else 0.0
        token = Token(said.username, said.password.reveal(), said.type is PasswordType.DIGEST, lifetime)
    return BackendPlan(
        contract=contract,
        routes=routes,
        path=spec.path or contract.path,
        max_size=spec.max_size,
        faults=dict(spec.faults),
        headers={name: Raw(json.encode(value)) for name, value in spec.headers.items()},
        token=token,
        addressing=spec.addressing,
        attachments=spec.attachments.value,
        openapi_path=f"{prefix}{spec.openapi}" if spec.openapi else "",
        openapi=Raw(json.encode(document(described, routes, spec.faults) if spec.openapi else None)),
    )


POLICY = Policy(
    spec=SoapBackend,
    stage=Stage.CONVERT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_soap_backend,
    defined=True,
)
