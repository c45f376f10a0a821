"""Access logs: one line of JSON for each request or connection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, field_validator, model_validator

from crossway.compile.contract import LISTENER_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Duration, Percent, Spec
from crossway.model.part import Part
from crossway.protos import pack
from crossway.protos.envoy.config.accesslog import v3 as accesslog_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.access_loggers.file import v3 as file_v3
from crossway.protos.envoy.extensions.access_loggers.stream import v3 as stream_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.type import v3 as type_v3

_FIELDS: Final = {
    "time": "%START_TIME%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "trace_id": "%TRACE_ID%",
    "connection_id": "%CONNECTION_ID%",
    "client_ip": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "protocol": "%PROTOCOL%",
    "method": "%REQ(:METHOD)%",
    "host": "%REQ(:AUTHORITY)%",
    "path": "%PATH(NQ:ORIG_OR_PATH)%",
    "user_agent": "%REQ(USER-AGENT)%",
    "status": "%RESPONSE_CODE%",
    "grpc_status": "%GRPC_STATUS%",
    "flags": "%RESPONSE_FLAGS%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "duration_ms": "%DURATION%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "route": "%ROUTE_NAME%",
    "service": "%UPSTREAM_CLUSTER%",
    "endpoint": "%UPSTREAM_HOST%",
    "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
    "upstream_duration_ms": "%COMMON_DURATION(US_TX_BEG:US_RX_BEG:ms)%",
    "upstream_failure": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
    "tls_version": "%DOWNSTREAM_TLS_VERSION%",
    "sni": "%REQUESTED_SERVER_NAME%",
}
"""What every line says. A field without a value, as `method` on a TCP connection, is null."""
_QUERY: Final = "%PATH(WQ:ORIG_OR_PATH)%"
_VARIABLES: Final = {
    "request.headers": "%REQ({})%",
    "request.query": "%QUERY_PARAM({})%",
    "response.headers": "%RESP({})%",
    "client_certificate.subject": "%DOWNSTREAM_PEER_SUBJECT%",
    "client_certificate.fingerprint": "%DOWNSTREAM_PEER_FINGERPRINT_256%",
}
_VARIABLE: Final = re.compile(
    r"(?P<kind>request\.headers|request\.query|response\.headers)\.(?P<name>[A-Za-z0-9_.~-]+)"
    r"|(?P<whole>client_certificate\.(?:subject|fingerprint))"
)

_SLOWEST: Final = timedelta(days=49)
"""Envoy compares milliseconds in 32 bits, which is some hours more."""


class When(Part):
    """Which requests are logged: those that meet any of the conditions."""

    status_from: Annotated[int, Field(ge=100, le=599)] | None = None
    """Those answered with this status or a higher one."""
    slower_than: Annotated[Duration, Field(le=_SLOWEST)] | None = None
    """Those that took longer; whole milliseconds, at most 49d."""
    sample: Percent | None = None
    """This percentage of all, drawn at random."""

    @model_validator(mode="after")
    def _any(self) -> When:
        if self.status_from is None and self.slower_than is None and self.sample is None:
            raise ValueError("write at least one of status_from, slower_than, sample")
        return self


class AccessLog(Spec):
    """Log requests, and TCP and UDP sessions, as JSON. It is on by default; `access_log: false` switches it off."""

    enabled: bool = True
    """Whether anything is logged."""
    path: Annotated[str, Field(pattern=r"^(stdout|/.+)$")] = "stdout"
    """`stdout`, or the path of a file on the machine of the proxy."""
    query: bool = False
    """Log the query with the path. Off by default: queries carry tokens and personal data."""
    fields: Mapping[str, str] = Field(default_factory=dict)
    """More fields, by name: `request.headers.NAME`, `request.query.NAME`, `response.headers.NAME`,
    `client_certificate.subject` or `client_certificate.fingerprint`."""
    when: When | None = None
    """Log only some requests; all without it."""

    short_forms = ("enabled",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"enabled": value} if isinstance(value, bool) else value

    @field_validator("fields")
    @classmethod
    def _are_variables(cls, fields: Mapping[str, str]) -> Mapping[str, str]:
        for name, variable in fields.items():
            if not _VARIABLE.fullmatch(variable):
                raise ValueError(f"{name}: {variable!r} is no variable; write for example request.headers.x-tenant")
        return fields


def compile_access_log(spec: AccessLog, _site: Site) -> Fragment:
    """Return the logger in the connection manager; the compiler gives the same one to proxies of TCP and UDP."""
    if not spec.enabled:
        return Fragment()
    more = {name: _command(variable) for name, variable in spec.fields.items()}
    path = {"path": _QUERY} if spec.query else {}
    line = core_v3.SubstitutionFormatString(json_format={**_FIELDS, **path, **more})
    log = accesslog_v3.AccessLog(name="crossway.access_log", filter=_filter(spec.when) if spec.when else None)
    if spec.path == "stdout":
        log.typed_config.CopyFrom(pack(stream_v3.StdoutAccessLog(log_format=line)))
    else:
        log.typed_config.CopyFrom(pack(file_v3.FileAccessLog(path=spec.path, log_format=line)))
    return Fragment(connection_manager=hcm_v3.HttpConnectionManager(access_log=[log]))


def _command(variable: str) -> str:
    """Return the command operator of Envoy's access log for *variable*, which has been checked."""
    match = _VARIABLE.fullmatch(variable)
    assert match is not None
    return _VARIABLES[match["whole"] or match["kind"]].format(match["name"])


def _filter(when: When) -> accesslog_v3.AccessLogFilter:
    filters = []
    if when.status_from is not None:
        at_least = _at_least(when.status_from, "crossway.access_log.status_from")
        filters.append(
            accesslog_v3.AccessLogFilter(status_code_filter=accesslog_v3.StatusCodeFilter(comparison=at_least))
        )
    if when.slower_than is not None:
        at_least = _at_least(int(when.slower_than.total_seconds() * 1000) + 1, "crossway.access_log.slower_than")
        filters.append(accesslog_v3.AccessLogFilter(duration_filter=accesslog_v3.DurationFilter(comparison=at_least)))
    if when.sample is not None:
        share = type_v3.FractionalPercent(
            numerator=round(when.sample * 10_000), denominator=type_v3.FractionalPercent.MILLION
        )
        sample = accesslog_v3.RuntimeFilter(
            runtime_key="crossway.access_log.sample", percent_sampled=share, use_independent_randomness=True
        )
        filters.append(accesslog_v3.AccessLogFilter(runtime_filter=sample))
    if len(filters) == 1:
        return filters[0]
    return accesslog_v3.AccessLogFilter(or_filter=accesslog_v3.OrFilter(filters=filters))


def _at_least(number: int, key: str) -> accesslog_v3.ComparisonFilter:
    return accesslog_v3.ComparisonFilter(
        op=accesslog_v3.ComparisonFilter.GE, value=core_v3.RuntimeUInt32(default_value=number, runtime_key=key)
    )


POLICY: Final = Policy(
    spec=AccessLog,
    stage=Stage.EDGE,
    applies=Target.LISTENER,
    targets=LISTENER_TARGETS,
    compile=compile_access_log,
    default=AccessLog(),
)
