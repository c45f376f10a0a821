import pytest

from crossway.compile.program import WORD
from crossway.runtime.composing.context import WORDS, seen
from crossway.sdk.http import Request, Response


async def test_only_what_is_asked_for_is_looked_at():
    request = Request("GET", "/a?b=c", {WORD: "secret", "x-a": "1"})
    assert await seen(request, ("query",), 10) == {"query": {"b": "c"}}
    assert await seen(request, WORDS, 10) == {
        "query": {"b": "c"},
        "headers": {"x-a": "1"},
        "method": "GET",
        "consumer": {"name": None, "groups": []},
        "body": None,
    }


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"{", 400, "toy.malformed_request"), (b"[" + b" " * 99, 413, "toy.request_too_large")],
)
async def test_a_body_that_cannot_be_read_is_the_answer(content: bytes, status: int, code: str):
    answer = await seen(Request("POST", "/", {"content-type": "application/json"}, content), WORDS, 50, "toy")
    assert isinstance(answer, Response)
    assert (answer.status, answer.json()["code"]) == (status, code)
