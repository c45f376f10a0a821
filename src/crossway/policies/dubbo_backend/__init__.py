"""A backend that speaks Dubbo's Triple, behind a REST API."""

from __future__ import annotations

from dataclasses import replace

from crossway.compile.contract import Fragment, Policy, Site, Stage, Target, step
from crossway.compile.endpoints import endpoints_mistake
from crossway.compile.operations import compile_operation
from crossway.model import Finding
from crossway.model.dubbo import DubboBackend, DubboClient, DubboEndpoint
from crossway.model.operation import Called, Operation


def compile_dubbo_backend(spec: DubboBackend, site: Site) -> Fragment | Finding:
    """Return the step that calls the backend."""
    if mistake := endpoints_mistake(spec.endpoints, spec.headers):
        return mistake
    calls: dict[str, Called] = {}
    for name, endpoint in spec.endpoints.items() if spec.definition else ():
        found = _call(spec, name, endpoint, site)
        if isinstance(found, Finding):
            return found
        calls[name] = found
    backend = spec.model_copy(update={"service": site.cluster(spec.service)})
    settings = DubboClient(backend=backend, calls=calls, below=site.path)
    return Fragment(steps=(step("dubbo_backend", settings),))


def _call(spec: DubboBackend, name: str, endpoint: DubboEndpoint, site: Site) -> Called | Finding:
    """Return the call of an endpoint, which is one in gRPC with headers of Triple."""
    operation = Operation(
        service=spec.service,
        rpc=f"{spec.interface}/{endpoint.call}",
        definition=spec.definition,
        body=endpoint.params,
        headers={**spec.headers, **spec.triple},
        forward=spec.forward,
    )
    known = dict.fromkeys(("path", "query", "headers", "body", "method", "consumer"))
    found = compile_operation(operation, known, site, ())
    if isinstance(found, Finding):
        return replace(found, path=("definition",) if found.path == ("definition",) else ("endpoints", name, "call"))
    return found


POLICY = Policy(
    spec=DubboBackend,
    stage=Stage.COMPOSE,
    applies=Target.ROUTE,
    targets=frozenset({Target.ROUTE}),
    compile=compile_dubbo_backend,
    defined=True,
)
