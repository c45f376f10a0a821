from dataclasses import replace
from pathlib import Path

import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import Defined, Finding, Ref
from crossway.policies.grpc_json import GrpcJson, compile_grpc_json
from crossway.protos.envoy.extensions.filters.http.grpc_json_transcoder import v3 as transcoder_v3
from crossway.protos.google import protobuf

SITE = Site(Ref("routes", "shop"), "default", http2=True)
GET_ROOT = b"\x82\xd3\xe4\x93\x02\x03\x12\x01/"
"""The option ``(google.api.http) = {get: "/"}``."""


def descriptor_set(**services: bool) -> bytes:
    """Return a descriptor set with *services*, each with one method, and whether it has an annotation."""

    def service(name: str, annotated: bool) -> protobuf.ServiceDescriptorProto:
        options = protobuf.MethodOptions.FromString(GET_ROOT) if annotated else None
        method = protobuf.MethodDescriptorProto(name="Get", input_type=".a.E", output_type=".a.E", options=options)
        return protobuf.ServiceDescriptorProto(name=name, method=[method])

    file = protobuf.FileDescriptorProto(
        name="a.proto",
        package="a",
        syntax="proto3",
        message_type=[protobuf.DescriptorProto(name="E")],
        service=[service(name, annotated) for name, annotated in services.items()],
    )
    return protobuf.FileDescriptorSet(file=[file]).SerializeToString()


def compiled(content: bytes, **settings: object) -> Fragment | Finding:
    site = replace(SITE, definitions={Ref("definitions", "shop"): Defined(content)})
    return compile_grpc_json(GrpcJson.model_validate({"definition": "shop", **settings}), site)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({}, ["a.One"]), ({"auto_mapping": True}, ["a.One", "a.Two"]), ({"services": ["a.One"]}, ["a.One"])],
)
def test_services_that_can_be_called_are_found(settings, expected):
    result = compiled(descriptor_set(One=True, Two=False), **settings)
    assert isinstance(result, Fragment)
    transcoder = result.per_route["grpc_json"]
    assert isinstance(transcoder, transcoder_v3.GrpcJsonTranscoder)
    assert list(transcoder.services) == expected


def test_a_typing_error_gets_a_hint():
    result = compiled(descriptor_set(Orders=True), services=["a.Order"])
    assert isinstance(result, Finding)
    assert result.hint == "did you mean 'a.Orders'?"


@pytest.mark.parametrize("annotated", [True, False])
def test_a_service_that_is_named_needs_an_annotation(annotated):
    result = compiled(descriptor_set(One=annotated, Two=True), services=["a.One"])
    assert isinstance(result, Fragment) is annotated


def test_a_real_set_is_taken_without_what_nobody_needs():
    content = (Path(__file__).parents[1] / "data/shop.pb").read_bytes()
    result = compiled(content)
    assert isinstance(result, Fragment)
    transcoder = result.per_route["grpc_json"]
    assert isinstance(transcoder, transcoder_v3.GrpcJsonTranscoder)
    assert len(transcoder.proto_descriptor_bin) < len(content) / 5
