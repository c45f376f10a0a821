import pytest

from dialects.istio.scene import Reading, guarded, written

NOBODY = {"authorize": {"deny": [{"paths": ["/*"]}]}}
SHA = "0" * 64


def running(spec: str, *more: str, name: str = "a") -> Reading:
    return guarded(plugin(spec, name), *more)


def plugin(spec: str, name: str = "a") -> str:
    text = written("WasmPlugin", spec, name=name, metadata="namespace: istio-system", group="extensions")
    return text.replace("/v1,", "/v1alpha1,")


@pytest.mark.parametrize(
    ("spec", "wasm"),
    [
        ("url: 'file:///opt/a.wasm'", {"module": {"file": "/opt/a.wasm"}}),
        (
            f"url: 'https://a.test/a.wasm', sha256: '{SHA}', failStrategy: FAIL_OPEN",
            {"module": {"url": "https://a.test/a.wasm", "sha256": SHA}, "on_failure": "allow"},
        ),
    ],
)
def test_modules_that_can_be_had(spec, wasm):
    assert running(spec).policies == {"wasm": wasm}


@pytest.mark.parametrize(
    "spec", ["url: 'oci://a.test/a'", "url: 'https://a.test/a.wasm'", "url: 'file:///a', match: [{mode: SERVER}]"]
)
def test_others_let_nobody_in_unless_they_may_fail(spec):
    assert running(spec).policies == NOBODY
    assert "istio.module" in running(spec).codes
    assert running(f"{spec}, failStrategy: FAIL_OPEN").policies == {}


def test_one_module_runs_at_a_gateway():
    first = plugin("url: 'file:///b', priority: 1, failStrategy: FAIL_OPEN", "b")
    reading = running("url: 'file:///a', failStrategy: FAIL_OPEN", first)
    assert reading.policies["wasm"]["module"] == {"file": "/b"}
    assert reading.codes == ["istio.module"]
    assert running("url: 'file:///a'", first).policies["authorize"] == NOBODY["authorize"]


@pytest.mark.parametrize(
    ("patch", "policies"),
    [
        ("{applyTo: HTTP_FILTER, patch: {operation: INSERT_FIRST}}", NOBODY),
        ("{applyTo: NETWORK_FILTER, patch: {operation: MERGE}}", NOBODY),
        ("{applyTo: HTTP_FILTER, patch: {operation: REMOVE}}", {}),
        ("{applyTo: CLUSTER, patch: {operation: MERGE}}", {}),
        ("{applyTo: HTTP_FILTER}", {}),
    ],
)
def test_patches_are_not_made(patch, policies):
    spec = f"workloadSelector: {{labels: {{istio: edge}}}}, configPatches: [{patch}]"
    reading = guarded(written("EnvoyFilter", spec, metadata="namespace: istio-system"))
    assert (reading.policies, reading.codes) == (policies, ["istio.envoy_filter"])
