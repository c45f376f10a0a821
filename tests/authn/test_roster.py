"""Who is known, and when what is made of it is made anew."""

import pytest

from crossway.authn.roster import Known, Roster
from crossway.errors import Unavailable
from crossway.model import Consumer, Ref

ALICE, BOB = Consumer(tags=("a",)), Consumer(tags=("b",))


class Configuration:
    """Resources that change."""

    def __init__(self, resources) -> None:
        self.resources = resources
        self.roster = Roster(lambda: self.resources)


def at(name: str, namespace: str = "default") -> Ref:
    return Ref("consumers", name, namespace)


def test_the_consumers_of_each_namespace():
    there = Configuration({at("bob"): BOB, at("alice"): ALICE, at("alice", "blue"): BOB})
    assert [ref.name for ref, _ in there.roster.of("default")] == ["alice", "bob"]
    assert there.roster.of("blue") == ((at("alice", "blue"), BOB),)
    assert there.roster.of("green") == ()


def test_nobody_is_known_before_there_is_a_configuration():
    with pytest.raises(Unavailable, match="no configuration"):
        Configuration({}).roster.of("default")


def test_what_is_made_holds_until_a_consumer_of_the_namespace_changes():
    there = Configuration({at("alice"): ALICE, at("alice", "blue"): ALICE})
    made = []
    known = Known(there.roster, lambda consumers: made.append(consumers) or len(made))
    assert [known.of("default"), known.of("default")] == [1, 1]
    there.resources = {**there.resources, at("bob", "blue"): BOB}
    assert known.of("default") == 1
    there.resources = {at("alice"): ALICE, at("bob"): BOB}
    assert known.of("default") == 2
    there.resources = {at("alice"): Consumer(tags=("c",)), at("bob"): BOB}
    assert known.of("default") == 3
