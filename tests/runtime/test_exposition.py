from prometheus_client.parser import text_string_to_metric_families

from crossway.runtime.exposition import CONTENT_TYPE, metrics
from crossway.runtime.meters import METERS
from crossway.sdk.http import Request


async def test_what_plugins_cost_is_told_in_the_format_of_prometheus():
    meter = METERS.of("exposed")
    meter.calls, meter.cpu = 3, 0.25
    answer = await metrics(Request("GET", "/metrics"))
    assert answer.headers["content-type"] == CONTENT_TYPE
    told = {
        sample.name: sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.labels == {"plugin": "exposed"}
    }
    assert told == {
        "crossway_plugin_calls_total": 3,
        "crossway_plugin_errors_total": 0,
        "crossway_plugin_timeouts_total": 0,
        "crossway_plugin_seconds_total": 0,
        "crossway_plugin_cpu_seconds_total": 0.25,
    }
