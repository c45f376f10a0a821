import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import PathMatch, Ref
from crossway.policies.static_files import StaticFiles, compile_static_files
from crossway.protos.envoy.extensions.filters.http.file_server import v3 as file_server_v3
from crossway.protos.envoy.extensions.filters.http.lua import v3 as lua_v3


def compiled(settings: object, path: str = "/*") -> Fragment:
    site = Site(Ref("routes", "shop"), "default", PathMatch.model_validate(path))
    return compile_static_files(StaticFiles.model_validate(settings), site)


def server(fragment: Fragment) -> file_server_v3.FileServerConfig:
    message = fragment.per_route["static_files.server"]
    assert isinstance(message, file_server_v3.FileServerConfig)
    return message


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        ("/*", "/"),
        ("/assets/*", "/assets"),
        ("/a%20b/*", "/a b"),
        ("/robots.txt", "/"),
        ("/u/{id}/*", "/"),
        ("~/a.*", "/"),
    ],
)
def test_the_prefix_of_the_route_is_no_directory(path, prefix):
    (mapping,) = server(compiled("/srv/www", path)).path_mappings
    assert (mapping.request_path_prefix, mapping.file_path_prefix) == (prefix, "/srv/www")


@pytest.mark.parametrize(("path", "fallback"), [("/*", "/app.html"), ("/shop/*", "/shop/app.html")])
def test_the_fallback_is_a_file_of_the_directory(path, fallback):
    message = compiled({"directory": "/srv/www", "fallback": "app.html"}, path).per_route["static_files"]
    assert isinstance(message, lua_v3.LuaPerRoute)
    assert message.filter_context["fallback"] == fallback


def test_own_content_types_go_before_known_ones():
    types = server(compiled({"directory": "/srv/www", "content_types": {"map": "text/x-map"}})).content_types
    assert (types["map"], types["css"]) == ("text/x-map", "text/css; charset=utf-8")


@pytest.mark.parametrize(
    "settings",
    [
        "www",
        "/",
        "/srv/../etc",
        "/srv/www/",
        "/srv/\0",
        {"directory": "/srv", "index": ["a", "a"]},
        {"directory": "/srv", "fallback": "../a"},
        {"directory": "/srv", "content_types": {".css": "text/css"}},
        {"directory": "/srv", "content_types": {"css": "text/css\r\nx: y"}},
    ],
)
def test_what_cannot_be_served_is_refused(settings):
    with pytest.raises(ValueError):
        StaticFiles.model_validate(settings)
