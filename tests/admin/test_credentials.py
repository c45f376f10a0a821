import base64
import hashlib

import pytest
import yaml

from crossway.admin.credentials import API_KEY, listed, new_key, new_password, with_one, without
from crossway.errors import NotFound, UserError
from crossway.model import Origin, Ref
from crossway.model.revision import Row

ALICE = """\
  alice:
    groups: [gold]
    credentials:
      api_key: [k-first, {key: k-old, id: old, expires: "2027-01-01T00:00:00Z"}]
      mtls: [{san: alice.test}]
"""


def row(text):
    return Row(Ref("consumers", "alice"), text, Origin("gateway.yaml", 3))


def names(text):
    return [(kind, name) for kind, name, _ in listed(row(text))]


def test_each_is_called_by_its_id_or_its_position():
    found = list(listed(row(ALICE)))
    assert [(kind, name) for kind, name, _ in found] == [("api_key", "1"), ("api_key", "old"), ("mtls", "1")]
    assert found[1][2].expires.year == 2027
    assert "k-old" not in repr(found)


@pytest.mark.parametrize("text", ["  alice:\n", "  alice: {}\n", "  alice: {groups: [gold]}\n"])
def test_the_first_one(text):
    after = with_one(row(text), "api_key", {"id": "new", "key": "k-new"})
    assert names(text) == []
    assert names(after) == [("api_key", "new")]


def test_one_more_leaves_the_rest_as_it_is():
    after = with_one(row(ALICE), "api_key", {"id": "new", "key": "k-new"})
    before, now = yaml.safe_load(ALICE)["alice"], yaml.safe_load(after)["alice"]
    before["credentials"]["api_key"].append({"id": "new", "key": "k-new"})
    assert now == before


def test_one_less():
    assert names(without(row(ALICE), "api_key", "old")) == [("api_key", "1"), ("mtls", "1")]
    assert names(without(row(ALICE), "api_key", "1")) == [("api_key", "old"), ("mtls", "1")]
    assert names(without(row(ALICE), "mtls", "1")) == [("api_key", "1"), ("api_key", "old")]
    last = without(row("  alice: {groups: [gold], credentials: {api_key: [k]}}\n"), "api_key", "1")
    assert yaml.safe_load(last) == {"alice": {"groups": ["gold"], "credentials": {}}}


def test_an_id_comes_before_a_position():
    text = '  alice: {credentials: {api_key: [k-a, {key: k-b, id: "1"}, {key: k-c, id: "1"}]}}\n'
    assert yaml.safe_load(without(row(text), "api_key", "1"))["alice"]["credentials"] == {"api_key": ["k-a"]}


@pytest.mark.parametrize(("kind", "name"), [("api_key", "3"), ("api_key", "x"), ("basic_auth", "1"), ("x", "1")])
def test_what_it_has_not(kind, name):
    with pytest.raises(NotFound, match=f"consumers.alice has no {kind} {name}"):
        without(row(ALICE), kind, name)


@pytest.mark.parametrize("text", ["  alice: [\n", "  alice: [1]\n", "  alice: {credentials: {api_key: k}}\n"])
def test_what_cannot_be_read_is_not_changed(text):
    for edit in (lambda: list(listed(row(text))), lambda: with_one(row(text), "api_key", {"key": "k"})):
        with pytest.raises(UserError, match="cannot be read"):
            edit()


def test_what_is_made_cannot_be_guessed():
    keys = {new_key()[0] for _ in range(100)}
    assert len(keys) == 100
    assert all(key.startswith(API_KEY) and len(key) >= len(API_KEY) + 43 for key in keys)


def test_of_a_password_only_a_hash_is_kept():
    password, kept = new_password("alice")
    digest = base64.b64encode(hashlib.sha1(password.encode(), usedforsecurity=False).digest()).decode()
    assert kept == {"username": "alice", "password": "{SHA}" + digest}
