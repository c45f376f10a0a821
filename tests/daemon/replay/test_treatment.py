"""What is said of the difference between two treatments."""

from dataclasses import replace

import pytest

from crossway.daemon.replay.evidence import NOTHING
from crossway.daemon.replay.treatment import Treatment, compare
from crossway.simulation.request import Request
from daemon.replay.scene import side


def details(before: str, after: str) -> tuple[str, ...]:
    """What changes about requests of a route that says *before* and then *after*."""
    one, other = (
        side(f"routes: {{r: {{{text}}}}}").possible(Request("a.example"), NOTHING).treatments[0]
        for text in (before, after)
    )
    change = compare(one, other)
    return change.details if change else ()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("to: one", "to: two", ["action: to one -> to two"]),
        ("to: one", "to: [{service: one, weight: 9}, two]", ["action: to one -> to one (9), two (1)"]),
        ("redirect: {path: /a}", "redirect: {path: /b}", ["action: redirect to /a -> redirect to /b"]),
        (
            "redirect: {scheme: https}",
            "redirect: {hostname: b.example, port: 8443, path_prefix: /, keep_query: false, status: 301}",
            [
                "action: redirect to https://the same host -> redirect to //b.example:8443/*, without the query",
                "status: 302 -> 301",
            ],
        ),
        ("respond: {body: a}", "respond: {body: b}", ["action respond: body a -> b"]),
        ("respond: {}", "respond: {status: 204}", ["status: 200 -> 204", "action respond: status 200 -> 204"]),
        (
            "to: one, policies: {timeout: 5s}",
            "to: one, policies: {timeout: 1m30s}",
            ["policy timeout: request 5s -> 1m30s"],
        ),
        ("to: one, policies: {retry: {attempts: 2}}", "to: one", ["policy retry: removed"]),
        ("to: one, policies: {retry: {}}", "to: one, policies: {retry: {attempts: 2}}", []),
        ("to: one", "hostnames: ['*.example'], to: one", ["hostname: * -> *.example"]),
    ],
)
def test_a_difference_in_words(before, after, said):
    assert list(details(before, after)) == said


def test_a_value_is_not_told_at_any_length():
    (said,) = details("respond: {body: a}", f"respond: {{body: {'x' * 4000}}}")
    assert len(said) < 200


def test_not_every_difference_is_told():
    policies = {f"p{number:02}": "x" for number in range(30)}
    before = Treatment("r", "edge/http", "*", "to one")
    change = compare(before, replace(before, policies=policies))
    assert change is not None
    assert change.details[0] == "policy p00: added"
    assert change.details[-1] == "and 19 more"
    assert len(change.details) == 12
