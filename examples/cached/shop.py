"""A shop that counts how often it is asked. It says what its answers depend on, and tags them for purges."""

import json
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

from examples.service import Server

TITLES = {"en": "tea", "fr": "thé"}


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self) -> None:
        Shop.asked += 1
        title = TITLES[self.headers.get("accept-language", "en")]
        text = json.dumps({"title": title, "asked": Shop.asked}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.send_header("vary", "accept-language")
        self.send_header("surrogate-key", f"products product-{self.path.rpartition('/')[2]}")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_) -> None:
        """The gateway writes the access log."""


if __name__ == "__main__":
    with Server(("127.0.0.1", int(sys.argv[1])), Shop) as server, suppress(KeyboardInterrupt):
        server.serve_forever()
