"""Texts in XML and what they are in JSON."""

from decimal import Decimal
from typing import Any

import pytest

from crossway.model.messages import Kind, Type
from crossway.runtime.soap.values import UnfitError, reader, writer


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", "  a\n", "  a\n"),
        ("token", " 2026-01-01 ", "2026-01-01"),
        ("boolean", " 1 ", True),
        ("boolean", "false", False),
        ("integer", "+007", 7),
        ("decimal", ".50", Decimal("0.50")),
        ("double", "1e3", 1000.0),
        ("double", "-INF", "-INF"),
        ("double", "1e999", "1e999"),
        ("base64", "\nAAAA ", "AAAA"),
        ("integer", "", None),
        ("boolean", " ", None),
    ],
)
def test_a_text_has_a_value(kind: Kind, text: str, value: object) -> None:
    assert reader(Type(kind))(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("boolean", "yes"),
        ("integer", "1.0"),
        ("integer", "9" * 500),
        ("decimal", "12,5"),
        ("decimal", "1e3"),
        ("double", "inf"),
    ],
)
def test_a_text_that_means_nothing_is_told(kind: Kind, text: str) -> None:
    with pytest.raises(UnfitError, match="is no xs:"):
        reader(Type(kind))(text)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("string", '<&>\r"', "&lt;&amp;&gt;&#13;&quot;"),
        ("boolean", True, "true"),
        ("boolean", "0", "0"),
        ("integer", 2**70, str(2**70)),
        ("integer", "-5", "-5"),
        ("decimal", Decimal("1E-7"), "0.0000001"),
        ("decimal", 1e-7, "0.0000001"),
        ("decimal", 5, "5"),
        ("double", Decimal("1E+400"), "1E+400"),
        ("double", "NaN", "NaN"),
        ("base64", "AA==", "AA=="),
    ],
)
def test_a_value_has_a_text(kind: Kind, value: Any, text: str) -> None:
    assert writer(Type(kind))(value) == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", 1),
        ("string", "\x00"),
        ("string", "\ud800"),
        ("boolean", 1),
        ("integer", True),
        ("integer", 1.5),
        ("integer", "\u0661"),
        ("decimal", Decimal("1E+999999999")),
        ("decimal", True),
        ("double", []),
        ("double", "Infinity"),
        ("base64", "<x/>"),
    ],
)
def test_a_value_of_another_kind_is_told(kind: Kind, value: Any) -> None:
    with pytest.raises(UnfitError):
        writer(Type(kind))(value)


def test_lists_and_enumerations() -> None:
    assert reader(Type("integer", listed=True))(" 1  2\n3 ") == [1, 2, 3]
    assert writer(Type("integer", listed=True))([1, 2]) == "1 2"
    assert writer(Type("token", values=("a&b",)))("a&b") == "a&amp;b"
    with pytest.raises(UnfitError, match="has to be one of: a, b"):
        writer(Type("token", values=("a", "b")))("c")
    with pytest.raises(UnfitError, match="an item that is empty"):
        writer(Type("token", listed=True))(["a b"])
