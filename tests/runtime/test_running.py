import asyncio
import contextlib

import pytest

from crossway.runtime.meters import Meter
from crossway.runtime.running import Overdue, Run
from crossway.sdk.http import Request, Response


async def test_a_run_returns_what_its_hook_returns_and_raises_what_it_raises() -> None:
    async def returns() -> int:
        await asyncio.sleep(0)
        return 3

    async def raises() -> int:
        await asyncio.sleep(0)
        raise ValueError

    meter = Meter()
    assert await Run(meter, 1.0).result(returns()) == 3
    with pytest.raises(ValueError):
        await Run(meter, 1.0).result(raises())
    assert meter.calls == 2


async def test_a_run_ends_with_its_time() -> None:
    cleaned = []

    async def hook() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            cleaned.append(True)

    meter = Meter()
    with pytest.raises(Overdue):
        await Run(meter, 0.05).result(hook())
    assert cleaned == [True]
    assert 0.04 < meter.seconds < 1


async def test_a_time_limit_of_the_hooks_own_is_an_error_of_its_own() -> None:
    async def hook() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(100)

    with pytest.raises(TimeoutError):
        await Run(Meter(), 1.0).result(hook())


async def test_a_hook_that_will_not_end_is_left() -> None:
    async def hook() -> None:
        for _ in range(3):  # cancelled, closed, collected
            with contextlib.suppress(BaseException):
                await asyncio.sleep(100)

    with pytest.raises(Overdue):
        await Run(Meter(), 0.02).result(hook())


async def test_what_others_raise_is_told_apart() -> None:
    error = ConnectionError()

    async def away(_: Request) -> Response:
        raise error

    run = Run(Meter(), 1.0)
    with pytest.raises(ConnectionError):
        await run.result(run.call(away, Request("GET", "/")))
    assert run.passed is error
    assert run.calls == 1


async def test_only_a_request_is_sent_on() -> None:
    async def fine(_: Request) -> Response:
        return Response(200)

    run = Run(Meter(), 1.0)
    with pytest.raises(TypeError, match="call_next takes a Request, and was given a str"):
        await run.result(run.call(fine, "/orders"))  # type: ignore[arg-type]
    assert run.passed is None


async def test_a_stream_lives_longer_than_its_run() -> None:
    async def streaming(_: Request) -> Response:
        async def pieces():
            for _ in range(3):
                await asyncio.sleep(0.02)
                yield b"."

        response = Response(200)
        response.arriving(pieces())
        return response

    run = Run(Meter(), 0.03)
    response = await run.result(run.call(streaming, Request("GET", "/")))
    assert await response.read() == b"..."
