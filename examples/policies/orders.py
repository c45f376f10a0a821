"""A service of orders that shows what came to it: the path, and the headers. An order that is flaky fails at first."""

import json
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

from examples.service import Server


class Orders(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    failed = False

    def do_GET(self) -> None:
        flaky = self.path.endswith("/flaky") and not Orders.failed
        Orders.failed |= flaky
        text = json.dumps({"path": self.path, "headers": {name.lower(): value for name, value in self.headers.items()}})
        self.send_response(503 if flaky else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_) -> None:
        """The gateway writes the access log."""


if __name__ == "__main__":
    with Server(("127.0.0.1", int(sys.argv[1])), Orders) as server, suppress(KeyboardInterrupt):
        server.serve_forever()
