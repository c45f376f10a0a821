import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.certificates import Authority

COMMAND = Path(sys.executable).with_name("crossway")

GOOD = """\
gateways: {edge: {listeners: {http: 8080}}}
services: {echo: "http://127.0.0.1:9001"}
routes:
  echo:
    to: echo
"""

# A mistake for each stage: a syntax error would hide the rest, and has a test of its own.
WRONG = """\
gateways:
  edge:
    listeners:
      http: 8080
      https: {port: 8443, tls: {certificates: [shop]}}
certificates:
  shop: {certificate: no-such.crt, key: no-such.key}
services:
  echo: {endpoint: "127.0.0.1:9001"}
  sticky: {endpoints: ["127.0.0.1:9001"], policies: {load_balancing: maglev}}
routes:
  echo: {to: echo}
  lost: {matches: [{path: /lost}], to: ehco}
  hasty: {matches: [{path: /hasty}], to: sticky, policies: {retry: many}}
"""


@pytest.fixture
def config(tmp_path):
    return tmp_path / "crossway.yaml"


def test_nothing_is_wrong(crossway, config):
    config.write_text(GOOD)
    outcome = crossway("check", config)
    assert (outcome.status, outcome.out) == (0, "nothing is wrong: 1 file, 1 route\n")


def test_every_stage_is_heard_at_once(crossway, config):
    config.write_text(WRONG)
    outcome = crossway("check", config)
    assert outcome.status == 1
    *findings, summary = outcome.out.splitlines()
    codes = {line.rpartition("[")[2].rstrip("]") for line in findings}
    assert codes >= {
        "field.unknown",
        "field.invalid",
        "certificate.missing",
        "reference.dangling",
        "load_balancing.no_key",
    }
    assert all(line.startswith(f"{config}:") for line in findings)
    assert (
        f"{config}:9:10: error: services.echo.endpoint: unknown key 'endpoint'; did you mean 'endpoints'?"
        in "\n".join(findings)
    )
    assert summary.endswith(": 1 file, 3 routes")
    assert summary.startswith(f"{len(findings)} errors, 0 warnings")


def test_findings_stand_in_the_order_of_the_text(crossway, config):
    config.write_text(WRONG)
    lines = [finding["line"] for finding in json.loads(crossway("check", config, "--format", "json").out)]
    assert lines == sorted(lines)


def test_what_only_follows_from_another_finding_is_not_said(crossway, config):
    config.write_text(WRONG)
    found = json.loads(crossway("check", config, "--format", "json").out)
    assert [item["resource"] for item in found if item["code"] == "reference.dangling"] == ["routes.lost"]


def test_after_a_syntax_error_nobody_knows_what_dangles(crossway, tmp_path):
    (tmp_path / "routes.yaml").write_text("routes: {echo: {to: echo}}\ngateways: {edge: {listeners: {http: 8080}}}\n")
    (tmp_path / "services.yaml").write_text("services: {echo: [}\n")
    found = json.loads(crossway("check", tmp_path, "--format", "json").out)
    assert [item["code"] for item in found] == ["yaml.syntax"]


def test_a_file_that_is_not_there(crossway, tmp_path):
    outcome = crossway("check", tmp_path / "none.yaml")
    assert outcome.status == 1
    assert "[file.missing]" in outcome.out


def test_a_directory_is_one_configuration(crossway, tmp_path):
    for number, line in enumerate(GOOD.splitlines()[:2]):
        (tmp_path / f"{number}.yaml").write_text(f"{line}\n")
    (tmp_path / "routes.yaml").write_text("routes: {echo: {to: echo}}\n")
    assert crossway("check", tmp_path).out == "nothing is wrong: 3 files, 1 route\n"


def test_warnings_are_no_failure(crossway, config):
    config.write_text(GOOD + "  twin: {to: echo}\n")
    outcome = crossway("check", config)
    assert outcome.status == 0
    assert outcome.out.endswith("0 errors, 1 warning: 1 file, 2 routes\n")


def test_envoy_is_asked_and_the_guilty_route_is_named(crossway, config):
    config.write_text(GOOD + '  fussy: {priority: 1, matches: [{path: "~/(a{100}){100}"}], to: echo}\n')
    (refused,) = json.loads(crossway("check", config, "--format", "json").out)
    assert (refused["code"], refused["resource"], refused["line"]) == ("proxy.refused", "routes.fussy", 6)
    assert "invalid repetition size" in refused["message"]
    assert crossway("check", config, "--no-proxy").status == 0


def test_envoy_reads_the_secrets(crossway, config, tmp_path):
    Authority().issue("shop.example").save(tmp_path, "shop")
    tls = "{port: 8443, tls: {certificates: [shop]}, http3: true}"
    config.write_text(
        GOOD.replace("{http: 8080}", f"{{http: {tls}}}")
        + f"certificates: {{shop: {{certificate: {tmp_path}/shop.pem, key: {tmp_path}/shop.key}}}}\n"
    )
    assert crossway("check", config).out == "nothing is wrong: 1 file, 1 route\n"


def test_check_as_a_process(config):
    config.write_text("gateways: {edge: {listeners: {http: 99999}}}\n")
    ended = subprocess.run([COMMAND, "check", config], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stdout.startswith(f"{config}:1:37: error: gateways.edge.listeners.http.port: ")
    assert ended.stderr == ""
