import pytest

from dialects.istio.scene import GATEWAY, read, written

DENY = "action: DENY, rules: [{to: [{operation: {paths: [/a]}}]}]"


def holds(spec: str, namespace: str, *more: str) -> bool:
    policy = written("AuthorizationPolicy", f"{spec}, {DENY}", metadata=f"namespace: {namespace}", group="security")
    return "authorize" in read(GATEWAY, policy, *more).policies


def service(namespace: str) -> str:
    return (
        f"{{apiVersion: v1, kind: Service, metadata: {{name: edge, namespace: {namespace}}},"
        " spec: {selector: {istio: edge}, ports: [{port: 80}]}}"
    )


@pytest.mark.parametrize(
    ("selector", "is_meant"),
    [
        ("{istio: edge}", True),
        ("{app: istio-edge}", True),
        ("{istio: edge, app: istio-edge}", True),
        ("{istio: edge, version: v1}", True),
        ("{istio: other}", False),
        ("{app: web}", False),
        ("{istio: edge, app: web}", False),
    ],
)
def test_labels(selector, is_meant):
    assert holds(f"selector: {{matchLabels: {selector}}}", "istio-system") is is_meant


@pytest.mark.parametrize(("namespace", "is_meant"), [("istio-system", True), ("ingress", False)])
def test_without_labels_it_is_for_its_namespace_and_the_root_is_all(namespace, is_meant):
    assert holds("targetRefs: []", namespace) is is_meant


def test_the_proxies_run_where_a_service_leads_to_them():
    chosen = "selector: {matchLabels: {istio: edge}}"
    assert holds("targetRefs: []", "ingress", service("ingress"))
    assert holds(chosen, "ingress")
    assert not holds(chosen, "stranger", service("ingress"))


def test_nobody_else_opens_a_gateway_that_policies_in_the_root_guard():
    own = written(
        "AuthorizationPolicy",
        "selector: {matchLabels: {istio: edge}}",
        metadata="namespace: istio-system",
        group="security",
    )
    stranger = own.replace("namespace: istio-system", "namespace: team").replace("}}}}", "}}, rules: [{}]}}")
    assert read(GATEWAY, own, stranger).policies == {"authorize": {"deny": [{"paths": ["/*"]}]}}
