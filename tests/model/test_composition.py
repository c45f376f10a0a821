"""Compositions as they are written, and what their expressions mention."""

from typing import Any

import jmespath
import pytest
import yaml
from hypothesis import assume, given
from pydantic import ValidationError

from crossway.model import PathMatch, problems
from crossway.model.composition import ANSWER, Compose, Composition, Mistake, cycle, study
from model.expressions import TEXTS

each = pytest.mark.parametrize


def written(text: str) -> Compose:
    return Compose.model_validate(yaml.safe_load(text))


def mistakes(text: str, path: str = "/page/{id}") -> list[tuple[str, str]]:
    found = study(written(text), PathMatch.model_validate(path)).mistakes
    return [(".".join(map(str, mistake.where)), mistake.message) for mistake in found]


def refused(text: str) -> dict[str, str]:
    with pytest.raises(ValidationError) as error:
        written(text)
    return {
        ".".join(map(str, finding.path)): f"{finding.message} {finding.hint}"
        for finding in problems(error.value, Compose)
    }


FULL = """
steps:
  a:
    service: other/a
    path: /a/{path.id}
    method: post
    query: {n: 1, t: true, x: "{query.x}"}
    headers: {X-One: "{headers.host}"}
    forward: [Authorization]
    body: {a: [1, null, "body.x", {b: 1.5}]}
    when: body.x
    timeout: 1s500ms
    accept: [200, 4xx]
    encoding: json
    fallback: null
    on_failure: omit
  b: {service: b, path: "/{item}", for_each: "steps.a.body", limit: 3, parallel: 2}
body: {x: "steps.b[].body", n: 1}
status: "steps.a.status"
headers: {x: "{steps.a.body.x}"}
on_failure: relay
forward: [cookie]
timeout: 3s
max_calls: 7
max_body: 64KiB
"""


def test_it_survives_the_way_to_the_proxy() -> None:
    there = Composition(compose=written(FULL), path=PathMatch.model_validate("/a/{id}"))
    back = Composition.model_validate_json(there.model_dump_json(exclude_unset=True))
    assert back == there
    assert back.compose.steps["a"].has_fallback
    assert not back.compose.steps["b"].has_fallback
    assert back.compose.steps["a"].query == {"n": "1", "t": "true", "x": "{query.x}"}
    assert back.compose.steps["a"].accept == ("200", "4xx")


@each(
    ("step", "field"),
    [
        ("path: a", "path"),
        ("path: '/a?b'", "path"),
        ("path: '/a b'", "path"),
        ("path: /a/../b", "path"),
        ("path: '/{a'", "path"),
        ("path: '/a}'", "path"),
        ("path: '/{}'", "path"),
        ("path: /ä", "path"),
        ("path: /, method: ''", "method"),
        ("path: /, query: {a: 1.5}", "query.a"),
        ("path: /, query: {'': a}", "query."),
        ("path: /, headers: {'a b': x}", "headers.a b"),
        ("path: /, headers: {host: x}", "headers.host"),
        ("path: /, headers: {x-crossway-route: x}", "headers.x-crossway-route"),
        ("path: /, headers: {x-envoy-max-retries: '9'}", "headers.x-envoy-max-retries"),
        ("path: /, headers: {x: '{a b}'}", "headers.x"),
        ("path: /, forward: [content-length]", "forward.0"),
        ("path: /, when: 'a &&'", "when"),
        ("path: /, when: 'f(x)'", "when"),
        ("path: /, when: 'length()'", "when"),
        ("path: /, when: ''", "when"),
        ("path: /, for_each: '['", "for_each"),
        ("path: /, for_each: a, limit: 0", "limit"),
        ("path: /, for_each: a, limit: 1001", "limit"),
        ("path: /, for_each: a, parallel: 0", "parallel"),
        ("path: /, limit: 3", ""),
        ("path: /, body: a", ""),
        ("path: /, method: PUT, body: {a: {b: ['a.']}}", "body.a.b.0"),
        ("path: /, timeout: 0s", "timeout"),
        ("path: /, accept: [99]", "accept.0"),
        ("path: /, accept: [6xx]", "accept.0"),
        ("path: /, encoding: xml", "encoding"),
        ("path: /, on_failure: ignore", "on_failure"),
        ("path: /, retries: 3", "retries"),
        ("method: GET", "path"),
    ],
)
def test_what_a_step_cannot_say(step: str, field: str) -> None:
    (where,) = refused(f"steps: {{a: {{service: a, {step}}}}}")
    assert where == (f"steps.a.{field}" if field else "steps.a")


@each(
    ("text", "field"),
    [
        ("steps: {}", "steps"),
        ("steps: {1a: {service: a, path: /}}", "steps.1a"),
        ("steps: {a: {service: a, path: /}}\nbody: 'a['", "body"),
        ("steps: {a: {service: a, path: /}}\nstatus: 199", "status"),
        ("steps: {a: {service: a, path: /}}\nstatus: 'a['", "status"),
        ("steps: {a: {service: a, path: /}}\nheaders: {content-length: '1'}", "headers.content-length"),
        ("steps: {a: {service: a, path: /}}\nmax_calls: 0", "max_calls"),
        ("steps: {a: {service: a, path: /}}\nmax_body: 17MiB", "max_body"),
        ("steps: {a: {service: a, path: /}}\ntimeout: 0s", "timeout"),
    ],
)
def test_what_a_composition_cannot_say(text: str, field: str) -> None:
    assert list(refused(text)) == [field]


STEPS = """
  user: {service: a, path: "/{path.id}"}
  each: {service: a, for_each: steps.user.body, path: "/{item.id}"}
"""


@each(
    ("body", "message"),
    [
        ("steps.usr", "there is no 'usr' in steps"),
        ("stps.user", "there is no 'stps' in expressions of the answer"),
        ("steps.user.bdy", "there is no 'bdy' in steps.user"),
        ("steps.user[0]", "steps.user is no list"),
        ("steps.each.body", "steps.each is a list, which has no 'body'; write [] or [0] behind it"),
        ("steps.each[].bdy", "there is no 'bdy' in steps.each"),
        ("steps.each[0].bdy", "there is no 'bdy' in steps.each"),
        ("steps.each[?statsu == `200`]", "there is no 'statsu' in steps.each"),
        ("steps.each[1:] | [0].bdy", "there is no 'bdy' in steps.each"),
        ("{x: [steps.usr]}", "there is no 'usr' in steps"),
        ("length(steps.usr)", "there is no 'usr' in steps"),
        ("path.name", "there is no 'name' in path, which has the variables of the route's path"),
        ("consumer.groupes", "there is no 'groupes' in consumer"),
        ("item", "there is no 'item' in expressions of the answer"),
    ],
)
def test_words_that_mean_nothing(body: str, message: str) -> None:
    quoted = body.replace("'", "''")
    assert mistakes(f"steps: {{{STEPS.strip().replace(chr(10), ',')}}}\nbody: '{quoted}'") == [("body", message)]


@each(
    "body",
    [
        "steps.user.body.whatever[0].deep",
        "steps.user",
        "steps",
        "@",
        "steps.each",
        "steps.each[].item.x",
        "steps.each[*].error.code",
        "steps.each[].body[].body",
        "steps.each | [0].status",
        "errors[].step",
        'query.x || headers."user-agent" || method || body.x',
        "steps.* | [0].anything",
        "map(&anything, steps.each)",
        "steps.user.body[?steps.other]",
        "(steps.user || steps.each).anything",
    ],
)
def test_words_that_mean_something(body: str) -> None:
    quoted = body.replace("'", "''")
    assert mistakes(f"steps: {{{STEPS.strip().replace(chr(10), ',')}}}\nbody: '{quoted}'") == []


def test_each_mistake_stands_where_it_was_made() -> None:
    text = """
    steps:
      a: {service: a, path: "/{path.x}", query: {q: "{steps.z}"}, headers: {h: "{item}"}, when: errors, fallback: 1}
      b: {service: a, method: PUT, path: /, body: {x: ["steps.y"]}, for_each: item}
    status: steps.w
    headers: {v: "{steps.v}"}
    """
    assert [where for where, _ in mistakes(text)] == [
        "steps.a.when",
        "steps.a.path",
        "steps.a.query.q",
        "steps.a.headers.h",
        "steps.b.for_each",
        "steps.b.body.x.0",
        "status",
        "headers.v",
    ]
    (mistake,) = study(
        written("steps: {user: {service: a, path: /}}\nbody: steps.usr"), PathMatch.model_validate("/")
    ).mistakes
    assert mistake == Mistake(("body",), "there is no 'usr' in steps", "did you mean 'user'?")


@each(
    ("waits", "around"),
    [
        ({}, ()),
        ({"a": ["b"], "b": []}, ()),
        ({"a": ["a"]}, ("a",)),
        ({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}, ("a", "b", "c")),
    ],
)
def test_cycles(waits: dict[str, list[str]], around: tuple[str, ...]) -> None:
    found = cycle(waits)
    assert sorted(found) == sorted(around)
    for one, other in zip(found, [*found[1:], *found[:1]], strict=True):
        assert other in waits[one]


ANY: Compose = written(
    "steps: {one: {service: a, path: /}, two: {service: a, path: /}, many: {service: a, for_each: body, path: /}}"
)


def _result(number: int) -> dict[str, Any]:
    return {"status": number, "headers": {}, "body": {"x": number, "body": [number], "one": "1"}, "error": None}


def _context(one: int, two: int, many: int) -> dict[str, Any]:
    steps = {"one": _result(one), "two": _result(two), "many": [_result(many) | {"item": many}]}
    return {"query": {"x": "q"}, "body": None, "steps": steps}


@given(TEXTS)
def test_an_expression_depends_on_nothing_that_it_does_not_mention(text: str) -> None:
    """The law on which the order of steps rests."""
    try:
        spec = ANY.model_copy(update={"body": Compose.model_validate({"steps": ANY.steps, "body": text}).body})
    except ValidationError:
        assume(False)
    mentioned = study(spec, PathMatch.model_validate("/")).waits_for(ANSWER)
    numbers = {"one": 1, "two": 2, "many": 3}
    other = {name: number if name in mentioned else number + 10 for name, number in numbers.items()}

    def evaluated(context: dict[str, Any]) -> object:
        try:
            return jmespath.search(text, context)
        except (ValueError, TypeError) as error:
            return type(error)

    assert evaluated(_context(**numbers)) == evaluated(_context(**other))
