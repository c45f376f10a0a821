import pytest

from crossway.dialects.kong.service import Service, milliseconds
from dialects.kong.reading import HEAD, read


def settings(fields: str) -> dict[str, object]:
    return read(f"{HEAD}services: [{{name: web, {fields}}}]\n").settings["services"]["web"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("host: a.example", {"endpoints": "a.example:80"}),
        ("url: 'http://[::1]:81/x'", {"endpoints": "[::1]:81"}),
        ("url: 'https://a.example'", {"endpoints": "a.example:443", "tls": {"sni": "a.example", "verify": False}}),
        ("url: 'https://10.0.0.1', tls_verify: true", {"endpoints": "10.0.0.1:443", "tls": {}}),
        ("url: 'grpc://a:5000'", {"endpoints": "a:5000", "protocol": "http2"}),
        ("host: a, retries: 0", {"endpoints": "a:80", "policies": {"retry": 0}}),
        ("host: a, read_timeout: 1500", {"endpoints": "a:80", "policies": {"timeout": {"idle": "60s"}}}),
        (
            "host: a, connect_timeout: 1500",
            {"endpoints": "a:80", "policies": {"connection": {"connect_timeout": "1500ms"}}},
        ),
    ],
)
def test_a_service_says_where_it_is_and_how_it_is_spoken_to(fields: str, expected: dict[str, object]):
    assert settings(fields) == expected


def test_a_service_without_a_host_has_no_endpoints():
    found = read(f"{HEAD}services:\n- {{name: web}}\n")
    assert found.settings["services"]["web"] == {"endpoints": []}
    assert found.said == [("field.missing", 3)]


def test_authorities_that_are_not_there_close_it():
    found = read(f"{HEAD}services:\n- {{name: web, url: 'https://a', tls_verify: true, ca_certificates: [none]}}\n")
    assert found.settings["services"]["web"] == {"endpoints": []}
    assert found.said == [("reference.dangling", 3)]


def test_the_host_has_its_port_unless_everybody_knows_it():
    assert [Service(host="a", port=port).host_header for port in (80, 81)] == ["a", "a:81"]
    assert Service(host="::1", port=81).host_header == "[::1]:81"
    assert Service(host="a", port=443, protocol="https").host_header == "a"


def test_milliseconds_are_written_as_people_do():
    assert [milliseconds(2000), milliseconds(2500)] == ["2s", "2500ms"]
