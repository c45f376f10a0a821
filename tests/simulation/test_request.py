import pytest

from crossway.simulation.request import Request, joined


def test_a_url_says_scheme_host_port_and_path():
    request = Request.to("https://a.example.org:8443/x?y=1", "post", [("X-One", "1")])
    assert (request.scheme, request.host, request.port) == ("https", "a.example.org:8443", 8443)
    assert (request.path, request.method, request.headers) == ("/x?y=1", "POST", {"x-one": "1"})


@pytest.mark.parametrize(
    ("url", "host", "path", "port"),
    [
        ("a.example.org", "a.example.org", "/", None),
        ("http://a.example.org:80/x", "a.example.org", "/x", 80),
        ("https://a.example.org?q", "a.example.org", "/?q", None),
        ("http://[::1]:99/", "[::1]:99", "/", 99),
        ("http://me@a.example.org/", "a.example.org", "/", None),
    ],
)
def test_what_a_url_leaves_out(url, host, path, port):
    request = Request.to(url)
    assert (request.host, request.path, request.port) == (host, path, port)


def test_the_host_header_stands_over_the_url():
    request = Request.to("https://10.0.0.1/", headers=[("Host", "a.example.org")])
    assert (request.host, request.sni) == ("a.example.org", "10.0.0.1")


def test_no_url():
    with pytest.raises(ValueError, match="no URL"):
        Request.to("/orders")


def test_repeated_headers_are_joined_as_envoy_does():
    headers = [("Accept", " a"), ("accept", "b "), ("Cookie", "a=1"), ("cookie", "b=2")]
    assert joined(headers) == {"accept": "a,b", "cookie": "a=1; b=2"}
