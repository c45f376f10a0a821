"""What steps may count on: stores that are one another's stand-ins, and tools that nobody changes."""

import time
from dataclasses import FrozenInstanceError, replace
from inspect import getdoc, signature

import pytest

from crossway.runtime.handler import Next, Store, Tools
from crossway.runtime.stores import MemoryStore, RedisStore
from crossway.sdk import context
from crossway.sdk.http import Request, Response

METHODS = ("get", "set", "delete", "add")


@pytest.mark.parametrize("kind", [MemoryStore, RedisStore, context.Store])
@pytest.mark.parametrize("method", METHODS)
def test_every_store_is_asked_in_the_same_way(kind, method):
    assert signature(getattr(kind, method)) == signature(getattr(Store, method))


@pytest.mark.parametrize("method", METHODS)
def test_what_a_store_does_is_said_to_plugins_in_the_same_words(method):
    assert getdoc(getattr(context.Store, method)) == getdoc(getattr(Store, method))


async def away(service: str, _: Request) -> Response:
    raise ConnectionError(service)


TOOLS = Tools(away, MemoryStore(2**20), time.time, lambda _: None)


def test_tools_stay_as_they_are():
    with pytest.raises(FrozenInstanceError):
        TOOLS.clock = lambda: 0.0  # type: ignore[misc]


async def test_each_entry_has_a_call_of_its_own_and_the_rest_in_common():
    async def here(service: str, _: Request) -> Response:
        return Response(200, body=service)

    ours = replace(TOOLS, call=here)
    assert (await ours.call("cart", Request("GET", "/"))).body == b"cart"
    assert ours.store is TOOLS.store
    with pytest.raises(ConnectionError, match="cart"):
        await TOOLS.call("cart", Request("GET", "/"))


async def test_a_handler_is_any_function_around_the_next_one():
    async def last(request: Request) -> Response:
        return Response(200, body=request.path)

    async def handler(request: Request, call_next: Next) -> Response:
        request.path += "b"
        return await call_next(request)

    assert (await handler(Request("GET", "/a"), last)).body == b"/ab"
