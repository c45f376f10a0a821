from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.dialects.native.values import TextError, parse_yaml, read_yaml


@pytest.mark.parametrize(
    "text", ["on", "off", "yes", "no", "y", "N", "12:30", "2026-11-21", "1_000", "0b1", ".inf", ".nan"]
)
def test_what_only_yaml_1_1_reads_as_something_else_is_text(text):
    assert parse_yaml(f"key: {text}") == [{"key": text}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("017", 17),
        ("08", 8),
        ("-3", -3),
        ("+3", 3),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("'1'", "1"),
        ('"true"', "true"),
        ("!!str 1", "1"),
        ("!!int '1'", 1),
        ("<<", "<<"),
    ],
)
def test_the_core_schema(text, value):
    (document,) = parse_yaml(f"key: {text}")
    assert document["key"] == value
    assert type(document["key"]) is type(value)


@pytest.mark.parametrize("key", ["true", "null", "~", "1", "0x10", "1.0", "on", "12:30"])
def test_a_key_is_the_text_that_stands_there(key):
    assert parse_yaml(f"{key}: 1") == [{key: 1}]


def test_a_merge_gives_way_to_what_is_written_and_to_what_is_merged_earlier():
    text = "base: &a {x: 1, y: 1}\nother: &b {x: 2, z: 2}\nboth: {<<: [*a, *b], y: 3}\n"
    assert parse_yaml(text)[0]["both"] == {"x": 1, "y": 3, "z": 2}


def test_every_key_that_stands_twice_is_named_with_its_place():
    documents, findings = read_yaml("a: 1\nb: {c: 1, c: 2}\na: 2\n")
    assert [(item.code, item.origin.line, item.origin.column) for item in findings] == [
        ("key.duplicate", 2, 11),
        ("key.duplicate", 3, 1),
    ]
    assert documents == [{"a": 2, "b": {"c": 2}}]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: [1\nb: 2", (2, 2)),
        ("a: *b", (1, 4)),
        ("a: {<<: 1}", (1, 9)),
        ("a: !!int x", (1, 4)),
        ("a: !!binary aGk=", (1, 4)),
        ("a: !mine {}", (1, 4)),
        ("a: &a [*a]", (1, 4)),
        ("? [a]\n: b", (1, 3)),
        ("a:\n\tb: 1", (2, 1)),
    ],
)
def test_what_is_no_configuration_is_one_finding_at_its_place(text, place):
    with pytest.raises(TextError) as raised:
        parse_yaml(text)
    finding = raised.value.finding
    assert finding.code == "yaml.syntax"
    assert (finding.origin.line, finding.origin.column) == place


@pytest.mark.parametrize("text", ["a: \x00", "a: \ud800"])
def test_what_is_no_text_at_all(text):
    with pytest.raises(TextError):
        parse_yaml(text)


def test_several_documents():
    assert parse_yaml("a: 1\n---\n---\nb: 2\n...\n") == [{"a": 1}, None, {"b": 2}]
    assert parse_yaml("") == []
    assert parse_yaml("# nothing\n") == []


@given(st.text())
def test_any_text_is_read_or_refused(text):
    with suppress(TextError):
        read_yaml(text)


@pytest.mark.parametrize("text", ["[" * 200_000, "- " * 200_000, "{a: " * 5_000, "[" * 101])
def test_a_text_that_is_too_deep_is_one_finding(text):
    with pytest.raises(TextError) as raised:
        parse_yaml(text)
    assert raised.value.finding.code == "document.too_deep"


def test_as_deep_as_may_be():
    (value,) = parse_yaml("[" * 100 + "]" * 100)
    assert str(value) == "[" * 100 + "]" * 100


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n" for before, name in pairwise("abcdefghi")
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        BOMB.replace("[", "{<<: [").replace("]", "]}").replace("x", "{y: z}"),
        f"a: &a {'x' * 2**20}\nb: [{', '.join(['*a'] * 17)}]\n",
    ],
)
def test_aliases_stand_for_so_much_and_no_more(text):
    with pytest.raises(TextError) as raised:
        parse_yaml(text)
    assert raised.value.finding.code == "document.too_large"


def test_each_document_counts_its_aliases_for_itself():
    text = f"a: &a {'x' * 2**20}\nb: [{', '.join(['*a'] * 15)}]\n"
    assert len(parse_yaml(f"{text}---\n{text}")) == 2
