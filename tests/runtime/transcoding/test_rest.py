"""gRPC for REST services that answer as a test says."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from crossway.model.rpc import Binding, GrpcPlan, RestCall
from crossway.runtime.handler import Tools
from crossway.runtime.rpc import frame
from crossway.runtime.transcoding.messages import methods
from crossway.runtime.transcoding.rest import make
from crossway.sdk.http import Request, Response

SERVICE = "shop.v1.Orders"
DESCRIPTORS = (Path(__file__).parents[2] / "data/shop.pb").read_bytes()
METHODS = methods(DESCRIPTORS, [SERVICE])
NO_TOOLS = cast("Tools", None)
HIDDEN = METHODS[f"/{SERVICE}/Hidden"]


def one(field: str, pattern: str = "[^/]+") -> Binding:
    return Binding(field=field, pattern=pattern)


async def asked(
    call: RestCall, answer: Response, message: Mapping[str, object] | bytes = b"", **headers: str
) -> tuple[Request | None, Response]:
    """Return what the service is asked, and the answer, for a call of ``Hidden``."""
    seen: list[Request] = []

    async def call_next(request: Request) -> Response:
        await request.read()
        seen.append(request)
        return answer

    plan = GrpcPlan(
        descriptors=base64.b64encode(DESCRIPTORS).decode(),
        calls={HIDDEN.path: call},
        proto_names=True,
        emit_defaults=False,
        max_size=1_000,
    )
    data = frame(HIDDEN.input(**message).SerializeToString()) if isinstance(message, Mapping) else message
    fields = {"content-type": "application/grpc", **{name.replace("_", "-"): value for name, value in headers.items()}}
    handler = make(plan.model_dump_json().encode(), "", NO_TOOLS)
    response = await handler(Request("POST", HIDDEN.path, fields, data), call_next)
    await response.read()
    return (seen[0] if seen else None), response


GET = RestCall(verb="GET", path=("/",))
EMPTY = Response(204)


@pytest.mark.parametrize(
    ("call", "message", "target", "sent"),
    [
        (GET, {}, "/", ""),
        (GET, {"item": "a&b", "tags": ["x", "y"]}, "/?item=a%26b&tags=x&tags=y", ""),
        (GET, {"part_of": {"id": "\u00e9"}}, "/?part_of.id=%C3%A9", ""),
        (GET, {"labels": {"k": "v"}, "state": 1, "unit_price": 0.5}, "/?unit_price=0.5&state=PAID&labels.k=v", ""),
        (RestCall(verb="GET", path=("/", one("id"), "/x")), {"id": "a b"}, "/a%20b/x", ""),
        (RestCall(verb="GET", path=("/", one("quantity"))), {}, "/0", ""),
        (RestCall(verb="GET", path=("/", one("state"), "/", one("unit_price"))), {"state": 1}, "/PAID/0.0", ""),
        (RestCall(verb="GET", path=("/", one("id", ".+"))), {"id": "a/b"}, "/a/b", ""),
        (RestCall(verb="GET", path=("/", one("part_of.id"))), {"part_of": {"id": "a"}, "id": "b"}, "/a?id=b", ""),
        (RestCall(verb="PUT", path=("/",), body="*"), {"part_of": {"part_of": {}}}, "/", {"part_of": {"part_of": {}}}),
        (RestCall(verb="PUT", path=("/",), body="tags"), {"tags": ["a"], "id": "b"}, "/?id=b", ["a"]),
        (RestCall(verb="PUT", path=("/",), body="item"), {"item": "a"}, "/", "a"),
        (RestCall(verb="PUT", path=("/",), body="item"), {}, "/", None),
    ],
)  # fmt: skip
async def test_a_message_is_a_request(call: RestCall, message: dict[str, object], target: str, sent: object) -> None:
    request, response = await asked(call, EMPTY, message)
    assert request is not None
    assert (request.method, request.target) == (call.verb, target)
    assert request.body == b"" if sent == "" else json.loads(request.body) == sent
    assert (response.body, response.trailers["grpc-status"]) == (frame(b""), "0")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (RestCall(verb="GET", path=("/", one("id"))), {}),
        (RestCall(verb="GET", path=("/", one("id"))), {"id": ".."}),
        (RestCall(verb="GET", path=("/", one("id", ".+"))), {"id": "a/../b"}),
        (RestCall(verb="GET", path=("/", one("id", ".+"))), {"id": "a//b"}),
        (RestCall(verb="GET", path=("/", one("id", ".+"))), {"id": "/b"}),
        (GET, b""),
        (GET, frame(b"") * 2),
        (GET, frame(b"\xff")),
        (GET, frame(b"")[:-1]),
        (GET, frame(b"x", 1)),
    ],
)
async def test_a_message_that_is_none_is_refused(call: RestCall, message: dict[str, object] | bytes) -> None:
    request, response = await asked(call, EMPTY, message, grpc_encoding="gzip")
    assert request is None
    assert response.headers["grpc-status"] == "3"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Response(200, json={"id": "a"}), "0"),
        (Response(200, json={"unknown": 1}), "0"),
        (Response(200, json=[]), "13"),
        (Response(200, json={"quantity": "many"}), "13"),
        (Response(200, {"content-type": "application/json"}, '{"id": "a", "id": "b"}'), "13"),
        (Response(200, {"content-type": "application/json"}, "{"), "13"),
        (Response(200, {"content-type": "application/json"}, '{"part_of":' * 900), "8"),
        (Response(200, {"content-type": "application/json", "content-encoding": "br"}, "{}"), "13"),
        (Response(200, {"content-type": "text/html"}, "<a/>"), "13"),
        (Response(301), "2"),
        (Response(404), "5"),
        (Response(400, json={"code": 99}), "3"),
        (Response(400, json={"code": True}), "3"),
        (Response(400, {"content-type": "application/json"}, "{"), "3"),
        (Response(418, json=[1]), "2"),
    ],
)
async def test_an_answer_has_a_status(answer: Response, status: str) -> None:
    _, response = await asked(GET, answer, {})
    assert (response.trailers.get("grpc-status") or response.headers["grpc-status"]) == status
    assert response.status == 200


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"message": "a"}, "a"),
        ({"error": {"message": "a"}}, "a"),
        ({"error": "a"}, "a"),
        ({"title": "b", "detail": "a"}, "a"),
        ({"message": "x" * 5_000}, "x" * 1_024),
        ({"message": 1}, "the service answered with the status 400"),
        ({"message": "\u00e9\r\n%"}, "%C3%A9%0D%0A%25"),
    ],
)
async def test_what_a_service_says_is_told(said: dict[str, object], message: str) -> None:
    _, response = await asked(GET, Response(400, json=said), {})
    assert response.headers["grpc-message"] == message


@pytest.mark.parametrize(("within", "status"), [("1H", "0"), ("x", "13"), ("123456789S", "13")])
async def test_the_time_of_a_call_is_what_its_client_says(within: str, status: str) -> None:
    _, response = await asked(GET, Response(200, json={}), {}, grpc_timeout=within)
    assert (response.trailers.get("grpc-status") or response.headers["grpc-status"]) == status
