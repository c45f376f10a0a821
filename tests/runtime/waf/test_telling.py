import json

from crossway.compile.modsecurity import Match, Verdict
from crossway.runtime.waf import telling
from crossway.runtime.waf.telling import tell

MATCH = Match(942100, "critical", "ARGS:note", ("attack-sqli",))
TOLD = {"rule": 942100, "severity": "critical", "target": "ARGS:note", "tags": ["attack-sqli"]}


def told(capsys) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_says_what_became_of_a_request(capsys):
    tell("routes.a", "r-1", Verdict(403, (MATCH,)), blocks=True)
    tell("routes.a", "r-2", Verdict(0, (MATCH,)), blocks=True)
    tell("routes.a", "r-3", Verdict(0, (MATCH,)), blocks=False, of_answer=True)
    assert told(capsys) == [
        {"waf": "blocked", "route": "routes.a", "request_id": "r-1", "matches": [TOLD]},
        {"waf": "matched", "route": "routes.a", "request_id": "r-2", "matches": [TOLD]},
        {"waf": "detected", "route": "routes.a", "request_id": "r-3", "matches": [TOLD], "of": "response"},
    ]


def test_many_matches_are_counted(capsys):
    tell("routes.a", "r", Verdict(403, (MATCH,) * (telling.MOST_MATCHES + 3)), blocks=True)
    (line,) = told(capsys)
    assert (len(line["matches"]), line["more_matches"]) == (telling.MOST_MATCHES, 3)


def test_what_is_left_out_is_counted(capsys, monkeypatch):
    seconds = iter([100] * 4 + [101])
    monkeypatch.setattr(telling, "MOST", 2)
    monkeypatch.setattr(telling.time, "monotonic", lambda: next(seconds))
    for _ in range(5):
        tell("routes.a", "r", Verdict(403, (MATCH,)), blocks=True)
    assert [line.get("untold") for line in told(capsys)] == [None, None, 2]
