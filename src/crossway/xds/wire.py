"""The delta messages as bytes.

A response carries resources that were serialised where they were compiled. It is put together by writing a field
number and a length before each of them, so that ten thousand resources for a thousand proxies are copied, and
serialised never. The other way round a resource is cut out of a response and keeps its bytes.

Source: https://protobuf.dev/programming-guides/encoding, and ``envoy/service/discovery/v3/discovery.proto``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from sys import intern

from google.protobuf.message import DecodeError

from crossway.compile.envoy.resource import Resource
from crossway.errors import RemoteError
from crossway.protos.envoy.config.core import v3 as core
from crossway.protos.envoy.service.discovery import v3 as discovery
from crossway.protos.google import rpc
from crossway.xds.subscription import Request, Send

SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"
METHOD = "DeltaAggregatedResources"

GRPC_OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.keepalive_time_ms", 30_000),
)
"""For both halves: a hundred thousand routes are one message, and a peer that is gone is noticed."""

_SYSTEM_VERSION_INFO = b"\x0a"
_RESOURCES = b"\x12"
_TYPE_URL = b"\x22"
_NONCE = b"\x2a"
_REMOVED_RESOURCES = b"\x32"
"""The tags of the fields of a DeltaDiscoveryResponse: ``number << 3 | 2`` for 1, 2, 4, 5 and 6."""

_INTERNAL = 13
"""The gRPC status code with which Envoy itself refuses a response."""


@dataclass(frozen=True, slots=True)
class Node:
    """What a proxy says of itself in its first request."""

    id: str
    cluster: str = ""
    zone: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """The metadata fields that are strings."""


def write_response(response: Send) -> bytes:
    """Return *response* as a serialised DeltaDiscoveryResponse."""
    parts = [*_field(_SYSTEM_VERSION_INFO, response.version.encode())]
    for resource in response.resources:
        parts += _field(_RESOURCES, resource.wire)
    parts += _field(_TYPE_URL, response.type_url.encode())
    parts += _field(_NONCE, response.nonce.encode())
    for name in response.removed:
        parts += _field(_REMOVED_RESOURCES, name.encode())
    return b"".join(parts)


def read_response(data: bytes) -> Send:
    """Return the response that *data* is; its resources keep the bytes they came in. `RemoteError` if it is none."""
    try:
        message = discovery.DeltaDiscoveryResponse.FromString(data)
    except DecodeError:
        raise RemoteError("The control plane sent something that is not a delta discovery response.") from None
    resources = tuple(read_resource(wire) for wire in _fields(_RESOURCES, data))
    removed = tuple(message.removed_resources)
    return Send(message.type_url, message.nonce, message.system_version_info, resources, removed)


def write_resources(resources: Iterable[Resource]) -> bytes:
    """Return *resources* of any types one after the other, for `read_resources`."""
    return b"".join(part for resource in resources for part in _field(_RESOURCES, resource.wire))


def read_resources(data: bytes) -> Iterator[Resource]:
    """Yield the resources that `write_resources` wrote."""
    return map(read_resource, _fields(_RESOURCES, data))


def read_resource(wire: bytes) -> Resource:
    """Return the resource that *wire*, a serialised ``envoy.service.discovery.v3.Resource``, is."""
    message = discovery.Resource.FromString(wire)
    return Resource(message.resource.type_url, message.name, message.version, wire)


def write_request(request: Request, node: Node | None = None) -> bytes:
    """Return *request*, the first of a stream with its *node*, as a serialised DeltaDiscoveryRequest."""
    message = discovery.DeltaDiscoveryRequest(
        type_url=request.type_url,
        resource_names_subscribe=request.subscribe,
        resource_names_unsubscribe=request.unsubscribe,
        initial_resource_versions=request.initial_versions,
        response_nonce=request.response_nonce,
    )
    if request.error_message is not None:
        message.error_detail.CopyFrom(rpc.Status(code=_INTERNAL, message=request.error_message))
    if node is not None:
        message.node.CopyFrom(core.Node(id=node.id, cluster=node.cluster, locality=core.Locality(zone=node.zone)))
        for key, value in node.metadata.items():
            message.node.metadata.fields[key].string_value = value
    return message.SerializeToString()


def read_request(data: bytes) -> tuple[Node | None, Request]:
    """Return the request that *data* is, and the node where it names one. `RemoteError` if it is none.

    Its names and versions are interned: a thousand proxies name the same ten thousand.
    """
    try:
        message = discovery.DeltaDiscoveryRequest.FromString(data)
    except DecodeError:
        raise RemoteError("A proxy sent something that is not a delta discovery request.") from None
    request = Request(
        message.type_url,
        tuple(map(intern, message.resource_names_subscribe)),
        tuple(message.resource_names_unsubscribe),
        {intern(name): intern(version) for name, version in message.initial_resource_versions.items()},
        message.response_nonce,
        message.error_detail.message.strip() if message.HasField("error_detail") else None,
    )
    return (_node(message.node) if message.node.id else None), request


def _node(message: core.Node) -> Node:
    strings = {k: v.string_value for k, v in message.metadata.fields.items() if v.HasField("string_value")}
    return Node(message.id, message.cluster, message.locality.zone, strings)


def _field(tag: bytes, value: bytes) -> tuple[bytes, bytes, bytes]:
    return tag, _varint(len(value)), value


def _varint(number: int) -> bytes:
    octets = bytearray()
    while number > 0x7F:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    octets.append(number)
    return bytes(octets)


def _fields(tag: bytes, data: bytes) -> Iterator[bytes]:
    """Yield the values of the fields tagged *tag* in *data*, all of whose fields have a length and a one-byte tag."""
    at = 0
    while at < len(data):
        is_wanted = data[at] == tag[0]
        size, shift = 0, 0
        while True:
            at += 1
            size |= (data[at] & 0x7F) << shift
            shift += 7
            if data[at] < 0x80:
                break
        at += 1
        if is_wanted:
            yield data[at : at + size]
        at += size
