"""The backends of the Gateway API's conformance suite: servers that tell what reached them, and whom.

``?delay=1s`` waits first. ``?responseCode=500&succeedAfter=2&uuid=x`` fails twice. ``X-Echo-Set-Header: name:value``
sets headers of the answer.
"""

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import grpc
import h11

from crossway.model import parse_duration
from harness.servers import TcpEcho, UdpEcho
from harness.upstreams import Echo, Received

WELCOME = b"Gateway API Test TCP Server\n"
GRPC_SERVICE = "gateway_api_conformance.echo_basic.grpcecho.GrpcEcho"


class HttpBasic(Echo):
    """An HTTP/1.1 server."""

    def __init__(self, namespace: str, name: str, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(name, tls=tls)
        self._pod = {"namespace": namespace, "pod": f"{name}-0"}
        self._failed: Counter[str] = Counter()
        if tls is not None:
            tls.sni_callback = _remember

    async def _answer(self, http: h11.Connection, request: Received, writer: asyncio.StreamWriter) -> bool:
        query = dict(parse_qsl(urlsplit(request.path).query))
        self.received.append(request)
        await asyncio.sleep(parse_duration(query.get("delay", 0)).total_seconds())
        status = 200
        if "responseCode" in query and self._failed[query["uuid"]] < int(query["succeedAfter"]):
            self._failed[query["uuid"]] += 1
            status = int(query["responseCode"])
        body = json.dumps(self._told(request, writer)).encode()
        headers = {"content-type": "application/json", "content-length": str(len(body))}
        for said in filter(None, request.headers.get("x-echo-set-header", "").split(",")):
            name, _, value = said.strip().partition(":")
            headers[name] = f"{headers[name]},{value.strip()}" if name in headers else value
        answer = h11.Response(status_code=status, headers=list(headers.items()))
        writer.write(http.send(answer) or b"")
        if request.method != "HEAD":
            writer.write(http.send(h11.Data(body)) or b"")
        writer.write(http.send(h11.EndOfMessage()) or b"")
        await writer.drain()
        if http.our_state is not h11.DONE or http.their_state is not h11.DONE:
            return False
        http.start_next_cycle()
        return True

    def _told(self, request: Received, writer: asyncio.StreamWriter) -> Mapping[str, object]:
        told = {
            **self._pod,
            "path": request.path,
            "host": request.headers.get("host", ""),
            "method": request.method,
            "headers": request.headers,
        }
        if (connection := writer.get_extra_info("ssl_object")) is not None:
            told["sni"] = getattr(connection, "server_name", None)
            told["client"] = bool(connection.getpeercert(binary_form=True))
        return told


def _remember(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
    connection.server_name = name  # so that the answer can tell it


class TcpBasic(TcpEcho):
    """A TCP server that answers the line ``TEST``."""

    def __init__(self, namespace: str, name: str, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(name)
        self._pod = {"namespace": namespace, "pod": f"{name}-0", "isTLS": tls is not None}
        self._tls = tls
        if tls is not None:
            tls.sni_callback = _remember

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("ssl_object")
        told = {**self._pod, "tls": {"serverName": getattr(connection, "server_name", None)}}
        with suppress(OSError):
            writer.write(WELCOME)
            while line := await reader.readline():
                if line.strip() == b"TEST":
                    writer.write(json.dumps(told).encode() + b"\n")
                    await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


class UdpBasic(UdpEcho):
    """A UDP server."""

    def __init__(self, namespace: str, name: str) -> None:
        super().__init__(name)
        self._pod = {"namespace": namespace, "pod": f"{name}-0", "service": name}

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(json.dumps({**self._pod, "request": data.decode()}).encode(), addr)


class GrpcBasic(grpc.GenericRpcHandler):
    """A gRPC server. Its messages are JSON; who sends nothing needs to know no other form."""

    def __init__(self, namespace: str, name: str) -> None:
        self._pod = {"namespace": namespace, "pod": f"{name}-0"}

    def __enter__(self) -> Self:
        self._server = grpc.server(ThreadPoolExecutor(2))
        self._server.add_generic_rpc_handlers([self])
        self.port: int = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(grace=None).wait()

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        if not call.method.startswith(f"/{GRPC_SERVICE}/Echo"):
            return None
        headers = {name: value for name, value in call.invocation_metadata if isinstance(value, str)}
        told = json.dumps({**self._pod, "method": call.method, "headers": headers}).encode()
        return grpc.unary_unary_rpc_method_handler(lambda _request, _context: told)
