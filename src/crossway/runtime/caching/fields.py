"""The header fields that caches read: directives, dates, ages, lists. Pure.

Law: what cannot be read makes an answer older, never fresher.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterable, Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import Final, TypeAlias

import http_sf

from crossway.model.caching import LONGEST

Field: TypeAlias = "tuple[str, str]"
"""The name of a header, in lower case, and its value."""

Directives: TypeAlias = "Mapping[str, str | None]"
"""Directives by name, in lower case, with their arguments: without quotes, `None` where there is none."""

FOREVER: Final = int(LONGEST.total_seconds())
"""Seconds. What says more means this much."""

_DIRECTIVE: Final = re.compile(r'\s*([^\s=,"]+)(=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?\s*(?:,|$)')
_BROKEN: Final = re.compile(r"[^,]*(?:,|$)")
_WORD: Final = re.compile(r"[a-z][a-z-]*", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"\\(.)")
_DAYS: Final = "mon|tue|wed|thu|fri|sat|sun"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME: Final = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})"
_DATES: Final = (
    re.compile(rf"(?:{_DAYS}), (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_TIME} GMT", re.IGNORECASE),
    re.compile(rf"[a-z]{{6,9}}, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_TIME} GMT", re.IGNORECASE),
    re.compile(rf"(?:{_DAYS}) {_MONTH} (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})", re.IGNORECASE),
)
_TAG: Final = re.compile(r'(?:W/)?"[^"]*"')


def values(fields: Iterable[Field], name: str) -> str | None:
    """Return the values of *name* as one list (RFC 9110, section 5.3); `None` without one."""
    found = [value for key, value in fields if key == name]
    return ", ".join(found) if found else None


@lru_cache(256)
def directives(text: str) -> Directives:
    """Return what `Cache-Control` says (RFC 9111, section 5.2).

    Of a directive that stands there twice the shorter time counts. Where the syntax is broken each word counts as a
    directive with an empty argument: `private; max-age=60` is private, and fresh for no time at all.
    """
    found: dict[str, str | None] = {}
    position = 0
    while position < len(text):
        match = _DIRECTIVE.match(text, position)
        if match is None:
            match = _BROKEN.match(text, position)
            assert match is not None, "it matches everywhere"
            told: list[tuple[str, str | None]] = [(word, "") for word in _WORD.findall(match[0])]
        elif match[2] is None:
            told = [(match[1], None)]
        else:
            told = [(match[1], match[4] if match[3] is None else _ESCAPED.sub(r"\1", match[3]))]
        position = max(match.end(), position + 1)
        for word, argument in told:
            name = word.lower()
            found[name] = _stricter(found[name], argument) if name in found else argument
    return found


def _stricter(one: str | None, other: str | None) -> str | None:
    """Return the argument that lets less be kept, of two of one directive."""
    if one is None or other is None:
        return None
    if one.isdecimal() and other.isdecimal():
        return min(one, other, key=int)
    return f"{one},{other}"  # of two lists of fields both, and of two times that are none neither


def targeted(text: str) -> Directives | None:
    """Return what `CDN-Cache-Control` says (RFC 9213, section 2.1): a dictionary, or `None` if it is none."""
    try:
        members = http_sf.parse(text.encode("latin-1"), tltype="dictionary")
    except (ValueError, UnicodeEncodeError):
        return None
    assert isinstance(members, dict), "a dictionary was asked for"
    found: dict[str, str | None] = {}
    for name, member in members.items():
        value = member[0] if isinstance(member, tuple) else member
        if value is True:
            found[name] = None
        elif isinstance(value, int) and value is not False:
            found[name] = str(value)
        elif isinstance(value, str) and name in ("no-cache", "private"):
            found[name] = value
    return found or None


def seconds(argument: str | None) -> int:
    """Return a delta of seconds (RFC 9111, section 1.2.2); 0 for what is none."""
    if argument is None or not argument.isascii() or not argument.isdecimal():
        return 0
    return FOREVER if len(argument) > 9 else min(int(argument), FOREVER)


def names(argument: str | None) -> frozenset[str]:
    """Return the names of fields in the argument of `no-cache` or `private`."""
    return frozenset(filter(None, (name.strip().lower() for name in (argument or "").split(","))))


def age(text: str | None) -> int:
    """Return the value of `Age`: of a list the first (RFC 9111, section 5.1), and 0 for what is none."""
    return seconds((text or "").split(",")[0].strip())


@lru_cache(256)
def date(text: str | None) -> float | None:
    """Return a date (RFC 9110, section 5.6.7) in seconds since 1970; `None` for what is none."""
    for form in _DATES:
        match = form.fullmatch(text or "")
        if match is None:
            continue
        year = int(match["year"])
        if year < 100:  # two digits; of the next 50 years, or of the last
            year += 2000 if year < 76 else 1900
        month = _MONTHS.index(match["month"].lower()) + 1
        day, hour, minute, second = (int(match[part]) for part in ("day", "hour", "minute", "second"))
        if 1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60:
            return timegm((year, month, day, hour, minute, second, 0, 0, 0))
    return None


def as_date(moment: float) -> str:
    """Return *moment* as the value of a `Date`."""
    return formatdate(moment, usegmt=True)


def entity_tags(text: str) -> list[str]:
    """Return the entity tags in `If-None-Match`."""
    return _TAG.findall(text)


def same_weakly(one: str, other: str) -> bool:
    """Return whether two entity tags mean the same to a reader (RFC 9110, section 8.8.3.2)."""
    return one.removeprefix("W/") == other.removeprefix("W/")


def same_strongly(one: str, other: str) -> bool:
    """Return whether two entity tags stand for the same bytes (RFC 9110, section 8.8.3.2)."""
    return one == other and not one.startswith("W/")
