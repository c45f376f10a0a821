"""What became of a change, in a sentence and an exit status."""

import json

import pytest

from crossway.cli.change import conclude, counts, summary
from harness.applied import FINDING, SAID, applied, difference

SEVEN = [f"routes.{name}" for name in "abcdefg"]
TWO = [difference("a", None, "a: 1\n"), difference("b", "b: 1\n", "b: 2\n"), difference("c", "c: 1\n", None)]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (applied("live"), "live on 12/12 proxies at revision 41"),
        (applied("live", proxies=0), "live at revision 41; no proxy is connected"),
        (applied("unchanged"), "nothing to change: revision 41 says the same"),
        (applied("valid", differences=TWO), "valid, and not applied: 1 to add, 1 to change, 1 to remove"),
        (applied("pending", revision=None), "the change is on its way; `crossway history` says what becomes of it"),
        (applied("refused"), "refused: nothing was changed"),
        (applied("rolled_back"), "rolled back: revision 41 is live"),
        (applied("live", quarantined=["routes.a"]), "live on 12/12 proxies at revision 41; in quarantine: routes.a"),
        (
            applied("live", quarantined=SEVEN),
            f"live on 12/12 proxies at revision 41; in quarantine: {', '.join(SEVEN[:5])} and 2 more",
        ),
    ],
)
def test_a_sentence_for_each_end(said, told):
    assert summary(said) == told


def test_without_a_running_crossway_a_change_is_kept():
    assert summary(applied("live", proxies=0), runs=False) == "kept as revision 41; it goes live with `crossway run`"


def test_large_numbers_can_be_read():
    assert counts([difference(str(n), None, "") for n in range(1234)]) == "1,234 to add, 0 to change, 0 to remove"


@pytest.mark.parametrize(
    ("state", "quarantined", "status"),
    [
        ("live", [], 0),
        ("live", ["routes.a"], 3),
        ("unchanged", [], 0),
        ("valid", ["routes.a"], 3),
        ("pending", [], 0),
        ("refused", ["routes.a"], 1),
        ("rolled_back", [], 1),
    ],
)
def test_the_exit_status(state, quarantined, status):
    assert conclude(applied(state, quarantined=quarantined), "text") == status


def test_text_has_the_findings_and_then_the_sentence(capsys):
    conclude(applied("refused", findings=[FINDING]), "text")
    assert capsys.readouterr().out.splitlines() == [SAID, "refused: nothing was changed"]


def test_json_has_all_of_it_and_nothing_else(capsys):
    said = applied("live", findings=[FINDING])
    conclude(said, "json")
    written = capsys.readouterr()
    assert json.loads(written.out) == said
    assert written.err == "crossway: live on 12/12 proxies at revision 41\n"


def test_github_has_annotations(capsys):
    conclude(applied("refused", findings=[FINDING]), "github")
    first, last = capsys.readouterr().out.splitlines()
    assert first == "::error file=x.yaml,line=2,col=3,title=proxy.refused::routes.a.matches: bad regex"
    assert last == "refused: nothing was changed"


def test_sarif_is_one_document(capsys):
    conclude(applied("refused", findings=[FINDING]), "sarif")
    assert json.loads(capsys.readouterr().out)["runs"][0]["results"][0]["ruleId"] == "proxy.refused"
