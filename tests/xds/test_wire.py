import pytest

from crossway.compile.envoy.resource import Resource
from crossway.errors import RemoteError
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.service.discovery import v3 as discovery
from crossway.xds.protocol import CLUSTER
from crossway.xds.subscription import Request, Send
from crossway.xds.wire import (
    Node,
    read_request,
    read_resource,
    read_resources,
    read_response,
    write_request,
    write_resources,
    write_response,
)

SHORT = Resource.of("short", cluster_v3.Cluster(name="short"))
LONG = Resource.of("l" * 300, cluster_v3.Cluster(name="l" * 300, alt_stat_name="x" * 20_000))
RESPONSE = Send(CLUSTER, "7", "v1", (SHORT, LONG), ("gone", "ü"))


def test_a_response_is_what_protobuf_would_write() -> None:
    message = discovery.DeltaDiscoveryResponse.FromString(write_response(RESPONSE))
    assert (message.system_version_info, message.type_url, message.nonce) == ("v1", CLUSTER, "7")
    assert list(message.removed_resources) == ["gone", "ü"]
    assert [resource.SerializeToString() for resource in message.resources] == [SHORT.wire, LONG.wire]


def test_a_response_is_read_back_with_the_bytes_of_its_resources() -> None:
    assert read_response(write_response(RESPONSE)) == RESPONSE


def test_resources_are_read_back() -> None:
    assert list(read_resources(write_resources([LONG, SHORT]))) == [LONG, SHORT]
    assert read_resource(SHORT.wire) == SHORT


@pytest.mark.parametrize(
    "request_",
    [
        Request(CLUSTER),
        Request(CLUSTER, ("a", "*"), ("b",), {"a": "1"}),
        Request(CLUSTER, response_nonce="3"),
        Request(CLUSTER, response_nonce="3", error_message="no such thing"),
        Request(CLUSTER, response_nonce="3", error_message=""),
    ],
)
def test_a_request_is_read_back(request_: Request) -> None:
    assert read_request(write_request(request_)) == (None, request_)


def test_a_node_is_read_back() -> None:
    node = Node("n1", "edge", "zone-a", {"role": "gateway"})
    assert read_request(write_request(Request(CLUSTER), node))[0] == node


def test_metadata_that_is_no_string_is_left_out() -> None:
    message = discovery.DeltaDiscoveryRequest()
    message.node.id = "n1"
    message.node.metadata.fields["weight"].number_value = 1
    assert read_request(message.SerializeToString())[0] == Node("n1")


@pytest.mark.parametrize("read", [read_request, read_response])
def test_what_is_no_message_is_the_peers_fault(read: object) -> None:
    assert callable(read)
    with pytest.raises(RemoteError, match="is not a delta discovery re"):
        read(b"\xff\xff\xff")


def test_proxies_that_name_the_same_share_the_names() -> None:
    data = write_request(Request(CLUSTER, subscribe=("a name",), initial_versions={"a name": "a version"}))
    (_, first), (_, second) = read_request(data), read_request(data)
    assert first.subscribe[0] is second.subscribe[0] is next(iter(first.initial_versions))
    assert first.initial_versions["a name"] is second.initial_versions["a name"]
