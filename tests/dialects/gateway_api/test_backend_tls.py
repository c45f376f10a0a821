from crossway.dialects.gateway_api.backend_tls import claims
from dialects.gateway_api.scene import Scene, key, written

SERVICE = (
    "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{name: a, port: 1}, {name: b, port: 2}]}}"
)


def policy(name: str, *sections: str) -> str:
    targets = ", ".join(f"{{group: '', kind: Service, name: web{section}}}" for section in sections)
    validation = f"validation: {{wellKnownCACertificates: System, hostname: {name}.example.com}}"
    return written("BackendTLSPolicy", name, f"targetRefs: [{targets}], {validation}")


def test_a_policy_for_a_port_is_right_against_one_for_the_service():
    scene = Scene(SERVICE, policy("all", ""), policy("one", ", sectionName: a"))
    sni = {name: settings["tls"]["sni"] for name, settings in scene.made("services").items()}
    assert sni == {"web_1": "one.example.com", "web_2": "all.example.com"}
    assert scene.said == []


def test_of_two_policies_about_the_same_the_first_one_holds():
    scene = Scene(SERVICE, policy("a", ""), policy("b", "", ", sectionName: b", ", sectionName: c"))
    found = scene.translator.ask(claims, key("BackendTLSPolicy", "b"))
    assert [claim.reason for claim in found] == ["Conflicted", "Accepted", "TargetNotFound"]
    assert [[port.port for port in claim.ports] for claim in found] == [[], [2], []]
    assert scene.said == ["gateway_api.conflict", "gateway_api.reference"]
