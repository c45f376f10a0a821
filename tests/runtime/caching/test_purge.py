"""What a purge means."""

from dataclasses import dataclass

import pytest

from crossway.compile.program import Purge
from crossway.runtime.caching.purge import Purges


@dataclass
class Answer:
    url: str = "https://shop.example:8443/a/b?x=1"
    route: str = "default/shop"
    tags: tuple[str, ...] = ("one", "two")
    requested: float = 100.0


@pytest.mark.parametrize(
    ("what", "meant"),
    [
        ({"url": "https://shop.example:8443/a/b?x=1"}, True),
        ({"url": "http://SHOP.example:8443/a/b?x=1"}, True),
        ({"url": "shop.example:8443/a/b?x=1"}, True),
        ({"url": "/a/b?x=1"}, True),
        ({"url": "/A/b?x=1"}, False),
        ({"url": "https://shop.example:8443/a/b"}, False),
        ({"url": "https://shop.example/a/b?x=1"}, False),
        ({"prefix": "https://shop.example:8443/a"}, True),
        ({"prefix": "/a/b?"}, True),
        ({"prefix": "/b"}, False),
        ({"prefix": "https://shop.example:8443"}, True),
        ({"host": "shop.example"}, True),
        ({"host": "Shop.Example:8443"}, True),
        ({"host": "shop.example:80"}, False),
        ({"host": "example"}, False),
        ({"tag": "two"}, True),
        ({"tag": "three"}, False),
        ({"route": "default/shop"}, True),
        ({"route": "default/sho"}, False),
        ({"everything": True}, True),
        ({}, False),
    ],
)
def test_a_purge_means_what_it_names(what, meant):
    purge = Purge("p", 100.0, **what)
    assert (Purges([purge]).verdict(Answer()) is purge) is meant
    assert Purges([Purge("p", 99.9, **what)]).verdict(Answer()) is None


@pytest.mark.parametrize(
    ("what", "meant"),
    [
        ({"url": "https://shop.example:443/a?u=http://x"}, True),
        ({"url": "https://shop.example/a?u=http://x"}, True),
        ({"url": "http://shop.example:80/a?u=http://x"}, True),
        ({"url": "https://shop.example:80/a?u=http://x"}, False),
        ({"host": "shop.example:443"}, True),
        ({"host": "shop.example"}, True),
        ({"host": "shop.example:80"}, False),
    ],
)
def test_the_port_that_goes_without_saying_makes_no_difference(what, meant):
    purge = Purge("p", 100.0, **what)
    assert (Purges([purge]).verdict(Answer("https://shop.example/a?u=http://x")) is purge) is meant


def test_a_hard_purge_goes_before_a_soft_one_and_of_those_the_first():
    soft, later, hard = (
        Purge("a", 150, everything=True, soft=True),
        Purge("b", 200, everything=True, soft=True),
        Purge("c", 300, everything=True),
    )
    assert Purges([later, soft]).verdict(Answer()) is soft
    assert Purges([soft, hard, later]).verdict(Answer()) is hard
    assert Purges([soft, hard]).verdict(Answer(requested=400)) is None
