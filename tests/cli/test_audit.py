import json

import pytest

ENTRY = {"number": 7, "time": "2026-11-22T00:20:38Z", "author": "token:ci", "address": "127.0.0.1"}
ENTRY |= {"action": "changeset.apply", "target": "3 resources", "outcome": "revision 41", "previous": "p", "hash": "h"}


def test_the_newest_first(crossway, stand_in):
    stand_in.answers["GET /v1/audit"] = {"items": [ENTRY], "next": None}
    outcome = crossway("audit", "--admin", stand_in.address)
    assert outcome.out.splitlines()[1].split(maxsplit=4) == [
        "7",
        "2026-11-22T00:20:38",
        "token:ci",
        "127.0.0.1",
        "changeset.apply  3 resources  revision 41",
    ]
    assert json.loads(crossway("audit", "--format", "json", "--admin", stand_in.address).out) == [ENTRY]


@pytest.mark.parametrize(
    ("proof", "status", "told"),
    [
        ({"entries": 1, "whole": True, "broken_at": None}, 0, "the audit log is whole: 1 entry\n"),
        ({"entries": 9, "whole": False, "broken_at": 4}, 1, "the audit log is BROKEN at entry 4, of 9 entries\n"),
    ],
)
def test_verify(crossway, stand_in, proof, status, told):
    stand_in.answers["GET /v1/audit/verify"] = proof
    outcome = crossway("audit", "verify", "--admin", stand_in.address)
    assert (outcome.status, outcome.out) == (status, told)
    outcome = crossway("audit", "verify", "--format", "json", "--admin", stand_in.address)
    assert (outcome.status, json.loads(outcome.out)) == (status, proof)
