"""Messages in XML, as a schema describes them: a table that a runtime reads and writes them by.

It says what JSON says of them, too, and leaves out everything that only a validator needs. Types refer to each other by
their numbers in the table, so that a type may hold itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct, json

UNBOUNDED: Final = -1
"""`maxOccurs="unbounded"`."""

Kind = Literal["", "string", "token", "boolean", "integer", "decimal", "double", "base64", "anything"]
"""What a text is in JSON. A `token` is a string around which space means nothing; `anything` is any element at all;
an element with an empty kind has no text."""


class Field(Struct, frozen=True, omit_defaults=True):
    """An element inside another one, or an attribute."""

    key: str
    """What it is called in JSON."""
    tag: str
    """What it is called in XML: `{namespace}name`, or `name` in none."""
    type: int
    least: int = 1
    """How often it is there at least."""
    most: int = 1
    """How often at most: a list in JSON if that is not 1."""
    nillable: bool = False
    turns: int = 0
    """The number of the sequence, among those that repeat, whose elements take turns with this one."""
    fixed: str = ""
    """The only value that an attribute or an element may have."""


class Choice(Struct, frozen=True, omit_defaults=True):
    """Elements of which only some may be there together."""

    alternatives: tuple[tuple[str, ...], ...]
    """The keys that may be there together."""
    required: bool = False
    """Whether one of them has to be there."""


class Type(Struct, frozen=True, omit_defaults=True):
    """What stands in an element or an attribute."""

    kind: Kind = ""
    values: tuple[str, ...] = ()
    """The only texts that are allowed; any if empty."""
    listed: bool = False
    """Whether the text is a list of such values with space between them."""
    fields: tuple[Field, ...] = ()
    """Its elements, in their order."""
    choices: tuple[Choice, ...] = ()
    attributes: tuple[Field, ...] = ()
    open: bool = False
    """Whether elements may stand at its end that no schema knows."""
    mixed: bool = False
    """Whether there may be text between its elements."""
    name: str = ""
    """What the schema calls it: `{namespace}name`; empty for one without a name."""
    derived: Mapping[str, int] = {}
    """The types that may stand in its place (`xsi:type`), by their names without a namespace."""
    abstract: bool = False
    """Whether one of those has to."""

    @property
    def is_text(self) -> bool:
        """Whether it is a text in XML, and no object in JSON."""
        return self.kind != "" and not self.attributes and self.kind != "anything"


class Element(Struct, frozen=True, omit_defaults=True):
    """An element that stands alone: a body, a header, the detail of a fault."""

    name: str
    tag: str
    type: int


class Operation(Struct, frozen=True, omit_defaults=True):
    """One operation of a service."""

    input: Element
    output: Element | None = None
    """Nothing for an operation that is not answered."""
    action: str = ""
    """The `SOAPAction`."""
    faults: tuple[Element, ...] = ()
    """What the detail of a fault may be; each is named as the fault is."""
    headers: tuple[Element, ...] = ()
    """Headers that a request has."""
    answer_headers: tuple[Element, ...] = ()
    documentation: str = ""


class Contract(Struct, frozen=True, omit_defaults=True):
    """What a service says of its operations."""

    name: str
    """The name of the service."""
    namespace: str
    operations: Mapping[str, Operation]
    types: tuple[Type, ...]
    version: Literal["1.1", "1.2"] = "1.1"
    """The version of SOAP that its address speaks."""
    path: str = "/"
    """The path of its address."""


ANY_KEY: Final = "#any"
"""The key of elements that no schema knows."""
TEXT_KEY: Final = "#text"
"""The key of a text beside attributes."""
TYPE_KEY: Final = "@xsi:type"
"""The key that says which of the types it is that may stand in a place."""


def encoded(value: object) -> bytes:
    """Return a structure of this module as JSON."""
    return json.encode(value)
