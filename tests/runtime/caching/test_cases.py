"""Expectations of the public test suites for HTTP caches, and our own, as cases: `cases/*.yaml`.

A case is a list of visits. Of each is said what the client sends, what the origin answers if it is asked, and what then
holds: `did` (our `Cache-Status`), `asks` (how often the origin was asked), `asked` (headers that it got), `status`,
`headers` and `body` of the answer. `@60` stands for the date 60 seconds after the start. The short form is two visits:
an `answer`, and whether it is `reused` for the same request, or `then` another one.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from crossway.runtime.caching.fields import as_date
from crossway.sdk.http import Request, Response
from runtime.caching.world import START, World, did, pieces

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['case']}") for file in FILES for case in yaml.safe_load(file.read_text())
]


def test_there_are_hundreds_and_none_twice():
    names = [case.id for case in CASES]
    assert len(names) > 200
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("case", CASES)
async def test_the_cache_does_what_is_expected(case, streamed):
    world = World(case.get("cache", "0"))
    for visit in case.get("visits") or in_full(case):
        await check(world, visit, streamed)


def in_full(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the visits that the short form stands for."""
    target, send = case.get("target", "/"), case.get("send", {})
    if "stays_with" in case:
        late = case["late"]
        return [
            {"origin": {"headers": {"cache-control": case["stays_with"], "etag": '"a"'}, "body": "one"}},
            {
                "after": 3,
                "send": send,
                "origin": {"status": 503},
                "status": 200 if late else 503,
            },
        ]
    origin = {key: case[key] for key in ("status", "body") if key in case} | {"headers": case["answer"]}
    first = {"target": target, "send": send, "origin": origin}
    if "first" in case:
        first["did"] = case["first"]
    second = {
        "after": case.get("after", 2),
        "target": case.get("then_target", target),
        "send": case.get("then", send),
        "asks": 0 if case["reused"] else 1,
        "origin": origin,
        "headers": case.get("again", {}),
    }
    for key in ("status", "body"):
        if f"then_{key}" in case:
            second[key] = case[f"then_{key}"]
    return [first, case["between"], second] if "between" in case else [first, second]


async def check(world: World, visit: dict[str, Any], streamed: bool) -> None:
    world.clock.pass_by(visit.get("after", 0))
    world.answers = [answer(origin, streamed) for origin in visit.get("origins", [visit.get("origin", {})])]
    before = len(world.asked)
    request = Request(visit.get("method", "GET"), visit.get("target", "/"), fields(visit.get("send", {})))
    if "host" not in request.headers:
        request.headers.add("host", "shop.example")
    if visit.get("fails"):
        with pytest.raises(ConnectionError):
            await world.request(request)
        return
    response = await world.request(request)
    if "asks" in visit:
        assert len(world.asked) - before == visit["asks"], response.headers.items()
    if visit.get("behind"):
        await world.settle()
    if "did" in visit:
        assert did(response) == visit["did"]
    if did(response).startswith("hit"):
        assert response.headers["age"].isdecimal()
    for key in ("asked", "behind_asked"):
        if key in visit:
            same(world.asked[-1].headers, visit[key])
    assert response.status == visit.get("status", response.status)
    assert response.text == visit.get("body", response.text)
    same(response.headers, visit.get("headers", {}))


def answer(origin: dict[str, Any], streamed: bool) -> Response | Exception:
    if origin.get("fails"):
        return ConnectionError("the origin gives no answer")
    status = origin.get("status", 200)
    body = origin.get("body", "" if status == 304 else "made").encode()
    response = Response(status, fields(origin.get("headers", {})))
    if streamed and body:
        response.arriving(pieces(body[:1], body[1:]))
    else:
        response.arriving(body)
    return response


def fields(written: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, dated(value))
        for name, values in written.items()
        for value in (values if isinstance(values, list) else [values])
    ]


def dated(value: str) -> str:
    return as_date(START + int(value[1:])) if value[:1] == "@" else value


def same(headers, expected: dict[str, Any]) -> None:
    for name, values in expected.items():
        listed = [] if values is None else values if isinstance(values, list) else [values]
        assert headers.get_all(name) == [dated(value) for value in listed], name
