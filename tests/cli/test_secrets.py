import io
import json
import sys

import pytest


@pytest.fixture
def put(crossway, stand_in):
    stand_in.answers["PUT /v1/secrets/team-a/db"] = (200, "application/json", {})
    return lambda *words: crossway("secrets", "put", *words, "--admin", stand_in.address)


@pytest.mark.parametrize(("text", "value"), [("s3cret\n", "s3cret"), ("s3cret", "s3cret"), ("a\n\n", "a\n")])
def test_the_value_comes_by_standard_input(put, stand_in, monkeypatch, text, value):
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    outcome = put("team-a/db")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "crossway: the secret team-a/db is kept\n")
    assert stand_in.asked[0].body == {"value": value}


def test_the_value_comes_from_a_file(put, stand_in, tmp_path):
    (tmp_path / "value").write_text("s3cret\r\n")
    assert put("db", "-n", "team-a", "--file", tmp_path / "value").status == 0
    assert stand_in.asked[0].body == {"value": "s3cret"}


def test_a_file_that_cannot_be_read(put, tmp_path):
    assert "cannot be read" in put("team-a/db", "--file", tmp_path / "none").err
    (tmp_path / "binary").write_bytes(b"\xff")
    assert put("team-a/db", "--file", tmp_path / "binary").err.endswith("it is not text\n")


def test_list(crossway, stand_in):
    kept = {"namespace": "team-a", "name": "db", "time": "2026-11-22T00:20:38Z"}
    stand_in.answers["GET /v1/secrets"] = {"items": [kept]}
    outcome = crossway("secrets", "list", "--admin", stand_in.address)
    assert outcome.out.splitlines()[1].split() == ["team-a/db", "2026-11-22T00:20:38"]
    assert json.loads(crossway("secrets", "list", "--format", "json", "--admin", stand_in.address).out) == [kept]


def test_delete(crossway, stand_in):
    stand_in.answers["DELETE /v1/secrets/team-a/db"] = (200, "application/json", {})
    outcome = crossway("secrets", "delete", "team-a/db", "--admin", stand_in.address)
    assert outcome.err == "crossway: the secret team-a/db is gone\n"
