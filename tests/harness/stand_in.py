"""A Crossway that says what a test lets it say: for what a real one says seldom, or only after much has been done."""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class StandIn:
    """A Crossway that has the same answer to a question each time, and remembers what it was asked."""

    answers: dict[str, Any] = field(default_factory=dict)
    """By method and path: JSON; lines, if it is a list under POST; or a status, a kind and JSON."""
    asked: list[Asked] = field(default_factory=list)
    address: str = ""

    def answer(self, method: str, path: str) -> tuple[int, str, bytes]:
        said = self.answers.get(f"{method} {path.partition('?')[0]}")
        if said is None:
            return 404, "text/plain", b"Not Found"
        if isinstance(said, tuple):
            status, kind, content = said
            return status, kind, json.dumps(content).encode()
        if method == "POST" and isinstance(said, list):
            return 200, "application/x-ndjson", b"".join(json.dumps(line).encode() + b"\n" for line in said)
        return 200, "application/json", json.dumps(said).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers with what the stand-in says."""

    stand_in: StandIn

    def do(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.stand_in.asked.append(
            Asked(self.command, self.path, dict(self.headers), json.loads(content) if content else None)
        )
        status, kind, body = self.stand_in.answer(self.command, self.path)
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do  # noqa: N815 - the names that the base class looks for

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def standing(context: ssl.SSLContext | None = None) -> Iterator[StandIn]:
    """Serve a stand-in on a port of this machine, over TLS with a *context*."""
    one = StandIn()
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"stand_in": one})) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        one.address = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield one
        finally:
            server.shutdown()
            thread.join()
