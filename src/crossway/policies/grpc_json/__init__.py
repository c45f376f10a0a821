"""gRPC-JSON: clients that speak JSON over HTTP call gRPC services.

What they may call, and how, stands in the services' own `.proto` files, as `google.api.http` annotations
(https://cloud.google.com/endpoints/docs/grpc/transcoding). The gateway reads them compiled, as a descriptor set, or
asks the service for them.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

from pydantic import Field

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.compile.descriptors import read_descriptors
from crossway.model import DefinitionName, Finding, Size, Spec, did_you_mean
from crossway.protos.envoy.extensions.filters.http.grpc_json_transcoder import v3 as transcoder_v3
from crossway.protos.google import protobuf

_HTTP_BODY: Final = "google.api.HttpBody"

FullName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$")]


class Streaming(enum.StrEnum):
    """How a stream of messages is written."""

    ARRAY = "array"
    NDJSON = "ndjson"
    SSE = "sse"


class UnknownQuery(enum.StrEnum):
    """What becomes of a query parameter that is no field."""

    REJECT = "reject"
    IGNORE = "ignore"


class GrpcJson(Spec):
    """Translate JSON over HTTP for gRPC services, by the `google.api.http` annotations of their methods.

    Paths, query parameters and bodies become the request message, the answer becomes JSON. A gRPC error becomes the
    HTTP status that stands for it, with a `google.rpc.Status` as JSON in the body. Calls in gRPC itself pass as they
    are, and a request for which there is no method is answered 404. An unknown field of a body is left out. What is
    streamed to the service is a JSON array.
    """

    definition: DefinitionName
    """The definition that holds the compiled `.proto` files: a descriptor set, or what the service itself says by
    reflection."""
    services: tuple[FullName, ...] = ()
    """The services that can be called, by their full names, `package.Service`; all in the set that have annotations if
    empty."""
    auto_mapping: bool = False
    """Whether a method without an annotation can be called as well: as `POST /package.Service/Method`, with the message
    as the body. Off by default: an annotation says that a method is meant for everybody."""
    unknown_query: UnknownQuery = UnknownQuery.REJECT
    """What becomes of a query parameter that is no field of the message: the request is answered 400 (`reject`), which
    makes typing errors visible, or the parameter is left out (`ignore`)."""
    proto_names: bool = False
    """Write fields as the `.proto` file does, `unit_price`, and not as JSON does, `unitPrice`. Both are read."""
    emit_defaults: bool = False
    """Write fields that have their default value, such as 0 or an empty text, too. They are left out by default, as
    they are in gRPC."""
    enums_as_numbers: bool = False
    """Write the numbers of enum values in place of their names. Both are read."""
    streaming: Streaming = Streaming.ARRAY
    """How the messages of a stream are written: as one JSON `array`, one on each line (`ndjson`), or as server-sent
    events (`sse`), which browsers read."""
    max_size: Annotated[Size, Field(ge=1)] = 4 * 2**20
    """How much of a body may wait for its translation, where 413 is the answer to more, and of an answer, where 500
    stands in for more. 4MiB, the default, is what gRPC itself takes for one message."""


def compile_grpc_json(spec: GrpcJson, site: Site) -> Fragment | Finding:
    """Return the settings of the transcoder; a finding where the definition has not what the settings name."""
    descriptors = read_descriptors(site, spec.definition, ("definition",))
    if isinstance(descriptors, Finding):
        return descriptors
    reachable = {name: spec.auto_mapping or any(m.rule for m in ms) for name, ms in descriptors.services.items()}
    for index, name in enumerate(spec.services):
        if name not in reachable:
            message = f"definition {spec.definition} has no service {name!r}"
            path = ("services", index)
            return Finding("grpc_json.unknown_service", message, path=path, hint=did_you_mean(name, reachable))
        if not reachable[name]:
            message = f"no method of {name} has an HTTP annotation, so none can be called"
            return Finding("grpc_json.no_annotation", message, path=("services", index), hint="see auto_mapping")
    services = spec.services or tuple(name for name, can_be in reachable.items() if can_be)
    if not services:
        message = f"no method in definition {spec.definition} has an HTTP annotation, so none can be called"
        return Finding("grpc_json.no_annotation", message, path=("definition",), hint="see auto_mapping")
    for method in (each for name in services for each in descriptors.services[name]):
        if method.rule is not None and method.rule.response_body and method.output != _HTTP_BODY:
            message = f"{method.path[1:]} has an annotation with response_body, which cannot be translated"
            return Finding("grpc_json.response_body", message, path=("definition",))
    if not site.http2:
        message = "no service of the route speaks HTTP/2, which gRPC needs"
        return Finding("grpc_json.protocol", message, hint="write protocol: http2 at the service, or h2c:// in its URL")
    return Fragment(per_route={"grpc_json": _transcoder(spec, descriptors.compact, services)})


def _transcoder(spec: GrpcJson, content: bytes, services: tuple[str, ...]) -> transcoder_v3.GrpcJsonTranscoder:
    size = protobuf.UInt32Value(value=spec.max_size)
    return transcoder_v3.GrpcJsonTranscoder(
        proto_descriptor_bin=content,
        services=services,
        auto_mapping=spec.auto_mapping,
        convert_grpc_status=True,
        ignore_unknown_query_parameters=spec.unknown_query is UnknownQuery.IGNORE,
        match_incoming_request_route=True,
        print_options=transcoder_v3.GrpcJsonTranscoder.PrintOptions(
            always_print_primitive_fields=spec.emit_defaults,
            always_print_enums_as_ints=spec.enums_as_numbers,
            preserve_proto_field_names=spec.proto_names,
            stream_newline_delimited=spec.streaming is Streaming.NDJSON,
            stream_sse_style_delimited=spec.streaming is Streaming.SSE,
        ),
        request_validation_options=transcoder_v3.GrpcJsonTranscoder.RequestValidationOptions(
            reject_unknown_method=True,
            reject_unknown_query_parameters=spec.unknown_query is UnknownQuery.REJECT,
            reject_binding_body_field_collisions=True,
        ),
        max_request_body_size=size,
        max_response_body_size=size,
    )


POLICY = Policy(
    spec=GrpcJson,
    stage=Stage.TRANSFORM,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_grpc_json,
    defined=True,
    filters={"grpc_json": transcoder_v3.GrpcJsonTranscoder(proto_descriptor_bin=b"")},
)
