"""Routes of a configuration, without a running Crossway."""

import json


def test_routes_in_the_order_in_which_they_are_tried(crossway, shop):
    outcome = crossway("routes", "--config", shop)
    assert [line.split()[:7] for line in outcome.out.splitlines()] == [
        ["GATEWAY", "LISTENER", "HOSTNAME", "PATH", "CONDITIONS", "ROUTE", "ACTION"],
        ["edge", "http", "*", "/a", "GET", "exact", "echo"],
        ["edge", "http", "*", "/a/*", "-", "below", "echo"],
        ["inner", "tls", "shop.example", "/*", "-", "hello", "respond"],
    ]


def test_routes_as_json(crossway, shop):
    rows = json.loads(crossway("routes", "--config", shop, "--format", "json").out)
    assert rows[0] == {
        "gateway": "edge",
        "listener": "http",
        "hostname": "*",
        "path": "/a",
        "conditions": "GET",
        "route": "exact",
        "action": "echo",
        "policies": ["retry"],
        "state": "live",
    }
