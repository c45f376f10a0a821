"""A service that speaks REST with JSON, as the annotations of ``tests/data/shop.proto`` have it."""

import asyncio
import json
from typing import Self

from aiohttp import web


class Rest:
    """A service that speaks REST; it keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port: int = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/v1/orders:watch":
            return await self._watched(request)
        body = await request.read()
        self.asked.append((request.method, request.path_qs, dict(request.headers), body))
        match request.path.split("/")[1:]:
            case ["v1", "orders"]:
                kind = request.query.getall("items", ["application/x-ndjson"])[0]
                orders = [{"id": str(number), "more": "x"} for number in range(3)]
                written = {
                    "application/x-ndjson": "\n".join(map(json.dumps, orders)),
                    "text/event-stream": "".join(f"event: order\ndata: {json.dumps(each)}\n\n" for each in orders),
                    "application/json": json.dumps(orders),
                    "text/html": "<html/>",
                }
                return web.Response(text=written[kind], content_type=kind)
            case ["v1", "orders", "plain"]:
                return web.Response(status=409, text="a plain text")
            case ["v1", "orders", "status"]:
                return web.json_response({"error": {"code": 9, "message": "not caf\u00e9", "status": "X"}}, status=400)
            case ["v1", "orders", "huge"]:
                return web.Response(status=500, text="x" * 1_000_000, content_type="text/html")
            case ["v1", "orders", "long"]:
                return web.json_response({"item": "x" * 100_000})
            case ["v1", "orders", "none"]:
                return web.json_response({"title": "Not Found", "detail": "no such order"}, status=404)
            case ["v1", "orders", "twice"]:
                return web.Response(text='{"id": "a", "id": "b"}', content_type="application/json")
            case ["v1", "orders", "html"]:
                return web.Response(text="<html/>", content_type="text/html")
            case ["v1", "orders", "slow"]:
                await asyncio.Event().wait()
            case ["v1", "orders:add"]:
                return web.json_response({"count": len(body.splitlines())})
            case ["v1", "count"]:
                return web.json_response(7)
            case ["v1", "receipts", name]:
                return web.Response(body=f"receipt {name}".encode(), content_type="image/png")
            case ["v1", "receipts"]:
                return web.json_response({"count": len(body)})
        answer = {"id": "7", "unitPrice": 0.5, "quantity": "9007199254740993", "state": "PAID", "unknown": [1]}
        return web.json_response(answer, headers={"x-rest": "yes"})

    async def _watched(self, request: web.Request) -> web.StreamResponse:
        """Answer each line as it comes."""
        answer = web.StreamResponse(headers={"content-type": "application/x-ndjson"})
        await answer.prepare(request)
        async for line in request.content:
            await answer.write(json.dumps({"item": json.loads(line)["item"].upper()}).encode() + b"\n")
        return answer
