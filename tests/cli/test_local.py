"""A data directory that no control plane has: the verbs work on it all the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("crossway")
FIRST = """\
gateways: {edge: {listeners: {http: 8080}}}
services: {echo: "http://127.0.0.1:9001"}
routes:
  echo:
    to: echo
namespaces:
  team-a:
    routes:
      orders:
        gateways: [default/edge]
        matches: [{path: /orders/*}]
        to: default/echo
"""
SECOND = """\
gateways: {edge: {listeners: {http: 8080}}}
services: {echo: "http://127.0.0.1:9001", other: "http://127.0.0.1:9002"}
routes:
  echo:
    to: other
"""
TO_SECOND = "1 to add, 1 to change, 2 to remove\n"


@pytest.fixture
def files(tmp_path):
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(FIRST)
    second.write_text(SECOND)
    return first, second


@pytest.fixture
def kept(crossway, tmp_path):
    """Run a verb on a directory that nobody has."""
    return lambda *words: crossway(*words, "--state", tmp_path / "state")


def test_a_configuration_is_kept_changed_and_brought_back(kept, files, tmp_path):
    first, second = files
    outcome = kept("apply", first, "-m", "begin")
    assert (outcome.status, outcome.out) == (0, "kept as revision 1; it goes live with `crossway run`\n")
    assert outcome.err.startswith(f"crossway: no Crossway runs on {tmp_path}/state: working on what is kept there\n")
    assert kept("apply", first).out == "nothing to change: revision 1 says the same\n"
    assert kept("diff", first).status == 0

    outcome = kept("diff", second, "--prune")
    assert (outcome.status, outcome.out.endswith(TO_SECOND)) == (1, True)
    assert kept("apply", second, "--prune", "--dry-run").out.startswith("valid, and not applied: 1 to add")
    assert kept("apply", second, "--prune", "--no-wait", "--base", "1").status == 0
    assert kept("diff", "--from", "1").out.endswith(TO_SECOND)

    outcome = kept("apply", first, "--base", "1")
    assert (outcome.status, outcome.out) == (1, "")
    assert "routes.echo was written" in outcome.err

    outcome = kept("rollback", "1")
    assert outcome.out == "kept as revision 3; it goes live with `crossway run`\n"
    assert kept("delete", "route", "team-a/orders").status == 0
    rows = json.loads(kept("get", "--format", "json").out)
    assert [(row["kind"], row["name"]) for row in rows] == [
        ("gateways", "edge"),
        ("namespaces", "team-a"),
        ("routes", "echo"),
        ("services", "echo"),
    ]
    history = json.loads(kept("history", "--format", "json").out)
    assert [(one["number"], one["state"]) for one in history] == [(4, "live"), (3, "live"), (2, "live"), (1, "live")]
    assert history[-1]["message"] == "begin"
    assert kept("audit", "verify").status == 0
    outcomes = [entry["outcome"] for entry in json.loads(kept("audit", "--format", "json").out)]
    assert outcomes.count("begun") * 2 == len(outcomes), "every change says how it ended"


def test_what_get_shows_can_be_applied(kept, files, tmp_path):
    kept("apply", files[0])
    shown = tmp_path / "shown.yaml"
    shown.write_text(kept("get", "--format", "yaml").out)
    assert kept("apply", shown, "--prune").status == 0
    assert kept("get", "--format", "yaml").out == shown.read_text()


def test_what_is_wrong_is_refused(kept, files, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("routes: {lost: {to: nobody}}\n")
    kept("apply", files[0])
    outcome = kept("apply", wrong)
    assert outcome.status == 1
    assert "[reference.dangling]" in outcome.out
    assert kept("diff", wrong).status == 2
    assert kept("delete", "services", "echo").status == 1
    assert json.loads(kept("history", "--format", "json").out)[0]["number"] == 1


def test_two_configurations_can_be_compared(crossway, files):
    first, second = files
    outcome = crossway("diff", second, "--prune", "--config", first)
    assert (outcome.status, outcome.err) == (1, "")
    assert outcome.out.endswith(TO_SECOND)
    assert crossway("diff", first, "--prune", "--config", first).status == 0


def test_tokens_and_secrets(kept, tmp_path):
    outcome = kept("tokens", "create", "ci", "--role", "editor", "-n", "team-a", "--expires-in", "90d")
    token = outcome.out.strip()
    assert token.startswith("cw_")
    (listed,) = json.loads(kept("tokens", "list", "--format", "json").out)
    assert (listed["name"], listed["role"], listed["namespaces"]) == ("ci", "editor", ["team-a"])
    assert kept("tokens", "revoke", listed["id"]).status == 0
    assert json.loads(kept("tokens", "list", "--format", "json").out) == []
    (tmp_path / "value").write_text("s3cret\n")
    assert kept("secrets", "put", "team-a/db", "--file", tmp_path / "value").status == 0
    (secret,) = json.loads(kept("secrets", "list", "--format", "json").out)
    assert (secret["namespace"], secret["name"]) == ("team-a", "db")
    assert kept("secrets", "delete", "team-a/db").status == 0
    assert "s3cret" not in "".join(path.read_bytes().decode("latin-1") for path in (tmp_path / "state").glob("*.*"))


def test_two_verbs_at_once_take_turns(files, tmp_path):
    words = [[COMMAND, "apply", file, "--state", tmp_path / "state"] for file in files]
    running = [subprocess.Popen(each, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for each in words]
    said = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert sorted(out.split(";")[0] for out, _ in said) == ["kept as revision 1", "kept as revision 2"]
