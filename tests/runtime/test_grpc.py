"""What answers mean to clients of gRPC."""

import pytest

from crossway.runtime.grpc import LONGEST, is_grpc, told
from crossway.sdk.http import Response


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        *((kind, True) for kind in ("application/grpc", "application/grpc+proto", "application/grpc; a=b")),
        *((kind, False) for kind in ("", "application/json", "application/grpc-web", "application/grpcx")),
    ],
)
def test_it_is_told_by_the_content_type(content_type, expected):
    assert is_grpc(content_type) is expected


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "13"), (401, "16"), (403, "7"), (404, "12"), (429, "14"), (503, "14"), (500, "2"), (200, "2")],
)
async def test_what_somebody_says_in_http_becomes_a_status(status, code):
    answer = await told(Response(status, {"x-a": "1", "content-type": "text/plain"}, "caf\u00e9: 100 %\n"))
    assert (answer.status, answer.body) == (200, b"")
    assert dict(answer.headers.items()) == {
        "x-a": "1",
        "content-type": "application/grpc",
        "grpc-status": code,
        "grpc-message": "caf%C3%A9: 100 %25%0A",
    }


async def test_a_message_has_a_bound():
    answer = await told(Response(500, body="x" * 10_000))
    assert answer.headers["grpc-message"] == "x" * LONGEST


async def test_an_answer_in_grpc_stays():
    answer = Response(200, {"content-type": "application/grpc+proto"}, b"\0\0\0\0\0")
    answer.trailers["grpc-status"] = "0"
    assert await told(answer) is answer
    assert answer.trailers["grpc-status"] == "0"


async def test_an_answer_of_a_backend_stays_whatever_it_is():
    answer = Response(502, {"content-type": "text/html"})
    answer.arriving(anext)  # type: ignore[arg-type]  # nobody asks it for anything
    assert await told(answer) is answer


async def test_a_status_without_a_message_has_its_trailers_in_front():
    answer = Response(200, {"content-type": "application/grpc", "grpc-status": "5"})
    answer.trailers["x-a"] = "1"
    found = await told(answer)
    assert (found.headers["x-a"], len(found.trailers)) == ("1", 0)
