import pytest

from crossway.compile.modsecurity import RulesError
from crossway.runtime.waf import loading
from crossway.runtime.waf.loading import rules_of


def test_rules_are_loaded_once():
    text = 'SecAction "id:1,phase:1,pass"'
    assert rules_of(text, "routes.a") is rules_of(text, "routes.b")


def test_rules_that_cannot_be_loaded_are_tried_again_and_told_of_each_time(tmp_path, capsys, monkeypatch):
    text = f"Include {tmp_path}/rules.conf"
    for _ in range(3):
        with pytest.raises(RulesError):
            rules_of(text, "routes.a")
    assert capsys.readouterr().err.count("waf of routes.a: the rules cannot be loaded") == 1
    (tmp_path / "rules.conf").write_text('SecAction "id:1,phase:1,pass"\n')
    monkeypatch.setattr(loading, "AGAIN_AFTER", 0.0)
    assert rules_of(text, "routes.a") is rules_of(text, "routes.a")
