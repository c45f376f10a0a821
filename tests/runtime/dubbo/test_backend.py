from typing import Any

import pytest

from crossway.model import PathMatch
from crossway.model.dubbo import DubboBackend, DubboClient
from crossway.runtime.dubbo import _ANSWERED, _ASKED, make
from crossway.runtime.dubbo.reading import read
from crossway.runtime.dubbo.writing import write
from crossway.runtime.rpc import frame
from crossway.sdk.http import Request, Response
from runtime.composing.services import Answering, Services, never, nothing_behind

GET = {"method": "GET", "path": "/users/{id}", "call": "get", "params": ["path.id"], "types": ["java.lang.String"]}


async def answered(answering: Answering, target: str = "/api/users/7", **given: Any) -> tuple[Response, Services]:
    services = Services(users=answering)
    spec = DubboBackend.model_validate(
        {"service": "users", "interface": "com.example.Users", "version": "1.0", "endpoints": {"get": GET}} | given
    )
    settings = DubboClient(backend=spec, calls={}, below=PathMatch.model_validate("/api/*"))
    handle = make(settings.model_dump_json().encode(), "routes.api", services.tools)
    return await handle(Request("GET", target), nothing_behind), services


def in_triple(*messages: bytes, status: str = "0", told: str = "") -> Answering:
    def answer(_: Request) -> Response:
        response = Response(200, {"content-type": "application/grpc"}, b"".join(map(frame, messages)))
        response.trailers.add("grpc-status", status)
        response.trailers.add("grpc-message", told)
        return response

    return answer


def wrapped(data: bytes, kind: str = "hessian2") -> bytes:
    content: bytes = _ANSWERED(serializeType=kind, data=data, type="java.util.Map").SerializeToString()
    return content


async def test_a_request_is_a_call_with_its_types():
    response, services = await answered(in_triple(wrapped(write({"name": "Ada"}))))
    assert (response.status, response.json()) == (200, {"name": "Ada"})
    ((_, call),) = services.received
    assert (call.method, call.path) == ("POST", "/com.example.Users/get")
    assert (call.headers["tri-service-version"], call.headers["te"]) == ("1.0", "trailers")
    asked: Any = _ASKED.FromString(call.body[5:])
    assert (asked.serializeType, [read(arg) for arg in asked.args], list(asked.argTypes)) == (
        "hessian2",
        ["7"],
        ["java.lang.String"],
    )


async def test_nothing_is_null():
    response, _ = await answered(in_triple(wrapped(b"")))
    assert response.body == b"null"


@pytest.mark.parametrize(
    ("answering", "given", "status", "code"),
    [
        (in_triple(status="5", told="no%20user"), {}, 404, "dubbo.refused"),
        (in_triple(status="2"), {}, 500, "dubbo.refused"),
        (in_triple(status="77"), {}, 502, "dubbo.refused"),
        (in_triple(), {}, 502, "dubbo.malformed"),
        (in_triple(b"\xff"), {}, 502, "dubbo.malformed"),
        (in_triple(wrapped(b"@")), {}, 502, "dubbo.malformed"),
        (in_triple(wrapped(b"\0", "fastjson2")), {}, 502, "dubbo.malformed"),
        (lambda _: Response(200, body=b"\0\0\0\0\7a"), {}, 502, "dubbo.malformed"),
        (never, {"timeout": "50ms"}, 504, "dubbo.timeout"),
        (never, {"endpoints": {"get": GET | {"types": ["int"]}}}, 400, "dubbo.invalid"),
        (never, {"endpoints": {"get": GET | {"params": "path.id"}}}, 400, "dubbo.invalid"),
        (
            in_triple(wrapped(write(1))),
            {"endpoints": {"get": GET | {"answer": "abs(path.id)"}}},
            502,
            "dubbo.malformed",
        ),
    ],
)
async def test_what_goes_wrong_is_a_problem(answering: Answering, given: Any, status: int, code: str):
    response, _ = await answered(answering, **given)
    assert (response.status, response.json()["code"]) == (status, code)


async def test_there_is_nothing_elsewhere():
    response, services = await answered(never, "/api/nothing")
    assert (response.status, services.received) == (404, [])
