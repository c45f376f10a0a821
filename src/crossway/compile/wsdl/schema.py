"""XML Schema 1.0 as a table of types: what its elements hold, and what that is in JSON.

Only what somebody asks for is read, so that a large schema costs no more than what is used of it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from msgspec import structs

from crossway.compile.wsdl.markup import Node, WsdlError, clark, read
from crossway.model.messages import UNBOUNDED, Choice, Field, Kind, Type

XSD: Final = "http://www.w3.org/2001/XMLSchema"
SOAP_ENCODING: Final = "http://schemas.xmlsoap.org/soap/encoding/"
_ANY_TYPE: Final = clark(XSD, "anyType")
_PARTICLES: Final = ("sequence", "choice", "all", "group")
MOST_TYPES: Final = 20_000
"""The types of one table."""
DEEPEST: Final = 60
"""How many types may stand inside, or upon, one another without a name between them."""

_INTEGERS: Final = """integer long int short byte nonNegativeInteger positiveInteger nonPositiveInteger
    negativeInteger unsignedLong unsignedInt unsignedShort unsignedByte"""
_TOKENS: Final = """anySimpleType anyURI QName NOTATION hexBinary token language Name NCName NMTOKEN ID IDREF ENTITY
    duration dateTime time date gYearMonth gYear gMonthDay gDay gMonth"""
_KINDS: Final[Mapping[str, Kind]] = {
    "string": "string",
    "normalizedString": "string",
    "boolean": "boolean",
    "decimal": "decimal",
    "float": "double",
    "double": "double",
    "base64Binary": "base64",
    "anyType": "anything",
    **dict.fromkeys(_INTEGERS.split(), "integer"),
    **dict.fromkeys(_TOKENS.split(), "token"),
}
_LISTS: Final = ("NMTOKENS", "IDREFS", "ENTITIES")
_FACETS: Final[Mapping[str, str]] = {
    "minInclusive": "minimum",
    "maxInclusive": "maximum",
    "minExclusive": "exclusiveMinimum",
    "maxExclusive": "exclusiveMaximum",
    "minLength": "minLength",
    "maxLength": "maxLength",
}


@dataclass(frozen=True, slots=True)
class _Declared:
    """A declaration, and what its document says of all in it."""

    node: Node
    namespace: str
    elements_qualified: bool
    attributes_qualified: bool

    def at(self, node: Node) -> _Declared:
        return replace(self, node=node)


@dataclass(slots=True)
class _Content:
    """What a type holds, while it is put together."""

    fields: list[Field] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    attributes: dict[str, Field] = field(default_factory=dict)
    open: bool = False
    turns: int = 0


class Schemas:
    """All schemas of a definition, and the table of the types that were asked for."""

    def __init__(self, beside: Mapping[str, bytes]) -> None:
        self._beside = beside
        self._read: set[tuple[str, str]] = set()
        self._declared: dict[str, dict[str, _Declared]] = {
            kind: {} for kind in ("element", "complexType", "simpleType", "group", "attributeGroup", "attribute")
        }
        self._heirs: dict[str, list[str]] = {}
        self._stand_ins: dict[str, list[str]] = {}
        self._missing: list[str] = []
        self._numbers: dict[str, int] = {}
        self._types: list[Type] = []
        self._left: list[tuple[int, str, _Declared]] = []
        """Types that somebody refers to, and that were not read yet: they are read one after another, and not within
        one another."""
        self.formats: dict[int, dict[str, object]] = {}
        """What else JSON Schema can say of types that are texts, by their numbers."""

    @property
    def types(self) -> tuple[Type, ...]:
        """The table."""
        while self._left:
            number, name, declared = self._left.pop()
            made = structs.replace(self._complex(declared, name, 0), name=name)
            self._types[number] = structs.replace(made, derived=dict(self._derived(name)))
        return tuple(self._types)

    def add(self, schema: Node, directory: str = "", namespace: str | None = None) -> None:
        """Take in a schema that stands in *directory*, and those it includes; *namespace* is that of its includer."""
        target = schema.get("targetNamespace") or namespace or ""
        qualified = [schema.get(f"{what}FormDefault") == "qualified" for what in ("element", "attribute")]
        for node in schema.each(XSD):
            if node.local in ("include", "import", "redefine"):
                if node.local == "redefine":
                    raise WsdlError("unsupported", "a schema redefines another one, which is not supported")
                self._follow(node, directory, target if node.local == "include" else None)
            elif node.local in self._declared:
                name = clark(target, node.get("name"))
                declared = _Declared(node, target, *qualified)
                self._declared[node.local].setdefault(name, declared)
                self._note(node, name)

    def _follow(self, node: Node, directory: str, namespace: str | None) -> None:
        place = node.get("schemaLocation")
        if not place:
            return
        name = posixpath.normpath(posixpath.join(directory, place))
        content = self._beside.get(name)
        if content is None:
            self._missing.append(place)
            return
        if (name, namespace or "") not in self._read:
            self._read.add((name, namespace or ""))
            self.add(read(content, name), posixpath.dirname(name), namespace)

    def _note(self, node: Node, name: str) -> None:
        if head := node.get("substitutionGroup"):
            self._stand_ins.setdefault(node.qualified(head), []).append(name)
        for content in node.each(XSD, "complexContent", "simpleContent"):
            for derivation in content.each(XSD, "extension", "restriction"):
                self._heirs.setdefault(derivation.qualified(derivation.get("base")), []).append(name)

    def element(self, name: str, depth: int = 0) -> int:
        """Return the number of the type of the global element *name*."""
        return self._type_of(self._find("element", name), f"element {name}", depth)

    def named(self, name: str) -> int:
        """Return the number of the type *name*."""
        if name in self._numbers:
            return self._numbers[name]
        namespace, _, local = name.removeprefix("{").rpartition("}")
        if namespace == XSD:
            return self._built_in(name, local)
        if declared := self._declared["complexType"].get(name):
            number = self._put(name, Type())
            self._left.append((number, name, declared))
            return number
        if declared := self._declared["simpleType"].get(name):
            return self._define(name, declared, 0)
        if namespace == SOAP_ENCODING:
            raise WsdlError("unsupported", f"the type {local} of SOAP's own encoding (rpc/encoded) is not supported")
        raise self._lost("type", name)

    def wrapper(self, name: str, parts: list[tuple[str, int]]) -> int:
        """Return the number of a type with *parts* as its elements: of a body in the style `rpc`."""
        fields = tuple(Field(part, part, number) for part, number in parts)
        return self._put(f"parts {name}", Type(fields=fields))

    def _find(self, kind: str, name: str) -> _Declared:
        if declared := self._declared[kind].get(name):
            return declared
        raise self._lost(kind, name)

    def _lost(self, kind: str, name: str) -> WsdlError:
        hint = ""
        if self._missing:
            hint = f"these imports were not found, and nothing is fetched: {', '.join(self._missing[:5])}"
        return WsdlError("broken", f"there is no {kind} {name}", hint)

    def _put(self, name: str, made: Type) -> int:
        self._numbers[name] = len(self._types)
        if len(self._types) >= MOST_TYPES:
            raise WsdlError("unsupported", f"the operations need more than {MOST_TYPES} types")
        self._types.append(made)
        return self._numbers[name]

    def _built_in(self, name: str, local: str) -> int:
        if local in _LISTS:
            return self._put(name, Type("token", listed=True))
        if local not in _KINDS:
            raise WsdlError("broken", f"XML Schema has no type {local!r}")
        number = self._put(name, Type(_KINDS[local]))
        self.formats[number] = {"description": f"xs:{local}"} if _KINDS[local] == "token" else {}
        return number

    def _define(self, name: str, declared: _Declared, depth: int) -> int:
        """Return the number of a type that is declared here, which it has before it is read."""
        if depth > DEEPEST:
            raise WsdlError("unsupported", f"more than {DEEPEST} types stand inside one another")
        number = self._put(name, Type())
        if declared.node.local == "simpleType":
            self._types[number], self.formats[number] = self._simple(declared, depth)
        else:
            self._types[number] = self._complex(declared, name, depth)
        return number

    def _derived(self, name: str) -> Iterator[tuple[str, int]]:
        """Yield the types that stand upon *name*, however far."""
        left, seen = list(self._heirs.get(name, ())), {name}
        while left:
            heir = left.pop(0)
            if heir not in seen:
                seen.add(heir)
                yield heir.rpartition("}")[2], self.named(heir)
                left += self._heirs.get(heir, ())

    def _type_of(self, declared: _Declared, label: str, depth: int = 0) -> int:
        """Return the number of the type of an element or an attribute."""
        node = declared.node
        if label in self._numbers:
            return self._numbers[label]
        if name := node.get("type"):
            return self.named(node.qualified(name))
        for inner in node.each(XSD, "complexType", "simpleType"):
            return self._define(label, declared.at(inner), depth + 1)
        if head := node.get("substitutionGroup"):
            if depth > DEEPEST:
                raise WsdlError("broken", f"{label} stands for more than {DEEPEST} others")
            return self.element(node.qualified(head), depth + 1)
        return self.named(clark(XSD, "anySimpleType") if node.local == "attribute" else _ANY_TYPE)

    def _simple(self, declared: _Declared, depth: int) -> tuple[Type, dict[str, object]]:
        node = declared.node
        if restriction := node.first(XSD, "restriction"):
            inner = restriction.first(XSD, "simpleType")
            if inner is not None:
                base, format_ = self._simple(declared.at(inner), depth + 1)
            else:
                number = self._text(restriction, restriction.get("base"))
                base, format_ = self._types[number], dict(self.formats.get(number, {}))
            values = tuple(each.get("value") for each in restriction.each(XSD, "enumeration"))
            return structs.replace(base, values=values or base.values, name=""), format_ | _facets(restriction, base)
        if listed := node.first(XSD, "list"):
            inner = listed.first(XSD, "simpleType")
            if inner is not None:
                item, format_ = self._simple(declared.at(inner), depth + 1)
            else:
                number = self._text(listed, listed.get("itemType"))
                item, format_ = self._types[number], self.formats.get(number, {})
            return structs.replace(item, listed=True), dict(format_)
        return Type("token"), {}  # a union: any of its texts

    def _text(self, node: Node, name: str) -> int:
        """Return the number of the type *name*, which is to be a text."""
        number = self.named(node.qualified(name))
        if not self._types[number].is_text:
            raise WsdlError("broken", f"{name} is used as the type of a text, and is none that was declared before")
        return number

    def _complex(self, declared: _Declared, label: str, depth: int) -> Type:
        content = _Content()
        kind, values, listed, mixed = self._fill(content, declared, label, depth)
        return Type(
            kind=kind,
            values=values,
            listed=listed,
            fields=_distinct(content.fields),
            choices=tuple(content.choices),
            attributes=tuple(content.attributes.values()),
            open=content.open,
            mixed=mixed,
            abstract=declared.node.get("abstract") in ("true", "1"),
        )

    def _fill(
        self, content: _Content, declared: _Declared, label: str, depth: int
    ) -> tuple[Kind, tuple[str, ...], bool, bool]:
        """Add what a complex type holds to *content*; return kind, values and whether it is a list or mixed."""
        if depth > DEEPEST:
            raise WsdlError("unsupported", f"{label} stands upon more than {DEEPEST} types")
        node = declared.node
        mixed = node.get("mixed") in ("true", "1")
        for form in node.each(XSD, "simpleContent", "complexContent"):
            mixed = mixed or form.get("mixed") in ("true", "1")
            for derivation in form.each(XSD, "extension", "restriction"):
                return self._derive(content, declared.at(derivation), label, depth, mixed=mixed)
        self._own(content, declared, depth)
        return ("string" if mixed and not content.fields and not content.open else ""), (), False, mixed

    def _derive(
        self, content: _Content, declared: _Declared, label: str, depth: int, *, mixed: bool
    ) -> tuple[Kind, tuple[str, ...], bool, bool]:
        node = declared.node
        name = node.qualified(node.get("base"))
        base = self._declared["complexType"].get(name)
        kind: Kind = ""
        values: tuple[str, ...] = ()
        listed = False
        if base is not None:
            kind, values, listed, upon = self._fill(content, base, label, depth + 1)
            mixed = mixed or upon
            if node.local == "restriction":
                content.fields.clear()  # a restriction says again what is left of them
                content.choices.clear()
                content.open = False
        elif name == clark(SOAP_ENCODING, "Array"):
            raise WsdlError("unsupported", "arrays of SOAP's own encoding (rpc/encoded) are not supported")
        elif name != _ANY_TYPE:
            number = self._text(node, node.get("base"))
            kind, values, listed = structs.astuple(self._types[number])[:3]
        values = tuple(each.get("value") for each in node.each(XSD, "enumeration")) or values
        self._own(content, declared, depth)
        return kind, values, listed, mixed

    def _own(self, content: _Content, declared: _Declared, depth: int) -> None:
        """Add the elements and attributes that stand in *declared* itself."""
        for particle in declared.node.each(XSD, *_PARTICLES):
            self._particle(content, declared.at(particle), 1, 1, 0, depth)
        self._attributes(content, declared, depth)

    def _particle(
        self, content: _Content, declared: _Declared, least: int, most: int, turns: int, depth: int
    ) -> tuple[str, ...]:
        """Add what a particle holds; return the keys."""
        if depth > DEEPEST:
            raise WsdlError("unsupported", f"groups stand more than {DEEPEST} deep inside one another")
        node = declared.node
        own_most = _occurs(node, "maxOccurs")
        least *= _occurs(node, "minOccurs")
        most = UNBOUNDED if UNBOUNDED in (most, own_most) and 0 not in (most, own_most) else most * own_most
        if node.local == "element":
            return self._add_element(content, declared, least, most, turns, depth)
        if node.local == "any":
            content.open = True
            return ()
        if most == 0:
            return ()
        if node.local == "group":
            group = self._find("group", node.qualified(node.get("ref")))
            inner = [group.at(child) for child in group.node.each(XSD, *_PARTICLES)]
            return self._all(content, inner, least, most, turns, depth)
        inner = [declared.at(child) for child in node.each(XSD, *_PARTICLES, "element", "any")]
        if node.local == "choice":
            return self._choose(content, inner, least, most, turns, depth)
        if own_most != 1 and len(inner) > 1:
            content.turns += 1
            turns = content.turns
        return self._all(content, inner, least, most, turns, depth)

    def _all(
        self, content: _Content, inner: list[_Declared], least: int, most: int, turns: int, depth: int
    ) -> tuple[str, ...]:
        keys = [self._particle(content, each, least, most, turns, depth + 1) for each in inner]
        return tuple(key for each in keys for key in each)

    def _choose(
        self, content: _Content, inner: list[_Declared], least: int, most: int, turns: int, depth: int
    ) -> tuple[str, ...]:
        before = content.open
        content.open = False
        keys = [self._particle(content, each, 0, most, turns, depth + 1) for each in inner]
        if most == 1 and len(inner) > 1 and all(keys):
            content.choices.append(Choice(tuple(keys), required=least > 0 and not content.open))
        content.open = content.open or before
        return tuple(key for each in keys for key in each)

    def _add_element(
        self, content: _Content, declared: _Declared, least: int, most: int, turns: int, depth: int
    ) -> tuple[str, ...]:
        node = declared.node
        if most == 0:
            return ()
        if not (ref := node.get("ref")):
            form = node.get("form")
            qualified = form == "qualified" or (not form and declared.elements_qualified)
            tag = clark(declared.namespace if qualified else "", node.get("name"))
            label = f"{id(declared.node)}"
            return (self._field(content, tag, declared, self._type_of(declared, label, depth), (least, most, turns)),)
        name = node.qualified(ref)
        names = [name, *self._substitutes(name)]
        if len(names) > 1:
            found = {name: self._find("element", name) for name in names}
            concrete = [name for name in names if found[name].node.get("abstract") not in ("true", "1")]
            keys = [self._field(content, each, found[each], self.element(each), (0, most, turns)) for each in concrete]
            if most == 1 and len(keys) > 1:
                content.choices.append(Choice(tuple((key,) for key in keys), required=least > 0))
            return tuple(keys)
        return (self._field(content, name, self._find("element", name), self.element(name), (least, most, turns)),)

    def _substitutes(self, head: str) -> Iterator[str]:
        left, seen = list(self._stand_ins.get(head, ())), {head}
        while left:
            name = left.pop(0)
            if name not in seen:
                seen.add(name)
                yield name
                left += self._stand_ins.get(name, ())

    def _field(
        self, content: _Content, tag: str, declared: _Declared, number: int, occurs: tuple[int, int, int]
    ) -> str:
        least, most, turns = occurs
        local = tag.rpartition("}")[2]
        key = local if all(there.key != local or there.tag == tag for there in content.fields) else tag
        nillable = declared.node.get("nillable") in ("true", "1")
        fixed = declared.node.get("fixed")
        content.fields.append(Field(key, tag, number, least, most, nillable=nillable, turns=turns, fixed=fixed))
        return key

    def _attributes(self, content: _Content, declared: _Declared, depth: int) -> None:
        if depth > DEEPEST:
            raise WsdlError("unsupported", f"groups of attributes stand more than {DEEPEST} deep inside one another")
        for node in declared.node.each(XSD, "attribute", "attributeGroup"):
            if node.local == "attributeGroup":
                self._attributes(content, self._find("attributeGroup", node.qualified(node.get("ref"))), depth + 1)
                continue
            here = declared.at(node)
            if ref := node.get("ref"):
                tag = node.qualified(ref)
                known = self._declared["attribute"].get(tag)
                # `xml:lang` stands in no schema of ours: it is a text.
                here = known or declared.at(Node(f"{XSD} attribute", {}, {}))
            else:
                form = node.get("form")
                qualified = form == "qualified" or (not form and declared.attributes_qualified)
                tag = clark(declared.namespace if qualified else "", node.get("name"))
            if node.get("use") == "prohibited":
                content.attributes.pop(tag, None)
                continue
            number = self._type_of(here, f"{id(here.node)}", depth)
            least = int(node.get("use") == "required")
            key = f"@{tag.rpartition('}')[2]}"
            content.attributes[tag] = Field(key, tag, number, least, fixed=node.get("fixed"))


def _distinct(fields: list[Field]) -> tuple[Field, ...]:
    """Return *fields* with one in the place of those that have the same name: it may be there as often as they may."""
    found: dict[str, Field] = {}
    for each in fields:
        if (there := found.pop(each.tag, None)) is not None:
            most = UNBOUNDED if UNBOUNDED in (there.most, each.most) else there.most + each.most
            each = structs.replace(each, least=min(there.least, each.least), most=most)
        found[each.tag] = each
    return tuple(found.values())


def _occurs(node: Node, name: str) -> int:
    text = node.get(name, "1").strip()
    if text == "unbounded":
        return UNBOUNDED
    if not text.isdecimal() or len(text) > 9:
        raise WsdlError("broken", f"{name} is {text!r}, which is no number")
    return int(text)


def _facets(restriction: Node, base: Type) -> dict[str, object]:
    """Return what JSON Schema calls the limits of a restriction."""
    found: dict[str, object] = {}
    for facet in restriction.each(XSD, *_FACETS):
        text = facet.get("value").strip()
        is_length = facet.local.endswith("Length")
        try:
            number: object = int(text) if is_length or base.kind == "integer" else float(text)
        except ValueError:
            continue
        if is_length == (base.kind in ("string", "token")):
            found[_FACETS[facet.local]] = number
    return found
