import pytest

from dialects.kong.reading import of_plugin


def test_headers_of_a_request_are_edited():
    config = (
        "{remove: {headers: [a]}, replace: {headers: ['b: 1', 'Host: other']}, add: {headers: ['c:{host}:2']},"
        " append: {headers: ['d:3']}}"
    )
    found = of_plugin("request-transformer", config)
    assert found.policies() == {
        "headers": {
            "request": {
                "remove": ["a"],
                "set_if_present": {"b": "1"},
                "add_if_absent": {"c": "{{host}}:2"},
                "add": {"d": "3"},
            }
        }
    }
    assert found.route()["policies"]["rewrite"] == {"path_prefix": "/", "host": "other"}
    assert found.said == []


def test_a_request_gets_another_path():
    found = of_plugin("request-transformer", "{replace: {uri: /other}}")
    assert found.route()["policies"]["rewrite"] == {"path": "/other", "host": "127.0.0.1:9001"}


def test_headers_of_an_answer_are_edited():
    found = of_plugin("response-transformer", "{remove: {headers: [a, 'set-cookie:x=.*']}, append: {headers: ['b:1']}}")
    assert found.policies() == {"headers": {"response": {"remove": ["a", "set-cookie"], "add": {"b": "1"}}}}


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("request-transformer", "{add: {headers: ['a:$(headers.b)']}}"),
        ("request-transformer", "{add: {querystring: ['a:1']}}"),
        ("request-transformer", "{rename: {headers: ['a:b']}}"),
        ("request-transformer", "{remove: {body: [a]}}"),
        ("request-transformer", "{http_method: POST}"),
        ("response-transformer", "{add: {json: ['a:1'], json_types: [string]}}"),
        ("response-transformer", "{remove: {json: [a]}}"),
    ],
)
def test_what_cannot_be_changed_closes(name: str, config: str):
    found = of_plugin(name, config)
    assert found.is_closed()
    assert {code for code, _ in found.said} == {"dialect.refused"}
