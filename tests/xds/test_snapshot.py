import pytest

from crossway.errors import Bug
from crossway.xds.protocol import CLUSTER, LISTENER, ROUTES
from crossway.xds.snapshot import EMPTY, Change, Snapshot, difference
from xds.playbook import cluster, routes


def test_resources_are_found_by_type_and_name() -> None:
    snapshot = Snapshot.of([cluster("a"), routes("r")])
    assert snapshot.of_type(CLUSTER) == {"a": cluster("a")}
    assert snapshot.of_type(LISTENER) == {}
    assert len(snapshot) == 2


def test_two_of_one_name_are_a_bug() -> None:
    with pytest.raises(Bug, match="are called 'a'"):
        Snapshot.of([cluster("a"), cluster("a", "2")])


def test_the_version_is_that_of_the_content() -> None:
    version = Snapshot.of([cluster("a"), routes("r")]).version
    assert Snapshot.of([routes("r"), cluster("a")]).version == version
    assert Snapshot.of([routes("r", "2"), cluster("a")]).version != version
    assert Snapshot.of([cluster("r"), routes("a")]).version != version
    assert EMPTY.version == Snapshot.of([]).version


def test_the_difference_names_what_changed() -> None:
    kept = cluster("kept")
    old = Snapshot.of([kept, cluster("same"), cluster("changed"), cluster("gone"), routes("r")])
    new = Snapshot.of([kept, cluster("same"), cluster("changed", "2"), cluster("new"), routes("r")])
    assert difference(old, new) == Change({CLUSTER: ("changed", "new")}, {CLUSTER: ("gone",)})


def test_a_type_can_come_and_go() -> None:
    assert difference(EMPTY, Snapshot.of([routes("r")])) == Change({ROUTES: ("r",)}, {})
    assert difference(Snapshot.of([routes("r")]), EMPTY) == Change({}, {ROUTES: ("r",)})


def test_a_swap_of_one_for_one_is_seen() -> None:
    old, new = Snapshot.of([cluster("a"), cluster("b")]), Snapshot.of([cluster("a"), cluster("c")])
    assert difference(old, new) == Change({CLUSTER: ("c",)}, {CLUSTER: ("b",)})
