import asyncio

import pytest

from crossway.sdk.context import UNDER_WAY, Scene
from crossway.sdk.http import Request, Response
from crossway.sdk.service import Service


@pytest.fixture
def calls():
    """The requests that services get, which answer with what is in `x-answer`."""
    made = []

    async def call(service, request):
        made.append((service, request))
        if "x-slow" in request.headers:
            await asyncio.Event().wait()
        return Response(200, body=request.body)

    token = UNDER_WAY.set((Scene("routes.a", "a", "default", None, call), Request("GET", "/", {"x-request-id": "1"})))
    yield made
    UNDER_WAY.reset(token)


async def test_every_method(calls):
    users = Service("users")
    await users.get("/a", params={"x": [1, 2], "y": None}, headers={"accept": "text/plain"})
    assert (await users.post("/a", json={"a": 1})).json() == {"a": 1}
    await users.put("/a", body="b")
    await users.patch("/a", body=b"b")
    await users.delete("/a")
    await users.request("OPTIONS", "/a")
    assert [(service, f"{request.method} {request.target}") for service, request in calls] == [
        ("users", "GET /a?x=1&x=2"),
        ("users", "POST /a"),
        ("users", "PUT /a"),
        ("users", "PATCH /a"),
        ("users", "DELETE /a"),
        ("users", "OPTIONS /a"),
    ]
    assert calls[0][1].headers["x-request-id"] == "1"


async def test_a_timeout(calls):
    with pytest.raises(TimeoutError):
        await Service("users").get("/a", headers={"x-slow": "1"}, timeout=0.01)
    assert len(calls) == 1


async def test_what_no_path_can_hold_is_escaped(calls):
    await Service("users").get("/ä/b c/d%20e/f:g@h")
    assert calls[0][1].path == "/%C3%A4/b%20c/d%20e/f:g@h"


@pytest.mark.parametrize("path", ["users", "/a?b=c", "/a#b", "/a/../b", "/a/%2E%2e", "/./a"])
async def test_a_path_that_leads_elsewhere(calls, path):
    with pytest.raises(ValueError, match=r"path|leads"):
        await Service("users").get(path)
    assert calls == []


async def test_outside_of_a_request_nobody_is_called():
    with pytest.raises(LookupError, match="no request"):
        await Service("users").get("/a")
