"""Where services reach clients: `/@connections/{id}` and `/@groups/{group}`, as cloud gateways have it.

Law: nothing waits for a proxy that does not answer. What it would have had to do is 503, and what is here is done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from crossway.model.websocket_api import CompiledPush
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.problem import problem
from crossway.runtime.websocket_api.hub import PROXY
from crossway.runtime.websocket_api.orders import GONE, Answer, Order, Word, obey
from crossway.runtime.websocket_api.relaying import AwayError, relay
from crossway.sdk.http import BodyTooLarge, Request, Response

_ADDRESS: Final = re.compile(
    r"/@(?:connections(?:/(?P<id>[\w-]{1,64}))?|groups/(?P<group>[^/@]{1,384})(?:/(?P<member>[\w-]{1,64}))?)$"
)
_WORDS: Final[Mapping[tuple[str, str], Word]] = {
    ("all", "POST"): "spread",
    ("group", "POST"): "spread",
    ("id", "POST"): "send",
    ("id", "GET"): "tell",
    ("id", "DELETE"): "close",
    ("member", "PUT"): "join",
    ("member", "DELETE"): "part",
}
"""What is done, by what is addressed and how."""
_ALLOWED: Final = {"all": "POST", "id": "DELETE, GET, POST", "group": "POST", "member": "DELETE, PUT"}


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    del about, tools
    compiled = CompiledPush.model_validate_json(settings)

    async def handle(request: Request, _: Next) -> Response:
        found = _ADDRESS.search(request.path)
        if found is None:
            return problem(404, "websocket_push.unknown_address", "There is no such address; see /@connections/{id}.")
        kind = found.lastgroup or "all"
        word = _WORDS.get((kind, request.method))
        if word is None:
            refused = problem(405, "websocket_push.method", "This address does not do that.")
            refused.headers["allow"] = _ALLOWED[kind]
            return refused
        order = Order(compiled.api, word, found["id"] or found["member"] or "", unquote(found["group"] or ""))
        try:
            if request.method == "POST":
                order.binary = await request.read(compiled.max_message)
            if not (request.headers.get("content-type") or "").startswith("application/octet-stream"):
                order.text = order.binary.decode()
        except BodyTooLarge:
            return problem(413, "websocket_push.too_large", f"A message has at most {compiled.max_message} bytes.")
        except UnicodeDecodeError:
            return problem(400, "websocket_push.not_utf8", "A message that is text is UTF-8.")
        return await (_to_many(order) if word == "spread" else _to_one(order))

    return handle


async def _to_one(order: Order) -> Response:
    if order.client.startswith(PROXY):
        return _told(obey(order))
    others = relay()
    if others is None:
        return _told(GONE)
    try:
        return _told(await others.ask(order.client[: len(PROXY)], order))
    except AwayError:
        return _away("This client is connected to another proxy, which cannot be reached now.")


async def _to_many(order: Order) -> Response:
    obey(order)
    others = relay()
    if others is None:
        return Response(204)
    try:
        await others.spread(order)
    except AwayError:
        return _away("Clients of this proxy have been sent it. Those of other proxies cannot be reached now.")
    return Response(202)


def _told(answer: Answer) -> Response:
    if answer.is_gone:
        return problem(410, "websocket_push.gone", "There is no such client any more.")
    if answer.is_refused:
        return problem(409, "websocket_push.too_many_groups", "This client is in as many groups as it may be.")
    return Response(200, json=answer.told) if answer.told is not None else Response(204)


def _away(detail: str) -> Response:
    refused = problem(503, "websocket_push.away", detail)
    refused.headers["retry-after"] = "1"
    return refused
