"""What stands in for a refused resource that is no route: the one from before, or nothing."""

from crossway.daemon.proof import Refusal
from crossway.daemon.quarantine import Quarantine, quarantined
from crossway.model import Finding, Ref
from crossway.xds.snapshot import EMPTY, Snapshot
from plan.planning import pipeline
from xds.samples import cluster, endpoints

PLAN = pipeline("gateways: {edge: {listeners: {http: 8080}}}\n")
TYPE = cluster("a").type_url


def put(*guilty: Refusal) -> Quarantine:
    quarantine = Quarantine()
    assert quarantine.put(guilty, PLAN, [])
    assert not quarantine.put(guilty, PLAN, [])
    return quarantine


def test_nothing_changes_where_nothing_was_refused() -> None:
    snapshot = Snapshot.of([cluster("a")])
    assert Quarantine().guard(snapshot, lambda: EMPTY) == (snapshot, {})


def test_the_version_that_was_proven_stands_in() -> None:
    bad, good = cluster("a", "9s"), cluster("a", "1s")
    quarantine = put(Refusal(bad, None, "too slow"))
    guarded, unusable = quarantine.guard(Snapshot.of([bad, cluster("b")]), lambda: Snapshot.of([good]))
    assert (guarded.of_type(TYPE)["a"], set(guarded.of_type(TYPE)), unusable) == (good, {"a", "b"}, {})
    (finding,) = quarantine.findings(Snapshot.of([bad]))
    assert "too slow" in finding.message
    assert quarantine.findings(guarded) == ()


def test_a_service_without_a_good_version_goes_with_all_that_is_its() -> None:
    service = Ref("services", "a")
    bad, its = cluster("a", "9s"), endpoints("a", 1)
    bad, its = (type(each)(each.type_url, each.name, each.version, each.wire, service) for each in (bad, its))
    guarded, unusable = put(Refusal(bad, None, "too slow")).guard(Snapshot.of([bad, its]), lambda: EMPTY)
    assert (len(guarded), unusable) == (0, {service: "proxy.refused"})


def test_another_version_is_given_its_chance() -> None:
    quarantine = put(Refusal(cluster("a", "9s"), None, "too slow"))
    mended = Snapshot.of([cluster("a", "2s")])
    assert quarantine.guard(mended, lambda: EMPTY) == (mended, {})


def test_what_is_in_quarantine_is_named_once() -> None:
    about = Ref("routes", "a")
    found = (Finding("proxy.refused", "x", about=about), Finding("proxy.refused", "y", about=about), Finding("z", "z"))
    assert quarantined(found) == (about,)
