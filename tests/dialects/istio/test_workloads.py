from dialects.istio.scene import GATEWAY, read, written

APP = "selector: {matchLabels: {app: web}}"


def guard(spec: str, name: str = "a", kind: str = "AuthorizationPolicy", namespace: str = "default") -> str:
    return written(kind, spec, name=name, metadata=f"namespace: {namespace}", group="security")


def test_all_that_is_said_of_the_same_workloads_is_one():
    found = read(
        guard(f"{APP}, rules: [{{to: [{{operation: {{paths: [/a]}}}}]}}]"),
        guard(f"{APP}, rules: [{{to: [{{operation: {{paths: [/b]}}}}]}}]", "b"),
        guard(f"{APP}, mtls: {{mode: STRICT}}", kind="PeerAuthentication"),
    ).settings["workloads"]
    allow = [{"paths": ["/a"]}, {"paths": ["/b"]}]
    assert found == {"web": {"labels": {"app": "web"}, "mtls": "strict", "policies": {"authorize": {"allow": allow}}}}


def test_the_root_namespace_is_everywhere():
    found = read(guard("mtls: {mode: STRICT}", kind="PeerAuthentication", namespace="istio-system"))
    assert found.settings["workloads"] == {"istio-system/all": {"everywhere": True, "mtls": "strict"}}


def test_what_is_for_a_gateway_is_for_no_workload():
    policy = guard("selector: {matchLabels: {istio: edge}}, action: DENY, rules: [{}]", namespace="istio-system")
    assert "workloads" not in read(GATEWAY, policy).settings


def test_a_mistake_lets_nobody_in():
    found = read(guard(f"{APP}, colour: red, rules: [{{}}]")).one("workloads")
    assert found == {"labels": {"app": "web"}, "policies": {"authorize": {"deny": [{"paths": ["/*"]}]}}}


def test_services_behind_a_waypoint_are_told():
    policy = guard("targetRefs: [{kind: Service, name: web}], rules: [{}]")
    assert read(policy).codes == ["mesh.not_in_force"]
