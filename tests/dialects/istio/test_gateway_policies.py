from dialects.istio.scene import authorization, guarded, read, written

API_GATEWAY = (
    "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: edge, namespace: shop},"
    " spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}}"
)


def test_what_cannot_be_run_takes_the_place_of_what_would_let_somebody_in():
    patch = "configPatches: [{applyTo: HTTP_FILTER, patch: {operation: ADD}}]"
    found = guarded(
        authorization("rules: [{to: [{operation: {paths: [/a]}}]}]"),
        written("EnvoyFilter", patch, metadata="namespace: istio-system"),
    )
    assert found.policies == {"authorize": {"deny": [{"paths": ["/*"]}]}}


def test_policies_hold_at_gateways_of_gateway_api():
    target = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]"
    policy = written("AuthorizationPolicy", target, metadata="namespace: shop", group="security")
    assert read(API_GATEWAY, policy).policies == {"authorize": {"deny": [{"paths": ["/*"]}]}}
    assert read(API_GATEWAY, policy.replace("namespace: shop", "namespace: other")).policies == {}
