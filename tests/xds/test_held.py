"""Sharing is kept apart from holding: whatever is shared when, the same is held as in a plain dictionary."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from crossway.compile.envoy.resource import Resource
from crossway.xds.held import Held
from crossway.xds.snapshot import Snapshot, difference
from xds.playbook import CLUSTER, cluster

names = st.sampled_from("abcd")
versions = st.sampled_from("12")
held = st.dictionaries(names, versions)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), held),
        st.tuples(st.just("drop"), names),
        st.tuples(st.just("want"), held),
        st.just(("share", None)),
    ),
    max_size=30,
)


@given(steps)
def test_what_is_held_is_what_a_dictionary_would_hold(steps: list[tuple[str, object]]) -> None:
    shared, model = Held(), dict[str, str]()
    wanted = Snapshot()
    for step in steps:
        match step:
            case "take", dict() as taken:
                shared.take(taken)
                model |= taken
            case "drop", str() as name:
                shared.drop(name)
                model.pop(name, None)
            case "want", dict() as newer:
                before, wanted = wanted, Snapshot.of(cluster(name, version) for name, version in newer.items())
                shared.follow(wanted.of_type(CLUSTER), difference(before, wanted).of_type(CLUSTER))
            case _:
                shared.share(wanted.of_type(CLUSTER))
        assert {name: shared.get(name) for name in shared} == model
        assert all((name in shared) == (name in model) for name in "abcd")
        assert len(shared) == len(model)


def test_who_has_what_is_wanted_keeps_nothing_of_its_own() -> None:
    wanted: Mapping[str, Resource] = {f"c{n}": cluster(f"c{n}") for n in range(1_000)}
    newer = {**wanted, "c7": cluster("c7", "2")}
    held = Held()
    held.take({resource.name: resource.version for resource in wanted.values()})
    held.share(wanted)
    assert not held.own
    held.follow(newer, ["c7"])
    assert held.own == {"c7": "1"}
    held.take({"c7": "2"})
    assert not held.own
