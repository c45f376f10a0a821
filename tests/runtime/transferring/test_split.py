import base64
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from crossway.model.transfer import Split
from crossway.runtime.transferring.split import make
from crossway.sdk.http import Request, Response

BODY = bytes(range(256)) * 20


class Backend:
    """Takes pieces, and refuses the one with this number."""

    def __init__(self, refuses: int = -1) -> None:
        self.received: list[Request] = []
        self._refuses = refuses

    async def __call__(self, request: Request) -> Response:
        await request.read()
        self.received.append(request)
        if len(self.received) - 1 == self._refuses:
            return Response(409, json={"error": "no"})
        if request.headers.get("content-type") == "application/json":
            return Response(json=[item * 2 for item in request.json()])
        return Response(201, json=len(self.received))


async def sent(request: Request, backend: Backend, **given: Any) -> Response:
    settings = Split.model_validate({"size": 1024} | given)
    handle = make(settings.model_dump_json().encode(), "routes.a", None)  # type: ignore[arg-type]
    response: Response = await handle(request, backend)
    return response


async def stream(content: bytes, cut: int = 700) -> AsyncIterator[bytes]:
    for at in range(0, len(content), cut):
        yield content[at : at + cut]


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_body_is_sent_in_pieces_that_say_where_they_belong(is_known: bool):
    request = Request("PUT", "/f", {"x-a": "1"}, stream(BODY))
    if is_known:
        request.headers["content-length"] = str(len(BODY))
    backend = Backend()
    response = await sent(request, backend)
    assert (response.status, response.json()) == (201, 5)
    assert b"".join(piece.body for piece in backend.received) == BODY
    total = str(len(BODY)) if is_known else "*"
    assert [piece.headers["content-range"] for piece in backend.received] == [
        *(f"bytes {start}-{start + 1023}/{total}" for start in range(0, 4096, 1024)),
        f"bytes 4096-5119/{len(BODY)}",
    ]
    for piece in backend.received:
        digest = base64.b64encode(hashlib.sha256(piece.body).digest()).decode()
        assert piece.headers["content-digest"] == f"sha-256=:{digest}:"
        assert (piece.headers["content-length"], piece.headers["x-a"]) == (str(len(piece.body)), "1")


async def test_a_small_body_passes_as_it_is():
    backend = Backend()
    await sent(Request("POST", "/f", (), b"small"), backend)
    (request,) = backend.received
    assert (request.body, "content-range" in request.headers, "content-digest" in request.headers) == (
        b"small",
        False,
        False,
    )


async def test_a_refusal_ends_it_and_says_how_much_was_taken():
    backend = Backend(refuses=2)
    response = await sent(Request("PUT", "/f", (), stream(BODY)), backend)
    assert (response.status, response.headers["x-split-done"], len(backend.received)) == (409, "2048", 3)


@pytest.mark.parametrize(("is_known", "pieces"), [(True, 0), (False, 2)])
async def test_a_body_that_is_too_large_is_refused(is_known: bool, pieces: int):
    request = Request("PUT", "/f", (), stream(BODY))
    if is_known:
        request.headers["content-length"] = str(len(BODY))
    backend = Backend()
    response = await sent(request, backend, max_body=2048)
    assert (response.status, len(backend.received)) == (413, pieces)
    assert response.headers.get("x-split-done") == ("2048" if pieces else None)


def listed(items: object) -> Request:
    return Request("POST", "/f", json=items)


async def test_a_list_is_sent_some_items_at_a_time_and_the_answers_are_one():
    backend = Backend()
    response = await sent(listed(list(range(25))), backend, by="items", items=10)
    assert response.json() == [2 * number for number in range(25)]
    assert [len(request.json()) for request in backend.received] == [10, 10, 5]


async def test_no_request_is_larger_than_a_piece():
    backend = Backend()
    items = ["x" * 300] * 10
    response = await sent(listed(items), backend, by="items")
    assert response.json() == ["x" * 600] * 10
    assert all(len(request.body) <= 1024 for request in backend.received)


async def test_a_short_list_passes_as_it_is():
    backend = Backend()
    await sent(listed([1, 2]), backend, by="items")
    assert json.loads(backend.received[0].body) == [1, 2]


async def test_a_refusal_says_how_many_items_were_taken():
    response = await sent(listed(list(range(25))), Backend(refuses=1), by="items", items=10)
    assert (response.status, response.headers["x-split-done"]) == (409, "10")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'{"a": 1}', 400, "split.malformed"),
        (b"[", 400, "split.malformed"),
        (b'[{"a": 1, "a": 2}]', 400, "split.malformed"),
        (b"[" + b"1," * 2000 + b"1]", 413, "split.too_large"),
        (b'["' + b"x" * 1100 + b'"]', 413, "split.too_large"),
    ],
)
async def test_what_is_no_list_that_can_be_split_is_told(content: bytes, status: int, code: str):
    request = Request("POST", "/f", {"content-type": "application/json"}, content)
    response = await sent(request, Backend(), by="items", max_body=3000)
    assert (response.status, response.json()["code"]) == (status, code)
