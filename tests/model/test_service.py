import pytest
from pydantic import ValidationError

from crossway.model import BackendProtocol, Endpoint, Service


@pytest.mark.parametrize(
    ("address", "host", "port", "is_name"),
    [
        ("127.0.0.1:80", "127.0.0.1", 80, False),
        ("[::1]:80", "::1", 80, False),
        ("a.test:65535", "a.test", 65535, True),
        ("my_host-1:1", "my_host-1", 1, True),
    ],
)
def test_an_address(address, host, port, is_name):
    endpoint = Endpoint(address=address)
    assert (endpoint.host, endpoint.port, endpoint.is_name, endpoint.pipe) == (host, port, is_name, None)


def test_a_socket():
    endpoint = Endpoint(address="unix:/run/a.sock")
    assert endpoint.pipe == "/run/a.sock"
    assert not endpoint.is_name


def test_a_socket_has_a_short_path():
    assert Endpoint(address="unix:/" + "x" * 106).pipe == "/" + "x" * 106
    with pytest.raises(ValidationError, match="at most 107 bytes"):
        Endpoint(address="unix:/" + "é" * 54)


@pytest.mark.parametrize(
    "address",
    [
        "unix:/a\0b",
        "unix:/a\nb",
        "",
        "a",
        "a:",
        ":80",
        "a:0",
        "a:65536",
        "a:x",
        "::1:80",
        "[::1]",
        "http://a:80",
        "unix:a",
        "a b:1",
    ],
)
def test_an_address_that_is_none(address):
    with pytest.raises(ValidationError, match="is no address"):
        Endpoint(address=address)


@pytest.mark.parametrize(
    "endpoint",
    [
        {},
        {"address": "a:1", "weight": 0},
        {"address": "a:1", "weight": 129},
        {"address": "a:1", "priority": 128},
        {"address": "a:1", "labels": {"a": {}}},
        {"address": "a:1", "nope": 1},
    ],
)
def test_an_endpoint_that_is_none(endpoint):
    with pytest.raises(ValidationError):
        Endpoint.model_validate(endpoint)


@pytest.mark.parametrize(
    ("url", "address", "protocol", "sni"),
    [
        ("http://a.test", "a.test:80", BackendProtocol.HTTP1, None),
        ("http://127.0.0.1:9001/", "127.0.0.1:9001", BackendProtocol.HTTP1, None),
        ("http://[::1]:9001", "[::1]:9001", BackendProtocol.HTTP1, None),
        ("https://a.test", "a.test:443", BackendProtocol.AUTO, "a.test"),
        ("h2c://a.test:1", "a.test:1", BackendProtocol.HTTP2, None),
    ],
)
def test_a_service_in_one_line(url, address, protocol, sni):
    service = Service.model_validate(url)
    assert [endpoint.address for endpoint in service.endpoints] == [address]
    assert service.protocol is protocol
    assert (service.tls.sni if service.tls else None) == sni


@pytest.mark.parametrize(
    "url", ["", "a.test", "ftp://a", "http://", "http://a/b", "http://a?b", "http://a:99999", "http://a:x"]
)
def test_a_line_that_is_no_service(url):
    with pytest.raises(ValidationError):
        Service.model_validate(url)


@pytest.mark.parametrize(
    "service",
    [
        {"endpoints": ["a"]},
        {"endpoints": 5},
        {"endpoints": ["127.0.0.1:1"], "protocol": "auto"},
        {"endpoints": ["127.0.0.1:1"], "protocol": "http3"},
        {"endpoints": ["127.0.0.1:1"], "protocol": "spdy"},
        {"endpoints": ["a:1", "b:1"], "dns": {"mode": "logical"}},
        {"endpoints": ["a:1"], "dns": {"refresh": 5}},
        {"endpoints": ["a:1"], "dns": {"refresh": 0}},
        {"endpoints": ["a:1"], "dns": {"refresh": "1ms"}},
        {"endpoints": ["a:1"], "dns": {"resolvers": ["10.0.0.1"]}},
        {"endpoints": ["a:1"], "dns": {"resolvers": ["dns.test:53"]}},
        {"endpoints": ["a:1"], "dns": {"resolvers": ["10.0.0.1:0"]}},
        {"endpoints": ["a:1"], "dns": {"resolvers": ["unix:/x"]}},
        {"endpoints": ["a:1"], "subsets": {"v1": {}}},
        {"endpoints": ["a:1"], "proxy_protocol": "v3"},
        {"endpoints": ["a:1"], "proxy_protocol": "v2", "protocol": "http3", "tls": {}},
        {"endpoints": ["a:1"], "tls": {"sni": "x" * 256}},
        {"endpoints": ["a:1"], "tls": {"sni": "a\0b"}},
        "https://" + "x" * 256,
    ],
)
def test_a_service_that_is_none(service):
    with pytest.raises(ValidationError):
        Service.model_validate(service)


def test_a_service():
    service = Service.model_validate(
        {"endpoints": "a:1", "dns": {"mode": "logical", "resolvers": ["10.0.0.1:53", "[::1]:53"]}}
    )
    assert service == Service.model_validate(
        {"endpoints": [{"address": "a:1"}], "dns": {"mode": "logical", "resolvers": ["10.0.0.1:53", "[::1]:53"]}}
    )
    assert Service().endpoints == ()
