"""Which backends have answered a request: what the inner listener says of each, told to the access log.

Law: of a route that passes requests on, the log names the backend that they were passed on to, as it does without
Python; calls that plugins make beside that are theirs. An answer that is made of calls alone names all of them: each
service and endpoint once, in the order of their answers, with the attempts of all and the time of the slowest.
"""

from __future__ import annotations

import base64
import struct
from contextvars import ContextVar
from functools import lru_cache
from typing import Final

from crossway.compile.program import BACKEND, CALL, UPSTREAM, UPSTREAM_FIELDS

MOST: Final = 16
"""How many answers of backends are told of, at most: the last ones."""
LONGEST: Final = 512
"""How many characters a field may have; the rest is left out, since the proxy takes no note of more than 8 KiB."""

_HEADER: Final = UPSTREAM.encode()
_DURATION, *_OTHERS = UPSTREAM_FIELDS
_ANSWERS: Final[ContextVar[list[str] | None]] = ContextVar("answers", default=None)
"""What was said of the answers to the request under way, in all of its tasks."""


def begin() -> None:
    """Begin to take notes, of the request that the current task is for."""
    _ANSWERS.set([])


def note(said: str) -> None:
    """Take note of what the inner listener *said* of an answer."""
    answers = _ANSWERS.get()
    if answers is not None:
        answers.append(said)


def told() -> list[tuple[bytes, bytes]]:
    """Return the header that tells the proxy which backends have answered the request; none if none has."""
    answers = _ANSWERS.get()
    if not answers:
        return []
    parts = [said.split(" ", 2) for said in answers[-MOST:]]
    passed_on = [part for part in parts if not part[0].startswith(CALL)]
    durations = [int(part[1]) for part in passed_on or parts if part[1].isdecimal()]
    fields = _fields(tuple(part[2] for part in passed_on or parts), passed_on=bool(passed_on))
    if durations:
        fields += _field(_DURATION, max(durations))
    return [(_HEADER, base64.b64encode(_bytes(5, fields)))]


@lru_cache(maxsize=1024)
def _fields(answers: tuple[str, ...], *, passed_on: bool) -> bytes:
    """Return what is told of *answers* but for their durations, of which hardly two are the same."""
    said = {name: _each(place, answers) for place, name in enumerate(_OTHERS)}
    fields: dict[str, float | str] = {name: ",".join(dict.fromkeys(texts)) for name, texts in said.items() if texts}
    fields["attempts"] = sum(map(int, said["attempts"]))
    if passed_on and said["service"]:
        fields[BACKEND] = said["service"][-1]
    return b"".join(_field(name, value) for name, value in fields.items())


def _each(place: int, answers: tuple[str, ...]) -> list[str]:
    """Return what is said at *place* in *answers*, where something is."""
    texts = (said.removesuffix(" .").split(" ", len(_OTHERS) - 1)[place] for said in answers)
    return [text for text in texts if text not in ("", "-")]


# The value is a `google.protobuf.Value` with a struct, the only form in which the proxy takes several fields at once.


@lru_cache(maxsize=1024)
def _field(name: str, value: float | str) -> bytes:
    content = _bytes(3, value[:LONGEST].encode()) if isinstance(value, str) else b"\x11" + struct.pack("<d", value)
    return _bytes(1, _bytes(1, name.encode()) + _bytes(2, content))


def _bytes(number: int, content: bytes) -> bytes:
    size, length = len(content), bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes((number << 3 | 2, *length, size)) + content
