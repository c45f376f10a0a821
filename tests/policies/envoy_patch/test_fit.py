import pytest

from crossway.policies.envoy_patch.fit import problems
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.google import protobuf

DURATION = "type.googleapis.com/google.protobuf.Duration"
CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster"


def found(patch: object, kind: type) -> list[tuple[tuple[str | int, ...], bool]]:
    return [(problem.path, problem.unknown) for problem in problems(patch, kind.DESCRIPTOR)]


@pytest.mark.parametrize(
    ("patch", "kind"),
    [
        ({}, route_v3.Route),
        ({"name": None, "route": None, "metadata": None}, route_v3.Route),
        ({"route": {"timeout": "1.5s", "cluster": "a"}, "redirect": None}, route_v3.Route),
        ({"request_headers_to_add": [{"header": {"key": "a", "value": "b"}}]}, route_v3.Route),
        ({"metadata": {"filter_metadata": {"a": {"anything": [1, {}]}, "b": None}}}, route_v3.Route),
        ({"typed_per_filter_config": {"a": {"@type": CLUSTER, "name": "b"}}}, route_v3.Route),
        ({"@type": DURATION, "value": "1s"}, protobuf.Any),
        ({"connect_timeout": "1s", "lb_policy": "RANDOM", "per_connection_buffer_limit_bytes": 1}, cluster_v3.Cluster),
        ({"inline_bytes": "aGk="}, core_v3.DataSource),
    ],
)
def test_what_fits_is_no_problem(patch, kind):
    assert found(patch, kind) == []


@pytest.mark.parametrize(
    ("patch", "kind", "path", "unknown"),
    [
        ([], route_v3.Route, (), False),
        ("text", route_v3.Route, (), False),
        ({"nane": "a"}, route_v3.Route, ("nane",), True),
        ({"requestHeadersToAdd": []}, route_v3.Route, ("requestHeadersToAdd",), True),
        ({"name": 1}, route_v3.Route, ("name",), False),
        ({"typed_per_filter_config": []}, route_v3.Route, ("typed_per_filter_config",), False),
        ({"request_headers_to_add": {}}, route_v3.Route, ("request_headers_to_add",), False),
        ({"request_headers_to_remove": [1]}, route_v3.Route, ("request_headers_to_remove", 0), False),
        ({"route": {}, "redirect": {}}, route_v3.Route, ("redirect",), False),
        ({"lb_policy": "random"}, cluster_v3.Cluster, ("lb_policy",), False),
        (
            {"per_connection_buffer_limit_bytes": -1},
            cluster_v3.Cluster,
            ("per_connection_buffer_limit_bytes",),
            False,
        ),
        ({"inline_bytes": 5}, core_v3.DataSource, ("inline_bytes",), False),
        ({}, protobuf.Any, ("@type",), False),
        ({"@type": "type.googleapis.com/envoy.Nothing"}, protobuf.Any, ("@type",), False),
        ({"@type": DURATION}, protobuf.Any, (), False),
        ({"@type": DURATION, "value": "soon"}, protobuf.Any, (), False),
        ({"@type": CLUSTER, "nane": "a"}, protobuf.Any, ("nane",), True),
        (
            {"metadata": {"filter_metadata": {"a": 1}}},
            route_v3.Route,
            ("metadata", "filter_metadata", "a"),
            False,
        ),
    ],
)
def test_what_does_not_fit_is_found(patch, kind, path, unknown):
    assert found(patch, kind) == [(path, unknown)]


def test_every_problem_is_found_and_no_value_is_repeated():
    patch = {"name": ["hunter2"], "lb_policy": "hunter2", "inline": "hunter2"}
    assert [path for path, _ in found(patch, cluster_v3.Cluster)] == [("name",), ("lb_policy",), ("inline",)]
    assert "hunter2" not in str(list(problems(patch, cluster_v3.Cluster.DESCRIPTOR)))
