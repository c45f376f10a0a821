from importlib.metadata import EntryPoint

import pytest

from crossway.compile.contract import Policy
from crossway.daemon import registry
from crossway.daemon.registry import installed_dialects, load_dialects
from crossway.dialects.contract import Dialect, Dialects
from crossway.dialects.translator import Translator
from crossway.errors import Bug, UserError
from crossway.model import Document


def offered(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    entry = EntryPoint(name=name, value=value, group=registry.ENTRY_POINTS)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry] if group == registry.ENTRY_POINTS else [])


def test_every_folder_is_a_policy():
    found = registry.load_policies()
    assert {"retry", "timeout", "mirror", "rewrite"} <= found.keys()
    assert all(isinstance(policy, Policy) for policy in found.values())


def test_another_package_offers_one(monkeypatch):
    offered(monkeypatch, "again", "crossway.policies.retry:POLICY")
    found = registry.load_policies()
    assert found["again"] is found["retry"]


def test_a_module_stands_for_the_policy_in_it(monkeypatch):
    offered(monkeypatch, "again", "crossway.policies.retry")
    assert "again" in registry.load_policies()


def test_a_name_that_is_taken(monkeypatch):
    offered(monkeypatch, "retry", "crossway.policies.timeout:POLICY")
    with pytest.raises(UserError, match="there is already"):
        registry.load_policies()


@pytest.mark.parametrize("value", ["no_such_module_at_all:POLICY", "no_such_module_at_all"])
def test_a_package_that_cannot_be_loaded(monkeypatch, value):
    offered(monkeypatch, "again", value)
    with pytest.raises(UserError, match="cannot be loaded"):
        registry.load_policies()


def test_something_that_is_no_policy(monkeypatch):
    offered(monkeypatch, "again", "crossway.model:Route")
    with pytest.raises(Bug, match="is no policy"):
        registry.load_policies()


def test_dialects_are_loaded_where_a_document_may_be_in_one() -> None:
    marks = {mark for dialect in load_dialects() for mark in dialect.language.marks}
    assert marks <= set(installed_dialects().marks)
    loaded: list[bool] = []

    def load() -> list[Dialect]:
        loaded.append(True)
        return list(load_dialects())

    translator = Translator(Dialects(("apiVersion",), load))
    translator.read([Document("a.yaml", "routes: {}\n")])
    assert loaded == []
    translator.read([Document("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")])
    assert loaded == [True]
