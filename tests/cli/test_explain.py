"""What becomes of a request, said by a running Crossway, and worked out from files and logs."""

import json

import pytest

from crossway.cli.explanation import render

CONFIG = """\
gateways: {edge: {listeners: {http: 8080}}}
services: {echo: "http://127.0.0.1:9001"}
routes:
  echo:
    to: echo
  orders:
    matches: [{path: /orders/*}]
    to: echo
    policies:
      rewrite: {path_prefix: /v2/}
"""
LINE = {
    "time": "2026-11-22T01:00:00Z",
    "request_id": "abc",
    "method": "GET",
    "host": "localhost",
    "path": "/v2/7",
    "route": "orders",
    "status": 503,
    "flags": "UF",
    "details": None,
    "service": "echo",
    "duration_ms": 3,
    "protocol": "HTTP/1.1",
}
ORDERS = "route orders forwards it to echo"


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text(CONFIG)
    return file


@pytest.fixture
def log(tmp_path):
    file = tmp_path / "access.log"
    file.write_text(json.dumps(LINE) + "\n")
    return file


def test_from_files(crossway, config):
    outcome = crossway("explain", "GET", "http://localhost/orders/7", "--config", config)
    assert outcome.status == 0
    assert ORDERS in outcome.out
    assert f"{config}:7:15" in outcome.out
    told = json.loads(crossway("explain", "GET", "http://localhost/x", "--config", config, "--format", "json").out)
    assert told["summary"] == "route echo forwards it to echo"


def test_a_running_crossway_is_asked(crossway, stand_in, config):
    words = ("explain", "GET", "http://localhost/orders/7", "--format", "json")
    said = json.loads(crossway(*words, "--config", config).out)
    stand_in.answers["POST /v1/explain"] = (200, "application/json", said)
    more = ["-H", "x-a: 1", "-H", "x-b:2", "--client-ip", "10.0.0.1", "--listener", "edge/http", "--revision", "4"]
    outcome = crossway(*words, *more, "--admin", stand_in.address)
    assert json.loads(outcome.out) == said
    assert crossway(*words[:3], "--admin", stand_in.address).out == f"{render(said)}\n"
    assert [asked.body for asked in stand_in.asked] == [
        {
            "method": "GET",
            "url": "http://localhost/orders/7",
            "headers": [["x-a", "1"], ["x-b", "2"]],
            "client_ip": "10.0.0.1",
            "listener": "edge/http",
            "revision": 4,
        },
        {"method": "GET", "url": "http://localhost/orders/7", "headers": [], "listener": ""},
    ]


def test_a_request_that_happened(crossway, config, log):
    outcome = crossway("explain", "--request-id", "abc", "--log", log, "--config", config)
    first, asked, *_ = outcome.out.splitlines()
    assert first == "2026-11-22T01:00:00Z: 503, UF, route orders, service echo, 3 ms"
    assert asked == "GET http://localhost/orders/7", "the rewrite is undone"
    assert ORDERS in outcome.out
    words = ("explain", "--request-id", "abc", "--log", log, "--config", config, "--format", "json")
    told = json.loads(crossway(*words).out)
    assert told["log"] == LINE
    assert told["explanation"]["summary"] == ORDERS


def test_a_request_that_happened_in_a_revision(crossway, stand_in, log):
    origin = {"document": "gateway.yaml", "line": 1}
    resources = [
        ("gateways", "edge", "edge: {listeners: {http: 8080}}"),
        ("services", "echo", 'echo: "http://127.0.0.1:9001"'),
        ("routes", "orders", "orders: {to: echo}"),
    ]
    items = [
        {"kind": kind, "namespace": "default", "name": name, "text": f"{text}\n", "origin": origin}
        for kind, name, text in resources
    ]
    stand_in.answers["GET /v1/revisions/3/resources"] = {"items": items}
    words = ["--request-id", "abc", "--log", log, "--revision", "3", "--admin", stand_in.address]
    outcome = crossway("explain", *words)
    assert outcome.status == 0, outcome.err
    assert "GET http://localhost/v2/7\n" in outcome.out, "nothing was rewritten then"
    assert ORDERS in outcome.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say which request"),
        (["GET"], "say which request"),
        (["GET", "http://localhost/", "-H", "x-a"], "'x-a' is no header; write it like"),
        (["--request-id", "abc"], "say where the request is"),
        (["GET", "http://localhost/", "--request-id", "abc", "--log", "LOG"], "say where the request is"),
        (["--request-id", "none", "--log", "LOG"], "no request none is in"),
        (["--request-id", "abc", "--log", "/no/such/log"], "/no/such/log"),
    ],
)
def test_what_cannot_be_explained(crossway, config, log, words, said):
    outcome = crossway("explain", *(log if word == "LOG" else word for word in words), "--config", config)
    assert outcome.status == 2
    assert said in outcome.err
