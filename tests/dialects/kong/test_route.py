import pytest

from crossway.dialects.kong.route import Route


@pytest.mark.parametrize("protocol", ["tcp", "tls", "udp", "tls_passthrough"])
def test_connections_are_not_requests(protocol: str):
    assert Route.model_validate({"protocols": [protocol]}).is_stream
    assert not Route.model_validate({"protocols": ["https"]}).is_stream


def test_what_is_not_said_is_as_in_kong():
    route = Route()
    assert (route.strip_path, route.preserve_host, route.protocols) == (True, False, ("http", "https"))


def test_an_expression_is_spelled_out():
    assert Route.model_validate({"expression": 'http.method == "GET"'}).spelled_out.methods == ("GET",)
    assert Route(methods=("GET",)).spelled_out.methods == ("GET",)
