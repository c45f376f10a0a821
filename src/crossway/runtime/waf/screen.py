"""The screen before the basic rules: what libinjection itself finds nothing in need not be shown to them.

A transaction of the library costs five times as much as the looks that its two rules take. So every text in which they
could find something is looked at here first; where one is found, or where it is not certain what the rules would make
of a text, they decide.

Law: it sees at least all that the rules see, in the form in which they see it. It decides nothing but that a request
is good.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from msgspec import DecodeError, json

from crossway.compile.modsecurity import is_injection
from crossway.sdk.http import Request

LONGEST_KEPT: Final = 512
"""How long a text may be whose result is kept: that of `User-Agent` is the same for many requests."""
MOST_PARAMETERS: Final = 500
"""How many parameters are looked at here; the rules have a bound of their own."""
MOST_NESTED: Final = 64
"""How many objects and lists JSON may have; the rules have a bound of their own for how deep they are."""

_STRING: Final = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
_JSON: Final = re.compile(r"(?:application|text)/(?:[a-z0-9.-]+\+)?json(?:[;\s]|$)")
_FORM: Final = "application/x-www-form-urlencoded"
_TYPE: Final = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+(?:\s*;.*)?")
_READ: Final = re.compile(r"text/|multipart/|.*[/+]xml|.*json")
"""Other bodies that the rules look into."""
_ONE_WORD: Final = re.compile(rb"[A-Za-z0-9_]*")
"""A single word or number: neither is an attack without anything beside it."""
_HEADERS: Final = ("user-agent", "referer")


def is_clean(request: Request, body: bytes) -> bool:
    """Return whether the basic rules would find nothing in *request*, with this *body*: surely, and not perhaps."""
    headers = request.headers
    if request.query and not _is_form_clean(request.query.encode("latin-1")):
        return False
    kinds: list[str] = []
    for name, value in headers.items():
        if name == "cookie":
            if not _is_cookie_clean(value):
                return False
        elif name in _HEADERS:
            if not _is_header_clean(value):
                return False
        elif name == "content-type":
            kinds.append(value)
    return not body or (len(kinds) == 1 and _is_body_clean(kinds[0].lower(), body))


def _is_body_clean(kind: str, body: bytes) -> bool:
    if _JSON.match(kind):
        return _is_json_clean(body)
    if kind.startswith(_FORM):
        return kind.partition(";")[0].rstrip() == _FORM and _is_form_clean(body)
    return _TYPE.fullmatch(kind) is not None and _READ.match(kind) is None


def _is_json_clean(body: bytes) -> bool:
    """Look at every text in JSON, those under the same name twice too."""
    if body.count(b"{") + body.count(b"[") > MOST_NESTED:
        return False
    try:
        json.decode(body)
    except (DecodeError, UnicodeDecodeError):
        return False
    texts = _STRING.findall(body)
    return len(texts) <= 2 * MOST_PARAMETERS and all(
        _is_text_clean(text if b"\\" not in text else _unescaped(text)) for text in texts
    )


def _unescaped(text: bytes) -> bytes:
    decoded: str = json.decode(b'"' + text + b'"', type=str)
    return decoded.encode("utf-8", "replace")


def _is_form_clean(form: bytes) -> bool:
    if form.count(b"&") >= MOST_PARAMETERS:
        return False
    pairs = [pair.partition(b"=") for pair in form.split(b"&")]
    return _are_clean(unquote_to_bytes(part.replace(b"+", b" ")) for name, _, value in pairs for part in (name, value))


def _is_cookie_clean(cookies: str) -> bool:
    pairs = [pair.strip().partition("=") for pair in cookies.split(";")]
    return len(pairs) <= MOST_PARAMETERS and _are_clean(
        part.encode("latin-1") for name, _, value in pairs for part in (name, value)
    )


def _are_clean(texts: Iterable[bytes]) -> bool:
    return all(_is_text_clean(text) for text in texts if text)


def _is_text_clean(text: bytes) -> bool:
    """Look at *text* as the rules do, once its escapes are undone; those of JavaScript, `%u0027`, are left to them."""
    if _ONE_WORD.fullmatch(text):
        return True
    if b"\0" in text:
        return False
    if b"%" in text or b"+" in text:
        if b"%u" in text or b"%U" in text:
            return False
        decoded = unquote_to_bytes(text.replace(b"+", b" "))
        if b"\0" in decoded:
            return False
        return not is_injection(decoded)
    return not is_injection(text)


def _is_header_clean(text: str) -> bool:
    return _kept(text) if len(text) <= LONGEST_KEPT else _is_text_clean(text.encode("latin-1"))


@lru_cache(maxsize=1024)
def _kept(text: str) -> bool:
    return _is_text_clean(text.encode("latin-1"))
