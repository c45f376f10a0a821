"""The report is bounded, and its parts add up."""

import pytest

from crossway.cli.replay_report import SHOWN, account, render
from crossway.daemon.replay.tally import MOST, Doubt, Mismatch, Tally, Verdict
from crossway.daemon.replay.treatment import Change, Kind
from crossway.telemetry.access_log import AccessLog, Record


def record(**changes) -> Record:
    return Record(**{"method": "GET", "host": "a", "path": "/", "route": "r", "status": 200} | changes)


@pytest.fixture
def tally():
    return Tally()


def test_nothing_at_all(tally):
    lines = list(render(account(AccessLog(), tally, compared=True)))
    assert lines[0] == "0 lines: 0 requests"
    assert not any("%" in line for line in lines)


@pytest.mark.parametrize("count", [5, MOST + 100])
def test_a_report_is_bounded_and_adds_up(tally, count):
    for number in range(count):
        change = tally.changes.of(Change(f"a{number}", "b", (Kind.ROUTE,), ("x",)))
        mismatch = tally.mismatches.of(Mismatch(f"a{number}", "b"))
        tally.add(record(consumer=f"c{number}"), Verdict(change, mismatch=mismatch))
        tally.add(record(), Verdict(doubt=tally.doubts.of(Doubt((f"x{number}",), ""))))
    said = account(AccessLog(), tally, compared=True)
    for rows, rest in (
        ("changes", "other_changes"),
        ("doubts", "other_doubts"),
        ("mismatches", "other_mismatches"),
    ):
        assert len(said[rows]) == min(count, SHOWN)
        assert sum(row["requests"] for row in said[rows]) + said[rest]["requests"] == count
    assert sum(row["requests"] for row in said["consumers"]) + said["other_consumers"]["requests"] == 2 * count
    assert len(list(render(said))) < 300


def test_what_broke_off_and_could_not_be_read(tally):
    log = AccessLog()
    log.record(b"nonsense")
    log.troubles.append("old.gz ends too early: x")
    lines = list(render(account(log, tally, compared=False)))
    assert lines[:3] == [
        "1 lines: 0 requests, 1 that are none of an access log",
        "  none of an access log: nonsense",
        "  old.gz ends too early: x",
    ]
