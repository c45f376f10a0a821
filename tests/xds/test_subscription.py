from collections.abc import Callable

import pytest

from crossway.compile.envoy.resource import Resource
from crossway.errors import Bug
from crossway.xds.protocol import CLUSTER
from crossway.xds.subscription import TRANSITIONS, Input, Request, State, Subscription
from xds.playbook import cluster

A = {"a": cluster("a")}


def silent() -> Subscription:
    return Subscription(CLUSTER, lane=0)


def due() -> Subscription:
    subscription = silent()
    subscription.ask(Request(CLUSTER), A)
    return subscription


def in_flight() -> Subscription:
    subscription = due()
    subscription.settle(A, "1", "")
    return subscription


def settled() -> Subscription:
    subscription = in_flight()
    subscription.accept()
    subscription.settle(A, "2", "")
    return subscription


def due_for_nothing() -> Subscription:
    subscription = settled()
    subscription.change("a")
    return subscription


REACHED: dict[State, Callable[[], Subscription]] = {
    State.SILENT: silent,
    State.DUE: due,
    State.IN_FLIGHT: in_flight,
    State.SETTLED: settled,
}

HAPPENINGS: dict[Input, Callable[[Subscription], object]] = {
    Input.ASK: lambda subscription: subscription.ask(Request(CLUSTER, subscribe=("b",)), A),
    Input.CHANGE: lambda subscription: subscription.change("a"),
    Input.SEND: lambda subscription: subscription.settle(A, "9", ""),
    Input.NOTHING: lambda subscription: subscription.settle(A, "9", ""),
    Input.ACK: lambda subscription: subscription.accept(),
    Input.NACK: lambda subscription: subscription.refuse(),
}

ROWS = [(state, happening) for state, row in TRANSITIONS.items() for happening in row]


def test_the_table_speaks_of_every_state() -> None:
    assert TRANSITIONS.keys() == set(State)
    assert {after for row in TRANSITIONS.values() for after in row.values()} == set(State) - {State.SILENT}


@pytest.mark.parametrize(("state", "happening"), ROWS)
def test_each_transition_of_the_table_happens(state: State, happening: Input) -> None:
    subscription = due_for_nothing() if happening is Input.NOTHING else REACHED[state]()
    assert subscription.state is state
    HAPPENINGS[happening](subscription)
    assert subscription.state is TRANSITIONS[state][happening]


@pytest.mark.parametrize("state", [State.SILENT, State.SETTLED, State.DUE])
@pytest.mark.parametrize("happening", [Input.ACK, Input.NACK])
def test_an_answer_to_nothing_is_a_bug(state: State, happening: Input) -> None:
    subscription = REACHED[state]()
    with pytest.raises(Bug, match="no response is under way"):
        HAPPENINGS[happening](subscription)


def test_a_transition_outside_the_table_is_a_bug() -> None:
    with pytest.raises(Bug, match="In the state 'in flight'"):
        in_flight().settle(A, "2", "")


def talk(
    subscription: Subscription, wanted: dict[str, Resource]
) -> tuple[tuple[Resource, ...], tuple[str, ...]] | None:
    """What is sent, and at once accepted."""
    response = subscription.settle(wanted, "1", "")
    if response is None:
        return None
    subscription.accept()
    subscription.settle(wanted, "1", "")
    return response.resources, response.removed


def test_a_wildcard_with_nothing_to_send_is_answered_once() -> None:
    subscription = silent()
    subscription.ask(Request(CLUSTER), {})
    assert talk(subscription, {}) == ((), ())
    subscription.change("a")
    assert talk(subscription, {}) is None


def test_an_explicit_wildcard_beside_a_name() -> None:
    wanted = {"a": cluster("a"), "b": cluster("b")}
    subscription = silent()
    subscription.ask(Request(CLUSTER, subscribe=("*", "x")), wanted)
    assert talk(subscription, wanted) == ((cluster("a"), cluster("b")), ("x",))


def test_a_name_that_does_not_exist_is_answered_and_sent_when_it_appears() -> None:
    subscription = silent()
    subscription.ask(Request(CLUSTER, subscribe=("a",)), {})
    assert talk(subscription, {}) == ((), ("a",))
    subscription.change("a")
    assert talk(subscription, A) == ((cluster("a"),), ())


def test_a_name_subscribed_again_is_sent_again() -> None:
    subscription = settled()
    subscription.ask(Request(CLUSTER, subscribe=("a",)), A)
    assert talk(subscription, A) == ((cluster("a"),), ())


def test_a_name_subscribed_again_while_it_is_under_way_is_sent_again() -> None:
    subscription = in_flight()
    subscription.ask(Request(CLUSTER, subscribe=("a",)), A)
    subscription.accept()
    assert talk(subscription, A) == ((cluster("a"),), ())


def test_unsubscribing_forgets() -> None:
    subscription = silent()
    subscription.ask(Request(CLUSTER, subscribe=("a",)), A)
    talk(subscription, A)
    subscription.ask(Request(CLUSTER, unsubscribe=("a", "never")), A)
    subscription.change("a")
    assert talk(subscription, {"a": cluster("a", "2")}) is None
    assert not subscription.held


def test_unsubscribing_a_name_inside_a_wildcard_is_answered() -> None:
    subscription = silent()
    subscription.ask(Request(CLUSTER, subscribe=("*", "a", "x")), A)
    talk(subscription, A)
    subscription.ask(Request(CLUSTER, unsubscribe=("a", "x")), A)
    response = subscription.settle(A, "2", "")
    assert response is not None
    assert (response.resources, response.removed) == ((cluster("a"),), ("x",))


def test_unsubscribing_the_wildcard_keeps_the_names() -> None:
    wanted = {"a": cluster("a"), "b": cluster("b")}
    subscription = silent()
    subscription.ask(Request(CLUSTER, subscribe=("*", "a")), wanted)
    talk(subscription, wanted)
    subscription.ask(Request(CLUSTER, unsubscribe=("*",)), wanted)
    subscription.change("ab")
    newer = {"a": cluster("a", "2"), "b": cluster("b", "2")}
    assert talk(subscription, newer) == ((cluster("a", "2"),), ())


def test_what_was_unsubscribed_while_under_way_is_not_held() -> None:
    subscription = silent()
    subscription.ask(Request(CLUSTER, subscribe=("a",)), A)
    subscription.settle(A, "1", "")
    subscription.ask(Request(CLUSTER, unsubscribe=("a",)), A)
    subscription.accept()
    assert not subscription.held


def test_the_search_for_a_guilty_one_takes_about_twice_the_logarithm() -> None:
    wanted = {f"c{i}": cluster(f"c{i}") for i in range(10_000)}
    subscription = silent()
    subscription.ask(Request(CLUSTER), wanted)
    rounds = 0
    while response := subscription.settle(wanted, "1", ""):
        rounds += 1
        if any(resource.name == "c7777" for resource in response.resources):
            subscription.refuse()
        else:
            subscription.accept()
    assert rounds <= 60
    assert subscription.refusals(wanted) == [wanted["c7777"]]
    assert len(subscription.held) == 9_999


def test_a_name_nobody_has_is_novel_until_it_is_accepted() -> None:
    subscription = due()
    assert subscription.novel
    assert not subscription.quiet
    subscription.settle(A, "1", "")
    assert subscription.novel
    subscription.accept()
    assert not subscription.novel
    assert subscription.quiet


def test_released_names_are_removed_unless_wanted_again() -> None:
    wanted = {"a": cluster("a"), "b": cluster("b")}
    subscription = silent()
    subscription.ask(Request(CLUSTER), wanted)
    talk(subscription, wanted)
    subscription.change("ab")
    assert subscription.settle({}, "2", "") is None
    subscription.change("b")
    subscription.release("ab")
    assert talk(subscription, {"b": cluster("b")}) == ((), ("a",))
