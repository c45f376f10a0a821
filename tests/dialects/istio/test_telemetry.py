import pytest

from dialects.istio.scene import Reading, guarded, written


def told(spec: str, *more: str) -> Reading:
    chosen = f"selector: {{matchLabels: {{istio: edge}}}}, {spec}"
    return guarded(written("Telemetry", chosen, metadata="namespace: istio-system", group="telemetry"), *more)


@pytest.mark.parametrize(
    ("spec", "policies", "codes"),
    [
        ("accessLogging: [{}]", {"access_log": True}, []),
        ("accessLogging: [{disabled: true}]", {"access_log": False}, []),
        ("accessLogging: [{filter: {expression: 'true'}}]", {"access_log": True}, []),
        ("accessLogging: [{filter: {expression: 'response.code > 1'}}]", {"access_log": True}, ["istio.left_out"]),
        ("accessLogging: [{providers: [{name: otel}]}]", {"access_log": True}, ["istio.left_out"]),
        ("tracing: [{randomSamplingPercentage: 5}]", {"trace_sampling": {"sample": 5}}, []),
        ("tracing: [{disableSpanReporting: true}]", {"trace_sampling": {"sample": 0}}, []),
        (
            "tracing: [{customTags: {a: {literal: {value: b}}, c: {header: {name: X-C}}}}]",
            {"trace_sampling": {"sample": 1.0, "tags": {"a": "b", "c": "{request.headers.x-c}"}}},
            [],
        ),
        ("tracing: [{providers: [{name: zipkin}]}]", {}, ["istio.left_out"]),
        ("metrics: [{}]", {}, []),
    ],
)
def test_logs_and_traces(spec, policies, codes):
    reading = told(spec)
    assert (reading.policies, reading.codes) == (policies, codes)


def test_the_one_that_means_the_fewest_proxies_holds():
    wide = written(
        "Telemetry",
        "accessLogging: [{disabled: true}], tracing: [{randomSamplingPercentage: 5}]",
        name="w",
        metadata="namespace: istio-system",
        group="telemetry",
    )
    assert told("accessLogging: [{disabled: false}]", wide).policies == {
        "access_log": True,
        "trace_sampling": {"sample": 5},
    }
