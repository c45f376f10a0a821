"""What `crossway diff` shows."""

import json

import pytest

from crossway.cli.diff import unified
from harness.applied import FINDING, SAID, applied, difference

ADDED = difference("new", None, "    new:\n      to: echo\n")
CHANGED = difference("orders", "orders:\n  to: a\n  priority: 1\n", "orders:\n  to: b\n  priority: 1\n", "team-a")
REMOVED = difference("old", "old: {to: echo}\n", None)
TEXT = """\
--- /dev/null
+++ routes.new
@@ -0,0 +1,2 @@
+new:
+  to: echo
--- routes.team-a/orders
+++ routes.team-a/orders
@@ -1,3 +1,3 @@
 orders:
-  to: a
+  to: b
   priority: 1
--- routes.old
+++ /dev/null
@@ -1 +0,0 @@
-old: {to: echo}
1 to add, 1 to change, 1 to remove
"""


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text("routes: {}\n")
    return file


@pytest.fixture
def diff(crossway, stand_in):
    def run(*words, said):
        status = 422 if said["state"] == "refused" else 200
        stand_in.answers["POST /v1/changesets"] = (status, "application/json", said)
        return crossway("diff", *words, "--admin", stand_in.address)

    return run


def test_each_resource_is_a_unified_diff(diff, file, stand_in):
    outcome = diff(file, "--prune", said=applied("valid", differences=[ADDED, CHANGED, REMOVED]))
    assert (outcome.status, outcome.out, outcome.err) == (1, TEXT, "")
    (asked,) = stand_in.asked
    assert asked.body == {
        "documents": [{"name": str(file), "text": "routes: {}\n"}],
        "prune": True,
        "dry_run": True,
    }


def test_no_difference(diff, file):
    outcome = diff(file, said=applied("unchanged"))
    assert (outcome.status, outcome.out) == (0, "0 to add, 0 to change, 0 to remove\n")


def test_findings_are_said_beside_it(diff, file):
    outcome = diff(file, said=applied("valid", differences=[ADDED], findings=[FINDING]))
    assert outcome.status == 1
    assert outcome.err == f"crossway: {SAID}\n"


def test_what_would_be_refused_is_an_error(diff, file):
    outcome = diff(file, said=applied("refused", findings=[FINDING]))
    assert outcome.status == 2
    assert outcome.err.endswith("crossway: refused: this would not be applied\n")


def test_json(diff, file):
    told = json.loads(diff(file, "--format", "json", said=applied("valid", differences=[ADDED])).out)
    assert told == {"summary": "1 to add, 0 to change, 0 to remove", "differences": [ADDED]}


def test_github_has_annotations_and_groups(diff, file):
    outcome = diff(file, "--format", "github", said=applied("valid", differences=[REMOVED], findings=[FINDING]))
    lines = outcome.out.splitlines()
    assert lines[0].startswith("::error file=x.yaml,line=2,col=3")
    assert lines[1] == "::group::routes.old"
    assert lines[-2:] == ["::endgroup::", "::notice title=crossway diff::0 to add, 0 to change, 1 to remove"]


def test_secrets_that_differ_are_not_shown_but_said():
    hidden = "shop: {key: '[redacted]'}\n"
    assert [*unified(difference("shop", hidden, hidden))] == [
        "--- routes.shop",
        "+++ routes.shop",
        " only its indentation differs, or a secret, which is not shown",
    ]


def test_between_revisions(crossway, stand_in):
    stand_in.answers["GET /v1/revisions/41/diff/head"] = {"differences": [REMOVED]}
    outcome = crossway("diff", "--from", "41", "--admin", stand_in.address)
    assert outcome.status == 1
    assert outcome.out.endswith("0 to add, 0 to change, 1 to remove\n")


@pytest.mark.parametrize("words", [[], ["x.yaml", "--from", "1"], ["--from", "1", "--prune"], ["--from", "one"]])
def test_what_cannot_be_compared(crossway, stand_in, words):
    outcome = crossway("diff", *words, "--admin", stand_in.address)
    assert (outcome.status, outcome.out) == (2, "")


def test_a_file_that_is_not_there(crossway, stand_in, tmp_path):
    outcome = crossway("diff", tmp_path / "none", "--admin", stand_in.address)
    assert outcome.status == 2
    assert "there is no such file or directory" in outcome.err
