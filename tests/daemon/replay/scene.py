"""What the tests of a replay have in common: configurations, and lines of a log."""

import json

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.daemon.replay import Side
from crossway.model import Document, errors

HEAD = """\
gateways: {edge: {listeners: {http: 8080}}}
services:
  one: "http://127.0.0.1:9001"
  two: "http://127.0.0.1:9002"
"""


def pipeline(text: str) -> Pipeline:
    """The configuration that says *text*, after a gateway and two services if it has no gateway itself."""
    made = Pipeline(load_policies())
    made.adopt(made.read([Document("gateway.yaml", text if "gateways:" in text else HEAD + text)]))
    assert not errors(made.loaded.findings), made.loaded.findings
    return made


def side(text: str) -> Side:
    """The same as one side of a replay."""
    return Side(pipeline(text))


def line(**changes: object) -> bytes:
    """A line of an access log."""
    usual = {
        "method": "GET",
        "host": "shop.example",
        "path": "/orders/7",
        "protocol": "HTTP/1.1",
        "route": "orders",
        "service": "one",
        "status": 200,
        "details": "via_upstream",
        "flags": "-",
        "client_ip": "192.0.2.7",
        "request_id": "f41737ba",
    }
    return json.dumps(usual | changes).encode()


NOT_FOUND = {"route": None, "service": None, "status": 404, "flags": "NR", "details": "route_not_found"}


def told(groups) -> list[tuple]:
    """What the groups of one sort say, each with its number of requests."""
    return [(group.what, group.requests) for group in groups]
