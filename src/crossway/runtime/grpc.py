"""gRPC: what an answer means to a client of it.

Law: a call is answered as the proxy itself would. A plugin that refuses one with 403 gives the client
`PERMISSION_DENIED`, with what it said.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from crossway.sdk.http import Headers, Response

_STATUSES: Final = {400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14}
"""The statuses of gRPC for those of HTTP: gRPC's own table, `http-grpc-status-mapping`."""
_UNKNOWN: Final = 2
_PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
"""What stands in a message as it is (gRPC over HTTP2, `Percent-Byte-Unencoded`)."""
LONGEST: Final = 4096
"""How many bytes of a body a message has: it is a header."""


def is_grpc(content_type: str) -> bool:
    """Return whether a message with this content type is one of gRPC."""
    kind = content_type.partition(";")[0].rstrip()
    return kind == "application/grpc" or kind.startswith("application/grpc+")


def quoted(message: str | bytes) -> str:
    """Return *message*, or the beginning of a long one, as it stands in the header `grpc-message`."""
    return quote((message.encode() if isinstance(message, str) else message)[:LONGEST], safe=_PRINTABLE)


async def told(answer: Response) -> Response:
    """Return *answer* as a client of gRPC takes it: one without a message has its status in front, and nothing else.

    What somebody here has said in HTTP becomes a status, as the proxy's own answers do. A backend's passes as it is.
    """
    if "grpc-status" in answer.headers:
        await answer.read()  # what there is of it are trailers of plugins
        for name, value in answer.trailers.items():
            answer.headers.add(name, value)
        answer.trailers = Headers()
        return answer
    if not answer.is_read or is_grpc(answer.headers.get("content-type") or ""):
        return answer
    message = quoted(answer.body)
    status = Response(200, answer.headers)
    status.headers.of_body(None)
    for name, value in (
        ("content-type", "application/grpc"),
        ("grpc-status", str(_STATUSES.get(answer.status, _UNKNOWN))),
        ("grpc-message", message),
    ):
        status.headers[name] = value
    return status
