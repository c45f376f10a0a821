import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from crossway.model.operation import Called, Operation
from crossway.runtime.calling import Caller, CallError
from crossway.runtime.rpc import Method, frame
from crossway.sdk.http import Request, Response
from runtime.composing.services import Answering, Services, never, says
from runtime.test_rpc import descriptors

TURN = "tree.Trees/Turn"


async def called(
    answering: Answering, context: dict[str, object] | None = None, largest: int = 1000, **given: Any
) -> Any:
    """Return what the operation with the fields *given* comes to where its service is *answering*."""
    if "rpc" not in given:
        given = {"path": "/x"} | given
    caller, _ = made(answering, largest, **given)
    return await caller(context or {}, Request("POST", "/", {"x-request-id": "7", "cookie": "a"}))


def made(answering: Answering, largest: int = 1000, **given: Any) -> tuple[Caller, Services]:
    services = Services(orders=answering)
    operation = Operation.model_validate({"service": "orders"} | given)
    tree = base64.b64encode(descriptors()).decode() if "rpc" in given else ""
    return Caller(Called(operation=operation, descriptors=tree), services.tools, largest), services


async def error(answering: Answering, context: dict[str, object] | None = None, **given: Any) -> CallError:
    with pytest.raises(CallError) as caught:
        await called(answering, context, **given)
    return caught.value


async def test_a_call_is_made_of_expressions_and_gives_what_the_service_said():
    caller, services = made(says({"name": "Ada"}), path="/users/{params.id}", query={"full": "{params.full}"})
    assert await caller({"params": {"id": "a/b", "full": True}}, Request("POST", "/")) == {"name": "Ada"}
    assert services.targets == ["/users/a%2Fb?full=true"]


async def test_an_answer_can_be_shaped():
    answer = {"name": "body.name", "status": "status", "id": "params.id"}
    assert await called(says({"name": "Ada"}), {"params": {"id": 7}}, answer=answer) == {
        "name": "Ada",
        "status": 200,
        "id": 7,
    }


async def test_of_the_headers_of_the_client_only_those_pass_that_are_meant_to():
    caller, services = made(says({}), path="/x", forward=["cookie"])
    await caller({}, Request("POST", "/", {"x-request-id": "7", "cookie": "a", "authorization": "b"}))
    ((_, request),) = services.received
    assert dict(request.headers.items()) == {"x-request-id": "7", "cookie": "a"}


async def test_a_refusal_says_what_the_service_said():
    refused = await error(says({"reason": "sold out"}, 409))
    assert (refused.code, refused.status, refused.body) == ("call.refused", 409, {"reason": "sold out"})


async def test_a_status_can_be_accepted():
    assert await called(says({"reason": "gone"}, 404), accept=["2xx", 404]) == {"reason": "gone"}


async def cut() -> AsyncIterator[bytes]:
    yield b"a"
    raise ConnectionResetError


def fails(_: Request) -> Response:
    raise ConnectionRefusedError


@pytest.mark.parametrize(
    ("answering", "given", "code", "status"),
    [
        (never, {"timeout": "10ms"}, "call.timeout", 504),
        (fails, {}, "call.no_answer", 502),
        (lambda _: Response(200, body=cut()), {}, "call.no_answer", 502),
        (lambda _: Response(200, body=b"a" * 1001), {}, "call.too_large", 502),
        (lambda _: Response(200, {"content-type": "application/json"}, b"{"), {}, "call.malformed", 502),
        (says({}), {"path": "/users/{params.id}"}, "call.invalid", 400),
        (says({}), {"answer": "abs(body)"}, "call.malformed", 502),
    ],
)
async def test_what_goes_wrong_has_a_name(answering: Answering, given: Any, code: str, status: int):
    async with asyncio.timeout(10):
        failure = await error(answering, {"params": {}}, **given)
    assert (failure.code, failure.status) == (code, status)


def in_grpc(*messages: bytes, status: str = "0", told: str = "") -> Answering:
    def answer(_: Request) -> Response:
        response = Response(200, {"content-type": "application/grpc"}, b"".join(map(frame, messages)))
        response.trailers.add("grpc-status", status)
        response.trailers.add("grpc-message", told)
        return response

    return answer


async def test_a_call_in_grpc_is_json_on_both_sides():
    turn = Method(descriptors(), TURN)
    given = {"rpc": TURN, "definition": "tree", "body": {"bigName": "params.name"}, "answer": "body.inner[0].bigName"}
    caller, services = made(in_grpc(turn.encode({"inner": [{"bigName": 8}]})), **given)
    assert await caller({"params": {"name": 7}}, Request("POST", "/", {"x-request-id": "1"})) == "8"
    ((_, request),) = services.received
    assert request.target == "/tree.Trees/Turn"
    assert request.headers["te"] == "trailers"
    assert request.body == frame(turn.encode({"bigName": 7}))


@pytest.mark.parametrize(
    ("answering", "value", "code", "status", "rpc_status"),
    [
        (in_grpc(status="5", told="no%20tree"), 7, "call.refused", 404, 5),
        (in_grpc(status="99"), 7, "call.refused", 500, 99),
        (in_grpc(b"\xff"), 7, "call.malformed", 502, None),
        (in_grpc(), 7, "call.malformed", 502, None),
        (in_grpc(b"", b""), 7, "call.malformed", 502, None),
        (lambda _: Response(200, body=b"\0\0\0\0\7a"), 7, "call.malformed", 502, None),
        (in_grpc(b""), "seven", "call.invalid", 400, None),
    ],
)
async def test_what_goes_wrong_in_grpc_has_a_name(
    answering: Answering, value: object, code: str, status: int, rpc_status: int | None
):
    given = {"rpc": TURN, "definition": "tree", "body": {"bigName": "params.name"}}
    failure = await error(answering, {"params": {"name": value}}, **given)
    assert (failure.code, failure.status, failure.rpc_status) == (code, status, rpc_status)
    if rpc_status == 5:
        assert failure.detail == "no tree"
