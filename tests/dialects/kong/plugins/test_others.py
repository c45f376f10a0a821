import pytest

from dialects.kong.reading import of_plugin


@pytest.mark.parametrize(
    ("config", "policy"),
    [
        ("{}", {"lifetime": "300s", "negative": {404: "300s"}}),
        (
            (
                "{response_code: [200], request_method: [GET], cache_ttl: 60, storage_ttl: 90, vary_headers: [X-A],"
                " vary_query_params: [q], strategy: memory}"
            ),
            {
                "lifetime": "60s",
                "methods": ["GET"],
                "key": {"headers": ["x-a"], "query": {"include": ["q"]}},
                "stale_if_error": "30s",
            },
        ),
    ],
)
def test_answers_are_kept(config: str, policy: dict[str, object]):
    found = of_plugin("proxy-cache", config)
    assert found.policies() == {"cache": policy}
    assert found.said == []


def test_a_directory_is_asked():
    config = (
        "{ldap_host: dir, base_dn: 'dc=a', attribute: uid, header_type: basic, ldaps: true, hide_credentials: true}"
    )
    assert of_plugin("ldap-auth", config).policies()["ldap"] == {
        "url": "ldaps://dir:636",
        "user_dn": "uid={username},dc=a",
        "cache": "60s",
        "timeout": "1900ms",
    }
    assert of_plugin("ldap-auth", "{ldap_host: dir, base_dn: 'dc=a', attribute: uid}").is_closed()


def test_grpc_of_browsers_is_translated():
    assert of_plugin("grpc-web").policies() == {"grpc_web": True}
    assert of_plugin("grpc-web", "{proto: a.proto}").is_closed()
