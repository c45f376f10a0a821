"""Requests and responses as plugins, compositions and caches see them."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, urlencode

MAX_BODY: Final = 16 * 2**20
"""How many bytes of a body `Message.read` takes into memory unless told otherwise."""

Fields: TypeAlias = "Mapping[str, str] | Iterable[tuple[str, str]]"
Body: TypeAlias = "bytes | str | AsyncIterator[bytes]"

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_OF_BODY: Final = frozenset({"content-length", "content-md5", "content-digest", "digest", "repr-digest"})


class BodyTooLarge(ValueError):  # noqa: N818  # a name that reads well where it is caught
    """A body is longer than what may be taken into memory."""

    def __init__(self, text: str, status: int = 413) -> None:
        super().__init__(text)
        self.status = status
        """What that means for the client: 413 if it is its own body, 502 if it is a backend's."""


class Headers:
    """Header fields in their order: a name, in any case, may stand there more than once (RFC 9110, section 5).

    What is written has to be a header: `ValueError` for characters that none has, such as the end of a line.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Fields = ()) -> None:
        items = fields.items() if isinstance(fields, Mapping) else fields
        self._fields = [_field(name, value) for name, value in items]

    @classmethod
    def of(cls, fields: list[tuple[str, str]]) -> Headers:
        """Return headers that hold the list *fields* itself, whose names are in lower case."""
        headers = cls.__new__(cls)
        headers._fields = fields
        return headers

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of *name*."""
        name = name.lower()
        return next((value for key, value in self._fields if key == name), default)

    def get_all(self, name: str) -> list[str]:
        """Return every value of *name*, in order."""
        name = name.lower()
        return [value for key, value in self._fields if key == name]

    def add(self, name: str, value: str) -> None:
        """Add one more value of *name*."""
        self._fields.append(_field(name, value))

    def items(self) -> list[tuple[str, str]]:
        """Return all fields, names in lower case, in order."""
        return list(self._fields)

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __setitem__(self, name: str, value: str) -> None:
        """Let *value* be the only one of *name*."""
        field = _field(name, value)
        self._fields = [each for each in self._fields if each[0] != field[0]]
        self._fields.append(field)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self.discard(name)

    def discard(self, name: str) -> None:
        """Take every value of *name* away, if there is one."""
        name = name.lower()
        self._fields = [(key, value) for key, value in self._fields if key != name]

    def of_body(self, length: int | None) -> None:
        """Say of a new body how long it is, as far as that is known, and nothing that held for the old one."""
        self._fields = [field for field in self._fields if field[0] not in _OF_BODY]
        if length is not None:
            self._fields.append(("content-length", str(length)))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(key == name.lower() for key, _ in self._fields)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(key for key, _ in self._fields))

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._fields == other._fields

    __hash__ = None  # type: ignore[assignment]  # what changes has no hash

    def __repr__(self) -> str:
        return f"Headers({[name for name, _ in self._fields]})"  # values may be secrets


def _field(name: str, value: str) -> tuple[str, str]:
    if not isinstance(name, str) or not isinstance(value, str):
        raise TypeError(f"a header is text, and {name} is given {type(value).__name__}")
    name = name.lower()
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} cannot be the name of a header")
    if _VALUE.fullmatch(value) is None:
        raise ValueError(f"the value of {name} has characters that no header has")
    return name, value


class Message:
    """What requests and responses have in common: headers, and a body that arrives piece by piece."""

    __slots__ = ("_body", "headers")
    _too_large = 413

    def __init__(self, headers: Headers | Fields = (), body: Body = b"", json: object = None) -> None:
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self._body: bytes | AsyncIterator[bytes] = b""
        if json is not None:
            self.body = _dumps(json)
            self.headers["content-type"] = "application/json"
        elif body:
            self.body = body

    @property
    def body(self) -> bytes:
        """The whole body; `RuntimeError` before `read` was awaited."""
        if isinstance(self._body, bytes):
            return self._body
        raise RuntimeError("the body has not been read yet: await read() first")

    @body.setter
    def body(self, body: Body) -> None:
        """Give the message another body; its length is written again, and what checked the old one is dropped."""
        match body:
            case str():
                self._body = body.encode()
            case bytearray() | memoryview():
                self._body = bytes(body)
            case bytes() | AsyncIterator():
                self._body = body
            case _:
                raise TypeError(
                    f"a body is bytes, text or an asynchronous iterator of bytes, not {type(body).__name__}"
                )
        self.headers.of_body(len(self._body) if isinstance(self._body, bytes) else None)

    @property
    def is_read(self) -> bool:
        """Whether the whole body is here."""
        return isinstance(self._body, bytes)

    def arriving(self, body: bytes | AsyncIterator[bytes]) -> None:
        """Let the body be *body*, or what it yields, as long as the headers say: they stay as they are."""
        self._body = body

    async def read(self, limit: int = MAX_BODY) -> bytes:
        """Return the whole body; `BodyTooLarge` if it has more than *limit* bytes."""
        if not isinstance(self._body, bytes):
            parts: list[bytes] = []
            size = 0
            async for part in self._body:
                size += len(part)
                if size > limit:
                    raise BodyTooLarge(f"the body has more than {limit} bytes", self._too_large)
                parts.append(part)
            self._body = b"".join(parts)
        if len(self._body) > limit:
            raise BodyTooLarge(f"the body has more than {limit} bytes", self._too_large)
        return self._body

    def through(self, passing: Callable[[AsyncIterator[bytes]], AsyncIterator[bytes]]) -> None:
        """Let what is still to come of the body go through *passing*."""
        if not isinstance(self._body, bytes):
            self._body = passing(self._body)

    def stream(self) -> AsyncIterator[bytes]:
        """Return the body, to be iterated piece by piece as it comes. Nothing is kept: it can be asked for once."""
        if isinstance(self._body, bytes):
            return _one(self._body)
        pieces, self._body = self._body, b""
        return pieces

    @property
    def text(self) -> str:
        """The body as text in UTF-8; what is none becomes a replacement character."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:  # noqa: ANN401
        """Return what the body says in JSON; `ValueError` if it is none."""
        return json.loads(self.body)


class Request(Message):
    """A request: of a client, or of ours to a service."""

    __slots__ = ("method", "path", "query")

    def __init__(
        self,
        method: str,
        target: str,
        headers: Headers | Fields = (),
        body: Body = b"",
        *,
        params: Mapping[str, object] | None = None,
        json: object = None,
    ) -> None:
        super().__init__(headers, body, json)
        self.method = method
        self.path, _, self.query = target.partition("?")
        """The path as it was sent, with its escapes, and what stands behind the question mark."""
        if params:
            more = urlencode({name: value for name, value in params.items() if value is not None}, doseq=True)
            self.query = "&".join(filter(None, (self.query, more)))

    @property
    def target(self) -> str:
        """Path and query, as they stand in the request."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def params(self) -> dict[str, str]:
        """The parameters of the query; of one that stands there twice, the last."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def id(self) -> str:
        """The id of the request, which logs, traces and errors carry too."""
        return self.headers.get("x-request-id") or ""

    @property
    def consumer(self) -> str | None:
        """The name of the consumer whose credential was good; `None` without one."""
        return self.headers.get("x-consumer-username")

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of the consumer."""
        return tuple(filter(None, (self.headers.get("x-consumer-groups") or "").split(",")))

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path})"  # the query may carry secrets


class Response(Message):
    """A response: of a service, or of ours to a client."""

    __slots__ = ("status", "trailers")
    _too_large = 502

    def __init__(
        self,
        status: int = 200,
        headers: Headers | Fields = (),
        body: Body = b"",
        *,
        json: object = None,
    ) -> None:
        super().__init__(headers, body, json)
        self.status = status
        self.trailers = Headers()
        """Fields that stand behind the body (RFC 9110, section 6.5), such as the `grpc-status` of gRPC. Those of a
        backend are here once its whole body has come. They reach clients that say `te: trailers`, and all of gRPC."""

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status < 400

    def __repr__(self) -> str:
        return f"Response({self.status})"


async def _one(piece: bytes) -> AsyncIterator[bytes]:
    if piece:
        yield piece


def _dumps(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


__all__ = ["MAX_BODY", "BodyTooLarge", "Headers", "Message", "Request", "Response"]
