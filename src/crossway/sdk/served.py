"""The gateway of a test as it will run: `crossway run` with a real Envoy, and real servers for the services."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import httpx
import uvicorn
import yaml

from crossway.sdk.http import Headers, Request, Response
from crossway.sdk.testing import Gateway

STARTS_WITHIN: Final = 20.0
"""Seconds until the gateway has to be ready."""
STOPS_WITHIN: Final = 10.0
_LOOK: Final = 0.02
_COMMAND: Final = "import sys; from crossway.cli import main; sys.exit(main())"


class Served(Gateway):
    """A gateway in a process of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._ends = AsyncExitStack()
        self._client: httpx.AsyncClient | None = None

    async def _send(self, request: Request) -> Response:
        if self._client is None:
            self._client = await self._start()
        answer = await self._client.request(
            request.method, request.target, headers=request.headers.items(), content=await request.read()
        )
        response = Response(answer.status_code, body=answer.content)
        response.headers = Headers(answer.headers.multi_items())
        return response

    async def _close(self) -> None:
        await self._ends.aclose()

    async def _start(self) -> httpx.AsyncClient:
        directory = Path(self._ends.enter_context(tempfile.TemporaryDirectory(prefix="crossway-test-")))
        port = _free_port()
        documents: dict[str, Any] = self._whole().documents()
        for gateway in documents["gateways"].values():
            gateway["listeners"] = {"http": {"port": port, "address": "127.0.0.1"}}
        for name, service in documents.get("services", {}).items():
            for field in ("tls", "protocol", "dns"):
                service.pop(field, None)
            service["endpoints"] = [f"127.0.0.1:{await self._serve(name)}"] if name in self._upstreams else []
        config = directory / "gateway.yaml"
        config.write_text(yaml.safe_dump(documents, sort_keys=False))
        await self._run(config, directory)
        return await self._ends.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=STARTS_WITHIN)
        )

    async def _run(self, config: Path, directory: Path) -> None:
        """Start the gateway and return once it has its whole configuration; `RuntimeError` says what is wrong."""
        log = directory / "log"
        process = _launch(config, directory, log)
        self._ends.push_async_callback(_end, process)
        transport = httpx.AsyncHTTPTransport(uds=str(directory / "state" / "admin.sock"))
        deadline = time.monotonic() + STARTS_WITHIN
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as admin:
            while not await _is_ready(admin):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the gateway does not start:\n{log.read_text()}")
                await asyncio.sleep(_LOOK)
            status = (await admin.get("/v1/status")).json()
        if status["findings"]:
            raise RuntimeError(f"the gateway finds fault with the app:\n{log.read_text()}")

    async def _serve(self, name: str) -> int:
        """Serve the service *name* of the test, and return its port."""
        listener = socket.create_server(("127.0.0.1", 0))

        async def app(scope: Mapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401  # they are ASGI's
            fields = [(key.decode("latin-1"), value.decode("latin-1")) for key, value in scope["headers"]]
            target = scope["raw_path"].decode("latin-1") + ("?" if scope["query_string"] else "")
            request = Request(scope["method"], target + scope["query_string"].decode("latin-1"))
            request.headers = Headers(fields)
            request.arriving(_pieces(receive))
            response = await self._answered(name, request)
            head = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in response.headers.items()]
            await send({"type": "http.response.start", "status": response.status, "headers": head})
            async for piece in response.stream():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        config = uvicorn.Config(app, lifespan="off", log_level="error", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.ensure_future(server._serve([listener]))

        async def end() -> None:
            server.should_exit = True
            await serving

        self._ends.push_async_callback(end)
        return int(listener.getsockname()[1])


def _launch(config: Path, directory: Path, log: Path) -> subprocess.Popen[bytes]:
    options = ("--state", str(directory / "state"), "--admin", "", "--concurrency", "1", "--drain", "0")
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-P", "-c", _COMMAND, "run", str(config), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
            process_group=0,
        )


async def _pieces(receive: Any) -> AsyncIterator[bytes]:  # noqa: ANN401
    more = True
    while more:
        event = await receive()
        more = event.get("more_body", False)
        yield event.get("body", b"")


async def _is_ready(admin: httpx.AsyncClient) -> bool:
    try:
        if (await admin.get("/readyz")).status_code != httpx.codes.OK:
            return False
        status = (await admin.get("/v1/status")).json()
    except httpx.TransportError:
        return False
    return bool(status["proxies"]) and all(proxy["live"] for proxy in status["proxies"])


async def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        await asyncio.to_thread(process.wait, STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
