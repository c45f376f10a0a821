from dialects.kong.reading import HEAD, read


def test_credentials_stand_inside_of_a_consumer_or_beside_it():
    found = read(
        HEAD + "consumers:\n"
        "- username: alice\n  id: '17'\n  acls: [{group: a}]\n  keyauth_credentials: [{key: one}]\n"
        "  basicauth_credentials: [{username: alice, password: wonder}]\n"
        "  jwt_secrets: [{key: of-alice, secret: long-enough-to-be-a-secret-here-17}]\n"
        "  mtls_auth_credentials: [{subject_name: alice.example}]\n"
        "keyauth_credentials: [{consumer: {id: '17'}, key: two}]\nacls: [{consumer: alice, group: b}]\n"
    )
    assert found.settings["consumers"]["alice"] == {
        "groups": ["b", "a"],
        "credentials": {
            "basic_auth": [{"username": "alice", "password": "wonder"}],
            "jwt": [{"subject": "of-alice", "issuer": "of-alice"}],
            "api_key": ["one", "two"],
            "mtls": [{"san": "alice.example"}],
        },
    }
    assert found.said == []


def test_a_consumer_for_whom_a_plugin_holds_is_left_out():
    found = read(
        HEAD + "consumers:\n- username: alice\n  keyauth_credentials: [{key: one}]\n"
        "  plugins: [{name: rate-limiting, config: {minute: 5}}]\n"
        "- {username: bob, groups: [{name: gold}]}\nconsumer_groups:\n- name: gold\n  plugins: [{name: cors}]\n"
        "- {name: empty, consumers: [{username: carol}]}\n- {username: carol}\n"
    )
    assert "consumers" not in found.settings
    assert [code for code, _ in found.said].count("dialect.refused") == 2


def test_a_credential_that_is_wrong_is_none():
    found = read(
        HEAD + "_transform: false\nconsumers:\n- username: alice\n"
        "  keyauth_credentials:\n  - {key: '{vault://env/key}'}\n  - {key: one, ttl: 60}\n"
        "  basicauth_credentials:\n  - {username: alice, password: 2c1b}\n"
    )
    assert found.settings["consumers"]["alice"] == {}
    assert found.said == [("field.invalid", 6), ("dialect.refused", 7), ("dialect.refused", 9)]


def test_no_secret_is_in_what_is_said():
    found = read(HEAD + "consumers: [{username: alice, keyauth_credentials: [{key: very-secret, other: 1}]}]\n")
    assert "very-secret" not in repr(found.said)
