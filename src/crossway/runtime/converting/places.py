"""Moves between body, headers and query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote_plus, unquote_plus

import jmespath
from jmespath.exceptions import JMESPathError

from crossway.model.conversion import Types
from crossway.model.transformation import BodyToHeaders, BodyToQuery, HeadersToBody, QueryToBody
from crossway.runtime.converting.document import Value, guess, place, steps_of, text_of, write_json
from crossway.runtime.converting.refusal import Refusal, malformed, too_large
from crossway.sdk.http import Headers

_VALUE: Final = re.compile(r"[\x20-\x7e]*")
_LONGEST_VALUE: Final = 8_192
_LONGEST_QUERY: Final = 16_384


class Picks:
    """Names, each with a compiled expression that picks its value from a document."""

    def __init__(self, expressions: Mapping[str, str]) -> None:
        self._expressions = {name: jmespath.compile(text) for name, text in expressions.items()}

    def of(self, document: Value) -> dict[str, Value]:
        """Return what is picked under each name; `None` where there is nothing."""
        try:
            return {name: expression.search(document) for name, expression in self._expressions.items()}
        except (JMESPathError, TypeError, ValueError) as error:
            raise malformed(
                f"the body has not what an expression needs: {' '.join(str(error).split())}"[:300]
            ) from None


class BodyIntoHeaders:
    """Sets headers to what stands in a body."""

    def __init__(self, settings: BodyToHeaders) -> None:
        self.names = tuple(settings.headers)
        self._picks = Picks(settings.headers)

    def move(self, document: Value, headers: Headers) -> None:
        """Set the headers; those for which there is nothing are taken away."""
        picked = {name: _header(name, value) for name, value in self._picks.of(document).items()}
        for name, value in picked.items():
            headers.discard(name)
            if value is not None:
                headers.add(name, value)


def _header(name: str, value: Value) -> str | None:
    if value is None:
        return None
    text = ", ".join(map(text_of, value)) if isinstance(value, list) else text_of(value)
    if len(text) > _LONGEST_VALUE or not _VALUE.fullmatch(text):
        raise Refusal("transform.header", f"what the body has for the header {name} cannot be the value of a header")
    return text.strip(" ")


class BodyIntoQuery:
    """Sets query parameters to what stands in a body."""

    def __init__(self, settings: BodyToQuery) -> None:
        self._names = frozenset(settings.parameters)
        self._picks = Picks(settings.parameters)

    def without(self, query: str) -> str:
        """Return *query* without the parameters that are set here."""
        return "&".join(pair for pair in query.split("&") if _name_of(pair) not in self._names)

    def move(self, document: Value, query: str) -> str:
        """Return *query* with the parameters set."""
        pairs = list(filter(None, [self.without(query)]))
        for name, value in self._picks.of(document).items():
            quoted = quote_plus(name)
            for item in value if isinstance(value, list) else [value]:
                if item is not None:
                    text = write_json(item).decode() if isinstance(item, dict | list) else text_of(item)
                    pairs.append(f"{quoted}={quote_plus(text)}")
        if sum(map(len, pairs)) + len(pairs) > _LONGEST_QUERY:
            raise too_large(f"the query would have more than {_LONGEST_QUERY} characters")
        return "&".join(pairs)


def _name_of(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])


class HeadersIntoBody:
    """Sets fields of a body to what headers say."""

    def __init__(self, settings: HeadersToBody) -> None:
        self._fields = [(steps_of(pointer), name) for pointer, name in settings.fields.items()]
        self._remove = settings.remove

    def move(self, document: Value, headers: Headers) -> None:
        """Set the fields of *document*."""
        for steps, name in self._fields:
            values = headers.get_all(name)
            if values:
                place(document, steps, ", ".join(values))
        if self._remove:
            for _, name in self._fields:
                headers.discard(name)


class QueryIntoBody:
    """Sets fields of a body to what query parameters say."""

    def __init__(self, settings: QueryToBody) -> None:
        self._fields = [(steps_of(pointer), name) for pointer, name in settings.fields.items()]
        self._guesses = settings.types is Types.GUESS
        self._names = frozenset(settings.fields.values()) if settings.remove else frozenset()

    def move(self, document: Value, query: str) -> str:
        """Set the fields of *document*; return what is left of *query*."""
        given: dict[str, list[Value]] = {}
        for name, text in parse_qsl(query, keep_blank_values=True):
            given.setdefault(name, []).append(guess(text) if self._guesses else text)
        for steps, name in self._fields:
            values = given.get(name)
            if values:
                place(document, steps, values if len(values) > 1 else values[0])
        if not self._names:
            return query
        return "&".join(pair for pair in query.split("&") if _name_of(pair) not in self._names)
