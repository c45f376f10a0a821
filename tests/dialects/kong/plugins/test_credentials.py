import pytest

from dialects.kong.reading import of_plugin


def test_a_key_is_looked_for_in_the_header_and_in_the_query():
    assert of_plugin("key-auth").policies() == {
        "api_key": {"header": "apikey", "query": "apikey", "hide_credentials": False}
    }
    found = of_plugin("key-auth", "{key_names: [X-Key, other], key_in_query: false, hide_credentials: true}")
    assert found.policies() == {"api_key": {"header": "x-key"}}
    assert found.said == [("dialect.stricter", 3)]


@pytest.mark.parametrize(
    "config", ["{key_in_body: true}", "{key_in_header: false, key_in_query: false}", "{key_names: 17}"]
)
def test_what_cannot_be_looked_for_closes(config: str):
    assert of_plugin("key-auth", config).is_closed() or "key_names" in config
    assert of_plugin("key-auth", config).said


def test_a_name_and_a_password():
    assert of_plugin("basic-auth", "{hide_credentials: true, realm: x}").policies() == {"basic_auth": {}}


def test_groups_are_asked_for():
    found = of_plugin("acl", "{whitelist: [a], deny: [b]}")
    assert found.is_closed()
    assert found.said == [("dialect.refused", 3)]
