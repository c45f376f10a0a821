"""A message on its way through the operations: its body as bytes, or as what it says, whichever was needed last."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from crossway.model.transformation import Transform
from crossway.runtime.converting.charset import named_in, to_utf8
from crossway.runtime.converting.document import Value, read_json, write_json
from crossway.sdk.http import Request, Response

JSON: Final = "application/json"
_JSON: Final = re.compile(r"(application|text)/json|[^/]+/[^/]+\+json")
_XML: Final = re.compile(r"(application|text)/xml|[^/]+/[^/]+\+xml")
_TEXT: Final = re.compile(r"text/(?!event-stream).+|application/x-www-form-urlencoded|application/javascript")


def is_json(media_type: str) -> bool:
    """Return whether bodies of this type are JSON (RFC 6839, section 3.1)."""
    return media_type == JSON or _JSON.fullmatch(media_type) is not None


def is_xml(media_type: str) -> bool:
    """Return whether bodies of this type are XML (RFC 7303)."""
    return _XML.fullmatch(media_type) is not None


def is_text(media_type: str) -> bool:
    """Return whether bodies of this type are characters."""
    return _TEXT.fullmatch(media_type) is not None or is_json(media_type) or is_xml(media_type)


def media_type_of(content_type: str) -> str:
    """Return the type in a `Content-Type`, in lower case and without parameters."""
    return content_type.partition(";")[0].strip().lower()


class Content:
    """A body, and its type. It is read as JSON once, however many operations want to know what it says."""

    __slots__ = ("_data", "_limits", "_value", "changed", "content_type", "media_type")

    def __init__(self, data: bytes, content_type: str, limits: Transform) -> None:
        self._data: bytes | None = data
        self._value: Value = None
        self._limits = limits
        self.content_type = content_type
        self.media_type = media_type_of(content_type)
        self.changed = False

    def __bool__(self) -> bool:
        return self._data is None or bool(self._data)

    @property
    def data(self) -> bytes:
        """The body as it is sent."""
        if self._data is None:
            self._data = write_json(self._value)
        return self._data

    @property
    def charset(self) -> str:
        """The character set that its type names, or nothing."""
        return named_in(self.content_type)

    @property
    def value(self) -> Value:
        """What the body says in JSON; a `Refusal` if it is none."""
        if self._value is None and self._data is not None:
            self._value = read_json(to_utf8(self._data, self.charset), self._limits.max_depth)
        return self._value

    def become(self, data: bytes, content_type: str) -> None:
        """Be *data* from now on."""
        self._data, self._value = data, None
        self._be(content_type)

    def say(self, value: Value, content_type: str = "") -> None:
        """Be *value* as JSON from now on; of the type that it was unless *content_type* says another one."""
        self._data, self._value = None, value
        self._be(content_type or (self.media_type if is_json(self.media_type) else JSON))

    def _be(self, content_type: str) -> None:
        self.content_type = content_type
        self.media_type = media_type_of(content_type)
        self.changed = True


@dataclass(slots=True)
class Exchange:
    """What an operation sees: the message that it may change, and the request that it is or answers."""

    message: Request | Response
    request: Request
    content: Content
