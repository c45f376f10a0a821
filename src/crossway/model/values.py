"""The scalar types of the configuration: durations, sizes, percentages, addresses, the texts of headers, secrets.

What has a unit is written with it and read as the plain Python value that code wants, so that no field name has to
carry a unit and no reader has to guess one.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

REDACTED: Final = "[redacted]"

_DURATION_UNITS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE_UNITS: Final = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_LONGEST: Final = timedelta(days=36_500)
_LARGEST: Final = 2**32 - 1
_LARGEST_STORAGE: Final = 2**50
_DURATION_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h|d)")
_ADDRESS_CHARACTERS: Final = re.compile(r"[A-Za-z0-9:.%_-]+")
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?) ?(B|KB|MB|GB|KiB|MiB|GiB)")


def parse_duration(value: object) -> timedelta:
    """Return the length of time that *value* means: ``15s``, ``1h30m``, ``250ms``; ``0`` needs no unit."""
    if isinstance(value, timedelta):
        return value
    if value == 0 and not isinstance(value, bool):
        return timedelta()
    if isinstance(value, str):
        parts = _DURATION_PART.findall(value)
        if parts and "".join(number + unit for number, unit in parts) == value:
            seconds = sum(float(number) * _DURATION_UNITS[unit] for number, unit in parts)
            if seconds > _LONGEST.total_seconds():
                raise ValueError(f"a duration is at most {format_duration(_LONGEST)}")
            return timedelta(seconds=seconds)
    raise ValueError("a duration is a number with a unit, such as 250ms, 15s or 1h30m")


def format_duration(value: timedelta) -> str:
    """Return the shortest text that `parse_duration` reads back: ``90s`` is ``1m30s``."""
    left = round(value / timedelta(microseconds=1))
    text = ""
    for unit, seconds in reversed(_DURATION_UNITS.items()):
        size = round(seconds * 1_000_000)
        if count := left // size:
            text += f"{count}{unit}"
            left -= count * size
    return text or "0s"


def parse_size(value: object, most: int = _LARGEST) -> int:
    """Return the number of bytes that *value* means: ``64KiB``, ``10MB``, or a whole number of bytes."""
    size = -1.0
    if isinstance(value, int) and not isinstance(value, bool):
        size = value
    elif isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        size = float(match[1]) * _SIZE_UNITS[match[2]]
    if size > most:
        raise ValueError("a size is less than 4GiB" if most == _LARGEST else "a size is 1PiB at most")
    if size >= 0:
        return int(size)
    raise ValueError("a size is a number of bytes or a number with a unit, such as 64KiB or 10MB")


def parse_percent(value: object) -> float:
    """Return *value* in percent, 0 to 100: ``10%``, ``0.5%`` or the bare number."""
    if isinstance(value, str) and value.endswith("%"):
        value = value[:-1]
    try:
        percent = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        percent = -1.0
    if 0 <= percent <= 100:
        return percent
    raise ValueError("a percentage is a number from 0 to 100, such as 10 or 0.5%")


_DURATION_PATTERN: Final = r"^0$|^(\d+(\.\d+)?(us|ms|s|m|h|d))+$"

Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration, json_schema_input_type=str),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": _DURATION_PATTERN, "examples": ["15s", "1h30m"]}, {"const": 0}]}
    ),
]
"""A length of time, written with its unit and read as `datetime.timedelta`."""

Size = Annotated[
    int,
    BeforeValidator(parse_size, json_schema_input_type=int | str),
    WithJsonSchema(
        {"type": ["integer", "string"], "minimum": 0, "pattern": f"^{_SIZE.pattern}$", "examples": ["64KiB", "10MB"]}
    ),
]
"""An amount of data, written with its unit and read as a number of bytes."""

StorageSize = Annotated[
    int,
    BeforeValidator(lambda value: parse_size(value, _LARGEST_STORAGE), json_schema_input_type=int | str),
    WithJsonSchema(
        {"type": ["integer", "string"], "minimum": 0, "pattern": f"^{_SIZE.pattern}$", "examples": ["5GiB", "200GB"]}
    ),
]
"""An amount of data on disks, which may be larger: up to a pebibyte."""

Count = Annotated[int, Field(le=2**32 - 1)]
"""A number of things, as Envoy counts them: in 32 bits."""

Percent = Annotated[
    float,
    BeforeValidator(parse_percent, json_schema_input_type=float | str),
    WithJsonSchema(
        {
            "type": ["number", "string"],
            "minimum": 0,
            "maximum": 100,
            "pattern": r"^[0-9]+(\.[0-9]+)?%?$",
            "examples": ["10%", 0.5],
        }
    ),
]
"""A share, read as a number from 0 to 100."""


def parse_ip_address(text: str) -> str:
    """Return *text*, an IPv4 or IPv6 address, in canonical form. An IPv6 address may name a zone, `fe80::1%eth0`."""
    try:
        address = str(ipaddress.ip_address(text))
    except ValueError:
        address = ""
    if not _ADDRESS_CHARACTERS.fullmatch(address):
        raise ValueError(f"{text!r} is no IP address")
    return address


HEADER_BYTES: Final = 16_384
"""The longest value of a header that Envoy adds, in the notation of its formatter, where `%%` is a percent sign."""


def check_header_value(formatted: str) -> None:
    """Raise `ValueError` if *formatted*, in the notation of Envoy's formatter, is no header value (RFC 9110, 5.5)."""
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", formatted):
        raise ValueError("the value of a header is one line without control characters")
    if len(formatted.encode()) > HEADER_BYTES:
        raise ValueError("the value of a header is at most 16 KiB as Envoy writes it, with %% for %")


def parse_header_text(text: str) -> str:
    """Return *text* if it can be the literal value of a header."""
    check_header_value(text.replace("%", "%%"))
    return text


HeaderText = Annotated[
    str,
    Field(min_length=1),
    AfterValidator(parse_header_text),
    WithJsonSchema({"type": "string", "maxLength": HEADER_BYTES, "pattern": r"^[^\x00-\x08\x0a-\x1f\x7f]+$"}),
]
"""The literal value of a header, not empty."""


def is_ip_address(text: str) -> bool:
    """Return whether *text* is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


IpAddress = Annotated[str, AfterValidator(parse_ip_address)]
"""An IPv4 or IPv6 address, in canonical form."""


class Secret:
    """A text that is shown to nobody: it prints as ``[redacted]`` wherever it goes, and equals only its like."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return REDACTED

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a secret from text, and write it as ``[redacted]``."""
        return core_schema.no_info_plain_validator_function(
            cls._read,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda _: REDACTED),
        )

    @classmethod
    def _read(cls, value: object) -> Secret:
        if isinstance(value, cls):
            return value
        if isinstance(value, str) and value:
            return cls(value)
        raise ValueError("a secret is text, and not empty")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe a secret as text that editors must not echo."""
        return {"type": "string", "minLength": 1, "writeOnly": True}
