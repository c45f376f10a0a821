from dataclasses import replace

import pytest

from crossway.model import Match, Ref
from crossway.plan.host import Candidate
from crossway.plan.route import Door
from crossway.simulation.arrival import Arrival
from crossway.simulation.near_miss import MOST, near_misses, precedence

DOOR = Door(Ref("gateways", "edge"), "http")


def candidate(match: dict[str, object], name: str = "r", priority: int = 0, index: int = 0) -> Candidate:
    return Candidate(Ref("routes", name), index, Match.model_validate(match), priority, DOOR)


def arrived(target: str, **headers: str) -> Arrival:
    return Arrival("GET", "a.test", target, headers, "127.0.0.1")


@pytest.mark.parametrize(
    ("path", "target", "reason"),
    [
        ("/a/", "/a", "a slash at the end makes another path"),
        ("/Orders", "/orders", "capitals make another path"),
        ("/Orders/*", "/orders/7", "capitals make another path"),
        ("/orders", "/orders/7", "is exact; /orders/* would also take what is below"),
        ("/orders/*", "/ordersx", "is a prefix by whole segments; ^/orders would take this too"),
        ("^/Orders", "/ordersx", "capitals make another path"),
        ("^/orders/", "/orders", "a slash at the end makes another path"),
        ("^/orders", "/oders7", "looks like the path of the request"),
        ("/users/{id}", "/users/", "a variable does not take an empty segment"),
        ("/orders/*", "/oders/7", "looks like the path of the request"),
        ("/customers/{id}/items", "/customers/7/item", "looks like the path of the request"),
    ],
)
def test_paths_that_nearly_match(path, target, reason):
    ((_, miss),), more = near_misses([candidate({"path": path})], None, arrived(target))
    assert (miss.reason, more) == (reason, 0)


@pytest.mark.parametrize("path", ["/other", "~/a.*", "/"])
def test_paths_that_have_nothing_in_common(path):
    assert near_misses([candidate({"path": path})], None, arrived("/orders")) == ((), 0)


def test_the_first_condition_that_fails():
    match = {"path": "/a", "methods": ["GET"], "headers": {"x": "1"}, "queries": {"q": "2"}}
    ((_, miss),), _ = near_misses([candidate(match)], None, arrived("/a?q=1", x="2"))
    assert (miss.wanted, miss.got, miss.reason) == ("header x = 1", "2", "wants header x = 1, got 2")


def test_the_nearest_are_told_and_the_others_counted():
    many = [candidate({"path": "/a", "methods": ["POST"], "headers": {"x": "1"}}, f"r{n}") for n in range(MOST)]
    nearest = candidate({"path": "/a", "methods": ["POST"]}, "near")
    misses, more = near_misses([*many, nearest], None, arrived("/a"))
    assert (misses[0][0], len(misses), more) == (nearest, MOST, 1)


@pytest.mark.parametrize(
    ("winner", "loser", "reason"),
    [
        (candidate({"path": "/*"}, priority=1), candidate({"path": "/a"}), "priority 1 over 0"),
        (candidate({"path": "/a"}), candidate({"path": "/*"}), "exact path over prefix"),
        (candidate({"path": "/a/*"}), candidate({"path": "/*"}), "longer prefix"),
        (candidate({"path": "/a/{x}"}), candidate({"path": "/a/*"}), "longer template"),
        (candidate({"path": "/a/{x}/{y}"}), candidate({"path": "/a/{x}/*"}), "longer template"),
        (candidate({"path": "^/ab"}), candidate({"path": "/a/*"}), "longer prefix by text"),
        (candidate({"path": "/a/*"}), candidate({"path": "^/a"}), "prefix over prefix by text"),
        (
            replace(candidate({}, "s"), tiebreak="1"),
            replace(candidate({}), tiebreak="2"),
            "all else is equal, and its tiebreak comes first",
        ),
        (candidate({"path": "~/a"}), candidate({"path": "~/a"}, "s"), "all else is equal, and its name comes first"),
        (candidate({"methods": ["GET"]}), candidate({}), "it asks for a method"),
        (candidate({"headers": {"x": "1"}}), candidate({}), "1 over 0 headers"),
        (candidate({"queries": {"x": "1"}}), candidate({}), "1 over 0 query parameters"),
        (candidate({"cookies": {"x": "1"}}), candidate({}), "more conditions"),
        (candidate({}), candidate({}, index=1), "it stands first in the route"),
    ],
)
def test_why_one_comes_before_another(winner, loser, reason):
    assert winner.order < loser.order
    assert precedence(winner, loser) == reason
