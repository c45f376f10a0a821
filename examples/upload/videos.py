"""A store of videos that keeps nothing but their digests: ``python -m examples.upload.videos PORT``."""

import hashlib
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

from examples.service import Server


class Videos(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        left, digest = int(self.headers["content-length"]), hashlib.sha256()
        while left:
            piece = self.rfile.read(min(left, 65_536))
            digest.update(piece)
            left -= len(piece)
        self.send_response(201)
        self.send_header("x-sha256", digest.hexdigest())
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_) -> None:
        """The gateway writes the access log."""


if __name__ == "__main__":
    with Server(("127.0.0.1", int(sys.argv[1])), Videos) as server, suppress(KeyboardInterrupt):
        server.serve_forever()
