import re

import pytest

from crossway.model import Match, ValueMatch
from crossway.plan.preflight import preflight


def asked(**settings: object) -> Match | None:
    return preflight(Match.model_validate({"path": "/orders/*", **settings}))


@pytest.mark.parametrize("settings", [{}, {"methods": ["GET", "OPTIONS"]}, {"queries": {"v": "2"}}])
def test_a_match_that_takes_preflights_needs_no_second_one(settings):
    assert asked(**settings) is None


def test_a_preflight_says_the_method_and_keeps_path_query_and_address():
    found = asked(methods=["GET", "PUT"], queries={"v": "2"}, source_ips=["10.0.0.0/8"], cookies={"session": "7"})
    assert found == Match.model_validate(
        {
            "path": "/orders/*",
            "methods": ["OPTIONS"],
            "headers": {"origin": {"present": True}, "access-control-request-method": {"regex": "GET|PUT"}},
            "queries": {"v": "2"},
            "source_ips": ["10.0.0.0/8"],
        }
    ).model_copy(update={"cookies": {}, "grpc": None})


@pytest.mark.parametrize(
    ("names", "matches"),
    [
        ("x-a,x-b", True),
        ("authorization, x-a, x-b, x-c", True),
        ("x-a,x-ab,x-b", True),
        ("x-a", False),
        ("x-ab,x-b", False),
        ("x-a,x-bc", False),
    ],
)
def test_a_preflight_names_the_headers_that_are_looked_at(names, matches):
    conditions = {"x-c": {"absent": True}, "x-d": {"not": "1"}, "accept": "text/html"}
    found = asked(headers={"x-b": "1", "x-a": {"prefix": "2"}, **conditions})
    assert found is not None
    assert found.headers.keys() == {"origin", "access-control-request-method", "access-control-request-headers"}
    assert bool(re.fullmatch(found.headers["access-control-request-headers"].regex, names)) is matches


def test_what_a_preflight_has_too_stays_a_condition():
    found = asked(headers={"origin": {"suffix": ".example"}, "user-agent": {"contains": "Firefox"}})
    assert found is not None
    assert found.headers["origin"] == ValueMatch(suffix=".example")
    assert found.headers["user-agent"] == ValueMatch(contains="Firefox")


def test_a_call_of_grpc_is_asked_about_by_its_path():
    found = preflight(Match.model_validate({"grpc": "shop.Orders/Get"}))
    assert found is not None
    assert (str(found.effective_path), found.grpc, found.methods) == ("/shop.Orders/Get", None, ("OPTIONS",))
