"""A till that speaks lines of `NAME=value`: what it is told of, it adds up."""

import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PRICES = {"tea": 3, "cake": 4}


class Till(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = dict(line.split("=") for line in self.rfile.read(int(self.headers["content-length"])).decode().split())
        total = PRICES[asked["ITEM"]] * int(asked.get("AMOUNT", 1))
        answer = f"ITEM={asked['ITEM']}\nTOTAL={total}\n".encode()
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Till).serve_forever()
