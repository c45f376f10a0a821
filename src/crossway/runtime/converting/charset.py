"""Text in and out of character sets."""

from __future__ import annotations

import re
from typing import Final

from crossway.model.conversion import CHARSETS
from crossway.runtime.converting.refusal import Refusal, short

_PARAMETER: Final = re.compile(r';\s*charset\s*=\s*"?([^\s;"]*)"?', re.IGNORECASE)
_DECLARATION: Final = re.compile(r"""^(<\?xml\s[^>]*?encoding\s*=\s*["'])([A-Za-z0-9._:-]+)(["'])""")


def named_in(content_type: str) -> str:
    """Return the character set that a `Content-Type` names, in lower case; nothing if it names none."""
    found = _PARAMETER.search(content_type)
    return found[1].lower() if found else ""


def codec(charset: str) -> str:
    """Return Python's name of *charset*; a `Refusal` if it is not known."""
    name = CHARSETS.get(charset.lower())
    if name is None:
        raise Refusal("transform.charset", f"the character set {short(charset)} is not known", status=415)
    return name


def decode(data: bytes, charset: str, *, replace: bool = False) -> str:
    """Return the text that *data* is in *charset*, without byte order mark."""
    try:
        text = data.decode(codec(charset), "replace" if replace else "strict")
    except UnicodeDecodeError as error:
        raise Refusal("transform.charset", f"byte {error.start} of the body is no text in {charset}") from None
    return text.removeprefix("\ufeff")


def encode(text: str, charset: str, *, replace: bool = False) -> bytes:
    """Return *text* in *charset*."""
    try:
        return text.encode(codec(charset), "replace" if replace else "strict")
    except UnicodeEncodeError as error:
        raise Refusal("transform.charset", f"{charset} has not character {error.start} of the body") from None


def to_utf8(data: bytes, charset: str) -> bytes:
    """Return *data*, text in *charset*, in UTF-8; nothing is checked of what is in UTF-8 already."""
    return data if charset in ("", "utf-8", "utf8", "us-ascii", "ascii") else decode(data, charset).encode()


def declared(data: bytes) -> str:
    """Return the character set that the declaration or the byte order mark of an XML document names, or nothing."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    found = _DECLARATION.match(data[:256].decode("latin-1"))
    return found[2].lower() if found else ""


def with_declaration(text: str, charset: str) -> str:
    """Return the XML *text* with a declaration, if it has one, that names *charset*."""
    return _DECLARATION.sub(lambda found: f"{found[1]}{charset.upper()}{found[3]}", text)


def with_parameter(content_type: str, charset: str) -> str:
    """Return *content_type* with *charset* as its character set."""
    return f"{_PARAMETER.sub('', content_type)}; charset={charset}"
