"""Messages with attachments: MTOM (https://www.w3.org/TR/soap12-mtom/) and SOAP with Attachments (SwA).

Both are MIME, `multipart/related` (RFC 2387), with the envelope in the root part.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Final

from crossway.runtime.soap.reading import UnreadableError

XOP: Final = "application/xop+xml"
RELATED: Final = "multipart/related"
MOST_PARTS: Final = 100
_HEADER_END: Final = re.compile(rb"\r?\n\r?\n")
_INLINE: Final = 1024
"""From how many bytes on a binary value goes beside the envelope: what is smaller costs more there than in it."""


@dataclass(frozen=True, slots=True)
class Related:
    """A message with what is attached to it."""

    root: bytes
    content_type: str
    """That of the root."""
    parts: Mapping[str, str]
    """The attachments in base64, by their content ids."""
    types: Mapping[str, str]
    """Their content types."""


def options(content_type: str) -> tuple[str, dict[str, str]]:
    """Return the media type in lower case, and the parameters."""
    message = Message()
    message["content-type"] = content_type
    found = message.get_params(failobj=[], header="content-type", unquote=True)
    return found[0][0].lower() if found else "", {name.lower(): value for name, value in found[1:]}


def read(content: bytes, content_type: str) -> Related:
    """Return the parts of a `multipart/related` message; raise `UnreadableError`."""
    _, said = options(content_type)
    boundary = said.get("boundary", "").encode(errors="replace")
    if not 0 < len(boundary) <= 70:  # RFC 2046, section 5.1.1
        raise UnreadableError("malformed", "the multipart message names no boundary")
    pieces = (b"\r\n" + content).split(b"\r\n--" + boundary, MOST_PARTS + 2)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        what = "has too many parts" if len(pieces) > MOST_PARTS else "does not end where it should"
        raise UnreadableError("malformed", f"the multipart message {what}")
    parts: dict[str, str] = {}
    types: dict[str, str] = {}
    roots: dict[str, tuple[bytes, str]] = {}
    for number, piece in enumerate(pieces[1:-1]):
        name, kind, data = _part(piece, number)
        roots.setdefault(name, (data, kind))
        parts[name] = base64.b64encode(data).decode()
        types[name] = kind
    start = said.get("start", "").strip("<>") or next(iter(roots))
    if start not in roots:
        raise UnreadableError("malformed", "the multipart message has no part that its start names")
    root, kind = roots[start]
    del parts[start], types[start]
    return Related(root, kind, parts, types)


def _part(piece: bytes, number: int) -> tuple[str, str, bytes]:
    """Return the content id, the content type and the content of a part."""
    piece = piece.lstrip(b" \t")
    found = _HEADER_END.search(piece)
    if found is None:
        raise UnreadableError("malformed", "a part of the multipart message has no headers")
    headers: dict[str, str] = {}
    for line in piece[: found.start()].decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    data = piece[found.end() :]
    if headers.get("content-transfer-encoding", "").lower() == "base64":
        try:
            data = base64.b64decode(data)
        except binascii.Error:
            raise UnreadableError("malformed", "a part of the multipart message is no base64") from None
    name = headers.get("content-id", "").strip("<>") or f"part{number}"
    return name, headers.get("content-type", "application/octet-stream"), data


@dataclass(frozen=True, slots=True)
class Attached:
    """Something that is attached to a message."""

    id: str
    content_type: str
    content: bytes


class Beside:
    """Binary values on their way beside an envelope (XOP), while it is written."""

    def __init__(self) -> None:
        self.parts: list[Attached] = []

    def take(self, text: str) -> str:
        """Return what stands in the envelope for the base64 *text*."""
        if len(text) < _INLINE:
            return text
        name = f"{len(self.parts) + 1}@crossway"
        self.parts.append(Attached(name, "application/octet-stream", base64.b64decode(text)))
        return f'<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:{name}"/>'


def write(
    envelope: bytes, media_type: str, action: str, parts: Sequence[Attached], boundary: str, *, xop: bool
) -> tuple[str, bytes]:
    """Return the content type and the bytes of a message with *parts*: MTOM with *xop*, or SwA."""
    told = f'{XOP}; charset=UTF-8; type="{media_type}"' if xop else f"{media_type}; charset=UTF-8"
    pieces = [_head(boundary, told, "root@crossway"), envelope]
    for part in parts:
        pieces += [b"\r\n", _head(boundary, part.content_type, part.id), part.content]
    pieces.append(f"\r\n--{boundary}--\r\n".encode())
    said = f'{RELATED}; type="{XOP if xop else media_type}"; start="<root@crossway>"; boundary="{boundary}"'
    if xop:
        said += f'; start-info="{media_type}"'
    if action and media_type.endswith("soap+xml"):
        said += f'; action="{action}"'
    return said, b"".join(pieces)


def _head(boundary: str, content_type: str, name: str) -> bytes:
    return (
        f"--{boundary}\r\ncontent-type: {content_type}\r\ncontent-transfer-encoding: binary\r\n"
        f"content-id: <{name}>\r\n\r\n"
    ).encode()
