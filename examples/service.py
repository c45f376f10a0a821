"""A sample backend: a real HTTP server in a few lines. ``python -m examples.service NAME PORT`` echoes as NAME."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Answer = tuple[int, object]
"""A status code, and what becomes the body as JSON."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet

    def __init__(self, answer: Callable[[str, str, bytes], Answer], *arguments) -> None:
        self.answer = answer
        super().__init__(*arguments)

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        status, content = self.answer(self.command, urlsplit(self.path).path, body)
        text = json.dumps(content).encode() + b"\n"
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_) -> None:
        """The gateway writes the access log."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def serve(port: int, answer: Callable[[str, str, bytes], Answer]) -> None:
    """Serve on *port* until the process is told to end."""
    with Server(("127.0.0.1", port), partial(Handler, answer)) as server, suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    name = sys.argv[1]
    serve(int(sys.argv[2]), lambda method, path, body: (200, {"service": name, "method": method, "path": path}))
