from dialects.kong.controller.cluster import ROUTE, apply, ingress, plugin

CONSUMER = """
apiVersion: configuration.konghq.com/v1
kind: KongConsumer
metadata: {name: alice, namespace: shop%s}
username: Alice
credentials: [%s]
"""
SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: %s, namespace: shop%s}
stringData: {%s}
"""


def label(kind: str) -> str:
    return f", labels: {{konghq.com/credential: {kind}}}"


def test_credentials_are_secrets():
    found = apply(
        CONSUMER % ("", "a, b, c, d"),
        SECRET % ("a", label("key-auth"), "key: one"),
        SECRET % ("b", "", "kongCredType: basic-auth, username: alice, password: x"),
        SECRET % ("c", label("acl"), "group: friends"),
        SECRET % ("d", label("jwt"), "key: of-alice, secret: a-secret-that-is-long-enough-to-be-one"),
        plugin("tokens", "jwt"),
        ingress(plugins="tokens"),
    )
    assert found.settings["consumers"]["Alice"] == {
        "groups": ["friends"],
        "credentials": {
            "api_key": ["one"],
            "basic_auth": [{"username": "alice", "password": "x"}],
            "jwt": [{"subject": "of-alice", "issuer": "of-alice"}],
        },
    }
    assert [issuer["issuer"] for issuer in found.policies(ROUTE)["jwt"]["issuers"]] == ["of-alice"]
    assert found.said == []


def test_a_secret_that_is_not_there_or_wrong_is_told():
    found = apply(
        CONSUMER % ("", "none, a, b"), SECRET % ("a", label("key-auth"), "kee: x"), SECRET % ("b", "", "x: y")
    )
    assert found.settings["consumers"]["Alice"] == {}
    assert [code for code, _ in found.said] == ["reference.dangling", "field.unknown", "reference.dangling"]


def test_a_consumer_for_whom_a_plugin_holds_is_left_out():
    found = apply(
        CONSUMER % (", annotations: {konghq.com/plugins: limit}", ""), plugin("limit", "rate-limiting", "{minute: 1}")
    )
    assert "consumers" not in found.settings
    assert [code for code, _ in found.said] == ["dialect.refused"]
