import json

import pytest

from crossway.cli.finding import is_error, render, sentence
from crossway.model import Finding, Origin, Ref, Severity

ROUTE = Ref("routes", "echo")
FINDING = Finding("field.unknown", "unknown key 'too'", about=ROUTE, path=("too",), hint="did you mean 'to'?").at(
    Origin("a.yaml", 5, 3)
)
WRONG = FINDING.as_dict()
WHOLE = Finding("file.empty", "100% empty\nindeed", severity=Severity.WARNING).at(Origin("dir")).as_dict()


def test_text_is_a_line_for_each():
    assert render([WRONG, WHOLE], "text").splitlines()[0] == str(FINDING)


@pytest.mark.parametrize(
    "finding",
    [FINDING, Finding("a.b", "bad", expected="good"), Finding("a.b", "bad", path=("x", 0, "y")).at(Origin("f", 3))],
)
def test_plain_data_says_what_the_finding_says(finding):
    assert sentence(finding.as_dict()) == str(finding).replace(":3:0:", ":3:")


def test_only_errors_keep_something_from_going_live():
    assert (is_error(WRONG), is_error(WHOLE)) == (True, False)


def test_json_has_every_field():
    (said,) = json.loads(render([WRONG], "json"))
    assert said["code"] == "field.unknown"
    assert (said["file"], said["line"], said["column"]) == ("a.yaml", 5, 3)
    assert said["hint"] == "did you mean 'to'?"


def test_annotations_for_github():
    assert render([WRONG, WHOLE], "github").splitlines() == [
        "::error file=a.yaml,line=5,col=3,title=field.unknown::routes.echo.too: unknown key 'too'; did you mean 'to'?",
        "::warning file=dir,line=1,col=1,title=file.empty::100%25 empty%0Aindeed",
    ]


def test_sarif():
    (run,) = json.loads(render([WRONG, WHOLE], "sarif"))["runs"]
    wrong, whole = run["results"]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {"field.unknown", "file.empty"}
    assert (wrong["level"], whole["level"]) == ("error", "warning")
    assert wrong["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "a.yaml"},
                "region": {"startLine": 5, "startColumn": 3},
            }
        }
    ]


@pytest.mark.parametrize(("style", "nothing"), [("text", ""), ("json", "[]"), ("github", "")])
def test_nothing_to_say(style, nothing):
    assert render([], style) == nothing
