import pytest

from dialects.kong.controller.cluster import ROUTE, apply, ingress, plugin

PEM = "-----BEGIN CERTIFICATE----- AA=="
TLS = f"""
apiVersion: v1
kind: Secret
metadata: {{name: cert, namespace: shop}}
type: kubernetes.io/tls
stringData: {{tls.crt: '{PEM}', tls.key: '{PEM}'}}
"""


@pytest.mark.parametrize(
    ("path", "kind", "match"),
    [
        ("/a", "Prefix", "/a/*"),
        ("/a/", "Prefix", "/a/*"),
        ("/", "Prefix", "/*"),
        ("/a.b", "Exact", "/a.b"),
        ("/a", "ImplementationSpecific", "^/a"),
        ("/~/a$", "ImplementationSpecific", "/a"),
    ],
)
def test_paths_are_those_of_kubernetes(path: str, kind: str, match: str):
    assert apply(ingress(path=path, kind=kind)).route(ROUTE)["matches"] == [{"path": match}]


def test_paths_and_hosts_stay_as_they_are():
    assert apply(ingress()).route(ROUTE) == {"matches": [{"path": "^/web"}], "to": "shop/web_80"}


def test_certificates_are_shown_for_the_hosts():
    found = apply(ingress() + "  tls: [{hosts: [a.example], secretName: cert}]\n", TLS)
    assert found.settings["gateways"]["kong"]["listeners"]["proxy_ssl"]["tls"] == {"certificates": ["shop/cert"]}
    assert found.settings["certificates"]["shop/cert"]["certificate"] == PEM
    found = apply(ingress() + "  tls: [{hosts: [a.example], secretName: none}]\n")
    assert [code for code, _ in found.said] == ["reference.dangling"]


def test_a_plugin_or_a_port_that_is_not_there_closes():
    found = apply(ingress(plugins="none"))
    assert found.is_closed(ROUTE)
    assert [code for code, _ in found.said] == ["reference.dangling"]
    found = apply(ingress().replace("number: 80", "name: none"))
    assert "reference.dangling" in {code for code, _ in found.said}


def test_headers_are_conditions():
    assert apply(ingress(**{"headers.x_team": "a"})).route(ROUTE)["matches"][0]["headers"] == {
        "x-team": {"regex": "(?i)a"}
    }


def test_another_class_is_told():
    found = apply(ingress().replace("ClassName: kong", "ClassName: other"))
    assert found.said == [("dialect.kind_unknown", 7)]
    assert "routes" not in found.settings


def test_plugins_of_the_service_give_way_to_those_of_the_ingress():
    from dialects.kong.controller.cluster import SERVICE, annotated

    few, many = plugin("few", "rate-limiting", "{minute: 1}"), plugin("many", "rate-limiting", "{minute: 9}")
    service = SERVICE % annotated(plugins="few")
    assert apply(few, ingress(), service=service).policies(ROUTE)["rate_limit"]["limit"] == "1/minute"
    assert (
        apply(few, many, ingress(plugins="many"), service=service).policies(ROUTE)["rate_limit"]["limit"] == "9/minute"
    )
    assert apply(ingress(), service=service).is_closed(ROUTE)
