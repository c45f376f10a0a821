"""Proto packages are Python packages; their classes are those of the Envoy that we ship."""

import importlib
from datetime import timedelta

import pytest

from crossway.protos import POOL
from crossway.protos._packages import _FILES
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.google import protobuf


def test_a_message_survives_the_wire():
    cluster = cluster_v3.Cluster(
        name="orders",
        type=cluster_v3.Cluster.EDS,
        connect_timeout=protobuf.Duration(seconds=1),
        circuit_breakers=cluster_v3.CircuitBreakers(
            thresholds=[
                cluster_v3.CircuitBreakers.Thresholds(
                    priority=core_v3.RoutingPriority.HIGH, max_requests=protobuf.UInt32Value(value=7)
                )
            ]
        ),
    )
    again = cluster_v3.Cluster.FromString(cluster.SerializeToString(deterministic=True))
    assert again == cluster
    assert again.circuit_breakers.thresholds[0].max_requests.value == 7
    assert again.WhichOneof("cluster_discovery_type") == "type"
    assert not again.HasField("transport_socket")


@pytest.mark.parametrize("cls", [cluster_v3.Cluster, route_v3.Route, protobuf.Any])
def test_a_field_that_does_not_exist_is_refused(cls):
    with pytest.raises(ValueError, match='has no "nme" field'):
        cls(nme="x")
    with pytest.raises(AttributeError, match='has no "nme" field'):
        cls().nme = "x"


def test_a_class_is_made_once():
    module = importlib.import_module("crossway.protos.envoy.config.route.v3")
    assert module is route_v3
    assert module.Route is route_v3.Route
    assert type(route_v3.RouteConfiguration().virtual_hosts.add().routes.add()) is route_v3.Route
    assert route_v3.Route.DESCRIPTOR is POOL.FindMessageTypeByName("envoy.config.route.v3.Route")


def test_enums_convert_between_names_and_numbers():
    assert core_v3.RoutingPriority.Name(core_v3.RoutingPriority.HIGH) == "HIGH"
    assert cluster_v3.Cluster.DiscoveryType.Value("EDS") == cluster_v3.Cluster.EDS


def test_a_package_lists_its_types():
    assert {"Cluster", "CircuitBreakers"} <= set(dir(cluster_v3))


@pytest.mark.parametrize("name", ["validate", "xds.type.matcher.v3", "google.rpc", "envoy.admin.v3", "envoy.type"])
def test_every_package_can_be_imported(name):
    assert importlib.import_module(f"crossway.protos.{name}").__name__ == f"crossway.protos.{name}"


def test_what_this_envoy_does_not_have_is_an_import_error():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'crossway\.protos\.envoy\.config\.nope'"):
        importlib.import_module("crossway.protos.envoy.config.nope")
    with pytest.raises(ImportError, match="cannot import name 'Rout'"):
        exec("from crossway.protos.envoy.config.route.v3 import Rout")


def test_a_message_that_does_not_exist_is_an_attribute_error():
    expected = "no message or enum 'Rout' in the protobuf package envoy.config.route.v3"
    with pytest.raises(AttributeError, match=expected):
        _ = route_v3.Rout


def test_every_type_of_every_package_can_be_made():
    for package, names in _FILES.packages.items():
        module = importlib.import_module(f"crossway.protos.{package}")
        assert all(getattr(module, name) for name in names)


def test_durations_structs_and_anys_have_their_conveniences():
    duration = protobuf.Duration()
    duration.FromTimedelta(timedelta(seconds=1, milliseconds=500))
    assert duration == protobuf.Duration(seconds=1, nanos=500_000_000)
    assert cluster_v3.Cluster(connect_timeout=timedelta(seconds=2)).connect_timeout.ToTimedelta().seconds == 2

    metadata = core_v3.Metadata()
    metadata.filter_metadata["envoy.lb"].update({"canary": True, "zones": ["a", {"b": None}]})
    assert metadata.filter_metadata["envoy.lb"]["zones"][0] == "a"
    assert core_v3.Node(metadata={"pod": "x"}).metadata["pod"] == "x"

    packed = protobuf.Any()
    packed.Pack(duration)
    assert packed.Is(protobuf.Duration.DESCRIPTOR)
    unpacked = protobuf.Duration()
    assert packed.Unpack(unpacked)
    assert unpacked == duration
