"""What the policies of remote procedures have in common: methods and endpoints, compiled."""

from __future__ import annotations

from collections.abc import Mapping

from crossway.compile.contract import Fragment, Site, step
from crossway.compile.endpoints import CONSUMER, endpoints_mistake
from crossway.compile.operations import compile_operation
from crossway.model import Finding
from crossway.model.expression import Record, Shape
from crossway.model.operation import Called
from crossway.model.procedures import JsonRpc, RpcBackend, RpcClient, RpcServer, XmlRpc


def compile_methods(spec: JsonRpc | XmlRpc, site: Site, kind: str) -> Fragment | Finding:
    """Return the step *kind*, which answers with the methods of *spec*."""
    methods: dict[str, Called] = {}
    parameters: dict[str, tuple[str, ...]] = {}
    errors: dict[str, Mapping[str, int]] = {}
    for name, method in spec.methods.items():
        params = Record(("params",), dict.fromkeys(method.parameters), "params") if method.parameters else None
        known: dict[str, Shape] = {"params": params, "method": None, "headers": None, "consumer": CONSUMER}
        found = compile_operation(method, known, site, ("methods", name))
        if isinstance(found, Finding):
            return found
        methods[name] = found
        if "parameters" in method.model_fields_set:
            parameters[name] = method.parameters
        if method.errors:
            errors[name] = method.errors
    settings = RpcServer(
        methods=methods,
        parameters=parameters,
        errors=errors,
        max_batch=spec.max_batch,
        parallel=spec.parallel,
        timeout=spec.timeout.total_seconds(),
        max_body=spec.max_body,
    )
    return Fragment(steps=(step(kind, settings),))


def compile_backend(spec: RpcBackend, site: Site, kind: str) -> Fragment | Finding:
    """Return the step that calls the backend of *spec*, which speaks *kind*: `json` or `xml`."""
    if mistake := endpoints_mistake(spec.endpoints, spec.headers, spec.path):
        return mistake
    backend = spec.model_copy(update={"service": site.cluster(spec.service)})
    settings = RpcClient(kind="json" if kind == "json" else "xml", backend=backend, below=site.path)
    return Fragment(steps=(step("rpc_backend", settings),))
