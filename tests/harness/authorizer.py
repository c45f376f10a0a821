"""Authorizers: processes that decide about requests, by HTTP and by gRPC, as a header of the request tells them.

``x-want: 401`` refuses with that status, ``500`` is a failure of the authorizer, ``slow`` is never answered,
``nobody`` passes without a user; everything else passes as ``alice``. What the authorizer was told is in its header
``x-seen``, in JSON and base64.

Each is started as ``python authorizer.py http`` or ``grpc``, and says its port in its first line.
"""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc

from crossway.protos import to_dict
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.service.auth import v3 as auth_v3

REFUSAL = '{"reason": "not today"}'


class Authorizer:
    """One running authorizer."""

    def __init__(self, protocol: str, port: int = 0) -> None:
        """Start one that speaks *protocol*, at *port* or a free one."""
        self.protocol = protocol
        words = [sys.executable, __file__, protocol, str(port)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def authorizer(protocol: str) -> Iterator[Authorizer]:
    """Give an authorizer that speaks *protocol*."""
    running = Authorizer(protocol)
    try:
        yield running
    finally:
        running.stop()


def seen(headers: Mapping[str, str]) -> dict[str, object]:
    """Return what the authorizer was told, from the *headers* that it set."""
    told: dict[str, object] = json.loads(base64.b64decode(headers["x-seen"]))
    return told


def _seen(told: Mapping[str, object]) -> str:
    return base64.b64encode(json.dumps(told).encode()).decode()


def _shown(body: str) -> dict[str, object]:
    """Return what fits into a header of *body*."""
    return {"body": body[:100], "length": len(body)}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        """Serve a connection, until the gateway has enough of it."""
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        want = headers.get("x-want", "")
        if want == "slow":
            self.rfile.read()  # until the gateway gives up
            return
        self.send_response(int(want) if want.isdigit() else 200)
        refusal = REFUSAL.encode() if want.isdigit() else b""
        told = {"method": self.command, "path": self.path, "headers": headers, **_shown(body)}
        answer = {"x-seen": _seen(told), "x-internal": "secret", "content-length": str(len(refusal))}
        if want != "nobody":
            answer["x-user"] = "alice"
        if refusal:
            answer |= {"content-type": "application/json", "www-authenticate": "Bearer", "x-reason": "because"}
        for name, value in answer.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(refusal)

    do_POST = do_GET  # noqa: N815 (the name that the standard library looks for)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


async def _check(request: auth_v3.CheckRequest, context: grpc.aio.ServicerContext) -> auth_v3.CheckResponse:
    asked = request.attributes.request.http
    want = asked.headers.get("x-want", "")
    if want == "slow":
        await asyncio.Event().wait()
    if want == "500":
        await context.abort(grpc.StatusCode.INTERNAL, "broken")
    answer = auth_v3.CheckResponse()
    if want.isdigit():
        answer.status.code = grpc.StatusCode.PERMISSION_DENIED.value[0]
        answer.denied_response.status.code = int(want)
        answer.denied_response.body = REFUSAL
        answer.denied_response.headers.append(_header("content-type", "application/json"))
        return answer
    told = {
        "method": asked.method,
        "path": asked.path,
        "headers": dict(asked.headers),
        **_shown(asked.raw_body.decode("latin-1")),
        "context": to_dict(request.attributes.route_metadata_context),
    }
    users = [] if want == "nobody" else [_header("x-user", "alice")]
    forged = [_header("x-internal", "secret"), _header("x-consumer-username", "root"), _header(":path", "/elsewhere")]
    answer.ok_response.headers.extend([*users, *forged, _header("x-seen", _seen(told))])
    return answer


def _header(name: str, value: str) -> core_v3.HeaderValueOption:
    return core_v3.HeaderValueOption(header=core_v3.HeaderValue(key=name, value=value))


def _serve_http(port: int) -> None:
    with ThreadingHTTPServer(("127.0.0.1", port), _Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


async def _serve_grpc(port: int) -> None:
    server = grpc.aio.server()
    check = grpc.unary_unary_rpc_method_handler(
        _check, auth_v3.CheckRequest.FromString, auth_v3.CheckResponse.SerializeToString
    )
    handlers = grpc.method_handlers_generic_handler("envoy.service.auth.v3.Authorization", {"Check": check})
    server.add_generic_rpc_handlers((handlers,))
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    print(bound, flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    protocol, wanted = sys.argv[1], int(sys.argv[2])
    if protocol == "http":
        _serve_http(wanted)
    else:
        asyncio.run(_serve_grpc(wanted))
