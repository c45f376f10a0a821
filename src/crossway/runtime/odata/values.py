"""Values between JSON and Python (OData JSON Format 4.01, section 7.1): rows hold what JSON has."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from crossway.model.odata import EntitySet
from crossway.runtime.odata.error import bad
from crossway.runtime.odata.predicate import READERS

_RANGES: Final = {
    "Byte": (0, 255),
    "SByte": (-128, 127),
    "Int16": (-(2**15), 2**15 - 1),
    "Int32": (-(2**31), 2**31 - 1),
    "Int64": (-(2**63), 2**63 - 1),
}


def from_json(type: str, value: object) -> object:  # noqa: A002  # as OData says
    """Return the value that *value*, as JSON has it, means; `ValueError` or `TypeError` if it is not of the *type*."""
    if type == "Binary" and isinstance(value, str):
        try:
            return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except binascii.Error:
            raise ValueError from None
    if type in _RANGES:
        least, most = _RANGES[type]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError
    return READERS[type](value)


def to_json(value: Any) -> object:  # noqa: ANN401  # what a driver gives
    """Return a value as JSON has it."""
    match value:
        case datetime():
            moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            return moment.isoformat().replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return _length(value)
        case bytes() | memoryview():
            return base64.urlsafe_b64encode(bytes(value)).decode().rstrip("=")
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"
    return value


def _length(value: timedelta) -> str:
    sign, value = ("-", -value) if value < timedelta() else ("", value)
    seconds = (
        f"{value.seconds}.{value.microseconds:06}".rstrip("0").rstrip(".") if value.microseconds else value.seconds
    )
    return f"{sign}P{value.days}DT{seconds}S"


READ_AS_TEXT: Final[Mapping[str, Callable[[Any], object]]] = {
    name: READERS[name] for name in ("DateTimeOffset", "Date", "TimeOfDay", "Guid")
}
"""What reads the types that SQLite keeps as texts."""


def entity(spec: EntitySet, body: object, *, whole: bool) -> dict[str, object]:
    """Return the properties in the *body* of a request that writes an entity; *whole* has to have all it needs."""
    if not isinstance(body, dict):
        raise bad("malformed", "The body of this request is an object with the properties of an entity.")
    values: dict[str, object] = {}
    for name, value in body.items():
        if "@" in name:
            continue  # annotations, which tell nothing that is written
        if name in spec.navigation:
            raise bad("deep_insert", f"{name} leads to another entity, which is written by itself.", name)
        if (known := spec.properties.get(name)) is None:
            raise bad("unknown_property", f"There is no property {name[:60]}.", name[:60])
        if value is None and (not known.nullable or name == spec.key):
            raise bad("null", f"{name} is not null.", name)
        try:
            values[name] = None if value is None else from_json(known.type, value)
        except (ValueError, TypeError, AttributeError, OverflowError):
            raise bad("type", f"{name} is not a value of the type Edm.{known.type}.", name) from None
    if whole:
        for name, known in spec.properties.items():
            if name not in values and not known.nullable and name != spec.key:
                raise bad("missing", f"{name} is missing.", name)
    return values
