"""The verb: its words, its report in text and JSON, its exit status."""

import gzip
import json
import sys

import pytest

BEFORE = """\
gateways: {edge: {listeners: {http: 8080}}}
services: {one: "http://127.0.0.1:9001", two: "http://127.0.0.1:9002"}
routes:
  orders: {matches: [{path: /orders/*}], to: one}
  users: {matches: [{path: /users/*}], to: one}
"""
AFTER = BEFORE.replace("/users/*}], to: one", "/users/*}], to: two, policies: {timeout: 5s}")
LINE = {
    "method": "GET",
    "host": "shop.example",
    "path": "/orders/7",
    "protocol": "HTTP/1.1",
    "route": "orders",
    "service": "one",
    "status": 200,
    "details": "via_upstream",
    "flags": "-",
    "request_id": "f41737ba",
}
USERS = {"path": "/users/1", "route": "users"}


def line(**changes) -> bytes:
    return json.dumps(LINE | changes).encode() + b"\n"


@pytest.fixture
def before(tmp_path):
    path = tmp_path / "before.yaml"
    path.write_text(BEFORE)
    return path


@pytest.fixture
def after(tmp_path):
    path = tmp_path / "after"
    path.mkdir()
    (path / "gateway.yaml").write_text(AFTER)
    return path


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "access.log"
    path.write_bytes(
        line()
        + line(consumer="acme", **USERS)
        + line(consumer="acme", **USERS | {"path": "/users/2"})
        + b"[info] \x1b[2J\n"
        + line(method=None, protocol=None, route=None, path=None)
        + line(route=None, status=307, details="path_normalization_failed")
    )
    return path


def test_what_changes(crossway, log, before, after):
    outcome = crossway("replay", log, "--base", before, "--against", after)
    assert outcome.status == 1
    assert outcome.out == (
        "6 lines: 3 requests, 1 about TCP and UDP sessions, "
        "1 about requests that were refused before a route was looked for, 1 that are none of an access log\n"
        "  none of an access log: [info] \N{REPLACEMENT CHARACTER}[2J\n"
        "\n"
        "unchanged                  1   33.33 %\n"
        "changed                    2   66.67 %\n"
        "  action                   2   66.67 %\n"
        "  policy                   2   66.67 %\n"
        "\n"
        "users: 2 requests\n"
        "  action: to one -> to two\n"
        "  policy timeout: added\n"
        "  GET shop.example/users/1  (200, acme, f41737ba)\n"
        "  GET shop.example/users/2  (200, acme, f41737ba)\n"
        "\n"
        "consumer  requests  changed  action  policy\n"
        "acme             2        2       2       2\n"
        "-                1        0       0       0\n"
    )


def test_nothing_changes(crossway, log, before):
    outcome = crossway("replay", log, "--base", before, "--against", before)
    assert outcome.status == 0
    assert "unchanged                  3  100.00 %" in outcome.out


def test_as_json(crossway, log, before, after):
    outcome = crossway("replay", log, "--base", before, "--against", after, "--format", "json")
    said = json.loads(outcome.out)
    assert outcome.status == 1
    assert (said["lines"], said["requests"], said["unchanged"], said["changed"], said["undecided"]) == (6, 3, 1, 2, 0)
    assert (said["sessions"], said["unrouted"], said["unparsed"]["lines"]) == (1, 1, 1)
    assert said["kinds"] == {"action": 2, "policy": 2}
    assert said["changes"] == [
        {
            "before": "users",
            "after": "users",
            "kinds": ["action", "policy"],
            "details": ["action: to one -> to two", "policy timeout: added"],
            "requests": 2,
            "examples": [
                {
                    "method": "GET",
                    "host": "shop.example",
                    "path": f"/users/{number}",
                    "status": 200,
                    "consumer": "acme",
                    "request_id": "f41737ba",
                }
                for number in (1, 2)
            ],
        }
    ]
    assert said["consumers"][0] == {
        "consumer": "acme",
        "requests": 2,
        "changed": 2,
        "kinds": {"action": 2, "policy": 2},
    }


def test_several_files(crossway, log, before, after, tmp_path):
    old = tmp_path / "old.gz"
    old.write_bytes(gzip.compress(line()))
    outcome = crossway("replay", old, log, log, "--base", before, "--against", after, "--format", "json")
    assert json.loads(outcome.out)["requests"] == 7


def test_standard_input(crossway, log, before, after, monkeypatch):
    with log.open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        outcome = crossway("replay", "-", "--base", before, "--against", after, "--format", "json")
    assert json.loads(outcome.out)["requests"] == 3


def test_progress_at_a_terminal(crossway, log, before, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr("crossway.cli.replay._OFTEN", -1)
    outcome = crossway("replay", log, "--base", before, "--against", before)
    assert "\r1 lines, 0 MB" in outcome.err
    assert outcome.err.endswith("\r\x1b[K")


def test_no_log(crossway, after):
    outcome = crossway("replay", "--against", after)
    assert outcome.status == 2
    assert "say which log to replay" in outcome.err


def test_without_a_configuration_before(crossway, log, after, tmp_path):
    outcome = crossway("replay", log, "--against", after, "--state", tmp_path / "none")
    assert outcome.status == 1
    assert "comparing with what the log says" in outcome.err
    assert "users: 2 requests\n  action: to one -> to two\n" in outcome.out
    assert "only routes and statuses are compared" in outcome.out


def test_a_revision(crossway, log, stand_in, after):
    rows = [
        {"kind": kind, "namespace": "default", "name": name, "text": text, "origin": {"document": "x.yaml", "line": 1}}
        for kind, name, text in (
            ("gateways", "edge", "  edge: {listeners: {http: 8080}}\n"),
            ("services", "one", "  one: http://127.0.0.1:9001\n"),
            ("services", "two", "  two: http://127.0.0.1:9002\n"),
            ("routes", "orders", "  orders: {matches: [{path: /orders/*}], to: one}\n"),
            ("routes", "users", "  users: {matches: [{path: /users/*}], to: one}\n"),
        )
    ]
    stand_in.answers["GET /v1/revisions/41/resources"] = {"items": rows}
    stand_in.answers["GET /v1/revisions/head/resources"] = {"items": rows}
    words = ("replay", log, "--admin", stand_in.address)
    assert crossway(*words, "--against", "41", "--base", "head").status == 0
    assert crossway(*words, "--against", after).status == 1


def test_a_crossway_without_a_live_configuration(crossway, log, stand_in, after):
    stand_in.answers["GET /v1/revisions/head/resources"] = {"items": []}
    outcome = crossway("replay", log, "--admin", stand_in.address, "--against", after)
    assert outcome.status == 1
    assert "comparing with what the log says" in outcome.err


def test_the_rest_of_a_long_report_is_summed(crossway, before, tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(b"".join(line(route=f"gone{number % 30}", consumer=f"c{number}") for number in range(60)))
    outcome = crossway("replay", log, "--base", before, "--against", before)
    assert "and 10 more routes unlike the log: 20 requests\n" in outcome.out
    assert "and 40 more: 40 requests, 0 changed\n" in outcome.out
    assert "unlike the log: 2 requests took gone0, and the configuration before says orders\n" in outcome.out


def test_what_it_hangs_on(crossway, before, log, tmp_path):
    after = tmp_path / "after.yaml"
    after.write_text(BEFORE + "  beta: {matches: [{path: /users/*, headers: {x-beta: 'yes'}}], to: two}\n")
    outcome = crossway("replay", log, "--base", before, "--against", after)
    assert outcome.status == 0
    assert "undecided, hangs on header x-beta = yes: 2 requests\n" in outcome.out
    assert "  it is known with access_log: {fields: {x-beta: request.headers.x-beta}}\n" in outcome.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere.log", "--against", "$after"], "nowhere.log cannot be read: No such file or directory"),
        (["$log", "--against", "nothing"], "nothing is no file, no directory and no revision"),
        (["$log", "--against", "$after", "--base", "-1"], "-1 is no file, no directory and no revision"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(crossway, log, before, after, words, sentence):
    files = {"$log": log, "$after": after}
    outcome = crossway(
        "replay", *(files.get(word, word) for word in words), *(() if "--base" in words else ("--base", before))
    )
    assert outcome.status == 2
    assert sentence in outcome.err


def test_a_log_without_requests_proves_nothing(crossway, before, tmp_path):
    log = tmp_path / "access.log"
    log.write_text("not one line of ours\n")
    outcome = crossway("replay", log, "--base", before, "--against", before)
    assert outcome.status == 2
    assert "nothing was compared" in outcome.err
    assert "none of an access log: not one line of ours" in outcome.out
