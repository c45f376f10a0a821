"""The header fields of uploads: of tus 1.0, of the draft on resumable uploads, and of digests (RFC 9530)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from hashlib import _Hash

LONGEST_METADATA: Final = 8192
"""How many bytes `Upload-Metadata` may have: it becomes headers of the request to the backend."""
CHECKSUMS: Final = ("sha1", "sha256", "md5")
"""The algorithms of `Upload-Checksum`, as tus calls them."""

_INTEGER: Final = re.compile(r"0|[1-9][0-9]{0,14}")  # as many digits as a structured field has (RFC 9651, 3.3.1)
_DIGESTS: Final = {"sha-256": "sha256", "sha-512": "sha512"}
_DIGEST: Final = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):\s*(?:;[^,]*)?")
_KEY: Final = re.compile(r"[!-+\--~]+")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_MEDIA_TYPE: Final = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;[\x20-\x7e]*)?", re.ASCII)
_PLAIN: Final = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")


@dataclass(frozen=True, slots=True)
class Digest:
    """What somebody says that bytes are."""

    algorithm: str
    """As hashlib calls it."""
    value: bytes

    def hasher(self) -> _Hash:
        """Return what computes it."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


def integer(text: str | None) -> int | None:
    """Return the number that *text* is; `None` if it is none of 0 to 10^15."""
    return int(text) if text is not None and _INTEGER.fullmatch(text) else None


def boolean(text: str | None) -> bool | None:
    """Return the boolean of a structured field, without parameters; `None` if it is none."""
    return {"?1": True, "?0": False}.get(text or "")


def checksum(text: str) -> Digest:
    """Return what `Upload-Checksum` says: an algorithm, a blank, and the checksum in base64.

    `ValueError` if it does not, or for an algorithm that nobody knows here.
    """
    algorithm, _, value = text.partition(" ")
    if algorithm not in CHECKSUMS:
        raise ValueError(f"the algorithm is one of {', '.join(CHECKSUMS)}")
    return _fitting(Digest(algorithm, _decoded(value)))


def digest(text: str) -> Digest | None:
    """Return the strongest of what `Content-Digest` or `Repr-Digest` says (RFC 9530, section 2).

    `None` if it names no algorithm that is known here; `ValueError` if it is no such field.
    """
    found: dict[str, str] = {}
    for item in text.split(","):
        match = _DIGEST.fullmatch(item)
        if match is None:
            raise ValueError("a digest is written as sha-256=:base64:")
        found[match[1]] = match[2]
    known = (Digest(_DIGESTS[name], _decoded(found[name])) for name in ("sha-512", "sha-256") if name in found)
    return next(map(_fitting, known), None)


def digest_field(value: bytes) -> str:
    """Return the field that says of bytes that their SHA-256 is *value*."""
    return f"sha-256=:{base64.b64encode(value).decode()}:"


def metadata(text: str) -> dict[str, str]:
    """Return what `Upload-Metadata` says: keys, and values in base64 (tus 1.0, creation). `ValueError` if it does not.

    A value that is no text has replacement characters in it.
    """
    if len(text) > LONGEST_METADATA:
        raise ValueError(f"it has at most {LONGEST_METADATA} bytes")
    found: dict[str, str] = {}
    for pair in filter(None, map(str.strip, text.split(","))):
        key, _, value = pair.partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise ValueError("each key is there once, and has neither blanks nor commas")
        found[key] = _decoded(value).decode(errors="replace")
    return found


def described(said: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return *said*, the metadata of an upload, as headers.

    `filetype` (or `type`) is its content-type, `filename` (or `name`) its content-disposition, and everything is an
    `x-upload-metadata-KEY` too, with what is not printable in ASCII as escaped UTF-8.
    """
    kind = said.get("filetype") or said.get("type") or ""
    fields = [("content-type", kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream")]
    if name := said.get("filename") or said.get("name"):
        fallback = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
        extended = "" if fallback == name else f"; filename*=UTF-8''{quote(name, safe='')}"
        fields.append(("content-disposition", f'attachment; filename="{fallback}"{extended}'))
    for key, value in said.items():
        if _TOKEN.fullmatch(key.lower()):
            fields.append((f"x-upload-metadata-{key.lower()}", quote(value, safe=_PLAIN).strip()))
    return fields


def _fitting(said: Digest) -> Digest:
    if len(said.value) != said.hasher().digest_size:
        raise ValueError(f"this is no {said.algorithm}: it has {len(said.value)} bytes")
    return said


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("this is no base64") from None
