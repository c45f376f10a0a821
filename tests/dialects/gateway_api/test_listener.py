import pytest
from pydantic import ValidationError

from crossway.dialects.gateway_api.listener import Listener
from crossway.dialects.gateway_api.reference import GRPC_ROUTE, HTTP_ROUTE, TLS_ROUTE


def listener(**settings: object) -> Listener:
    return Listener.model_validate({"name": "a", "port": 80, "protocol": "HTTP", **settings})


def test_the_protocol_says_which_routes_are_taken():
    assert listener(protocol="https").route_kinds == (HTTP_ROUTE, GRPC_ROUTE)
    assert listener(protocol="TLS", tls={"mode": "Passthrough"}).route_kinds == (TLS_ROUTE,)
    assert not listener(protocol="example.com/odd").is_supported


def test_of_the_kinds_that_are_named_those_of_other_protocols_are_none():
    named = listener(allowedRoutes={"kinds": [{"kind": "GRPCRoute"}, {"kind": "TCPRoute"}]})
    assert named.route_kinds == (GRPC_ROUTE,)
    assert named.has_invalid_kinds


def test_only_protocols_with_hostnames_have_one():
    assert listener(hostname="A.example.com").serves == "a.example.com"
    assert listener(hostname="").serves == "*"
    assert listener(protocol="TCP", hostname="a.example.com").serves == "*"


@pytest.mark.parametrize(
    "settings",
    [{"tls": {}}, {"protocol": "TCP", "tls": {}}, {"protocol": "HTTPS", "tls": {"mode": "Passthrough"}}],
)
def test_tls_is_where_the_protocol_has_it(settings: dict[str, object]):
    with pytest.raises(ValidationError):
        listener(**settings)
