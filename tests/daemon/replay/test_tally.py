"""Counts that are right, and bounded."""

import pytest

from crossway.daemon.replay.tally import EXAMPLES, MOST, OTHERS, Example, Groups, Tally, Verdict
from crossway.daemon.replay.treatment import Change, Kind
from crossway.telemetry.access_log import AccessLog
from daemon.replay.scene import line

CHANGE = Change("a", "b", (Kind.ROUTE, Kind.ACTION), ())


def record(**changes):
    found = AccessLog().record(line(**changes))
    assert found is not None
    return found


def test_requests_that_change_nothing_change_or_may_change():
    tally = Tally()
    change, doubt = tally.changes.of(CHANGE), tally.doubts.of((("x",), ""))
    for verdict in (Verdict(), Verdict(change), Verdict(change), Verdict(doubt=doubt)):
        tally.add(record(consumer="acme"), verdict)
    assert (tally.requests, tally.unchanged, tally.changed, tally.undecided) == (4, 1, 2, 1)
    assert tally.kinds == {Kind.ROUTE: 2, Kind.ACTION: 2}
    (consumer,) = tally.consumers
    assert (consumer.name, consumer.requests, consumer.changed, consumer.kinds) == ("acme", 4, 2, tally.kinds)


def test_examples_have_paths_of_their_own():
    group = Tally().changes.of(CHANGE)
    for number in range(20):
        group.add(record(path=f"/{number // 2}"))
    assert group.requests == 20
    assert [example.path for example in group.examples] == ["/0", "/1", "/2"]
    assert len(group.examples) == EXAMPLES


def test_what_is_shown_can_be_printed():
    group = Tally().changes.of(CHANGE)
    group.add(record(path="/\x1b[2J", host="a\nb", consumer="\x07", request_id="x" * 999))
    (example,) = group.examples
    assert all(str(field).isprintable() for field in example)
    assert len(example.request_id) < 210


def test_the_first_line_of_an_example():
    assert str(Example("GET", "a.example", "/x", 200, "-", "")) == "GET a.example/x"


def test_groups_are_bounded_and_nothing_is_lost():
    groups: Groups[int] = Groups()
    for number in range(MOST + 50):
        groups.of(number).add(record())
    groups.of(3).add(record())
    found = list(groups)
    assert groups.requests == MOST + 51
    assert (found[0].what, found[0].requests) == (3, 2)
    assert (found[-1].what, found[-1].requests) == (None, 50)


@pytest.mark.parametrize("name", [None, ""])
def test_a_request_of_nobody(name):
    tally = Tally()
    tally.add(record(consumer=name), Verdict())
    assert [consumer.name for consumer in tally.consumers] == ["-"]


def test_consumers_are_bounded():
    tally = Tally()
    for number in range(MOST + 50):
        tally.add(record(consumer=f"c{number}"), Verdict())
    assert sum(consumer.requests for consumer in tally.consumers) == MOST + 50
    assert tally.consumers[0].name == OTHERS
    assert tally.consumers[0].requests == 50
