import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.model import Match, Ref
from crossway.plan.gateway import RouteTable
from crossway.plan.host import Candidate, hides
from crossway.plan.route import Door
from plan.planning import rows, said

EDGE = RouteTable(Ref("gateways", "edge"), "x")

IN_ORDER = [
    ("{path: '~/z'}", 1),
    ("{path: /a/b}", 0),
    ("{path: /a}", 0),
    ("{path: '/a/b/{x}/c'}", 0),
    ("{path: '/a/b/{longer_name}'}", 0),
    ("{path: /a/b/*}", 0),
    ("{path: '/a/{x}', methods: [GET]}", 0),
    ("{path: '/a/{x}', headers: {a: '1', b: '1'}}", 0),
    ("{path: '/a/{x}', headers: {a: '1'}, queries: {a: '1'}}", 0),
    ("{path: '/a/{x}', headers: {a: '1'}}", 0),
    ("{path: '/a/{x}', queries: {a: '1', b: '1'}}", 0),
    ("{path: '/a/{x}', queries: {a: '1'}}", 0),
    ("{path: '/a/{x}', cookies: {a: '1'}, source_ips: [10.0.0.0/8]}", 0),
    ("{path: '/a/{x}', cookies: {a: '1'}}", 0),
    ("{path: '/a/{x}'}", 0),
    ("{path: ^/a/}", 0),
    ("{path: /a/*}", 0),
    ("{path: ^/a, methods: [GET]}", 0),
    ("{path: ^/a}", 0),
    ("{path: /*}", 0),
    ("{path: '~/longer/.*', methods: [GET]}", 0),
    ("{path: '~/s', methods: [GET]}", 0),
    ("{path: '~/longest/.*/.*'}", 0),
    ("{path: /first}", -1),
]


@pytest.mark.parametrize("turned", [False, True])
def test_the_order_depends_on_what_the_routes_say(turned):
    numbered = list(enumerate(IN_ORDER))
    names = {number: f"r{number:02}" for number, _ in numbered}
    entries = [
        f"  {names[number]}: {{matches: [{match}], priority: {priority}, respond: {{}}}}"
        for number, (match, priority) in (reversed(numbered) if turned else numbered)
    ]
    text = "gateways: {edge: {listeners: {http: 80}}}\nroutes:\n" + "\n".join(entries)
    assert [row[3] for row in rows(text)] == list(names.values())


def test_of_two_that_say_as_much_the_tiebreak_decides_first():
    text = """
gateways: {edge: {listeners: {http: 80}}}
routes:
  a: {tiebreak: "2026-02", matches: [{path: /x}], respond: {}}
  b: {tiebreak: "2026-01", matches: [{path: /y}], respond: {}}
  c: {tiebreak: "2026-03", matches: [{path: /longer}], respond: {}}
  d: {matches: [{path: /z}], respond: {}}
"""
    assert [route for *_, route in rows(text)] == ["c", "d", "b", "a"]


def test_of_two_that_say_as_much_the_name_decides_and_then_the_position():
    text = """
gateways: {edge: {listeners: {http: 80}}}
routes:
  b: {matches: [{path: /x}], respond: {}}
  a: {matches: [{path: /z}, {path: /y}], respond: {}}
"""
    assert [(route, path) for _, _, path, route in rows(text)] == [("a", "/z"), ("a", "/y"), ("b", "/x")]


@pytest.mark.parametrize(
    ("first", "second", "finding"),
    [
        ("{path: /a}", "{path: /a}", "route.overlap"),
        ("{path: /a, headers: {a: '1', b: '2'}}", "{path: /a, headers: {b: '2', a: '1'}}", "route.overlap"),
        ("{path: /a, methods: [GET]}", "{path: /a, methods: [get]}", "route.overlap"),
        ("{path: /a/*}", "{path: /a/*}", "route.overlap"),
        ("{}", "{path: /*}", "route.overlap"),
        ("{path: '/a/{x}'}", "{path: '/a/{x}'}", "route.overlap"),
        ("{path: '~/a.*'}", "{path: '~/a.*'}", "route.overlap"),
        ("{path: ^/a}", "{path: ^/a}", "route.overlap"),
        ("{path: /*}", "{path: ^/}", "route.unreachable"),
        ("{path: ^/}", "{path: '~/a'}", "route.unreachable"),
        ("{path: ^/a/b}", "{path: ^/a}", None),
        ("{path: ^/a/}", "{path: /a/*}", None),
        ("{path: /a, headers: {a: {not: '1'}}}", "{path: /a, headers: {a: '2', b: '1'}}", None),
        ("{path: /a, headers: {a: '1'}}", "{path: /a, headers: {a: {not: '1'}}}", None),
        ("{path: /a, headers: {a: {not: '1'}}}", "{path: /a, headers: {a: {not: '1'}}}", "route.overlap"),
        ("{path: /a, methods: [GET, POST]}", "{path: /a, methods: [POST]}", "route.unreachable"),
        ("{path: /*}", "{path: '~/a'}", "route.unreachable"),
        ("{path: /a/*}", "{path: '~/a/b'}", None),
        ("{path: /a}", "{path: /b}", None),
        ("{path: /a}", "{path: /a/}", None),
        ("{path: /a/*}", "{path: /ab/*}", None),
        ("{path: /a, methods: [GET]}", "{path: /a, methods: [POST]}", None),
        ("{path: /a, methods: [GET]}", "{path: /a}", None),
        ("{path: /a, headers: {a: '1'}}", "{path: /a, headers: {a: '2'}}", None),
        ("{path: /a, headers: {a: '1'}}", "{path: /a, queries: {a: '1'}}", None),
        ("{path: /a, source_ips: [10.0.0.0/8]}", "{path: /a, source_ips: [11.0.0.0/8]}", None),
    ],
)
def test_overlaps_of_equals(first, second, finding):
    text = f"""
gateways: {{edge: {{listeners: {{http: 80}}}}}}
routes: {{a: {{matches: [{first}], respond: {{}}}}, b: {{matches: [{second}], respond: {{}}}}}}
"""
    assert said(text) == ([f"{finding} routes.b.matches[0]"] if finding else [])


@pytest.mark.parametrize(
    ("ahead", "behind"),
    [
        ("{path: /*}", "{path: /a}"),
        ("{path: /a/*}", "{path: /a}"),
        ("{path: /a/*}", "{path: /a/b/*}"),
        ("{path: /a/*}", "{path: '/a/{x}'}"),
        ("{path: /a/*}", "{path: '/a/{x}/*', methods: [GET]}"),
        ("{path: /*}", "{path: ^/a}"),
        ("{path: /a/*}", "{path: ^/a/b}"),
        ("{path: /a/*}", "{path: ^/a/}"),
        ("{path: ^/a}", "{path: /ab}"),
        ("{path: ^/a}", "{path: /ab/*}"),
        ("{path: ^/a/b}", "{path: '/a/b{x}'}"),
        ("{path: ^/a}", "{path: ^/ab}"),
        ("{path: /*}", "{grpc: a.B/C}"),
        ("{path: /a/*, methods: [GET]}", "{path: /a, methods: [GET], headers: {x: '1'}}"),
        ("{path: /a/*, headers: {x: '1'}}", "{path: /a, headers: {y: '1', x: '1'}}"),
    ],
)
def test_a_priority_can_hide_what_says_more(ahead, behind):
    text = f"""
gateways: {{edge: {{listeners: {{http: 80}}}}}}
routes: {{a: {{matches: [{behind}], respond: {{}}}}, b: {{matches: [{ahead}], priority: 1, respond: {{}}}}}}
"""
    assert said(text) == ["route.unreachable routes.a.matches[0]"]
    assert said(text.replace("priority: 1", "priority: 0")) == []


@pytest.mark.parametrize(
    ("ahead", "behind"), [("/a/*", "^/a"), ("^/a/", "/a/*"), ("^/ab", "/a"), ("^/ab", "/a/{x}"), ("^/a/b", "^/a")]
)
def test_a_priority_does_not_hide_what_takes_more(ahead, behind):
    text = f"""
gateways: {{edge: {{listeners: {{http: 80}}}}}}
routes:
  a: {{matches: [{{path: "{behind}"}}], respond: {{}}}}
  b: {{matches: [{{path: "{ahead}"}}], priority: 1, respond: {{}}}}
"""
    assert said(text) == []


def test_routes_of_different_hosts_do_not_hide_each_other():
    text = """
gateways: {edge: {listeners: {http: 80}}}
routes: {a: {hostnames: [a.test], respond: {}}, b: {hostnames: ['*.test'], respond: {}}, c: {respond: {}}}
"""
    assert said(text) == []


conditions = st.fixed_dictionaries(
    {},
    optional={
        "methods": st.lists(st.sampled_from(["GET", "POST"]), min_size=1, max_size=2, unique=True),
        "headers": st.dictionaries(st.sampled_from("ab"), st.sampled_from("12"), min_size=1),
        "queries": st.dictionaries(st.sampled_from("ab"), st.sampled_from("12"), min_size=1),
    },
)


@given(conditions, conditions)
def test_what_is_hidden_takes_no_request_that_the_other_would_not(one, other):
    first, second = (
        Candidate(Ref("routes", "a"), 0, Match.model_validate(match), 0, Door(EDGE.gateway, "http"))
        for match in (one, other)
    )
    if hides(first, second):
        for method, headers, queries in itertools.product(["GET", "POST", "PUT"], *2 * [_settings()]):
            assert not _takes(other, method, headers, queries) or _takes(one, method, headers, queries)


def _settings() -> list[dict[str, str]]:
    return [{"a": a, "b": b} for a, b in itertools.product("012", repeat=2)]


def _takes(match: dict[str, object], method: str, headers: dict[str, str], queries: dict[str, str]) -> bool:
    return (
        method in match.get("methods", [method])
        and match.get("headers", {}).items() <= headers.items()
        and match.get("queries", {}).items() <= queries.items()
    )
