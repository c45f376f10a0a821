"""Outputs: where the lines of a log go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

from google.protobuf.message import Message
from pydantic import Field, model_validator

from crossway.compile.contract import Site
from crossway.compile.otlp import Otlp
from crossway.model import Part
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.access_loggers.file import v3 as file_v3
from crossway.protos.envoy.extensions.access_loggers.open_telemetry import v3 as open_telemetry_v3
from crossway.protos.envoy.extensions.access_loggers.stream import v3 as stream_v3
from crossway.protos.opentelemetry.proto.common import v1 as common_v1

_SUMMARY: Final = "%REQ(:METHOD)% %PATH(NQ:ORIG_OR_PATH)% %RESPONSE_CODE%"
"""The body of a log record, where no text is written."""


class Line(NamedTuple):
    """What a line says, in the syntax of Envoy's formatter."""

    fields: Mapping[str, str]
    """By name; beside a text, those that a person has added."""
    text: str | None
    """The line as text; `None` for JSON of the fields."""


class Output(Part):
    """Where lines go. In one line, `stdout`, `stderr`, or the path of a file."""

    file: Annotated[str, Field(pattern=r"^(stdout|stderr|/.+)$")] | None = None
    """`stdout` or `stderr` of the proxy, or the path of a file on its machine."""
    otlp: Otlp | None = None
    """A collector of OpenTelemetry. Each line is a log record: the fields are its attributes, a text is its body, and
    it carries the identity of the trace. The proxy writes no lines to a bare TCP port; where a log server wants those,
    a collector passes them on, or an agent that reads the file."""

    short_forms = ("file",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"file": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> Output:
        if (self.file is None) == (self.otlp is None):
            raise ValueError("write one of file and otlp")
        return self


def logger(output: Output, line: Line, site: Site) -> Message:
    """Return the configuration of the logger that writes *line* to *output*."""
    if output.otlp is not None:
        return _otlp(output.otlp, line, site)
    if output.file == "stdout":
        return stream_v3.StdoutAccessLog(log_format=_format(line))
    if output.file == "stderr":
        return stream_v3.StderrAccessLog(log_format=_format(line))
    assert output.file is not None
    return file_v3.FileAccessLog(path=output.file, log_format=_format(line))


def _format(line: Line) -> core_v3.SubstitutionFormatString:
    if line.text is None:
        return core_v3.SubstitutionFormatString(json_format=dict(line.fields))
    return core_v3.SubstitutionFormatString(text_format_source=core_v3.DataSource(inline_string=f"{line.text}\n"))


def _otlp(otlp: Otlp, line: Line, site: Site) -> open_telemetry_v3.OpenTelemetryAccessLogConfig:
    return open_telemetry_v3.OpenTelemetryAccessLogConfig(
        grpc_service=otlp.over_grpc(site),
        http_service=otlp.over_http(site, "/v1/logs"),
        log_name="crossway.access_log",
        disable_builtin_labels=True,
        resource_attributes=_values({"service.name": otlp.reporter(site)}),
        body=common_v1.AnyValue(string_value=_SUMMARY if line.text is None else line.text),
        attributes=_values(line.fields),
    )


def _values(texts: Mapping[str, str]) -> common_v1.KeyValueList:
    values = [common_v1.KeyValue(key=key, value=common_v1.AnyValue(string_value=text)) for key, text in texts.items()]
    return common_v1.KeyValueList(values=values)
