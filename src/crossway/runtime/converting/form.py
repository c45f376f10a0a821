"""Forms to JSON and back: urlencoded, and multipart (RFC 7578)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, quote_plus

from crossway.model.conversion import Files, FormToJson, Types
from crossway.runtime.converting.charset import codec, decode, named_in
from crossway.runtime.converting.document import Value, guess, text_of
from crossway.runtime.converting.refusal import Refusal, malformed, short, too_large

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"


def read_form(data: bytes, content_type: str, settings: FormToJson, *, max_items: int) -> Value:
    """Return the fields of a form as an object: of a name that repeats, the list of its values."""
    multipart = content_type.lower().startswith(MULTIPART)
    fields = _parts(data, content_type, settings, max_items) if multipart else _pairs(data, content_type, max_items)
    found: dict[str, list[Value]] = {}
    for name, value in fields:
        guessed = guess(value) if settings.types is Types.GUESS and isinstance(value, str) else value
        found.setdefault(name, []).append(guessed)
    return {name: values if len(values) > 1 or name in settings.arrays else values[0] for name, values in found.items()}


def _pairs(data: bytes, content_type: str, max_items: int) -> Iterator[tuple[str, Value]]:
    charset = named_in(content_type) or "utf-8"
    text = decode(data, charset)
    if text.count("&") >= max_items:
        raise too_large("the form has too many fields")
    try:
        yield from parse_qsl(text, keep_blank_values=True, encoding=codec(charset), errors="strict")
    except UnicodeDecodeError:
        raise Refusal("transform.charset", f"a field of the form is no text in {charset}") from None


def _parts(data: bytes, content_type: str, settings: FormToJson, max_items: int) -> Iterator[tuple[str, Value]]:
    from multipart import (  # type: ignore[import-untyped]  # it has no stubs
        MultipartError,
        MultipartSegment,
        PushMultipartParser,
        parse_options_header,
    )

    boundary = parse_options_header(content_type)[1].get("boundary", "")
    try:
        parser = PushMultipartParser(boundary, content_length=len(data), max_segment_count=max_items, strict=True)
        with parser:
            segment: MultipartSegment | None = None
            pieces: list[bytes] = []
            for chunk in (data, b""):
                for event in parser.parse(chunk):
                    if isinstance(event, MultipartSegment):
                        segment, pieces = event, []
                    elif event:
                        pieces.append(bytes(event))
                    elif segment is not None:
                        content = b"".join(pieces)
                        if segment.filename is None:
                            yield segment.name, decode(content, segment.charset or "utf-8")
                        else:
                            yield segment.name, _file(segment.filename, segment.content_type, content, settings.files)
    except MultipartError as error:
        raise malformed(f"the body is no multipart form: {error}") from None


def _file(filename: str, content_type: str | None, content: bytes, files: Files) -> Value:
    if files is Files.REFUSE:
        raise malformed("the form has a file")
    encoded = base64.b64encode(content).decode()
    return {"filename": filename, "content_type": content_type or "application/octet-stream", "base64": encoded}


def write_form(value: Value, *, max_size: int) -> bytes:
    """Return the object *value* as a urlencoded form of at most *max_size* bytes."""
    if not isinstance(value, dict):
        raise malformed("a form is made of an object, and this is none")
    pairs: list[str] = []
    left = max_size
    for name, content in value.items():
        quoted = quote_plus(name)
        for item in content if isinstance(content, list) else [content]:
            if isinstance(item, dict | list):
                raise malformed(f"{short(name)} is nested too deeply for a form")
            if item is not None:
                pairs.append(f"{quoted}={quote_plus(text_of(item))}")
                left -= len(pairs[-1]) + 1
                if left < 0:
                    raise too_large("the body would become too large as a form")
    return "&".join(pairs).encode()
