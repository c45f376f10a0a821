from contextvars import ContextVar
from pathlib import Path

import pytest

from crossway.runtime.process.door import opened, shut
from crossway.runtime.process.frames import Peer
from crossway.sdk.http import Request, Response

WHERE: ContextVar[str] = ContextVar("where", default="nowhere")


async def next_one(request: Request) -> Response:
    return Response(200, body=f"{WHERE.get()} {request.path}")


async def test_what_comes_through_runs_where_the_request_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for place in ("one", "two"):
        token = WHERE.set(place)
        async with opened(next_one) as door:
            WHERE.reset(token)
            path, word = door.split()
            peer = Peer(path)
            response = await peer.send(word, Request("GET", "/a"))
            assert await response.read() == f"{place} /a".encode()
        with pytest.raises(ConnectionError):
            await peer.send(word, Request("GET", "/a"))
        peer.close()
    shut()
