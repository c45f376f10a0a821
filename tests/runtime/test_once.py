"""Calls that are alike are made once."""

import asyncio

import pytest

from crossway.runtime.once import Once
from crossway.sdk.http import BodyTooLarge, Request, Response
from runtime.composing.services import Services, echo, never, says


async def test_at_the_same_time_and_later() -> None:
    services = Services()
    once = Once(services.call)
    first, second = await asyncio.gather(*(once("a", Request("GET", "/x", {"h": "1"})) for _ in range(2)))
    third = await once("a", Request("GET", "/x", {"H": "1"}))
    assert first.body == second.body == third.body
    assert len(services.received) == 1
    first.headers["x"] = "mine"
    assert "x" not in second.headers
    assert "x" not in third.headers


async def test_what_is_not_alike() -> None:
    services = Services()
    once = Once(services.call)
    for service, method, target, headers, body in [
        ("a", "GET", "/x", {}, b""),
        ("b", "GET", "/x", {}, b""),
        ("a", "HEAD", "/x", {}, b""),
        ("a", "GET", "/x?y", {}, b""),
        ("a", "GET", "/x", {"h": "1"}, b""),
        ("a", "GET", "/x", {"h": "2"}, b""),
        ("a", "GET", "/x", {}, b"b"),
        ("a", "POST", "/x", {}, b""),
        ("a", "POST", "/x", {}, b""),
    ]:
        await once(service, Request(method, target, headers, body))
    assert len(services.received) == 9


@pytest.mark.parametrize("error", [ConnectionError, TimeoutError, BodyTooLarge])
async def test_an_error_is_shared(error: type[Exception]) -> None:
    services = Services()

    async def fail(_: Request) -> Response:
        await asyncio.sleep(0)
        raise error("x")

    services.services["a"] = fail
    once = Once(services.call)
    results = await asyncio.gather(*(once("a", Request("GET", "/")) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [error] * 3
    assert len(services.received) == 1


async def test_an_answer_is_bounded() -> None:
    once = Once(Services(a=says("x" * 100)).call, max_body=50)
    with pytest.raises(BodyTooLarge):
        await once("a", Request("GET", "/"))


async def test_who_is_cancelled_takes_nothing_from_the_others() -> None:
    services = Services(a=never)
    once = Once(services.call)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(once("a", Request("GET", "/")))
        await asyncio.sleep(0)
        second = group.create_task(once("a", Request("GET", "/")))
        third = group.create_task(once("a", Request("GET", "/")))
        await asyncio.sleep(0)
        services.services["a"] = echo
        third.cancel()
        first.cancel()
        answer = await second
    assert answer.ok
    assert [first.cancelled(), third.cancelled()] == [True, True]
    assert len(services.received) == 2


async def test_a_bug_is_nobodys_answer() -> None:
    services = Services()

    async def bug(_: Request) -> Response:
        await asyncio.sleep(0)
        raise KeyError("bug")

    services.services["a"] = bug
    once = Once(services.call)
    results = await asyncio.gather(*(once("a", Request("GET", "/")) for _ in range(2)), return_exceptions=True)
    assert [type(result) for result in results] == [KeyError, KeyError]
