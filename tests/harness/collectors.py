"""Collectors: real servers that take what proxies report by OTLP, over gRPC and over HTTP, and in Zipkin's format."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import grpc
import h11
from crossway.protos.opentelemetry.proto.collector.logs import v1 as logs_v1
from crossway.protos.opentelemetry.proto.collector.trace import v1 as trace_v1

from crossway.protos.opentelemetry.proto.common import v1 as common_v1

LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


@dataclass(frozen=True)
class Span:
    """One span, whatever format it came in."""

    name: str
    trace: str
    id: str
    parent: str
    kind: str
    service: str
    tags: Mapping[str, Any]


@dataclass(frozen=True)
class Log:
    """One log record."""

    fields: Mapping[str, Any]
    body: str = ""
    trace: str = ""
    service: str = ""


@dataclass
class Collected:
    """What a collector has taken. Requests that it could not understand raise where they came in."""

    spans: list[Span] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)

    def take_traces(self, content: bytes) -> None:
        """Take an export request of OTLP."""
        for resource in trace_v1.ExportTraceServiceRequest.FromString(content).resource_spans:
            service = _attributes(resource.resource.attributes).get("service.name", "")
            for scope in resource.scope_spans:
                for span in scope.spans:
                    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                    kind = type(span).SpanKind.Name(span.kind).removeprefix("SPAN_KIND_")
                    self.spans.append(Span(span.name, *ids, kind, service, _attributes(span.attributes)))

    def take_logs(self, content: bytes) -> None:
        """Take an export request of OTLP."""
        for resource in logs_v1.ExportLogsServiceRequest.FromString(content).resource_logs:
            service = _attributes(resource.resource.attributes).get("service.name", "")
            for scope in resource.scope_logs:
                for record in scope.log_records:
                    body = record.body.string_value
                    self.logs.append(Log(_attributes(record.attributes), body, record.trace_id.hex(), service))

    def take_zipkin(self, content: bytes) -> None:
        """Take a list of spans in Zipkin's JSON, version 2."""
        for span in json.loads(content):
            service = span["localEndpoint"]["serviceName"]
            ids = (span["traceId"], span["id"], span.get("parentId", ""))
            self.spans.append(Span(span["name"], *ids, span["kind"], service, span.get("tags", {})))


def _attributes(values: Iterable[common_v1.KeyValue]) -> dict[str, Any]:
    def plain(value: common_v1.AnyValue) -> Any:
        kind = value.WhichOneof("value")
        return getattr(value, kind) if kind else None

    return {item.key: plain(item.value) for item in values}


class OtlpGrpc(Collected):
    """A collector of logs and traces by OTLP/gRPC."""

    def __enter__(self) -> Self:
        self._server = grpc.server(ThreadPoolExecutor(2))
        self._server.add_generic_rpc_handlers([_Handlers({LOGS: self.take_logs, TRACES: self.take_traces})])
        self.port: int = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(grace=None).wait()


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, takers: Mapping[str, Any]) -> None:
        self._takers = takers

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        take = self._takers.get(call.method)

        def export(request: bytes, _context: grpc.ServicerContext) -> bytes:
            take(request)
            return b""

        return grpc.unary_unary_rpc_method_handler(export) if take else None


class HttpCollector(Collected):
    """A collector by HTTP: OTLP at ``/v1/logs`` and ``/v1/traces``, Zipkin at ``/api/v2/spans``."""

    async def __aenter__(self) -> Self:
        self.hosts: set[str] = set()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER)
        with suppress(h11.RemoteProtocolError, OSError):
            while (request := await _next(http, reader)) is not None:
                path, content = request.target.decode(), await _content(http, reader)
                self.hosts.add(dict(request.headers)[b"host"].decode())
                takers = {
                    "/v1/logs": self.take_logs,
                    "/v1/traces": self.take_traces,
                    "/api/v2/spans": self.take_zipkin,
                }
                take = takers.get(path)
                if take is not None:
                    take(content)
                status = 404 if take is None else 202 if take == self.take_zipkin else 200
                answer = h11.Response(status_code=status, headers=[("content-length", "0")])
                writer.write((http.send(answer) or b"") + (http.send(h11.EndOfMessage()) or b""))
                http.start_next_cycle()
        writer.close()


async def _next(http: h11.Connection, reader: asyncio.StreamReader) -> h11.Request | None:
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await reader.read(65_536))
    return event if isinstance(event, h11.Request) else None


async def _content(http: h11.Connection, reader: asyncio.StreamReader) -> bytes:
    content = b""
    while not isinstance(event := http.next_event(), h11.EndOfMessage):
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(65_536))
        elif isinstance(event, h11.Data):
            content += event.data
    return content
