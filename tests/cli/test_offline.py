"""The verbs that read, with ``--config``: without a running Crossway."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from harness.certificates import Authority

COMMAND = Path(sys.executable).with_name("crossway")

CONFIG = """\
gateways:
  edge: {listeners: {http: 8080}}
  inner: {listeners: {tls: {port: 8443, tls: {certificates: [shop]}}}}
certificates:
  shop: {certificate: $shop.pem, key: $shop.key}
services: {echo: "http://127.0.0.1:9001", other: "http://127.0.0.1:9002"}
routes:
  exact: {gateways: [edge], matches: [{path: /a, methods: [GET]}], to: echo, policies: {retry: 2}}
  below: {gateways: [edge], matches: [{path: /a/*}], to: [{service: echo, weight: 9}, other]}
  hello: {gateways: [inner], hostnames: [shop.example], respond: {body: hello}}
"""


@pytest.fixture
def config(tmp_path):
    Authority().issue("shop.example").save(tmp_path, "shop")
    file = tmp_path / "crossway.yaml"
    file.write_text(CONFIG.replace("$", f"{tmp_path}/"))
    return file


def xds(crossway, *words) -> list[dict]:
    outcome = crossway("show", "xds", "--format", "json", *words)
    assert outcome.status == 0, outcome.err
    return json.loads(outcome.out)


def test_routes_in_the_order_in_which_they_are_tried(crossway, config):
    outcome = crossway("routes", "--config", config)
    assert [line.split()[:7] for line in outcome.out.splitlines()] == [
        ["GATEWAY", "LISTENER", "HOSTNAME", "PATH", "CONDITIONS", "ROUTE", "ACTION"],
        ["edge", "http", "*", "/a", "GET", "exact", "echo"],
        ["edge", "http", "*", "/a/*", "-", "below", "echo"],
        ["inner", "tls", "shop.example", "/*", "-", "hello", "respond"],
    ]


def test_routes_as_json(crossway, config):
    rows = json.loads(crossway("routes", "--config", config, "--format", "json").out)
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


@pytest.mark.parametrize(("columns", "head"), [(80, "listener"), (160, "gateway")])
def test_a_table_fits_its_terminal(config, columns, head):
    controller, terminal = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    subprocess.run([COMMAND, "routes", "--config", config], stdout=terminal, env=environment, check=True)
    os.close(terminal)
    lines = re.sub(r"\x1b\[\d*m", "", os.read(controller, 100_000).decode()).splitlines()
    os.close(controller)
    assert lines[0].startswith(head)
    assert len(lines) == 4
    assert max(map(len, lines)) <= columns


def test_what_is_wrong_is_said_beside_the_answer(crossway, config):
    config.write_text(config.read_text().replace("retry: 2", "retri: 2"))
    outcome = crossway("routes", "--config", config)
    assert "[policy.unknown]" in outcome.err
    assert "closed: policy.unknown" in outcome.out


def test_all_resources_are_shown(crossway, config):
    shown = {(one["type"], one["name"]) for one in xds(crossway, "--config", config)}
    assert shown >= {
        ("clusters", "echo"),
        ("endpoints", "echo"),
        ("listeners", "edge/0.0.0.0:8080/tcp"),
        ("secrets", "certificate/shop"),
    }
    assert "routes" in {kind for kind, _ in shown}


def test_a_gateway_is_given_what_it_needs(crossway, config):
    assert {one["type"] for one in xds(crossway, "--config", config, "--gateway", "inner")} == {
        "listeners",
        "routes",
        "secrets",
    }
    assert xds(crossway, "--config", config, "--gateway", "edge", "--type", "secrets") == []
    both = xds(crossway, "--config", config, "--gateway", "inner", "--gateway", "edge")
    assert both == xds(crossway, "--config", config)


def test_names_may_be_patterns(crossway, config):
    (cluster,) = xds(crossway, "--config", config, "--type", "clusters", "--name", "ec*")
    assert cluster["about"] == "services.echo"
    assert cluster["resource"]["@type"].endswith(".Cluster")


def test_yaml_is_one_document_for_each_resource(crossway, config):
    outcome = crossway("show", "xds", "--config", config)
    documents = list(yaml.safe_load_all(outcome.out))
    assert documents == [one["resource"] for one in xds(crossway, "--config", config)]
    assert "# clusters echo, version " in outcome.out


def test_no_key_is_shown(crossway, config, tmp_path):
    outcome = crossway("show", "xds", "--config", config, "--format", "json")
    (secret,) = [one for one in json.loads(outcome.out) if one["type"] == "secrets"]
    assert secret["resource"]["tls_certificate"]["private_key"] == {"inline_string": "[redacted]"}
    assert (tmp_path / "shop.key").read_text().splitlines()[1] not in outcome.out


def test_a_gateway_that_there_is_not(crossway, config):
    outcome = crossway("show", "xds", "--config", config, "--gateway", "egde")
    assert (outcome.status, outcome.err) == (2, "crossway: there is no gateway 'egde'; did you mean 'edge'?\n")
