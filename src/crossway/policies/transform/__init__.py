"""Transform: bodies are converted, checked, filled in from templates, and moved to headers and back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator

from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target, step
from crossway.model import FieldPath, Finding, did_you_mean
from crossway.model.conversion import Protobuf
from crossway.model.transformation import Transform
from crossway.protos.google import protobuf


def compile_transform(spec: Transform, site: Site) -> Fragment | Finding:  # noqa: ARG001  # the same everywhere
    """Return the step of the runtime; a finding where a descriptor set has not what an operation names."""
    for direction, steps in (("request", spec.request), ("response", spec.response)):
        for index, chosen in enumerate(steps):
            settings = chosen.operation
            path: FieldPath = (direction, index, chosen.kind)
            if isinstance(settings, Protobuf) and (finding := _problem(settings, path)):
                return finding
    return Fragment(steps=(step("transform", spec),))


def _problem(settings: Protobuf, path: FieldPath) -> Finding | None:
    """Return what is wrong with the descriptor set of *settings*, or with the name of the message."""
    try:
        files = protobuf.FileDescriptorSet.FromString(base64.b64decode(settings.descriptor_set, validate=True)).file
    except (binascii.Error, DecodeError):
        message = "this is no descriptor set in base64, as `protoc --descriptor_set_out` writes it"
        return Finding("transform.descriptor_set", message, path=(*path, "descriptor_set"))
    pool = DescriptorPool()
    known: list[str] = []
    for file in files:
        try:
            pool.AddSerializedFile(file.SerializeToString())
        except TypeError as error:
            message = f"{file.name} of the descriptor set cannot be used ({error})"
            hint = "was it written with --include_imports?"
            return Finding("transform.descriptor_set", message, path=(*path, "descriptor_set"), hint=hint)
        known += _names(file.package, file.message_type)
    if settings.message not in known:
        message = f"the descriptor set has no message {settings.message!r}"
        hint = did_you_mean(settings.message, known)
        return Finding("transform.unknown_message", message, path=(*path, "message"), hint=hint)
    return None


def _names(scope: str, messages: Iterable[protobuf.DescriptorProto]) -> Iterator[str]:
    """Yield the full names of *messages* and of those inside them."""
    for message in messages:
        name = f"{scope}.{message.name}" if scope else message.name
        yield name
        yield from _names(name, message.nested_type)


POLICY = Policy(
    spec=Transform,
    stage=Stage.CONVERT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_transform,
)
