import json

import pytest
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site
from crossway.compile.envoy.view import View, view_services
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Document, Ref
from crossway.policies.access_log import AccessLog, compile_access_log
from crossway.protos.envoy.extensions.access_loggers.stream import v3 as stream_v3

SITE = Site(Ref("gateways", "edge"), "default")


def compiled(settings):
    fragment = compile_access_log(AccessLog.model_validate(settings), SITE)
    assert isinstance(fragment, Fragment)
    return fragment.connection_manager


def text_of(settings):
    manager = compiled(settings)
    message = stream_v3.StdoutAccessLog.FromString(manager.access_log[0].typed_config.value)
    return message.log_format.text_format_source.inline_string


def test_off_is_off():
    assert compiled(False) is None


def test_a_line_by_default_needs_no_filter_and_names_no_header_of_a_client_but_its_agent():
    manager = compiled(True)
    assert list(manager.http_filters) == []
    message = stream_v3.StdoutAccessLog.FromString(manager.access_log[0].typed_config.value)
    values = dict(message.log_format.json_format).values()
    headers = {value for value in values if value.startswith("%REQ(")}
    assert headers == {
        "%REQ(X-REQUEST-ID)%",
        "%REQ(:METHOD)%",
        "%REQ(:AUTHORITY)%",
        "%REQ(USER-AGENT)%",
        "%REQ(x-consumer-username)%",
        "%REQ(x-credential-identifier)%",
    }


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("{status}", "%RESPONSE_CODE%\n"),
        ("100% {{status}} {status} {}", "100%% {status} %RESPONSE_CODE% {}\n"),
        ("{request.headers.X-A}", "%REQ(x-a)%\n"),
    ],
)
def test_a_text_has_variables_in_braces(format_, text):
    assert text_of({"format": format_}) == text


@pytest.mark.parametrize("format_", ["{nothing}", "a\nb", "", "{request.query.token}", "{request.headers.}"])
def test_a_text_that_cannot_be_written_is_refused(format_):
    with pytest.raises(ValidationError):
        AccessLog.model_validate({"format": format_})


REPORTING = {
    "gateways": {
        "edge": {"listeners": {"http": {"port": 8080, "policies": {"access_log": {"outputs": {"otlp": "collector"}}}}}},
        "other": {"listeners": {"http": 8081}},
    },
    "services": {"collector": {"endpoints": ["127.0.0.1:4317"], "protocol": "http2"}, "idle": "http://127.0.0.1:9"},
}


def loaded(document):
    pipeline = Pipeline(load_policies())
    pipeline.adopt(pipeline.read([Document("a.yaml", json.dumps(document))]))
    return pipeline


def test_a_collector_is_given_to_the_proxies_that_report_to_it():
    pipeline = loaded(REPORTING)
    edge, other = (View(frozenset({Ref("gateways", name)})) for name in ("edge", "other"))
    assert pipeline.ask(view_services, edge) == (Ref("services", "collector"),)
    assert pipeline.ask(view_services, other) == ()


def test_a_collector_that_is_not_there_is_said_once_and_the_default_holds():
    pipeline = loaded(REPORTING | {"services": {}})
    (finding,) = pipeline.findings()
    path = ("listeners", "http", "policies", "access_log", "outputs", 0, "otlp", "service")
    assert (finding.code, finding.path) == ("reference.dangling", path)
    (listener,) = [item for item in pipeline.resources() if "8080" in item.name and "Listener" in item.type_url]
    assert b"StdoutAccessLog" in listener.wire
