"""Several control planes on one store."""

import pytest

from crossway.errors import NotFound
from crossway.model import Finding, Origin, Ref
from crossway.model.finding import Severity
from crossway.model.revision import Report
from crossway.sources.store import Plane
from crossway.sources.store.planes import ALIVE
from sources.store.changing import OWNER, changeset

FINDING = Finding(
    "envoy.refused",
    "Envoy says no",
    severity=Severity.WARNING,
    about=Ref("routes", "a", "shop"),
    path=("matches", 0, "path"),
    expected="yes",
    hint="ask again",
    origin=Origin("gateway.yaml", 3, 7),
)


async def test_who_was_heard_of_lately_is_alive(store, clock):
    await store.heartbeat("b", 3)
    clock.pass_by(seconds=ALIVE.total_seconds() - 1)
    await store.heartbeat("a", 0)
    assert [(plane.name, plane.proxies) for plane in await store.planes()] == [("a", 0), ("b", 3)]
    clock.pass_by(seconds=2)
    assert [plane.name for plane in await store.planes()] == ["a"]


async def test_the_last_word_counts(store, clock):
    await store.heartbeat("a", 1)
    clock.pass_by(seconds=1)
    await store.heartbeat("a", 2)
    assert await store.planes() == (Plane("a", 2, clock.now),)


async def test_who_is_gone_is_forgotten(store, clock, query):
    for number in range(5):
        await store.heartbeat(f"pod-{number}", 1)
        clock.pass_by(seconds=ALIVE.total_seconds() + 1)
    assert len(await query("SELECT name FROM crossway_plane")) == 1


async def test_reports_come_back_as_they_were(store):
    await store.propose(changeset(a="one"), OWNER)
    said = Report("b", 3, 5, (FINDING, Finding("x", "y"))), Report("a", 2, 2, done=True)
    for report in said:
        await store.report(1, report)
    assert await store.reports(1) == said[::-1]


async def test_a_later_report_takes_the_place_of_the_one_before(store):
    await store.propose(changeset(a="one"), OWNER)
    await store.report(1, Report("a", 1, 2, (FINDING,)))
    await store.report(1, Report("a", 2, 2, done=True))
    assert await store.reports(1) == (Report("a", 2, 2, done=True),)


async def test_there_is_nothing_to_say_of_a_revision_that_is_not_there(store):
    with pytest.raises(NotFound):
        await store.report(1, Report("a", 1, 1))
    assert await store.reports(1) == ()
