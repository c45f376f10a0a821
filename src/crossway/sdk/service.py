"""Services, called by name: through the proxy, so that all that is configured for them holds."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from datetime import timedelta
from typing import Final
from urllib.parse import quote, unquote

from crossway.sdk.context import current
from crossway.sdk.declared import Named
from crossway.sdk.http import MAX_BODY, Body, Fields, Headers, Request, Response

SHARED: Final[ContextVar[Callable[[str, Request], Awaitable[Response]] | None]] = ContextVar("SHARED", default=None)
"""Makes the calls for the request under way, where identical ones are to be made once."""


_PLAIN: Final = re.compile(r"[/%:@!$&'()*+,;=~\-._A-Za-z0-9]*")
"""What stands in a path as it is (RFC 3986, section 3.3)."""


class Service(Named):
    """A service, as `Crossway.service` returns it, or by its name alone.

    A call goes through the proxy: its balancing, TLS, retries, timeouts and circuit breakers hold. It returns the
    response with its body. It raises `ConnectionError` if there is no answer at all, `TimeoutError` if that takes too
    long, and `BodyTooLarge` if the body of the answer has more than 16 MiB. An answer with a status of 400 or more is
    an answer like any other.

    In a composition, a `GET` that is identical to one before it is not made again: both get the same answer.
    """

    __slots__ = ()

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        headers: Headers | Fields = (),
        json: object = None,
        body: Body = b"",
        timeout: float | timedelta | None = None,  # noqa: ASYNC109  # it is that of a call, and no cancel scope
    ) -> Response:
        """Return the answer to a request of *method* for *path*, within *timeout* seconds if there is one.

        What no path can hold, such as a space, is escaped in it. `ValueError` for one with a query, or with ``..``:
        a value that a client sent, put into a path, must not lead anywhere else.
        """
        request = Request(method, _checked(path), headers, body, params=params, json=json)
        seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
        async with asyncio.timeout(seconds):
            response = await (SHARED.get() or current().call)(self.name, request)
            await response.read(MAX_BODY)
        return response

    async def get(
        self,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        headers: Headers | Fields = (),
        timeout: float | timedelta | None = None,  # noqa: ASYNC109
    ) -> Response:
        """Return the answer to a `GET`."""
        return await self.request("GET", path, params=params, headers=headers, timeout=timeout)

    async def post(
        self,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        headers: Headers | Fields = (),
        json: object = None,
        body: Body = b"",
        timeout: float | timedelta | None = None,  # noqa: ASYNC109
    ) -> Response:
        """Return the answer to a `POST`."""
        return await self.request("POST", path, params=params, headers=headers, json=json, body=body, timeout=timeout)

    async def put(
        self,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        headers: Headers | Fields = (),
        json: object = None,
        body: Body = b"",
        timeout: float | timedelta | None = None,  # noqa: ASYNC109
    ) -> Response:
        """Return the answer to a `PUT`."""
        return await self.request("PUT", path, params=params, headers=headers, json=json, body=body, timeout=timeout)

    async def patch(
        self,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        headers: Headers | Fields = (),
        json: object = None,
        body: Body = b"",
        timeout: float | timedelta | None = None,  # noqa: ASYNC109
    ) -> Response:
        """Return the answer to a `PATCH`."""
        return await self.request("PATCH", path, params=params, headers=headers, json=json, body=body, timeout=timeout)

    async def delete(
        self,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        headers: Headers | Fields = (),
        timeout: float | timedelta | None = None,  # noqa: ASYNC109
    ) -> Response:
        """Return the answer to a `DELETE`."""
        return await self.request("DELETE", path, params=params, headers=headers, timeout=timeout)


def _checked(path: str) -> str:
    """Return *path* as it can be sent; what is escaped in it stays so."""
    if not path.startswith("/"):
        raise ValueError(f"{path!r} is no path: it begins with /")
    if "?" in path or "#" in path:
        raise ValueError(f"{path!r} is no path: what comes after it is params={{...}}")
    if any(unquote(part) in (".", "..") for part in path.split("/")):
        raise ValueError(f"{path!r} leads out of itself")
    return path if path.isascii() and _PLAIN.fullmatch(path) else quote(path, safe="/%:@!$&'()*+,;=~-._")
