import json

GOOD = {"number": 2, "digest": "d", "parent": 1, "author": "token:ci", "time": "2026-11-22T00:20:38.123456Z"}
GOOD |= {"message": "a new route", "state": "live", "reason": "", "changed": 1}
BAD = GOOD | {"number": 3, "state": "refused", "reason": "edge-1 refused routes.a"}


def test_the_newest_first(crossway, stand_in):
    stand_in.answers["GET /v1/revisions"] = {"items": [BAD, GOOD], "next": None}
    outcome = crossway("history", "--limit", "5", "--admin", stand_in.address)
    assert [line.split(maxsplit=5) for line in outcome.out.splitlines()] == [
        ["REVISION", "TIME", "AUTHOR", "STATE", "CHANGED", "MESSAGE"],
        ["3", "2026-11-22T00:20:38", "token:ci", "refused", "1", "a new route (edge-1 refused routes.a)"],
        ["2", "2026-11-22T00:20:38", "token:ci", "live", "1", "a new route"],
    ]
    assert stand_in.asked[0].path == "/v1/revisions?limit=5"


def test_json(crossway, stand_in):
    stand_in.answers["GET /v1/revisions"] = {"items": [BAD, GOOD], "next": 2}
    outcome = crossway("history", "--limit", "1", "--format", "json", "--admin", stand_in.address)
    assert json.loads(outcome.out) == [BAD]
