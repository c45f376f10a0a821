"""Connect with a service that answers as a test says: what a real one never does."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from crossway.model.rpc import ConnectPlan
from crossway.runtime.handler import Tools
from crossway.runtime.problem import problem
from crossway.runtime.rpc import frame
from crossway.runtime.transcoding.connect import END, make
from crossway.sdk.http import Headers, Request, Response

SERVICE = "shop.v1.Orders"
DESCRIPTORS = base64.b64encode((Path(__file__).parents[2] / "data/shop.pb").read_bytes()).decode()
PLAN = ConnectPlan(descriptors=DESCRIPTORS, services=(SERVICE,), max_size=100)
NO_TOOLS = cast("Tools", None)


async def body(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def grpc(*pieces: bytes, **trailers: str) -> Response:
    answer = Response(200, {"content-type": "application/grpc"}, body(*pieces))
    answer.trailers = Headers({name.replace("_", "-"): value for name, value in trailers.items()})
    return answer


async def asked(answer: Response | Exception, method: str = "GetOrder", kind: str = "application/json") -> Response:
    async def call_next(request: Request) -> Response:
        await request.read()
        if isinstance(answer, Exception):
            raise answer
        return answer

    data = b"{}" if kind == "application/json" else frame(b"{}")
    handler = make(PLAN.model_dump_json().encode(), "", NO_TOOLS)
    response = await handler(Request("POST", f"/{SERVICE}/{method}", {"content-type": kind}, data), call_next)
    await response.read()
    return response


OK = {"grpc_status": "0"}


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (grpc(**OK), 500, "internal"),
        (grpc(frame(b""), frame(b""), **OK), 500, "internal"),
        (grpc(frame(b"")[:-1], **OK), 500, "internal"),
        (grpc(frame(b"\xff"), **OK), 500, "internal"),
        (grpc(frame(b"", 1), **OK), 500, "internal"),
        (grpc(frame(bytes(101)), **OK), 429, "resource_exhausted"),
        (grpc(frame(b"")), 500, "unknown"),
        (grpc(frame(b""), grpc_status="99"), 500, "unknown"),
        (grpc(frame(b""), grpc_status="x"), 500, "unknown"),
        (grpc(grpc_status="16"), 401, "unauthenticated"),
        (grpc(grpc_status="5", grpc_status_details_bin="!"), 404, "not_found"),
        (problem(403, "a.b", "Not you."), 403, "permission_denied"),
        (Response(404, {"content-type": "text/html"}, "<html/>"), 501, "unimplemented"),
        (Response(503), 503, "unavailable"),
        (Response(200, json=[]), 500, "unknown"),
        (ConnectionError(), 503, "unavailable"),
        (TimeoutError(), 504, "deadline_exceeded"),
    ],
)
async def test_what_goes_wrong_is_an_error_of_connect(answer: Response | Exception, status: int, code: str) -> None:
    response = await asked(answer)
    assert (response.status, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/json"


async def test_who_refuses_says_why() -> None:
    assert (await asked(problem(403, "a.b", "Not you."))).json()["message"] == "Not you."
    assert (await asked(grpc(grpc_status="5", grpc_message="caf%C3%A9"))).json()["message"] == "caf\u00e9"


async def test_an_error_keeps_the_metadata_of_its_call() -> None:
    response = await asked(grpc(grpc_status="5", x_why="a"))
    assert response.headers["trailer-x-why"] == "a"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (grpc(frame(b""), **OK), None),
        (grpc(frame(b""), b"\0", **OK), "internal"),
        (grpc(frame(b""), frame(bytes(101)), **OK), "resource_exhausted"),
        (grpc(frame(b""), frame(b"\xff"), **OK), "internal"),
        (grpc(frame(b"")), "unknown"),
    ],
)
async def test_a_stream_ends_with_how_it_ended(answer: Response, code: str | None) -> None:
    response = await asked(answer, "ListOrders", "application/connect+json")
    assert response.status == 200
    begun = frame(b"{}")
    assert response.body.startswith(begun)
    end = response.body[len(begun) :]
    assert end[0] == END
    assert json.loads(end[5:]).get("error", {}).get("code") == code


async def test_a_service_that_is_away_ends_a_stream_before_it_begins() -> None:
    for answer, code in ((ConnectionError(), "unavailable"), (problem(401, "a.b", "Who?"), "unauthenticated")):
        response = await asked(answer, "ListOrders", "application/connect+json")
        assert (response.status, response.headers["content-type"]) == (200, "application/connect+json")
        assert json.loads(response.body[5:])["error"]["code"] == code


async def test_what_is_not_connect_passes() -> None:
    response = await asked(Response(200, body="as it is"), kind="application/grpc-web+proto")
    assert response.text == "as it is"
