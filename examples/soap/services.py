"""Two services: ``calculator PORT`` speaks SOAP, ``shop PORT`` speaks JSON."""

import json
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET

SOAP, OURS = "http://schemas.xmlsoap.org/soap/envelope/", "urn:example:calculator"
PRICES = {"tea": 3.5, "cake": 4}


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Calculator(Quiet):
    def do_POST(self):
        sent = ET.fromstring(self.rfile.read(int(self.headers["content-length"])))
        (asked,) = sent.find(f"{{{SOAP}}}Body")
        a, b = (int(element.text) for element in asked)
        name = asked.tag.rpartition("}")[2]
        if name == "Divide" and b == 0:
            fault = f'<faultstring>No</faultstring><detail><DivisionByZero xmlns="{OURS}">b</DivisionByZero></detail>'
            return self.say(500, f"<s:Fault><faultcode>s:Client</faultcode>{fault}</s:Fault>")
        result = a + b if name == "Add" else a // b
        return self.say(200, f'<{name}Response xmlns="{OURS}"><result>{result}</result></{name}Response>')

    def say(self, status, body):
        content = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{body}</s:Body></s:Envelope>'.encode()
        answer(self, status, "text/xml", content)


class Shop(Quiet):
    def do_GET(self):
        item = self.path.rpartition("/")[2]
        if item in PRICES:
            answer(self, 200, "application/json", json.dumps({"item": item, "price": PRICES[item]}).encode())
        else:
            answer(self, 404, "application/json", json.dumps({"detail": f"there is no {item}"}).encode())


def answer(handler, status, kind, content):
    handler.send_response(status)
    handler.send_header("content-type", kind)
    handler.send_header("content-length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


if __name__ == "__main__":
    kind = {"calculator": Calculator, "shop": Shop}[sys.argv[1]]
    with suppress(KeyboardInterrupt):
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), kind).serve_forever()
