"""Request bodies: bounded, and read once into the type that a handler asks for."""

from __future__ import annotations

import re
from typing import Final

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import ClientException, HTTPException, InternalServerException

from crossway.admin.problems import FieldError, invalid
from crossway.model.access import Identity

DEEPEST: Final = 64
"""Levels of mappings and lists in the settings of a resource."""
LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a body."""
YAML: Final = frozenset({"application/yaml", "application/x-yaml", "text/yaml"})
"""How YAML is called: RFC 9512, and what was used before it."""
_PLACE: Final = re.compile(r"(?P<message>.*?)(?: - at `(?:key in )?\$\.?(?P<path>.*?)`)?", re.DOTALL)
_EXPECTED: Final = re.compile(r"Expected (.+?)(?:, got .*)?", re.DOTALL)


class UnsupportedMediaTypeException(HTTPException):
    """The body is of a type that nobody reads here."""

    status_code = 415


class StrictRequest(Request[Identity, object, State]):
    """A request whose JSON is read as it is written: a text is no number, and an unknown field is a mistake."""

    async def body(self) -> bytes:
        """Return the body; a 400 if the client goes away before its end, which Litestar takes for a failure of ours."""
        try:
            return await super().body()
        except InternalServerException:
            raise ClientException("the body ended before its length") from None

    async def json(self) -> object:
        """Return the body as what the handler takes as ``data``."""
        field = self.route_handler.parsed_data_field
        return decode(self, await self.body(), field.annotation if field is not None else object)


def decode(request: StrictRequest | Request[Identity, object, State], body: bytes, type: object) -> object:  # noqa: A002
    """Return what the JSON *body* says, as a *type*; a 400 or 415 if that cannot be."""
    if (media_type := request.content_type[0]) not in {"application/json", ""}:
        raise UnsupportedMediaTypeException(f"the body is {media_type}, and JSON is read here: application/json")
    try:
        return msgspec.json.decode(body, type=type)
    except msgspec.ValidationError as error:
        raise _mistake(str(error)) from None
    except msgspec.DecodeError as error:
        raise ClientException(f"the body is no JSON: {error}") from None
    except UnicodeDecodeError:
        raise ClientException("the body is no JSON: it is not UTF-8") from None
    except RecursionError:
        raise ClientException(f"the body is nested too deeply; {DEEPEST} levels are enough") from None


def bounded(value: object, path: str) -> object:
    """Return *value*, or a 400 if it is nested deeper than any settings are."""
    if _depth(value) > DEEPEST:
        raise invalid(path, "this is nested too deeply", f"at most {DEEPEST} levels")
    return value


def _depth(value: object) -> int:
    """Return how many levels of mappings and lists are in *value*, at most one more than `DEEPEST`."""
    level, layer = 0, [value]
    while (inner := [item for item in layer if isinstance(item, dict | list)]) and level <= DEEPEST:
        level += 1
        layer = [deeper for item in inner for deeper in (item.values() if isinstance(item, dict) else item)]
    return level


def _mistake(text: str) -> HTTPException:
    """Return a 400 for what msgspec says, such as ``Expected `int`, got `str` - at `$.changes[0].kind```."""
    place = _PLACE.fullmatch(text)
    message, path = (place["message"], place["path"] or "") if place else (text, "")
    expected = _EXPECTED.fullmatch(message)
    error = FieldError(path, message.replace("`", ""), expected[1].replace("`", "") if expected else "")
    return invalid(error.path, error.message, error.expected)
