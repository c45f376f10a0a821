import pytest
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site
from crossway.model import Ref, named_resources
from crossway.policies.tracing import Tracing, compile_tracing
from crossway.protos.envoy.config.trace import v3 as trace_v3
from crossway.protos.envoy.extensions.http.early_header_mutation.header_mutation import v3 as early_v3

SITE = Site(Ref("gateways", "edge"), "default")


def compiled(settings):
    fragment = compile_tracing(Tracing.model_validate(settings), SITE)
    assert isinstance(fragment, Fragment)
    assert fragment.connection_manager is not None
    return fragment.connection_manager


@pytest.mark.parametrize("kind", ["otlp", "zipkin"])
def test_the_collector_is_a_service_like_any_other(kind):
    tracing = Tracing.model_validate({kind: "collector"})
    assert list(named_resources(tracing, "shop")) == [((kind, "service"), Ref("services", "collector", "shop"))]


@pytest.mark.parametrize("settings", [{}, {"otlp": "a", "zipkin": "b"}, {"otlp": "a", "sample": -1}])
def test_a_policy_that_reports_nowhere_or_twice_is_refused(settings):
    with pytest.raises(ValidationError):
        Tracing.model_validate(settings)


@pytest.mark.parametrize("settings", [{"otlp": "a"}, {"zipkin": "a"}, {"otlp": "a", "continue_traces": False}])
def test_no_client_decides_about_the_sample_but_by_its_trace(settings):
    """Envoy would trace whatever has this header."""
    manager = compiled(settings)
    early = early_v3.HeaderMutation.FromString(manager.early_header_mutation_extensions[0].typed_config.value)
    assert early.mutations[0].remove == "x-client-trace-id"
    written = [item.append.header.value for item in early.mutations if item.HasField("append")]
    assert written == (["%REQ(traceparent)%"] if settings == {"otlp": "a"} else [])


@pytest.mark.parametrize(
    ("propagation", "option"), [(["b3"], "USE_B3"), (["b3", "w3c"], "USE_B3_WITH_W3C_PROPAGATION")]
)
def test_zipkin_speaks_b3_with_or_without_w3c(propagation, option):
    provider = compiled({"zipkin": {"service": "a", "propagation": propagation}}).tracing.provider
    config = trace_v3.ZipkinConfig.FromString(provider.typed_config.value)
    assert trace_v3.ZipkinConfig.TraceContextOption.Name(config.trace_context_option) == option


def test_the_url_of_a_span_has_no_query():
    tags = {tag.tag: tag.value for tag in compiled({"otlp": "a"}).tracing.custom_tags}
    assert "PATH(NQ:" in tags["http.url"]
