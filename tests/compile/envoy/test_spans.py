"""What a route with Python tells of its span, and how the calls behind it are traced."""

import pytest
from google.protobuf.message import Message

from crossway.compile.envoy import names, spans
from crossway.compile.envoy.python import TELL
from crossway.compile.program import SPAN
from crossway.daemon.snapshots import opened
from crossway.protos import pack, unpack
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.config.trace import v3 as trace_v3
from crossway.protos.envoy.extensions.filters.http.header_mutation import v3 as header_mutation_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from plan.planning import pipeline

CONFIG = """
gateways:
  edge:
    listeners: {{http: 8080}}
    policies: {{{policies}}}
services: {{one: {{endpoints: ["127.0.0.1:9001"]}}}}
routes:
  cached: {{matches: [{{path: /}}], to: one, policies: {{cache: {{}}{of_route}}}}}
"""
INNER = "crossway/inner/"
SPAN_ALONE = "%TRACE_ID%%SPAN_ID%"


def told(policies: str, of_route: str = "") -> str:
    """Return what the route with Python tells of its span, on a listener with *policies*."""
    resources = pipeline(CONFIG.format(policies=policies, of_route=of_route)).resources()
    routes = [opened(item) for item in resources if not item.name.startswith(INNER)]
    (table,) = (one for one in routes if isinstance(one, route_v3.RouteConfiguration))
    tell = unpack(table.virtual_hosts[0].routes[0].typed_per_filter_config[names.http_filter(TELL)])
    assert isinstance(tell, header_mutation_v3.HeaderMutationPerRoute)
    (value,) = (one.append.header.value for one in tell.mutations.request_mutations if one.append.header.key == SPAN)
    return value


@pytest.mark.parametrize("policies", ["", "tracing: {otlp: one, sample: 10%}", "correlation_id: {}"])
def test_the_id_of_a_request_says_whether_it_is_reported(policies):
    assert told(policies) == SPAN_ALONE


@pytest.mark.parametrize(
    ("share", "of_route", "drawn"),
    [
        ("100%", "", "1"),
        ("10%", "", "0"),
        ("10%", ", trace_sampling: 100%", "1"),
        ("100%", ", trace_sampling: 5%", "0"),
    ],
)
def test_where_it_does_not_the_route_says_what_is_known(share, of_route, drawn):
    policies = f"correlation_id: {{}}, tracing: {{otlp: one, sample: {share}}}"
    assert told(policies, of_route) == f"{SPAN_ALONE}{drawn}"


def behind(settings: Message) -> hcm_v3.HttpConnectionManager:
    """Return the connection manager behind one that reports as *settings* say, half of all requests."""
    outer = hcm_v3.HttpConnectionManager()
    outer.tracing.random_sampling.value = 50
    outer.tracing.provider.typed_config.CopyFrom(pack(settings))
    outer.request_id_extension.SetInParent()
    manager = hcm_v3.HttpConnectionManager(http_filters=[hcm_v3.HttpFilter(name="router")])
    spans.trace_below(manager, outer)
    return manager


def test_behind_python_no_trace_begins():
    manager = behind(trace_v3.OpenTelemetryConfig(service_name="a"))
    assert manager.tracing.HasField("random_sampling")
    assert manager.tracing.random_sampling.value == 0
    assert manager.HasField("request_id_extension")
    assert [item.name for item in manager.http_filters] == ["crossway.python.step", "router"]
    assert [tag.tag for tag in manager.tracing.custom_tags] == ["crossway.step"]


def test_every_tracer_reads_the_context_that_python_writes():
    only = trace_v3.ZipkinConfig(collector_cluster="a", trace_context_option=trace_v3.ZipkinConfig.USE_B3)
    found = unpack(behind(only).tracing.provider.typed_config)
    assert isinstance(found, trace_v3.ZipkinConfig)
    assert found.trace_context_option == trace_v3.ZipkinConfig.USE_B3_WITH_W3C_PROPAGATION
