import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.compile.envoy.merge import merge, overwrite
from crossway.protos import from_dict, pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.cors import v3 as cors_v3
from crossway.protos.google import protobuf

Route, Action = route_v3.Route, route_v3.RouteAction


def seconds(number: int) -> protobuf.Duration:
    return protobuf.Duration(seconds=number)


def header(name: str) -> core_v3.HeaderValueOption:
    return core_v3.HeaderValueOption(header=core_v3.HeaderValue(key=name, value="x"))


def cors(name: str) -> protobuf.Any:
    return pack(cors_v3.CorsPolicy(allow_methods=name))


@pytest.mark.parametrize(
    ("into", "part", "merged"),
    [
        (Route(name="a"), Route(), Route(name="a")),
        (Route(), Route(name="a"), Route(name="a")),
        (Route(name="a"), Route(name="a"), Route(name="a")),
        (Action(cluster="c"), Action(timeout=seconds(1)), Action(cluster="c", timeout=seconds(1))),
        (
            Route(route=Action(cluster="c")),
            Route(route=Action(timeout=seconds(1))),
            Route(route=Action(cluster="c", timeout=seconds(1))),
        ),
        (
            Route(request_headers_to_add=[header("a")]),
            Route(request_headers_to_add=[header("b")]),
            Route(request_headers_to_add=[header("a"), header("b")]),
        ),
        (
            Route(typed_per_filter_config={"a": cors("1")}),
            Route(typed_per_filter_config={"b": cors("2"), "a": cors("1")}),
            Route(typed_per_filter_config={"a": cors("1"), "b": cors("2")}),
        ),
        (
            Action(retry_policy=route_v3.RetryPolicy(retry_on="5xx")),
            Action(retry_policy=route_v3.RetryPolicy(num_retries=protobuf.UInt32Value(value=0))),
            Action(retry_policy=route_v3.RetryPolicy(retry_on="5xx", num_retries=protobuf.UInt32Value(value=0))),
        ),
    ],
)
def test_parts_add_up(into, part, merged):
    assert merge(into, part) is None
    assert into == merged


@pytest.mark.parametrize(
    ("into", "part", "field"),
    [
        (Route(name="a"), Route(name="b"), "name"),
        (Action(timeout=seconds(1)), Action(timeout=seconds(2)), "timeout"),
        (Action(cluster="a"), Action(cluster="b"), "cluster"),
        (Action(cluster="a"), Action(cluster_header="b"), "cluster, cluster_header"),
        (Route(route=Action(cluster="a")), Route(redirect=route_v3.RedirectAction()), "route, redirect"),
        (Route(route=Action(timeout=seconds(1))), Route(route=Action(timeout=seconds(2))), "route.timeout"),
        (
            Route(typed_per_filter_config={"a": cors("1")}),
            Route(typed_per_filter_config={"a": cors("2")}),
            "typed_per_filter_config[a]",
        ),
        (
            Action(retry_policy=route_v3.RetryPolicy(num_retries=protobuf.UInt32Value(value=1))),
            Action(retry_policy=route_v3.RetryPolicy(num_retries=protobuf.UInt32Value(value=0))),
            "retry_policy.num_retries",
        ),
        (Action(max_grpc_timeout=seconds(0)), Action(max_grpc_timeout=seconds(5)), "max_grpc_timeout"),
    ],
)
def test_what_both_decide_is_a_conflict_and_changes_nothing(into, part, field):
    before = type(into).FromString(into.SerializeToString())
    assert merge(into, part) == field
    assert into == before


parts = st.builds(
    lambda name, prefix, timeout: Route(
        name=name, route=Action(prefix_rewrite=prefix, timeout=timeout and seconds(timeout))
    ),
    st.sampled_from(["", "a", "b"]),
    st.sampled_from(["", "/a"]),
    st.sampled_from([None, 1, 2]),
)


@given(parts, parts)
def test_the_order_in_which_parts_come_means_nothing(one, other):
    first, second = Route(), Route()
    first.CopyFrom(one)
    second.CopyFrom(other)
    assert (merge(first, other) is None) == (merge(second, one) is None)
    if first != one or second != other:
        assert first == second


@pytest.mark.parametrize(
    ("into", "patch", "patched"),
    [
        (Route(name="a"), {}, Route(name="a")),
        (Route(name="a"), {"name": "b"}, Route(name="b")),
        (Route(name="a"), {"name": None}, Route()),
        (
            Route(route=Action(cluster="c")),
            {"route": {"timeout": "1s"}},
            Route(route=Action(cluster="c", timeout=seconds(1))),
        ),
        (Action(timeout=seconds(9)), {"timeout": "0s"}, Action(timeout=seconds(0))),
        (Action(cluster="c"), {"cluster_header": "x-to"}, Action(cluster_header="x-to")),
        (Route(), {"redirect": {}}, Route(redirect=route_v3.RedirectAction())),
        (
            Route(request_headers_to_remove=["a", "b"]),
            {"request_headers_to_remove": ["c"]},
            Route(request_headers_to_remove=["c"]),
        ),
        (
            Action(retry_policy=route_v3.RetryPolicy(retry_on="5xx", num_retries=protobuf.UInt32Value(value=3))),
            {"retry_policy": {"num_retries": 0}},
            Action(retry_policy=route_v3.RetryPolicy(retry_on="5xx", num_retries=protobuf.UInt32Value(value=0))),
        ),
        (
            Route(typed_per_filter_config={"a": cors("1"), "b": cors("2"), "c": cors("3")}),
            {
                "typed_per_filter_config": {
                    "a": {"@type": pack(cors_v3.CorsPolicy()).type_url, "max_age": "5"},
                    "b": None,
                    "c": {"@type": pack(Route()).type_url, "name": "r"},
                    "d": {"@type": pack(Route()).type_url},
                }
            },
            Route(
                typed_per_filter_config={
                    "a": pack(cors_v3.CorsPolicy(allow_methods="1", max_age="5")),
                    "c": pack(Route(name="r")),
                    "d": pack(Route()),
                }
            ),
        ),
        (Route(typed_per_filter_config={"a": cors("1")}), {"typed_per_filter_config": None}, Route()),
        (
            from_dict({"filter_metadata": {"a": {"x": 1, "y": 2}}}, core_v3.Metadata),
            {"filter_metadata": {"a": {"x": 3}, "b": {"z": True}}},
            from_dict({"filter_metadata": {"a": {"x": 3}, "b": {"z": True}}}, core_v3.Metadata),
        ),
    ],
)
def test_a_patch_is_written_over_what_is_there(into, patch, patched):
    overwrite(into, patch)
    assert into == patched
