"""Batches: several requests in one (OData, part 1, section 11.7), as JSON and as multipart/mixed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import groupby
from typing import Final, TypeGuard

from msgspec import Raw, json

from crossway.runtime import strict
from crossway.runtime.odata.error import ODataError, bad
from crossway.sdk.http import Headers, Request, Response

METHODS: Final = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
OWN: Final = frozenset(
    {"accept", "content-type", "if-match", "if-none-match", "odata-maxversion", "odata-version", "prefer"}
)
"""The headers that a request in a batch says for itself; all others are those of the batch."""
_BOUNDARY: Final = re.compile(r'multipart/mixed\s*;.*?boundary="?([^";,\s]{1,70})"?', re.IGNORECASE)
_LINE: Final = re.compile(rb"([A-Z]{1,10}) +(\S+) +HTTP/1\.[01]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A request in a batch."""

    id: str
    method: str
    url: str
    headers: Headers
    body: bytes = b""
    group: str = ""
    """What it has in common with those that happen together or not at all."""
    waits_for: tuple[str, ...] = ()
    """The ids of requests and groups that have to succeed before it."""

    def request(self, outer: Request, target: str) -> Request:
        """Return it as a request of the client that sent the batch."""
        kept = [item for item in outer.headers.items() if item[0] not in OWN and item[0] != "content-length"]
        own = [item for item in self.headers.items() if item[0] in OWN]
        versions = [
            item for item in outer.headers.items() if item[0].startswith("odata-") and item[0] not in self.headers
        ]
        request = Request(self.method, target, Headers.of([*kept, *own, *versions]))
        if self.body:
            request.body = self.body
        return request


@dataclass(frozen=True, slots=True)
class Batch:
    """The requests of a batch."""

    pieces: tuple[Piece, ...]
    boundary: str = ""
    """What separates them; empty for a batch in JSON."""

    def groups(self) -> Iterator[tuple[str, list[Piece]]]:
        """Yield the requests one by one, those of a group together."""
        for (group, _), pieces in groupby(self.pieces, lambda piece: (piece.group, "" if piece.group else piece.id)):
            yield group, list(pieces)


def read(content_type: str, content: bytes, most: int) -> Batch:
    """Return the batch in the body of a request; `ODataError` for what is none, or has more than *most* requests."""
    if match := _BOUNDARY.match(content_type):
        if content.count(b"\n--") > 3 * most + 10:
            raise _too_many(most)
        pieces = tuple(_parts(content, match[1], most))
        boundary = match[1]
    elif "json" in content_type:
        pieces, boundary = _from_json(content, most), ""
    else:
        raise ODataError(415, "odata.media_type", "A batch is JSON or multipart/mixed.", "Content-Type")
    if len(pieces) > most:
        raise _too_many(most)
    ids = [piece.id for piece in pieces if piece.id]
    if len({*ids}) < len(ids):
        raise bad("batch", "Two requests of the batch have the same id.")
    return Batch(pieces, boundary)


def _too_many(most: int) -> ODataError:
    return ODataError(413, "odata.batch_too_large", f"A batch has at most {most} requests.")


def _from_json(content: bytes, most: int) -> tuple[Piece, ...]:
    try:
        body = strict.read(content)
    except strict.AmbiguousError as error:
        raise bad("duplicate_key", f"The batch {error}.") from None
    except ValueError as error:
        raise bad("malformed", f"The batch {error}.") from None
    requests = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(requests, list):
        raise bad("batch", "A batch is an object with a list of requests.")
    if len(requests) > most:
        raise _too_many(most)
    return tuple(map(_piece, requests))


def _piece(said: object) -> Piece:
    match said:
        case {"id": str(identity), "method": str(method), "url": str(url), **others} if identity and url:
            pass
        case _:
            raise bad("batch", "A request in a batch has an id, a method and a url, which are texts.")
    method = method.upper()
    headers, waits, group = others.get("headers", {}), others.get("dependsOn", []), others.get("atomicityGroup", "")
    if method not in METHODS or not isinstance(group, str) or not _texts(waits):
        raise bad("batch", f"The request {identity[:40]!r} of the batch cannot be read.")
    body = others.get("body")
    content = b"" if body is None else body.encode() if isinstance(body, str) else json.encode(body)
    fields = _headers(headers)
    if content and "content-type" not in fields and not isinstance(body, str):
        fields["content-type"] = "application/json"
    return Piece(identity, method, url, fields, content, group, tuple(waits))


def _texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _headers(said: object) -> Headers:
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise bad("batch", "The headers of a request in a batch are texts.")
    try:
        return Headers(said)
    except ValueError:
        raise bad("batch", "A header of a request in a batch is none.") from None


def _parts(content: bytes, boundary: str, most: int, group: str = "") -> Iterator[Piece]:
    """Yield the requests of a batch, or of a changeset, in multipart/mixed (RFC 2046, section 5.1)."""
    if b"\r\n" not in content:
        content = content.replace(b"\n", b"\r\n")
    pieces = (b"\r\n" + content).split(b"\r\n--" + boundary.encode())
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise bad("batch", "The batch has no end.")
    for place, piece in enumerate(pieces[1:-1]):
        head, _, rest = piece.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        fields = _fields(head)
        kind = fields.get("content-type") or ""
        if (match := _BOUNDARY.match(kind)) and not group:
            yield from _parts(rest, match[1], most, group=f"changeset {place}")
        elif kind.lower().startswith("application/http"):
            yield _inner(rest, fields.get("content-id") or "", group)
        else:
            raise bad("batch", "A part of a batch is application/http, or a changeset.")


def _fields(head: bytes) -> Headers:
    fields = []
    for line in head.split(b"\r\n"):
        if line:
            name, sign, value = line.decode("latin-1").partition(":")
            if not sign:
                raise bad("batch", "A header in the batch is none.")
            fields.append((name.strip(), value.strip()))
    try:
        return Headers(fields)
    except ValueError:
        raise bad("batch", "A header in the batch is none.") from None


def _inner(content: bytes, identity: str, group: str) -> Piece:
    head, _, body = content.lstrip(b"\r\n").partition(b"\r\n\r\n")
    first, _, fields = head.partition(b"\r\n")
    match = _LINE.fullmatch(first.rstrip())
    if match is None or match[1].decode() not in METHODS:
        raise bad("batch", "A request in the batch does not begin with a method and a URL.")
    try:
        url = match[2].decode("ascii")
    except UnicodeDecodeError:
        raise bad("batch", "A URL in the batch is not ASCII.") from None
    headers = _fields(fields)
    length = headers.get("content-length")
    if length is not None and length.isdecimal() and len(length) < 10:
        body = body[: int(length)]
    return Piece(identity, match[1].decode(), url, headers, body, group)


@dataclass(slots=True)
class Outcome:
    """What became of the requests of a batch, in order."""

    answers: list[tuple[Piece, Response]] = field(default_factory=list)

    def as_json(self) -> bytes:
        """Return the answer to a batch in JSON."""
        return json.encode({"responses": [_told(piece, response) for piece, response in self.answers]})

    def as_parts(self) -> tuple[str, bytes]:
        """Return the answer in multipart/mixed, after what separates its parts."""
        boundary = f"batch_{secrets.token_hex(8)}"
        out: list[bytes] = []
        for group, answers in groupby(self.answers, lambda item: item[0].group):
            listed = list(answers)
            if group and listed[0][1].status < 400:
                inner = f"changeset_{secrets.token_hex(8)}"
                parts = b"".join(_part(inner, piece, response) for piece, response in listed)
                head = f"--{boundary}\r\ncontent-type: multipart/mixed; boundary={inner}\r\n\r\n".encode()
                out.append(head + parts + f"--{inner}--\r\n".encode())
            else:
                out += [_part(boundary, piece, response) for piece, response in (listed[:1] if group else listed)]
        return boundary, b"".join(out) + f"--{boundary}--\r\n".encode()


def _told(piece: Piece, response: Response) -> dict[str, object]:
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    told: dict[str, object] = {"id": piece.id, "status": response.status, "headers": headers}
    if piece.group:
        told["atomicityGroup"] = piece.group
    if response.body:
        is_json = "json" in (response.headers.get("content-type") or "")
        told["body"] = Raw(response.body) if is_json else response.text
    return told


def _part(boundary: str, piece: Piece, response: Response) -> bytes:
    identity = f"content-id: {piece.id}\r\n" if piece.id else ""
    fields = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    phrase = HTTPStatus(response.status).phrase
    head = (
        f"--{boundary}\r\ncontent-type: application/http\r\ncontent-transfer-encoding: binary\r\n{identity}\r\n"
        f"HTTP/1.1 {response.status} {phrase}\r\n{fields}\r\n"
    )
    return head.encode() + response.body + b"\r\n"
