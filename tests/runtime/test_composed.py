import asyncio
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from crossway.runtime.composed import answer, composed
from crossway.sdk.http import Request, Response
from crossway.sdk.plugin import PluginError


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Order(BaseModel):
    item: str
    amount: int = 1


async def nobody(_):
    raise AssertionError("a composition calls nobody behind it")


async def ask(function, path, target, *, method="GET", **more):
    response = await composed(function, path)(Request(method, target, **more), nobody)
    await response.read()
    return response


async def everything(
    user_id: int,
    day: date,
    tag: list[str] | None = None,
    size: Size = Size.SMALL,
    limit: Annotated[int, Field(ge=1, le=100)] = 10,
    flag: bool = False,
):
    return {"user": user_id, "day": day, "tag": tag, "size": size, "limit": limit, "flag": flag}


async def test_parameters_are_what_their_annotations_say():
    target = "/users/7/2026-11-22?tag=a&tag=b&size=large&limit=5&flag=true&other=1"
    response = await ask(everything, "/users/{user_id}/{day}", target)
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == {
        "user": 7, "day": "2026-11-22", "tag": ["a", "b"], "size": "large", "limit": 5, "flag": True
    }  # fmt: skip


async def test_what_is_not_sent_is_the_default():
    response = await ask(everything, "/users/{user_id}/{day}", "/users/7/2026-11-22")
    assert response.json()["limit"] == 10
    assert response.json()["tag"] is None


async def test_every_wrong_parameter_is_named_and_nothing_of_what_was_sent():
    response = await ask(everything, "/users/{user_id}/{day}", "/users/hunter2/tomorrow?limit=0&size=huge")
    assert (response.status, response.headers["content-type"]) == (400, "application/problem+json")
    told = response.json()
    assert told["code"] == "compose.parameter"
    assert [(error["parameter"], error["in"]) for error in told["errors"]] == [
        ("user_id", "path"),
        ("day", "path"),
        ("size", "query"),
        ("limit", "query"),
    ]
    assert "hunter2" not in response.text
    assert "greater than or equal to 1" in response.text


async def test_a_parameter_without_a_default_is_required():
    async def search(q: str):
        return q

    response = await ask(search, "/search", "/search")
    assert response.status == 400
    assert response.json()["errors"] == [{"parameter": "q", "in": "query", "message": "it is required"}]
    assert (await ask(search, "/search", "/search?q=")).text == ""


async def test_paths_are_unquoted_and_may_have_a_rest():
    async def files(name, request: Request):
        return f"{name} {request.path}"

    assert (await ask(files, "/files/{name}/*", "/files/a%20b/c/d")).text == "a b /files/a%20b/c/d"


@pytest.mark.parametrize("part", ["..%2Fadmin", "%2e%2e", "a%2Fb"])
async def test_a_part_of_a_path_leads_nowhere_else(part):
    async def files(name):
        return name

    assert (await ask(files, "/files/{name}", f"/files/{part}")).status == 400


async def test_a_model_is_the_body():
    async def order(shop: str, order: Order):
        return {"shop": shop, "order": order}

    async def send(body):
        return await ask(order, "/{shop}/orders", "/tea/orders", method="POST", body=body)

    assert (await send('{"item": "cake"}')).json() == {"shop": "tea", "order": {"item": "cake", "amount": 1}}
    response = await send('{"amount": "many"}')
    assert (response.status, response.json()["code"]) == (422, "compose.body")
    assert [error["path"] for error in response.json()["errors"]] == ["item", "amount"]
    assert (await send("{")).status == 400
    assert (await send("")).status == 400


async def test_a_model_with_a_default_need_not_be_sent():
    async def order(order: Order | None = None):
        return order.item if order else "nothing"

    assert (await ask(order, "/orders", "/orders", method="POST")).text == "nothing"
    assert (await ask(order, "/orders", "/orders", method="POST", body='{"item": "tea"}')).text == "tea"


@dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    ("value", "status", "content_type", "body"),
    [
        ({"a": [1, None]}, 200, "application/json", b'{"a":[1,null]}'),
        ([], 200, "application/json", b"[]"),
        (Order(item="tea"), 200, "application/json", b'{"item":"tea","amount":1}'),
        (Point(1), 200, "application/json", b'{"x":1}'),
        (7, 200, "application/json", b"7"),
        ("é", 200, "text/plain; charset=utf-8", "é".encode()),
        (b"\0", 200, "application/octet-stream", b"\0"),
        (None, 204, None, b""),
        (Response(418, body="tea"), 418, None, b"tea"),
    ],
)
def test_what_is_returned_is_the_answer(value, status, content_type, body):
    response = answer(value)
    assert (response.status, response.headers.get("content-type"), response.body) == (status, content_type, body)


def test_what_json_cannot_say_is_an_error():
    with pytest.raises(TypeError, match="JSON cannot say"):
        answer(object())


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(ConnectionError("10.0.0.1 is away"), 502, "compose.unreachable"), (TimeoutError(), 504, "compose.timeout")],
)
async def test_a_service_that_does_not_answer(error, status, code):
    async def broken():
        raise error

    response = await ask(broken, "/", "/")
    assert (response.status, response.json()["code"]) == (status, code)
    assert "10.0.0.1" not in response.text


async def two(a, b):
    pass


async def hidden(*args):
    pass


async def odd(what: asyncio.Lock):
    pass


async def unknown(what: "Nothing"):  # noqa: F821
    pass


async def bodies(a: Order, b: Order):
    pass


def slow():
    pass


@pytest.mark.parametrize(
    ("function", "path", "message"),
    [
        (two, "/{a}/{b}/{c}", "no parameter c"),
        (hidden, "/", "args"),
        (odd, "/", "what of odd has a type"),
        (unknown, "/", "Nothing"),
        (bodies, "/", "two parameters for the body"),
        (slow, "/", "async def slow"),
    ],
)
def test_what_cannot_be_called_is_told_before(function, path, message):
    with pytest.raises(PluginError, match=message):
        composed(function, path)
