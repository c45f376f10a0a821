"""``crossway plugins``: what plugins are, and what they cost."""

import json

import pytest

STAMP = {
    "namespace": "default",
    "name": "stamp",
    "hooks": ["head", "response"],
    "isolation": "proxy",
    "routes": ["shop", "blue/api"],
    "problem": "",
    "pending": "",
    "documentation": "Stamps.",
    "cost": {
        "calls": 1000,
        "errors": 2,
        "timeouts": 1,
        "seconds": 0.5,
        "cpu_seconds": 0.25,
        "uptime_seconds": 100.0,
    },
}
NEVER = STAMP | {"namespace": "blue", "name": "never", "routes": [], "cost": None}
BROKEN = NEVER | {"name": "broken", "hooks": [], "problem": "there is no module called broken"}
PENDING = STAMP | {"name": "edited", "pending": "line 3: invalid syntax", "cost": STAMP["cost"] | {"calls": 0}}

TABLE = """\
PLUGIN ROUTES HOOKS ISOLATION CALLS ERRORS TIMEOUTS US_PER_CALL CPU_US_PER_CALL SHARE_OF_A_CORE STATE
stamp shop,blue/api head,response proxy 1000 2 1 500 250 0.25% ready
blue/never - head,response proxy - - - - - - ready
blue/broken - - proxy - - - - - - broken
edited shop,blue/api head,response proxy 0 2 1 500000 250000 0.25% pending
"""


@pytest.fixture
def listed(crossway, stand_in):
    stand_in.answers["GET /v1/plugins"] = {"items": [STAMP, NEVER, BROKEN, PENDING]}
    return lambda *words: crossway("plugins", *words, "--admin", stand_in.address)


def test_a_table(listed):
    outcome = listed()
    assert [line.split() for line in outcome.out.splitlines()] == [line.split() for line in TABLE.splitlines()]
    assert outcome.err.splitlines() == [
        "crossway: plugin blue/broken cannot run: there is no module called broken",
        "crossway: plugin edited has newer code that cannot run: line 3: invalid syntax",
    ]


def test_fewer_columns_where_there_is_little_room(listed, monkeypatch):
    monkeypatch.setattr("crossway.cli.plugins.is_narrow", lambda: True)
    assert listed().out.splitlines()[0].split()[:3] == ["PLUGIN", "CALLS", "ERRORS"]


def test_json(listed):
    assert json.loads(listed("--format", "json").out) == [STAMP, NEVER, BROKEN, PENDING]
