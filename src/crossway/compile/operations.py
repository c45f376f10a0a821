"""Operations of bridges, compiled: what their expressions mention is there, and so is the method that they call."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace

from crossway.compile.contract import Site
from crossway.compile.descriptors import Descriptors, read_descriptors
from crossway.model import FieldPath, Finding, did_you_mean
from crossway.model.expression import Shape
from crossway.model.operation import Called, Operation, mistakes


def compile_operation(
    operation: Operation, known: Mapping[str, Shape], site: Site, path: FieldPath
) -> Called | Finding:
    """Return *operation*, which stands at *path*, for the runtime: *known* is what its expressions may mention."""
    for mistake in mistakes(operation, known):
        return Finding("operation.unknown_name", mistake.message, path=(*path, *mistake.where), hint=mistake.hint)
    resolved = operation.model_copy(update={"service": site.cluster(operation.service)})
    if operation.rpc is None or operation.definition is None:
        return Called(operation=resolved)
    found = read_descriptors(site, operation.definition, (*path, "definition"))
    if isinstance(found, Finding):
        return found
    if unfit := _unfit(operation.rpc, found):
        return replace(unfit, path=(*path, *unfit.path))
    return Called(operation=resolved, descriptors=base64.b64encode(found.compact).decode())


def _unfit(rpc: str, found: Descriptors) -> Finding | None:
    """Return why *rpc* cannot be called; nothing if it can."""
    methods = {method.path[1:]: method for methods in found.services.values() for method in methods}
    if rpc not in methods:
        hint = did_you_mean(rpc, methods)
        return Finding("grpc.unknown_method", f"the definition has no method {rpc!r}", path=("rpc",), hint=hint)
    if methods[rpc].client_streaming or methods[rpc].server_streaming:
        message = f"{rpc} is a stream, and an operation calls methods without one"
        return Finding("grpc.streaming_method", message, path=("rpc",))
    return None
