"""The documents of an OpenAPI definition, and the references between them.

https://spec.openapis.org/oas/v3.1.1.html#reference-object
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import msgspec
import yaml

from crossway.model import Defined
from crossway.policies.graphql.interface import DefinitionError

Schema: TypeAlias = "Mapping[str, Any]"
"""A part of an OpenAPI document, in which others write what they like: whoever takes something out of it checks it."""
_LONGEST: Final = 100
"""References that lead to one another."""


class Documents:
    """The documents of one definition, by their paths relative to the first, which has none."""

    def __init__(self, defined: Defined) -> None:
        """Read the first; `DefinitionError` if it is neither YAML nor JSON."""
        self._beside = defined.beside
        self.root = _parse("", defined.content)
        self._known = {"": self.root}

    def place(self, where: str, schema: Schema) -> str:
        """Return which document the reference *schema*, in the document *where*, leads to, and where in it."""
        file, _, pointer = str(schema["$ref"]).partition("#")
        there = posixpath.normpath(posixpath.join(posixpath.dirname(where), file)) if file else where
        return f"{there}#{pointer}"

    def followed(self, where: str, schema: object) -> tuple[str, Schema]:
        """Return what *schema* is, or refers to, and the document that it stands in.

        `DefinitionError` if there is nothing.
        """
        for _ in range(_LONGEST):
            if not isinstance(schema, dict):
                raise DefinitionError(f"has {_short(schema)} where an object is expected")
            if "$ref" not in schema:
                return where, schema
            where, _, pointer = self.place(where, schema).partition("#")
            schema = self.at(where)
            for step in filter(None, pointer.split("/")):
                word = unquote(step).replace("~1", "/").replace("~0", "~")
                within: object = schema
                if isinstance(within, list) and word.isdecimal() and int(word) < len(within):
                    schema = within[int(word)]
                elif isinstance(within, dict) and word in within:
                    schema = within[word]
                else:
                    raise DefinitionError(f"refers to {where}#{pointer}, which is not there")
        raise DefinitionError("has references that lead to each other")

    def at(self, name: str) -> Schema:
        """Return the document with this path; `DefinitionError` if there is none."""
        if name not in self._known:
            if name not in self._beside:
                raise DefinitionError(f"refers to {name}, which is not there")
            self._known[name] = _parse(name, self._beside[name])
        return self._known[name]


def _parse(name: str, content: bytes) -> Mapping[str, Any]:
    try:
        if content.lstrip()[:1] == b"{":
            document = msgspec.json.decode(content)
        else:
            document = yaml.load(content, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise DefinitionError(f"is no YAML and no JSON{f' in {name}' if name else ''}: {_line(error)}") from None
    if not isinstance(document, dict):
        raise DefinitionError(f"is no object{f' in {name}' if name else ''}")
    return document


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 40 else f"{text[:37]}..."
