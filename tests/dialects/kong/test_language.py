import pytest

from crossway.dialects.kong.language import KONG
from dialects.kong.reading import HEAD, read


def names(root: object) -> list[str]:
    return [str(entity.key) for entity in KONG.split(root) or ()]


@pytest.mark.parametrize("root", [{"services": {}}, [], None, {"apiVersion": "v1", "kind": "Service"}])
def test_other_documents_are_none(root: object):
    assert KONG.split(root) is None


def test_what_stands_inside_is_told_to_what_it_belongs():
    root = {
        "_format_version": "3.0",
        "services": [{"name": "web", "routes": [{"name": "a", "plugins": [{"name": "cors"}]}, {"paths": ["/b"]}]}],
        "plugins": [{"name": "mine", "consumer": {"id": "x"}, "service": "web"}],
    }
    assert names(root) == [
        "service default/web",
        "route default/a",
        "cors default/route a",
        "route default/web_2",
        "plugin default/mine on service web, consumer x",
    ]


def test_defaults_and_shared_settings_are_filled_in():
    found = read(
        HEAD + "_info: {defaults: {route: {strip_path: false}, service: {retries: 1}}, select_tags: [a]}\n"
        "_plugin_configs: {few: {minute: 5, limit_by: ip}}\n"
        "services: [{name: web, url: 'http://web', routes: [{name: web, paths: [/a],"
        " plugins: [{name: rate-limiting, _config: few, config: {minute: 6}}]}]}]\n"
    )
    assert found.settings["services"]["web"]["policies"] == {"retry": 1}
    assert found.policies() == {"rate_limit": {"limit": "6/minute", "by": "client_ip"}}
    assert found.route()["policies"]["rewrite"] == {"host": "web"}


@pytest.mark.parametrize("version", ["1.1", "2.1", 1.1, 2.1])
def test_regular_expressions_had_no_mark(version: object):
    found = read(f"_format_version: {version}\nroutes: [{{name: web, paths: ['/a/(b|c)', /a-b_c.d~e%20]}}]\n")
    assert found.route()["matches"] == [{"path": "~/a/(b|c).*"}]
    assert found.route("web_2")["matches"] == [{"path": "^/a-b_c.d~e%20"}]


def test_what_is_null_is_not_said():
    found = read(
        HEAD + "routes: [{name: web, paths: [/a], hosts: null, plugins: [{name: request-transformer, config:"
        " {http_method: null, rename: {headers: [], body: []}, add: {headers: ['x-a:b']}}}]}]\n"
    )
    assert found.said == []


def test_filters_that_nobody_knows_close_what_they_hold_for():
    found = read(
        HEAD + "routes: [{name: web, paths: [/a]}, {name: b, paths: [/b]}]\n"
        "filter_chains:\n- {route: b, filters: [{name: guard}]}\n"
    )
    assert found.is_closed("b")
    assert found.said == [("dialect.refused", 4)]


def test_other_entities_are_told_and_other_formats_are_not_read():
    assert read(HEAD + "keys: [{name: a}]\nlicenses: [{payload: x}]\n_konnect: {}\n").said == [
        ("dialect.kind_unknown", 2)
    ]
    assert read("_format_version: '4.0'\nroutes: [{name: web, paths: [/a]}]\n").said == [("dialect.version", 2)]
    assert read(HEAD + "routes:\n- 17\n").said == [("field.invalid", 3)]
