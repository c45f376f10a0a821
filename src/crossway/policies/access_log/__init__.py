"""Access logs: a line for each request or connection, as JSON or text, in files and for collectors."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, field_validator, model_validator

from crossway.compile.contract import LISTENER_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.compile.envoy import names
from crossway.compile.variables import BEHIND_PYTHON, FIELDS, Variable, variable
from crossway.model import Ref, Spec
from crossway.policies.access_log.masking import mask, masked_names
from crossway.policies.access_log.outputs import Line, Output, logger
from crossway.policies.access_log.selection import When, selection
from crossway.protos import pack
from crossway.protos.envoy.config.accesslog import v3 as accesslog_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3

_COMMON: Final = '{client_ip} - {consumer} [{time.common}] "{method} {path} {protocol}" {status} {bytes_sent}'
_TEXTS: Final[Mapping[str, str]] = {
    "common": _COMMON,
    "combined": f'{_COMMON} "{{request.headers.referer}}" "{{user_agent}}"',
}
"""The formats of the Apache server, which every reader of logs knows."""
_TOKEN: Final = re.compile(r"\{\{(?P<literal>[\w.~-]+)\}\}|\{(?P<variable>[\w.~-]+)\}|%")


def _text(value: object) -> object:
    if isinstance(value, str):
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
            raise ValueError("a line is one line without control characters")
        for token in _TOKEN.finditer(_TEXTS.get(value, value)):
            if token["variable"]:
                variable(token["variable"])
    return value


def _outputs(value: object) -> object:
    return (value,) if isinstance(value, str | Mapping) else value


class AccessLog(Spec):
    """Log requests, and TCP and UDP sessions. On by default, as JSON on standard output; `access_log: false` is off.

    Credentials are in no log: a header such as `Authorization` or `Cookie`, and a query parameter such as `api_key`,
    is `[redacted]`. An output that is away, or slow, costs lines and no request.
    """

    enabled: bool = True
    """Whether anything is logged."""
    outputs: Annotated[
        tuple[Output, ...],
        Field(min_length=1),
        BeforeValidator(_outputs, json_schema_input_type=Output | tuple[Output, ...]),
    ] = (Output(file="stdout"),)
    """Where lines go; one needs no list: `stdout`, `stderr`, the path of a file on the machine of the proxy, or
    `{otlp: SERVICE}`."""
    format: Annotated[str, Field(min_length=1, max_length=8192), BeforeValidator(_text)] = "json"
    """`json`, with all fields; `common` or `combined`, as Apache writes them; or the line as text with variables, which
    are the fields: `{method} {path} {status} {request.headers.x-tenant}`. `{{path}}` stands for the text `{path}`. A
    variable without a value is `-`. JSON is escaped, a text is not. `crossway replay` and `crossway explain` read JSON
    alone."""
    query: bool = False
    """Log the query with the path. Off by default: queries carry personal data. On, the path is the one that the client
    asked for, on routes that rewrite as well."""
    mask: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.~-]+$", max_length=255)], ...] = ()
    """More headers and query parameters whose values are `[redacted]`, by their names in any case: those of your own
    API keys."""
    fields: Mapping[str, str] = Field(default_factory=dict)
    """More fields, by name: `request.headers.NAME`, `request.query.NAME`, `response.headers.NAME`,
    `client_certificate.subject`, `client_certificate.fingerprint` or `trace.span_id`. A text has no fields; they go
    beside it to a collector."""
    when: When | None = None
    """Log only some requests; all without it."""
    skip_routes: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]+$")], ...] = ()
    """Log nothing of these routes, such as one for health checks: `name`, or `namespace/name`."""

    short_forms = ("enabled",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"enabled": value} if isinstance(value, bool) else value

    @field_validator("fields")
    @classmethod
    def _are_variables(cls, fields: Mapping[str, str]) -> Mapping[str, str]:
        for name, text in fields.items():
            try:
                variable(text)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return fields

    @model_validator(mode="after")
    def _no_masked_parameters(self) -> AccessLog:
        secret = masked_names(self.mask)
        for item in self.variables().values():
            if item.kind == "request.query" and item.name.lower() in secret:
                raise ValueError(f"{item.text} is masked; `query: true` logs it with the path, as [redacted]")
        return self

    @property
    def template(self) -> str | None:
        """The line as text with variables in braces; `None` for JSON."""
        return None if self.format == "json" else _TEXTS.get(self.format, self.format)

    def variables(self) -> dict[str, Variable]:
        """Return all that a line says: fields by their names, and the variables of a text as they stand there."""
        more = {name: variable(text) for name, text in self.fields.items()}
        if self.template is None:
            return {**{name: Variable(name, command) for name, command in FIELDS.items()}, **more}
        tokens = [token["variable"] for token in _TOKEN.finditer(self.template) if token["variable"]]
        return {**more, **{f"{{{text}}}": variable(text) for text in tokens}}


def compile_access_log(spec: AccessLog, site: Site) -> Fragment:
    """Return the loggers in the connection manager; the compiler gives the same ones to proxies of TCP and UDP."""
    if not spec.enabled:
        return Fragment()
    commands, notes = mask(spec.variables(), masked_names(spec.mask), query=spec.query)
    line = _line(spec, commands)
    behind_python = _line(spec, {name: BEHIND_PYTHON.get(command, command) for name, command in commands.items()})
    lines = {None: line} if line == behind_python else {False: line, True: behind_python}
    skipped = [Ref.parse("routes", name, site.namespace) for name in spec.skip_routes]
    manager = hcm_v3.HttpConnectionManager()
    for output, (is_python, line) in itertools.product(spec.outputs, lines.items()):
        manager.access_log.append(
            accesslog_v3.AccessLog(
                name="crossway.access_log",
                filter=selection(spec.when, skipped, is_python=is_python),
                typed_config=pack(logger(output, line, site)),
            )
        )
    if notes.request_rules or notes.response_rules:
        manager.http_filters.add(name=names.http_filter("access_log"), typed_config=pack(notes))
    return Fragment(connection_manager=manager)


def _line(spec: AccessLog, commands: Mapping[str, str]) -> Line:
    fields = {name: command for name, command in commands.items() if not name.startswith("{")}
    return Line(fields, spec.template and _TOKEN.sub(lambda token: _said(token, commands), spec.template))


def _said(token: re.Match[str], commands: Mapping[str, str]) -> str:
    if token["literal"]:
        return f"{{{token['literal']}}}"
    return commands[token[0]] if token["variable"] else "%%"


POLICY: Final = Policy(
    spec=AccessLog,
    stage=Stage.EDGE,
    applies=Target.LISTENER,
    targets=LISTENER_TARGETS,
    compile=compile_access_log,
    default=AccessLog(),
)
