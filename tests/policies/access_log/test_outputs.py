import pytest
from pydantic import ValidationError

from crossway.compile.contract import Site
from crossway.model import Ref
from crossway.policies.access_log.outputs import Line, Output, logger
from crossway.protos.envoy.extensions.access_loggers.file import v3 as file_v3
from crossway.protos.envoy.extensions.access_loggers.open_telemetry import v3 as open_telemetry_v3
from crossway.protos.envoy.extensions.access_loggers.stream import v3 as stream_v3

SITE = Site(Ref("gateways", "edge"), "default")
JSON, TEXT = Line({"status": "%RESPONSE_CODE%"}, None), Line({}, "%RESPONSE_CODE%")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("stdout", stream_v3.StdoutAccessLog),
        ("stderr", stream_v3.StderrAccessLog),
        ("/var/log/a.log", file_v3.FileAccessLog),
    ],
)
def test_a_word_is_a_file(word, kind):
    made = logger(Output.model_validate(word), JSON, SITE)
    assert isinstance(made, kind)
    assert dict(made.log_format.json_format) == JSON.fields
    text = logger(Output.model_validate(word), TEXT, SITE)
    assert text.log_format.text_format_source.inline_string == "%RESPONSE_CODE%\n"


def test_a_collector_gets_fields_as_attributes_and_a_text_as_the_body():
    output = Output.model_validate({"otlp": "collector"})
    made = logger(output, JSON, SITE)
    assert isinstance(made, open_telemetry_v3.OpenTelemetryAccessLogConfig)
    assert [item.key for item in made.attributes.values] == ["status"]
    assert "%REQ(:METHOD)%" in made.body.string_value
    told = logger(output, TEXT, SITE)
    assert isinstance(told, open_telemetry_v3.OpenTelemetryAccessLogConfig)
    assert (told.body.string_value, list(told.attributes.values)) == ("%RESPONSE_CODE%", [])


@pytest.mark.parametrize("settings", [{}, "relative.log", {"file": "stdout", "otlp": "c"}, {"tcp": "127.0.0.1:9"}])
def test_what_is_no_output_is_refused(settings):
    with pytest.raises(ValidationError):
        Output.model_validate(settings)
