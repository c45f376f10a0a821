import pytest

from dialects.gateway_api.scene import SERVICE, Scene, gateway, route, written
from dialects.gateway_api.told import said, status
from harness.certificates import Authority

GATEWAY = gateway("{name: http, port: 80, protocol: HTTP}")
ROUTE = route("{backendRefs: [{name: web, port: 80}]}")
SYSTEM = "wellKnownCACertificates: System"
CA = "caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]"


def policy(how: str = SYSTEM, name: str = "web", *, more: str = "") -> str:
    validation = f"validation: {{hostname: a.example, {how}}}"
    return written(
        "BackendTLSPolicy", name, f"targetRefs: [{{group: '', kind: Service, name: web}}], {validation}, {more}"
    )


def authority() -> str:
    text = Authority().pem.replace("\n", "\\n")
    return f'{{apiVersion: v1, kind: ConfigMap, metadata: {{name: ca}}, data: {{ca.crt: "{text}"}}}}'


def conditions(scene: Scene, name: str = "web") -> dict[str, str]:
    (ancestor,) = status(scene, "BackendTLSPolicy", name)["ancestors"]
    assert ancestor["ancestorRef"]["kind"] == "Gateway"
    assert ancestor["ancestorRef"]["name"] == "edge"
    return said(ancestor)


@pytest.mark.parametrize("how", [SYSTEM, CA])
def test_a_policy_holds_for_each_gateway_that_sends_to_its_service(how: str):
    scene = Scene(GATEWAY, SERVICE, ROUTE, authority(), policy(how))
    assert conditions(scene) == {"Accepted": "Accepted", "ResolvedRefs": "ResolvedRefs"}


def test_a_policy_of_a_service_that_nobody_sends_to_has_no_ancestors():
    assert status(Scene(GATEWAY, SERVICE, policy()), "BackendTLSPolicy")["ancestors"] == []


@pytest.mark.parametrize(
    ("text", "accepted", "resolved"),
    [
        (policy(CA), "not NoValidCACertificate", "not InvalidCACertificateRef"),
        (policy(CA.replace("ConfigMap", "Odd")), "not NoValidCACertificate", "not InvalidKind"),
        (policy(more="options: {a: b}"), "not Invalid", "ResolvedRefs"),
    ],
)
def test_a_policy_that_cannot_be_kept_says_why(text: str, accepted: str, resolved: str):
    assert conditions(Scene(GATEWAY, SERVICE, ROUTE, text)) == {"Accepted": accepted, "ResolvedRefs": resolved}


def test_of_two_policies_one_is_told_that_the_other_is_right():
    scene = Scene(GATEWAY, SERVICE, ROUTE, policy(name="a"), policy(name="b"))
    assert [conditions(scene, name)["Accepted"] for name in "ab"] == ["Accepted", "not Conflicted"]
