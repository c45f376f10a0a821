from collections.abc import Iterator

import pytest

from crossway.errors import RemoteError
from crossway.xds.protocol import (
    CLUSTER,
    DONE,
    ENDPOINTS,
    EXTENSION,
    LISTENER,
    MOST_TYPES,
    ROUTES,
    SCOPED_ROUTES,
    SECRET,
    Acknowledged,
    AwaitGrace,
    AwaitWarm,
    Live,
    Progress,
    Refused,
    Stream,
)
from crossway.xds.snapshot import EMPTY, Snapshot
from crossway.xds.subscription import Request, Send
from xds.playbook import (
    Playbook,
    ack,
    ask,
    cluster,
    endpoints,
    extension,
    listener,
    nack,
    routes,
    scope,
    secret,
    send,
)

FIRST = Snapshot.of([cluster("a"), endpoints("a"), listener("l"), routes("r")])
ROUTE_EDIT = Snapshot.of([cluster("a"), endpoints("a"), listener("l"), routes("r", "2")])


@pytest.fixture
def play() -> Iterator[Playbook]:
    """A proxy that has just connected."""
    playbook = Playbook(Stream())
    yield playbook
    playbook.finish()


@pytest.fixture
def loaded(play: Playbook) -> Playbook:
    """A proxy that runs `FIRST`, by the exchange that a real Envoy was seen to hold; six responses were sent."""
    return (
        play
        >> FIRST
        >> ask(CLUSTER)
        << send(1, cluster("a"))
        >> ask(ENDPOINTS, "a")
        << send(2, endpoints("a"))
        >> ack(CLUSTER, 1)
        << AwaitWarm((cluster("a"),))
        >> ask(LISTENER)
        >> ack(ENDPOINTS, 2)
        >> AwaitWarm((cluster("a"),))
        << send(3, listener("l"))
        >> ask(ROUTES, "r")
        >> ack(LISTENER, 3)
        << send(4, routes("r"))
        >> ack(ROUTES, 4)
        << Live(FIRST.version)
    )


def test_nothing_is_said_before_a_snapshot_is_offered(play: Playbook) -> None:
    (
        play
        >> ask(CLUSTER)
        >> ask(LISTENER)
        >> FIRST
        << send(1, cluster("a"))
        >> ack(CLUSTER, 1)
        << AwaitWarm((cluster("a"),))
    )


def test_a_route_edit_goes_out_at_once(loaded: Playbook) -> None:
    loaded >> ROUTE_EDIT << send(5, routes("r", "2")) >> ack(ROUTES, 5) << Live(ROUTE_EDIT.version)


def test_an_edit_during_an_edit_is_coalesced(loaded: Playbook) -> None:
    third = Snapshot.of([cluster("a"), endpoints("a"), listener("l"), routes("r", "3")])
    fourth = Snapshot.of([cluster("a"), endpoints("a"), listener("l"), routes("r", "4")])
    loaded >> ROUTE_EDIT << send(5, routes("r", "2")) >> third >> fourth
    loaded >> ack(ROUTES, 5) << send(6, routes("r", "4")) >> ack(ROUTES, 6) << Live(fourth.version)


def test_a_route_waits_for_its_new_cluster_to_be_warm(loaded: Playbook) -> None:
    bigger = Snapshot.of([cluster("a"), endpoints("a"), cluster("b"), endpoints("b"), listener("l"), routes("r", "2")])
    loaded >> bigger << send(5, cluster("b"))
    loaded >> ask(ENDPOINTS, "b") << send(6, endpoints("b"))
    loaded >> ack(CLUSTER, 5) << AwaitWarm((cluster("b"),))
    loaded >> ack(ENDPOINTS, 6)
    loaded >> AwaitWarm((cluster("b"),)) << send(7, routes("r", "2"))
    loaded >> ack(ROUTES, 7) << Live(bigger.version)


def test_a_snapshot_in_the_middle_of_a_push_keeps_the_order(loaded: Playbook) -> None:
    second = Snapshot.of([cluster("a"), endpoints("a"), cluster("b"), listener("l"), routes("r", "2")])
    third = Snapshot.of([cluster("a"), endpoints("a"), cluster("c"), listener("l"), routes("r", "3")])
    loaded >> second << send(5, cluster("b")) >> third
    loaded >> ack(CLUSTER, 5) << AwaitWarm((cluster("b"),)) << send(6, cluster("c"))
    loaded >> AwaitWarm((cluster("b"),))
    loaded >> ack(CLUSTER, 6) << AwaitWarm((cluster("c"),))
    loaded >> AwaitWarm((cluster("c"),)) << send(7, routes("r", "3"))
    loaded >> ack(ROUTES, 7) << Live(third.version) << AwaitGrace(CLUSTER, frozenset("b"))


def test_a_cold_cluster_that_is_not_wanted_any_more_holds_nothing_up(loaded: Playbook) -> None:
    second = Snapshot.of([cluster("a"), endpoints("a"), cluster("b"), listener("l"), routes("r", "2")])
    loaded >> second << send(5, cluster("b")) >> ack(CLUSTER, 5) << AwaitWarm((cluster("b"),))
    loaded >> ROUTE_EDIT << send(6, routes("r", "2"))
    loaded >> ack(ROUTES, 6) << Live(ROUTE_EDIT.version) << AwaitGrace(CLUSTER, frozenset("b"))


def test_a_late_word_about_warmth_does_not_stand_for_a_newer_version(loaded: Playbook) -> None:
    second = Snapshot.of([cluster("a", "2"), endpoints("a"), listener("l"), routes("r", "2")])
    third = Snapshot.of([cluster("a", "3"), endpoints("a"), listener("l"), routes("r", "2")])
    loaded >> second << send(5, cluster("a", "2")) << send(6, endpoints("a"))
    loaded >> ack(CLUSTER, 5) << AwaitWarm((cluster("a", "2"),)) >> ack(ENDPOINTS, 6)
    loaded >> third << send(7, cluster("a", "3")) << send(8, endpoints("a"))
    loaded >> ack(CLUSTER, 7) << AwaitWarm((cluster("a", "3"),)) >> ack(ENDPOINTS, 8)
    loaded >> AwaitWarm((cluster("a", "2"),))
    loaded >> AwaitWarm((cluster("a", "3"),)) << send(9, routes("r", "2"))


def test_new_endpoints_of_a_known_cluster_do_not_hold_up_routes(loaded: Playbook) -> None:
    moved = Snapshot.of([cluster("a"), endpoints("a", "2"), listener("l"), routes("r", "2")])
    loaded >> moved << send(5, endpoints("a", "2")) << send(6, routes("r", "2"))
    loaded >> ack(ROUTES, 6) >> ack(ENDPOINTS, 5) << Live(moved.version)


def test_listeners_before_routes_before_scopes(loaded: Playbook) -> None:
    new = Snapshot.of([cluster("a"), endpoints("a"), listener("l", "2"), routes("r", "2"), scope("s")])
    loaded >> new << send(5, listener("l", "2")) >> ask(SCOPED_ROUTES)
    loaded >> ack(LISTENER, 5) << send(6, routes("r", "2"))
    loaded >> ack(ROUTES, 6) << send(7, scope("s"))
    loaded >> ack(SCOPED_ROUTES, 7) << Live(new.version)


def test_removals_come_last_and_endpoints_after_their_cluster(loaded: Playbook) -> None:
    other = Snapshot.of([cluster("b"), listener("l"), routes("r", "2")])
    loaded >> other << send(5, cluster("b")) >> ack(CLUSTER, 5) << AwaitWarm((cluster("b"),))
    loaded >> AwaitWarm((cluster("b"),)) << send(6, routes("r", "2"))
    loaded >> ack(ROUTES, 6) << Live(other.version) << AwaitGrace(CLUSTER, frozenset("a"))
    loaded >> AwaitGrace(CLUSTER, frozenset("a")) << send(7, type_url=CLUSTER, removed=("a",))
    loaded >> ack(CLUSTER, 7) << AwaitGrace(ENDPOINTS, frozenset("a"))
    loaded >> Request(ENDPOINTS, unsubscribe=("a",))
    loaded >> AwaitGrace(ENDPOINTS, frozenset("a"))


def test_what_comes_back_during_the_grace_stays(loaded: Playbook) -> None:
    without = Snapshot.of([listener("l"), routes("r", "2")])
    loaded >> without << send(5, routes("r", "2"))
    loaded >> ack(ROUTES, 5) << Live(without.version) << AwaitGrace(CLUSTER, frozenset("a"))
    loaded >> FIRST << send(6, routes("r"))
    loaded >> ack(ROUTES, 6) << Live(FIRST.version)
    loaded >> AwaitGrace(CLUSTER, frozenset("a"))


def test_a_refused_route_keeps_the_cluster_that_its_predecessor_uses(loaded: Playbook) -> None:
    without = Snapshot.of([listener("l"), routes("r", "2")])
    mended = Snapshot.of([listener("l"), routes("r", "3")])
    loaded >> without << send(5, routes("r", "2"))
    loaded >> nack(ROUTES, 5) << Refused(ROUTES, routes("r", "2"), "no") << Live(without.version, (routes("r", "2"),))
    loaded >> mended << send(6, routes("r", "3"))
    loaded >> ack(ROUTES, 6) << Live(mended.version) << AwaitGrace(CLUSTER, frozenset("a"))


def test_a_listener_that_is_gone_leaves_with_the_one_that_takes_its_address(loaded: Playbook) -> None:
    renamed = Snapshot.of([cluster("a"), endpoints("a"), listener("m"), routes("r")])
    loaded >> renamed << send(5, listener("m"), removed=("l",)) >> ack(LISTENER, 5) << Live(renamed.version)


def test_a_refused_version_is_not_sent_again_while_it_is_wanted(loaded: Playbook) -> None:
    loaded >> ROUTE_EDIT << send(5, routes("r", "2"))
    (
        loaded
        >> nack(ROUTES, 5)
        << Refused(ROUTES, routes("r", "2"), "no")
        << Live(ROUTE_EDIT.version, (routes("r", "2"),))
    )
    other = Snapshot.of([cluster("a"), endpoints("a"), listener("l", "2"), routes("r", "2")])
    loaded >> other << send(6, listener("l", "2")) >> ack(LISTENER, 6) << Live(other.version, (routes("r", "2"),))


def test_the_version_before_a_refused_one_needs_not_be_sent_and_the_refused_one_may_be_tried_again(
    loaded: Playbook,
) -> None:
    loaded >> ROUTE_EDIT << send(5, routes("r", "2"))
    loaded >> nack(ROUTES, 5) << Refused(ROUTES, routes("r", "2"), "no")
    loaded << Live(ROUTE_EDIT.version, (routes("r", "2"),))
    loaded >> FIRST << Live(FIRST.version)
    loaded >> ROUTE_EDIT << send(6, routes("r", "2")) >> ack(ROUTES, 6) << Live(ROUTE_EDIT.version)


def test_a_new_version_in_the_place_of_a_refused_one_is_sent(loaded: Playbook) -> None:
    loaded >> ROUTE_EDIT << send(5, routes("r", "2"))
    loaded >> nack(ROUTES, 5) << Refused(ROUTES, routes("r", "2"), "no")
    loaded << Live(ROUTE_EDIT.version, (routes("r", "2"),))
    mended = Snapshot.of([cluster("a"), endpoints("a"), listener("l"), routes("r", "3")])
    loaded >> mended << send(6, routes("r", "3")) >> ack(ROUTES, 6) << Live(mended.version)


def test_what_is_taken_back_while_it_is_under_way_counts_as_refused_or_is_replaced(loaded: Playbook) -> None:
    loaded >> ROUTE_EDIT << send(5, routes("r", "2")) >> FIRST
    loaded >> nack(ROUTES, 5) << Refused(ROUTES, routes("r", "2"), "no") << Live(FIRST.version)
    loaded >> ROUTE_EDIT << send(6, routes("r", "2")) >> FIRST
    loaded >> ack(ROUTES, 6) << send(7, routes("r")) >> ack(ROUTES, 7) << Live(FIRST.version)


def test_a_cluster_that_replaces_a_refused_one_by_the_one_before_gets_its_endpoints_back(loaded: Playbook) -> None:
    changed = Snapshot.of([cluster("a", "2"), endpoints("a"), listener("l"), routes("r")])
    loaded >> changed << send(5, cluster("a", "2")) << send(6, endpoints("a"))
    loaded >> nack(CLUSTER, 5) << Refused(CLUSTER, cluster("a", "2"), "no") >> FIRST
    loaded >> ack(ENDPOINTS, 6) << Live(FIRST.version)


def test_a_cluster_that_is_late_holds_nothing_up_and_counts_as_cold_until_it_is_warm() -> None:
    stream = Stream()
    bigger = Snapshot.of([cluster("a"), endpoints("a"), cluster("b"), listener("l"), routes("r", "2")])
    play = Playbook(stream) >> bigger
    play >> ask(CLUSTER, a="1") << send(1, cluster("b"))
    assert stream.progress.unanswered == (stream.progress.unanswered[0],)
    play >> ask(ENDPOINTS, "a", a="1") >> ask(LISTENER, l="1") >> ask(ROUTES, "r", r="1")
    awaited = AwaitWarm((cluster("b"),))
    play >> ack(CLUSTER, 1) << awaited
    assert stream.progress.cold == (cluster("b"),)
    (response,) = stream.give_up(awaited)
    assert isinstance(response, Send)
    assert response.resources == (routes("r", "2"),)
    play >> ack(ROUTES, 2) << Live(bigger.version)
    assert stream.progress == Progress((), (cluster("b"),))
    play >> awaited
    assert stream.progress == DONE
    play.finish()


def test_the_guilty_one_among_many_is_found_and_the_others_go_on(loaded: Playbook) -> None:
    many = Snapshot.of([*(cluster(name) for name in "abcd"), endpoints("a"), listener("l"), routes("r", "2")])
    b, c, d = (cluster(name) for name in "bcd")
    loaded >> many << send(5, b, c, d) >> nack(CLUSTER, 5)
    loaded << send(6, b) >> ack(CLUSTER, 6) << AwaitWarm((b,)) << send(7, c, d)
    loaded >> AwaitWarm((b,)) >> nack(CLUSTER, 7, "bad") << send(8, c)
    loaded >> nack(CLUSTER, 8, "bad c") << Refused(CLUSTER, c, "bad c") << send(9, d)
    loaded >> ack(CLUSTER, 9) << AwaitWarm((d,)) >> AwaitWarm((d,)) << send(10, routes("r", "2"))
    loaded >> ack(ROUTES, 10) << Live(many.version, (c,))


def test_what_a_proxy_may_have_of_a_refused_response_is_made_sure_of(loaded: Playbook) -> None:
    both = Snapshot.of([cluster("a", "2"), cluster("b"), endpoints("a"), listener("l"), routes("r")])
    loaded >> both << send(5, cluster("a", "2"), cluster("b")) << send(6, endpoints("a")) >> FIRST
    loaded >> nack(CLUSTER, 5) << send(7, cluster("a")) >> ack(CLUSTER, 7) << AwaitWarm((cluster("a"),))
    loaded >> ack(ENDPOINTS, 6) << send(8, endpoints("a")) >> ack(ENDPOINTS, 8)
    loaded >> AwaitWarm((cluster("a"),)) << Live(FIRST.version) << AwaitGrace(CLUSTER, frozenset("b"))


def test_a_proxy_that_comes_back_is_sent_what_it_has_not(play: Playbook) -> None:
    play >> ROUTE_EDIT
    play >> ask(CLUSTER, a="1", old="1") >> ask(ENDPOINTS, "a", a="1") >> ask(LISTENER, l="1")
    play >> ask(ROUTES, "r", r="1") << send(1, routes("r", "2"))
    play >> ack(ROUTES, 1) << Live(ROUTE_EDIT.version) << AwaitGrace(CLUSTER, frozenset({"old"}))


def test_a_grace_that_ends_in_the_middle_of_a_push_begins_again(play: Playbook) -> None:
    play >> EMPTY << Live(EMPTY.version) >> ask(CLUSTER, old="1") << AwaitGrace(CLUSTER, frozenset({"old"}))
    play >> FIRST << send(1, cluster("a")) >> AwaitGrace(CLUSTER, frozenset({"old"}))
    play >> ack(CLUSTER, 1) << AwaitWarm((cluster("a"),))
    play >> AwaitWarm((cluster("a"),)) >> ask(LISTENER, l="1")
    play >> ask(ROUTES, "r", r="1") << Live(FIRST.version) << AwaitGrace(CLUSTER, frozenset({"old"}))


def test_a_cluster_that_changed_while_the_proxy_was_away_gets_its_endpoints_again(play: Playbook) -> None:
    play >> FIRST >> ask(CLUSTER, a="0") << send(1, cluster("a"))
    play >> ask(ENDPOINTS, "a", a="1") << send(2, endpoints("a"))


def test_a_secret_is_sent_to_whoever_asks_at_any_time(loaded: Playbook) -> None:
    bigger = Snapshot.of([cluster("a"), endpoints("a"), listener("l"), routes("r"), secret("s")])
    loaded >> bigger << Live(bigger.version) >> ask(SECRET, "s") << send(5, secret("s")) >> ack(SECRET, 5)


def test_each_answer_is_reported() -> None:
    stream = Stream()
    stream.offer(FIRST)
    stream.receive(ask(CLUSTER))
    assert Acknowledged(CLUSTER, FIRST.version) in stream.receive(ack(CLUSTER, 1))


def test_a_removal_that_is_refused_is_reported(loaded: Playbook) -> None:
    less = Snapshot.of([cluster("a"), endpoints("a")])
    loaded >> less << send(5, type_url=LISTENER, removed=("l",))
    loaded >> nack(LISTENER, 5) << Refused(LISTENER, None, "no") << send(6, type_url=ROUTES, removed=("r",))
    loaded >> ack(ROUTES, 6) << Live(less.version)


def test_a_stream_has_a_bounded_number_of_types() -> None:
    stream = Stream()
    kinds = [f"type.googleapis.com/test.Type{number}" for number in range(MOST_TYPES + 1)]
    with pytest.raises(RemoteError, match="more than 64 types"):
        [stream.receive(ask(kind)) for kind in kinds]


FILTERED = Snapshot.of([cluster("a"), endpoints("a"), listener("l", "2"), extension("e"), routes("r", "2")])


@pytest.fixture
def filtered(loaded: Playbook) -> Playbook:
    """A proxy that runs `FILTERED`; seven responses were sent."""
    return (
        loaded
        >> FILTERED
        << send(5, listener("l", "2"))
        >> ask(EXTENSION, "e")
        << send(6, extension("e"))
        >> ack(LISTENER, 5)
        >> ack(EXTENSION, 6)
        << send(7, routes("r", "2"))
        >> ack(ROUTES, 7)
        << Live(FILTERED.version)
    )


def test_routes_wait_for_the_filters_of_their_listeners(filtered: Playbook) -> None:
    """Or a route could be served that its new filter does not guard yet."""
    both = Snapshot.of(
        [cluster("a"), endpoints("a"), listener("l", "2"), extension("e", "2"), routes("r", "3")],
    )
    filtered >> both << send(8, extension("e", "2"))
    filtered >> ack(EXTENSION, 8) << send(9, routes("r", "3")) >> ack(ROUTES, 9) << Live(both.version)


def test_what_a_filter_knows_goes_out_at_once_and_alone(filtered: Playbook) -> None:
    edit = Snapshot.of([cluster("a"), endpoints("a"), listener("l", "2"), extension("e", "2"), routes("r", "2")])
    filtered >> edit << send(8, extension("e", "2")) >> ack(EXTENSION, 8) << Live(edit.version)


def test_a_filter_that_is_refused_is_reported_and_holds_nothing_up(filtered: Playbook) -> None:
    edit = Snapshot.of([cluster("a"), endpoints("a"), listener("l", "2"), extension("e", "2"), routes("r", "3")])
    filtered >> edit << send(8, extension("e", "2"))
    filtered >> nack(EXTENSION, 8, "broken") << Refused(EXTENSION, extension("e", "2"), "broken")
    filtered << send(9, routes("r", "3")) >> ack(ROUTES, 9) << Live(edit.version, (extension("e", "2"),))


def test_a_snapshot_is_not_live_before_its_filters_were_asked_for(loaded: Playbook) -> None:
    loaded >> FILTERED << send(5, listener("l", "2")) >> ack(LISTENER, 5) << send(6, routes("r", "2"))
    loaded >> ack(ROUTES, 6)
    loaded >> ask(EXTENSION, "e") << send(7, extension("e")) >> ack(EXTENSION, 7) << Live(FILTERED.version)
