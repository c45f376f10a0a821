"""What a foreign dialect is: the concepts of a language, each with its schema and its translation into the model.

A dialect is a folder with one file for each concept. A concept is a schema (a `Foreign`) whose fields say what becomes
of them, and a pure query that turns one object into resources of the model. It asks for the other objects it depends on
by `Read`, so an edit costs the objects that it touches.

Law: nothing of a foreign object is lost. Each field of its schema is `Mapped`, `Ignored` for a reason that is
harmless, or `Refused` for a reason; what the schema does not know is refused. What is refused closes what it stands in
and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from crossway.dialects.native import Loaded
from crossway.dialects.source import Source
from crossway.memo import Index, Read, Table
from crossway.model import FieldPath, Finding, Findings, Part, Ref


@dataclass(frozen=True, slots=True)
class Mapped:
    """The fate of a field that the model can say."""

    to: str
    """Where it goes, in the words of the native configuration: ``routes.matches.path``."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """The fate of a field without which everything is as it should be."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The fate of a field that Crossway cannot do, or not yet: what it stands in is closed."""

    why: str


Fate = Mapped | Ignored | Refused


class Foreign(Part):
    """A piece of a foreign schema. Its fields have the names of the foreign language, by alias where they need one.

    A field whose type is no `Foreign` carries its `Fate` in `Annotated`.
    """


F = TypeVar("F", bound=Foreign)


class Key(NamedTuple):
    """The identity of a foreign object."""

    kind: str
    """The concept, with the group that it belongs to: ``gateway.networking.k8s.io/HTTPRoute``, ``kong/route``."""
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.rpartition('/')[2]} {self.namespace}/{self.name}"


class Entity(NamedTuple):
    """One object of a document, not looked into yet."""

    key: Key
    version: str
    """The version of the concept that it is written in; empty in a language that has none."""
    path: FieldPath
    """Where it stands in the document."""
    value: object


@dataclass(frozen=True, slots=True, eq=False)
class Object(Generic[F]):
    """One foreign object. Two are equal only if they are one: a text that stays gives the same object again."""

    key: Key
    value: F
    """What it says, without the fields that are wrong."""
    source: Source
    wrong: Findings = ()
    """What is wrong with it, refused fields included; the paths begin at the object."""
    gone: tuple[FieldPath, ...] = ()
    """The items of lists that are missing in `value`, because they are wrong; where they stood in the text."""

    def as_written(self, path: FieldPath) -> FieldPath:
        """Return where the field at *path* of `value` stands in the text: items that are missing count there."""
        return as_written(path, self.gone)


def as_written(path: FieldPath, gone: Iterable[FieldPath]) -> FieldPath:
    """Return where the field at *path* of an object stands in the text, given the items of lists that are *gone*."""
    found: FieldPath = ()
    for step in path:
        here = step
        if isinstance(here, int):
            for before in sorted(item[-1] for item in gone if item[:-1] == found and isinstance(item[-1], int)):
                here += before <= here
        found = (*found, here)
    return found


@dataclass(frozen=True, slots=True)
class Made:
    """A resource of the model, made of a foreign object."""

    ref: Ref
    settings: Mapping[str, object]
    """As plain data, the way they are written in native YAML."""
    source: Source
    """The object it was made of."""
    links: Mapping[FieldPath, FieldPath] = field(default_factory=dict)
    """Which field of the object each field was made of. The empty path stands for the resource as a whole."""
    overlay: bool = False
    """Whether it only adds to a resource that another object makes, and is nothing without it."""
    fallback: bool = False
    """Whether it stands only where no document has another resource of its kind in its namespace, as what a product
    does by default. What is wrong with the object that it was made of does not concern it."""
    closed: Finding | None = None
    """Why the resource must let nothing through, whatever it says."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What one object becomes."""

    made: tuple[Made, ...] = ()
    findings: Findings = ()
    """What there is to say about it; the paths begin at the object."""


NOTHING = Translation()

Translate = Callable[[Read, Object[F]], Translation]

Status = Callable[[Read, Object[F]], Mapping[str, object] | None]
"""Returns the status of an object, `None` if it is not Crossway that has to tell it."""


def untranslated(_: Read, __: Object[F]) -> Translation:
    """Return nothing: for a concept that others ask for and that is nothing by itself."""
    return NOTHING


@dataclass(frozen=True, slots=True)
class Concept(Generic[F]):
    """One concept of a foreign language.

    Several of them, each with a schema of its own, are `Concept[Any]`: no type says *some schema, the same one here
    and there*. Whoever takes an object out of such a collection asks for its schema by `find`.
    """

    kind: str
    """As in `Key.kind`."""
    schema: type[F]
    translate: Translate[F] = untranslated
    versions: tuple[str, ...] = ("",)
    """The versions that `schema` reads."""
    atoms: frozenset[str] = frozenset()
    """Parts that mean something only as a whole, such as ``spec.rules[].matches[]``; see `crossway.dialects.fate`."""
    emptied: frozenset[str] = frozenset()
    """Lists that stay where all their items are wrong, such as the rules of a guard: without any, it lets nobody in."""


Split = Callable[[object], Iterable[Entity] | None]
"""Returns the objects in the root of a document, or `None` if that is of another language."""


@dataclass(frozen=True, slots=True)
class Language:
    """How documents of a dialect are recognised. Dialects may share one, as all kinds of Kubernetes do."""

    name: str
    marks: tuple[str, ...]
    """Words of which each document has at least one, so that others need not be looked at."""
    split: Split
    ignored: Mapping[str, str] = field(default_factory=dict)
    """Kinds that are none of Crossway's business, with the reason."""


Write = Callable[[Mapping[Ref, object], Callable[[str], Loaded]], Sequence[object]]
"""Returns the roots of the documents that say what some settings do: plain data, as YAML has it.

Beside the settings it is given what says what a text means, in all languages.
"""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A foreign language, or the part of one that a product adds to it."""

    name: str
    """A word for the command line: ``gateway_api``."""
    title: str
    """The product, for people: ``Kubernetes Gateway API v1.6``."""
    language: Language
    concepts: tuple[Concept[Any], ...]
    indexes: tuple[Index[Key, Any], ...] = ()
    """What its translations look objects up by."""
    readers: Mapping[str, Translate[Any]] = field(default_factory=dict)
    """What it makes of objects whose concept is another dialect's, by kind: of Ingresses that are of its class."""
    write: Write | None = None
    """Says in this dialect what resources of the model do; `None` if nobody needs it."""
    statuses: Mapping[str, Status[Any]] = field(default_factory=dict)
    """What is told in the status of objects, by kind, in the words of the language."""


@dataclass(frozen=True, slots=True)
class Dialects(Iterable[Dialect]):
    """Dialects that are loaded when a document may be in one of them: that takes longer than reading most files."""

    marks: tuple[str, ...]
    """Words of which each foreign document has at least one."""
    load: Callable[[], Iterable[Dialect]]

    def __iter__(self) -> Iterator[Dialect]:
        """Load them."""
        return iter(self.load())


OBJECTS: Table[Key, Object[Any]] = Table("foreign objects")
"""Every foreign object by its identity."""

CONCEPTS: Table[str, Concept[Any]] = Table("foreign concepts")
"""The concept of each kind."""

READERS: Table[str, tuple[Translate[Any], ...]] = Table("other readers of foreign concepts")
"""What other dialects make of the objects of each kind."""

STATUSES: Table[str, Status[Any]] = Table("statuses of foreign objects")
"""What tells the status of the objects of each kind."""


def _kind(_: Read, key: Key) -> frozenset[tuple[str, str]]:
    return frozenset({(key.kind, ""), (key.kind, key.namespace)})


BY_KIND: Index[Key, tuple[str, str]] = Index(OBJECTS, _kind, "foreign objects by kind")
"""By kind and namespace; under the empty one those of all namespaces."""


def of(*kinds: str) -> Callable[[Key], bool]:
    """Return what tells the objects of these *kinds* from others, for an index that has no others."""
    meant = frozenset(kinds)
    return lambda key: key.kind in meant


def find(read: Read, schema: type[F], key: Key) -> Object[F] | None:
    """Return the object of this identity, if there is one and it is what *schema* describes."""
    found = read.input(OBJECTS, key)
    return found if found is not None and isinstance(found.value, schema) else None


def every(read: Read, schema: type[F], kind: str, namespace: str = "") -> tuple[Object[F], ...]:
    """Return the objects of a kind, in one namespace or in all, in the order of their names."""
    found = (find(read, schema, key) for key in read.group(BY_KIND, (kind, namespace)))
    return tuple(item for item in found if item is not None)
