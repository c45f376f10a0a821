"""What it costs to translate between JSON and gRPC, against the same call in gRPC that is only proxied.

The service behind it is an Envoy that makes a call in gRPC of what the usual backend answers. All clients speak
HTTP/1.1, and so does the one that calls in gRPC: what HTTP/2 costs would only make the ratio smaller.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from string import Template
from typing import Final

from bench.cost import Rival, ratio, take_turns
from bench.envoy import running_envoy
from bench.gateway import PROXY, crossway_run
from bench.lab import Lab
from bench.machine import free_port, written
from bench.table import Line
from crossway.protos.google import api, protobuf

HOST = "any.example.com"
SERVICE, METHOD = "bench.Backend", "Get"
BOUND = 2.0
_SCRIPT: Final = Template("wrk.method = 'POST'\nwrk.headers['content-type'] = '$type'\nwrk.body = '$body'\n")
_JSON: Final = ("application/json", "{}")
_CALL: Final = {
    "plain": ("application/grpc", r"\0\0\0\0\0"),
    "grpc": ("application/grpc", r"\0\0\0\0\0"),
}
"""The content types and bodies of the calls in gRPC, by the rivals that take them."""
_GATEWAY: Final = Template("""\
gateways: {edge: {policies: {access_log: false}, listeners: {http: {port: $port, address: 127.0.0.1}}}}
services: {bench: "$service"}
definitions: {bench: {text: $descriptors}}
routes: {all: {to: bench, policies: {$policy}}}
""")
_BACKEND: Final = Template("""\
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: $port}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: backend
          http2_protocol_options: {max_concurrent_streams: 1000}
          route_config: {virtual_hosts: [{name: all, domains: ["*"], routes: [$route]}]}
          http_filters:
          - name: envoy.filters.http.grpc_json_reverse_transcoder
            typed_config:
              "@type": $types.grpc_json_reverse_transcoder.v3.GrpcJsonReverseTranscoder
              descriptor_binary: $descriptors
          - name: envoy.filters.http.router
            typed_config: {"@type": $types.router.v3.Router}
  clusters:
  - name: json
    load_assignment:
      cluster_name: json
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: $json}}}}]}]
""")
_ROUTE: Final = "{match: {prefix: /}, route: {cluster: json}}"
_OPTION: Final = b"\x82\xd3\xe4\x93\x02"
"""What the option `google.api.http` begins with (google/api/annotations.proto)."""
_TYPES: Final = "type.googleapis.com/envoy.extensions.filters.http"


def _descriptors() -> str:
    """Return what the backend answers as a descriptor set, in base64."""
    rule = api.HttpRule(post="/", body="*").SerializeToString()
    options = protobuf.MethodOptions.FromString(_OPTION + bytes((len(rule),)) + rule)
    fields = [
        protobuf.FieldDescriptorProto(name=name, number=number, type=9, label=1)
        for number, name in enumerate(("service", "answer", "padding"), 1)
    ]
    method = protobuf.MethodDescriptorProto(
        name=METHOD, input_type=".bench.Nothing", output_type=".bench.Answer", options=options
    )
    file = protobuf.FileDescriptorProto(
        name="bench.proto",
        package="bench",
        syntax="proto3",
        message_type=[protobuf.DescriptorProto(name="Nothing"), protobuf.DescriptorProto(name="Answer", field=fields)],
        service=[protobuf.ServiceDescriptorProto(name="Backend", method=[method])],
    )
    return base64.b64encode(protobuf.FileDescriptorSet(file=[file]).SerializeToString()).decode()


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about gRPC."""
    descriptors, port = _descriptors(), free_port()
    backend = _BACKEND.substitute(port=port, json=lab.backend.port, descriptors=descriptors, types=_TYPES, route=_ROUTE)
    policies = {
        "plain": "",
        "json": "grpc_json: {definition: bench}",
        "connect": "connect: {definition: bench}",
        "grpc": "grpc: {definition: bench}",
    }
    rivals: dict[str, Rival] = {}
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running_envoy(backend, lab.directory / "grpc-backend"))
        for name, policy in policies.items():
            own, is_rest = free_port(), name == "grpc"
            config = _GATEWAY.substitute(
                port=own,
                service=f"http://127.0.0.1:{lab.backend.port}" if is_rest else f"h2c://127.0.0.1:{port}",
                descriptors=descriptors,
                policy=policy,
            )
            gateway = await stack.enter_async_context(crossway_run(config, lab.directory / f"grpc-{name}"))
            kind, body = _CALL.get(name, _JSON)
            script = written(lab.directory / f"grpc-{name}.lua", _SCRIPT.substitute(type=kind, body=body))
            path = "/" if name == "json" else f"/{SERVICE}/{METHOD}"
            rivals[name] = Rival(gateway.process, PROXY, own, HOST, path, script=script)
        taken = await take_turns(lab, rivals, lab.times(12, 4))
    plain = taken["plain"]
    yield ratio("CPU per request, grpc_json, JSON for a gRPC service, against plain gRPC", taken["json"], plain, BOUND)
    yield ratio("the same, connect with JSON, in Python", taken["connect"], plain)
    yield ratio("the same, grpc, a call in gRPC for a REST service, in Python", taken["grpc"], plain)
