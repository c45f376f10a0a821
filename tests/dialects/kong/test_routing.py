import pytest

from dialects.kong.reading import HEAD, of_route, read

UPSTREAM = (
    "upstreams: [{name: up, targets: [%s]%s}]\nservices: [{name: web, host: up, routes: [{name: web, paths: [/a]}]}]\n"
)


def rewritten(found: object) -> object:
    return found.route()["policies"]["rewrite"].get("host")  # type: ignore[attr-defined]


def test_a_service_that_is_off_has_no_routes():
    found = read(
        f"{HEAD}services: [{{name: web, url: 'http://web', enabled: false, routes: [{{name: web, paths: [/a]}}]}}]\n"
    )
    assert "routes" not in found.settings


def test_the_backend_sees_its_own_host():
    assert rewritten(of_route("paths: [/a]")) == "127.0.0.1:9001"
    assert rewritten(of_route("paths: [/a], preserve_host: true")) is None


@pytest.mark.parametrize(
    ("targets", "rest", "host"),
    [
        ("{target: '10.0.0.1:80'}", "", None),
        ("{target: 'a.example:80'}, {target: 'b.example:80'}", "", "backend"),
        ("{target: '10.0.0.1:80'}", ", host_header: api.example", "api.example"),
    ],
)
def test_behind_an_upstream_it_is_that_of_the_target(targets: str, rest: str, host: str | None):
    assert rewritten(read(HEAD + UPSTREAM % (targets, rest))) == host
