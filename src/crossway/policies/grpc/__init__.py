"""gRPC for REST services: what the `google.api.http` annotations of a `.proto` file say, the other way round.

Envoy has a filter for this. It tells clients that what is 404 for a service is not implemented, puts whole bodies of
errors into a header, has no streams, lets fields lead out of their part of the path, and takes its route by the request
that it makes: so it is done in Python.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Final

from google.protobuf.descriptor import Descriptor

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target, step
from crossway.compile.descriptors import Descriptors, Method, read_descriptors
from crossway.model import FieldPath, Finding, did_you_mean
from crossway.model.rpc import Binding, Grpc, GrpcPlan, HttpRule, RestCall

_VARIABLE: Final = re.compile(r"\{([^{}=]+)(?:=([^{}]+))?\}")
_SEGMENTS: Final = {"*": "[^/]+", "**": ".+"}


def compile_grpc(spec: Grpc, site: Site) -> Fragment | Finding:
    """Return the step of the runtime; a finding where the definition has not what the settings name."""
    descriptors = read_descriptors(site, spec.definition, ("definition",))
    if isinstance(descriptors, Finding):
        return descriptors
    for index, name in enumerate(spec.services):
        if name not in descriptors.services:
            message = f"definition {spec.definition} has no service {name!r}"
            hint = did_you_mean(name, descriptors.services)
            return Finding("grpc.unknown_service", message, path=("services", index), hint=hint)
    services = spec.services or tuple(descriptors.services)
    methods = {method.path[1:]: method for name in services for method in descriptors.services[name]}
    if unknown := spec.rules.keys() - methods.keys():
        name = min(unknown)
        hint = did_you_mean(name, methods)
        message = f"the definition has no method {name!r}"
        return Finding("grpc.unknown_method", message, path=("rules", name), hint=hint)
    calls: dict[str, RestCall] = {}
    for name, method in methods.items():
        rule = spec.rules.get(name)
        path: FieldPath = ("rules", name) if rule is not None else ("definition",)
        call = _call(method, rule or _annotated(method), descriptors)
        if isinstance(call, str):
            return Finding("grpc.rule", f"{name}: {call}", path=path)
        if call is not None:
            calls[method.path] = call
    if not calls:
        message = f"no method in definition {spec.definition} says how it is called over HTTP"
        return Finding("grpc.rule", message, path=("definition",), hint="write rules")
    plan = GrpcPlan(
        descriptors=base64.b64encode(descriptors.compact).decode(),
        calls=calls,
        proto_names=spec.proto_names,
        emit_defaults=spec.emit_defaults,
        max_size=spec.max_size,
    )
    return Fragment(steps=(step("grpc", plan),))


def _annotated(method: Method) -> HttpRule | str | None:
    """Return the rule that *method* has in its file; `None` if it has none, or what is wrong with it."""
    rule = method.rule
    if rule is None:
        return None
    verb = rule.WhichOneof("pattern")
    if verb is None or verb == "custom":
        return "its annotation has no method that can be called"
    path = getattr(rule, verb)
    try:
        return HttpRule.model_validate({verb: path, "body": rule.body, "response_body": rule.response_body})
    except ValueError:
        return f"its annotation cannot be read: {verb} {path!r}"


def _call(method: Method, rule: HttpRule | str | None, descriptors: Descriptors) -> RestCall | str | None:
    """Return how *method* is called by *rule*; `None` if there is none, or what is wrong with it."""
    if rule is None or isinstance(rule, str):
        return rule
    verb, template = rule.call
    asked = descriptors.pool.FindMessageTypeByName(method.input)
    answered = descriptors.pool.FindMessageTypeByName(method.output)
    if rule.body not in ("", "*") and rule.body not in asked.fields_by_name:
        return f"{asked.full_name} has no field {rule.body!r} for the body"
    if rule.response_body and rule.response_body not in answered.fields_by_name:
        return f"{answered.full_name} has no field {rule.response_body!r}"
    if rule.body and verb == "GET":
        return "a GET has no body"
    pieces = tuple(_pieces(template))
    bound = [piece for piece in pieces if isinstance(piece, Binding)]
    if method.client_streaming and (bound or rule.body != "*"):
        return "a stream to the service is the body: '*', and no field of it is in the path"
    if "*" in "".join(piece for piece in pieces if isinstance(piece, str)):
        return f"what stands for * in {template} is in no field"
    for piece in bound:
        if (wrong := _unfit(asked, piece.field)) is not None:
            return wrong
    return RestCall(verb=verb, path=pieces, body=rule.body, response_body=rule.response_body)


def _pieces(template: str) -> Iterator[str | Binding]:
    """Yield the parts of a path: what stands there as it is, and fields."""
    end = 0
    for found in _VARIABLE.finditer(template):
        if found.start() > end:
            yield template[end : found.start()]
        parts = (_SEGMENTS.get(part, re.escape(part)) for part in (found[2] or "*").split("/"))
        yield Binding(field=found[1], pattern="/".join(parts))
        end = found.end()
    if end < len(template):
        yield template[end:]


def _unfit(message: Descriptor, path: str) -> str | None:
    """Return why the field at *path* of *message* cannot stand in a path; `None` if it can."""
    *outer, last = path.split(".")
    for name in outer:
        field = message.fields_by_name.get(name)
        if field is None:
            return f"{message.full_name} has no field {name!r}"
        if field.message_type is None or field.is_repeated:
            return f"{name} of {message.full_name} has no fields of its own"
        message = field.message_type
    field = message.fields_by_name.get(last)
    if field is None:
        return f"{message.full_name} has no field {last!r}"
    if field.message_type is not None or field.is_repeated:
        return f"{path} is no single value"
    return None


POLICY = Policy(
    spec=Grpc,
    stage=Stage.CONVERT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_grpc,
    defined=True,
)
