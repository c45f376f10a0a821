"""JSON to XML by a table of types. Law: JSON to XML and back is the same, for every value of every schema."""

import base64
import string
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from crossway.model.messages import UNBOUNDED, Choice, Element, Field, Type
from crossway.runtime.soap import envelope
from crossway.runtime.soap.reading import Reader, parse
from crossway.runtime.soap.values import UnfitError
from crossway.runtime.soap.writing import Writer

NAMES = st.text(string.ascii_letters, min_size=1, max_size=4)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
TOKENS = st.text(string.ascii_letters + string.digits + "äß漢", min_size=1, max_size=8)
VALUES: dict[str, SearchStrategy[Any]] = {
    "string": TEXTS | st.sampled_from(["\t\r\n ", "]]>", "<!--", "&amp;", '"']),
    "token": TOKENS,
    "boolean": st.booleans(),
    "integer": st.integers(),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**12), max_value=10**12),
    "double": st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(["INF", "-INF", "NaN"]),
    "base64": st.binary(max_size=12).map(lambda data: base64.b64encode(data).decode()),
}


@composite
def tables(draw: DrawFn) -> tuple[Type, ...]:
    """Return types of which the first is an object; any object may hold any other one, and itself."""
    texts = [Type(kind) for kind in VALUES]
    texts += [Type("token", values=("a", "b")), Type("integer", listed=True), Type("token", listed=True)]
    objects = draw(st.integers(1, 4))
    numbers = st.integers(0, objects + len(texts) - 1)
    plain = st.integers(objects, objects + len(texts) - 1)
    made = []
    for number in range(objects):
        keys = draw(st.lists(NAMES, max_size=5, unique_by=str.lower))
        space = draw(st.sampled_from(["", "{urn:a}", "{urn:b & c}"]))
        fields = []
        for key in keys:
            most = draw(st.sampled_from([1, 1, UNBOUNDED]))
            kind = draw(numbers)
            fields.append(Field(key, space + key, kind, 0 if kind < objects else draw(st.integers(0, 1)), most))
        turns = draw(st.booleans())
        fields = [
            Field(f.key, f.tag, f.type, f.least, f.most, nillable=draw(st.booleans()), turns=int(turns and f.most != 1))
            for f in fields
        ]
        attributes = tuple(
            Field(f"@{key}", draw(st.sampled_from(["", "{urn:a}"])) + key, draw(plain), draw(st.integers(0, 1)))
            for key in draw(st.lists(NAMES, max_size=2, unique=True))
        )
        choices: tuple[Choice, ...] = ()
        optional = [field.key for field in fields if not field.least]
        if len(optional) > 1 and draw(st.booleans()):
            choices = (Choice(((optional[0],), (optional[1],))),)
        made.append(Type(fields=tuple(fields), attributes=attributes, choices=choices, name=f"{{urn:a}}T{number}"))
    return (*made, *texts)


@composite
def values(draw: DrawFn, types: tuple[Type, ...], number: int, depth: int = 0) -> Any:
    """Return a value of the type with this number."""
    kind = types[number]
    if kind.is_text:
        one = st.sampled_from(kind.values) if kind.values else VALUES[kind.kind]
        return draw(st.lists(one, max_size=3)) if kind.listed else draw(one)
    value: dict[str, Any] = {}
    for field in kind.attributes:
        if field.least or draw(st.booleans()):
            value[field.key] = draw(values(types, field.type))
    left_out = {draw(st.sampled_from(each.alternatives))[0] for each in kind.choices}
    chosen = {key for each in kind.choices for keys in each.alternatives for key in keys}
    for field in kind.fields:
        item = values(types, field.type, depth + 1)
        if field.nillable:
            item = item | st.none()
        is_there = field.key not in left_out and (field.least or (depth < 4 and draw(st.booleans())))
        if field.most != 1:
            items = draw(st.lists(item, min_size=field.least, max_size=3)) if is_there else []
            if items or field.key not in chosen:
                value[field.key] = items
        elif is_there:
            value[field.key] = draw(item)
    return value


@composite
def messages(draw: DrawFn) -> tuple[tuple[Type, ...], Any]:
    types = draw(tables())
    return types, draw(values(types, 0))


def back(types: tuple[Type, ...], value: Any) -> Any:
    """Return what is read of *value*, of the first of *types*, as it was written into an envelope."""
    element = Element("Root", "{urn:root}Root", 0)
    writer = Writer(types, [element])
    content = envelope.write("1.1", writer.element(element, value), (), writer.declarations)
    return Reader(types).read(0, envelope.read(content).body[0])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(messages())
def test_json_to_xml_and_back_is_the_same(message: tuple[tuple[Type, ...], Any]) -> None:
    types, value = message
    assert back(types, value) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)
)


@settings(max_examples=80, deadline=None)
@given(JSON, tables())
def test_any_value_is_refused_or_written_so_that_it_can_be_read(value: Any, types: tuple[Type, ...]) -> None:
    with suppress(UnfitError):
        back(types, value)


def test_elements_of_a_sequence_that_repeats_take_turns() -> None:
    fields = tuple(Field(key, key, 1, 0, UNBOUNDED, turns=1) for key in "ab")
    types = (Type(fields=(*fields, Field("c", "c", 1))), Type("integer"))
    element = Element("Root", "Root", 0)
    value = {"a": [1, 2, 3], "b": [4, 5, 6], "c": 7}
    written = Writer(types, [element]).element(element, value)
    assert written == "<Root><a>1</a><b>4</b><a>2</a><b>5</b><a>3</a><b>6</b><c>7</c></Root>"
    assert Reader(types).read(0, parse(written.encode())) == value


def test_fields_without_an_element_are_refused_or_left_out() -> None:
    types = (Type(fields=(Field("a", "a", 1),)), Type("integer"))
    element = Element("Root", "Root", 0)
    value = {"a": 1, "b": {"c": []}}
    with pytest.raises(UnfitError, match="has no field 'b'"):
        Writer(types, [element]).element(element, value)
    assert Writer(types, [element], strict=False).element(element, value) == "<Root><a>1</a></Root>"


def test_what_is_fixed_is_there_by_itself() -> None:
    types = (
        Type(fields=(Field("a", "a", 1, fixed="x & y"),), attributes=(Field("@v", "v", 1, fixed="1"),)),
        Type("string"),
    )
    element = Element("Root", "Root", 0)
    assert Writer(types, [element]).element(element, {}) == '<Root v="1"><a>x &amp; y</a></Root>'


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"a": [{"b": "x"}, {"b": 1}]}, "a[0].b has to be a whole number"),
        ({"a": []}, "a is missing"),
        ({"a": [{"b": 1}] * 3}, "a has 3 items, and 1 to 2 are allowed"),
        ({"a": [None]}, "a[0] is null"),
        ([], "it has to be an object"),
    ],
)
def test_the_place_of_what_does_not_fit_is_told(value: Any, told: str) -> None:
    types = (Type(fields=(Field("a", "a", 1, 1, 2),)), Type(fields=(Field("b", "b", 2),)), Type("integer"))
    element = Element("Root", "Root", 0)
    with pytest.raises(UnfitError) as caught:
        Writer(types, [element]).element(element, value)
    assert str(caught.value) == told


def test_objects_stand_in_one_another_only_so_deep() -> None:
    types = (Type(fields=(Field("a", "a", 0, 0),)),)
    element = Element("Root", "Root", 0)
    value: dict[str, Any] = {}
    for _ in range(100):
        value = {"a": value}
    with pytest.raises(UnfitError, match="more than 64 objects inside one another"):
        Writer(types, [element]).element(element, value)
