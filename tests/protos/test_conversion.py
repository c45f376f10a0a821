"""Messages to and from ``Any`` and plain data."""

import json

import pytest

from crossway.errors import RemoteError
from crossway.protos import ParseError, from_dict, pack, to_dict, type_url, unpack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.cors import v3 as cors_v3
from crossway.protos.google import protobuf

CORS = cors_v3.CorsPolicy(max_age="60", allow_credentials=protobuf.BoolValue(value=True))
CORS_URL = "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy"


def test_pack_and_unpack_are_inverse():
    packed = pack(CORS)
    assert type(packed) is protobuf.Any
    assert packed.type_url == type_url(CORS) == type_url(cors_v3.CorsPolicy) == CORS_URL
    assert unpack(packed) == CORS
    assert type(unpack(packed)) is cors_v3.CorsPolicy


def test_equal_messages_pack_to_equal_bytes():
    keys = [str(number) for number in range(50)]
    one, other = core_v3.Metadata(), core_v3.Metadata()
    for key in keys:
        one.filter_metadata[key].update({"x": key})
    for key in reversed(keys):
        other.filter_metadata[key].update({"x": key})
    assert pack(one).value == pack(other).value


def test_unpack_refuses_a_type_that_this_envoy_does_not_have():
    with pytest.raises(RemoteError, match=r"'x/envoy\.Nope' is not a message type of this Envoy"):
        unpack(protobuf.Any(type_url="x/envoy.Nope"))


def test_a_nested_any_is_opened_and_closed_again():
    route = route_v3.Route(name="orders", match=route_v3.RouteMatch(prefix="/"))
    route.typed_per_filter_config["envoy.filters.http.cors"].CopyFrom(pack(CORS))
    tree = {
        "name": "orders",
        "match": {"prefix": "/"},
        "typed_per_filter_config": {
            "envoy.filters.http.cors": {"@type": CORS_URL, "max_age": "60", "allow_credentials": True}
        },
    }
    assert to_dict(route) == tree
    assert json.loads(json.dumps(to_dict(route))) == tree
    assert from_dict(tree, route_v3.Route) == route


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"nme": "x"}, 'no field named "nme"'),
        ({"match": {"prefx": "/"}}, 'no field named "prefx" at "Route.match"'),
        ({"match": 3}, "Failed to parse match field"),
        ({"typed_per_filter_config": {"x": {"@type": "t/nope"}}}, r"by type_url: t/nope at .*\[x\]"),
    ],
)
def test_from_dict_says_what_does_not_fit(tree, expected):
    with pytest.raises(ParseError, match=expected):
        from_dict(tree, route_v3.Route)
