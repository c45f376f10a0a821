import re

import pytest

from crossway.dialects.kong import router


def test_more_kinds_of_conditions_go_before_everything_else():
    rank = router.priority
    ascending = [
        rank(1, plain=False, headers=0, regex_priority=None),
        rank(1, plain=False, headers=0, regex_priority=0),
        rank(1, plain=False, headers=0, regex_priority=9),
        rank(1, plain=False, headers=1, regex_priority=None),
        rank(1, plain=True, headers=0, regex_priority=None),
        rank(2, plain=False, headers=0, regex_priority=None),
        rank(5, plain=True, headers=200, regex_priority=2**40),
    ]
    assert ascending == sorted(set(ascending))
    assert ascending[0] == 0
    assert ascending[-1] < 2**31


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        (r"/a/\d+", "/a/17/b", True),
        (r"/a/\d+$", "/a/17/b", False),
        (r"/a/\d+$", "/a/17", True),
        ("/a|/b", "/bc", True),
        ("^/a.*", "/abc", True),
        (r"/a\$", "/a$b", True),
        ("/(?<id>[a-z]+)", "/abc", True),
    ],
)
def test_a_regular_expression_stands_at_the_beginning(pattern: str, path: str, matches: bool):
    assert bool(re.fullmatch(router.whole(pattern), path)) is matches


@pytest.mark.parametrize(
    ("hosts", "host", "matches"),
    [
        (["a.*"], "a.example", True),
        (["a.*"], "a.example:8000", True),
        (["a.*"], "ab.example", False),
        (["*.a.example"], "x.A.example", True),
        (["a.example:81", "b.*"], "a.example:81", True),
        (["a.example:81", "b.*"], "a.example", False),
    ],
)
def test_hosts_that_are_no_hostnames_are_a_condition(hosts: list[str], host: str, matches: bool):
    assert bool(re.fullmatch(router.host_condition(hosts)["regex"], host)) is matches


def test_a_route_stands_on_every_hostname_that_it_means():
    known = ("*.b.example", "a.b.example", "b.org")
    assert router.hostnames(["*.example"], known) == ["*.example", "*.b.example", "a.b.example"]
    assert router.hostnames(["b.*"], known) == ["*", "*.b.example", "b.org"]
    assert router.hostnames([], known) == ["*", *known]
    assert router.hostnames([], ()) == []
    assert list(router.named_hosts(["A.example:80", "b.*", "*.c"])) == ["a.example", "*.c"]


def test_a_host_may_have_a_port():
    assert router.split_host("a:80") == ("a", "80")
    assert router.split_host("[::1]") == ("[::1]", "")
    assert not router.is_native("a:80")
    assert router.is_native("*.a")


def test_the_beginning_of_a_regular_expression():
    assert [router.beginning(text) for text in ("^/a/b(c|d)", "(a|b)", r"/a\d")] == ["/a/b", "/", "/a"]
