from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhessian.parser import Parser, ParserV2

from crossway.runtime.dubbo.reading import read
from crossway.runtime.dubbo.writing import write

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXT.filter(lambda key: key != "class"), inner, max_size=4)
    ),
    max_leaves=20,
)


def theirs(data: bytes) -> object:
    """Return what another reader of Hessian 2 makes of *data*."""
    parser = Parser()
    parser.version = 2
    parser._stream = BytesIO(data)
    parser._pos = 0
    return parser.read_object()


@given(VALUES)
def test_what_is_written_is_read_again(value: object) -> None:
    assert read(write(value)) == value


@given(
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.floats(allow_nan=False)
    | st.text("abcäé€", max_size=40)
)
def test_another_reader_reads_the_same(value: object) -> None:
    assert theirs(write(value)) == value


@pytest.mark.parametrize(
    ("value", "java", "expected"),
    [
        (1, "int", b"I\0\0\0\1"),
        (1, "java.lang.Object", b"I\0\0\0\1"),
        (1, "long", b"L\0\0\0\0\0\0\0\1"),
        (1, "double", b"D?\xf0\0\0\0\0\0\0"),
        (2**40, "java.lang.Object", b"L\0\0\1\0\0\0\0\0"),
        ("ab", "java.lang.String", b"\2ab"),
        ("x" * 32, "java.lang.String", b"S\0\x20" + b"x" * 32),
        ("\U0001f600", "java.lang.String", b"\2\xed\xa0\xbd\xed\xb8\x80"),
        ([1], "java.util.List", b"XI\0\0\0\1I\0\0\0\1"),
        ([1], "long[]", b"V\5[longI\0\0\0\1L\0\0\0\0\0\0\0\1"),
        ({"a": True}, "java.util.Map", b"H\1aTZ"),
        ({"id": 1}, "com.example.User", b"C\x10com.example.UserI\0\0\0\1\2idOI\0\0\0\0I\0\0\0\1"),
        (None, "java.lang.String", b"N"),
    ],
)
def test_the_type_of_the_parameter_decides(value: object, java: str, expected: bytes) -> None:
    assert write(value, java) == expected


def test_a_class_is_defined_once() -> None:
    user = {"class": "a.User", "id": 1}
    assert write([user, user]).count(b"a.User") == 1
    assert read(write([user, user])) == [{"id": 1}, {"id": 1}]


def test_a_long_text_is_cut_between_characters() -> None:
    text = "a" + "\U0001f600" * 40_000
    assert read(write(text)) == text


@pytest.mark.parametrize(
    ("value", "java", "told"),
    [
        ("1", "int", "has a text where int is expected"),
        (1, "java.lang.String", "has a number where java.lang.String is expected"),
        (True, "int", "has a truth value where int is expected"),
        ([], "boolean", "has a list where boolean is expected"),
        (2**31, "int", "too large"),
        (2**63, "long", "too large"),
        ({"class": 1}, "java.lang.Object", "a class that is no text"),
    ],
)
def test_what_does_not_fit_is_told(value: object, java: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        write(value, java)


def test_what_is_nested_too_deeply_is_told() -> None:
    value: object = 1
    for _ in range(100):
        value = [value]
    with pytest.raises(ValueError, match="more than 64 levels"):
        write(value)


def test_the_other_reader_is_one_of_hessian_2() -> None:
    assert ParserV2.version == 2
