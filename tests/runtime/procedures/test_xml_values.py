from datetime import datetime
from xmlrpc.client import Binary, DateTime, dumps, loads

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.runtime.procedures.xml_values import (
    FaultError,
    MalformedError,
    read_answer,
    read_call,
    write_answer,
    write_call,
    write_fault,
)

TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_again_by_us_and_by_others(value: object) -> None:
    assert read_answer(write_answer(value)) == value
    ((theirs,), _) = loads(write_answer(value).decode())
    assert theirs == value
    assert read_call(write_call("a.b", [value])) == ("a.b", [value])


def test_dates_and_bytes_are_text() -> None:
    when = DateTime(datetime(1998, 7, 17, 14, 8, 55))  # noqa: DTZ001  # XML-RPC knows no zones
    assert read_call(dumps((when, Binary(b"\0\xff")), "a").encode()) == ("a", ["1998-07-17T14:08:55", "AP8="])


def test_a_fault_is_one() -> None:
    with pytest.raises(FaultError) as caught:
        read_answer(write_fault(-4, "a\0<b>"))
    assert (caught.value.code, caught.value.text) == (-4, "a\N{REPLACEMENT CHARACTER}<b>")


@pytest.mark.parametrize(
    "content", [b"<methodResponse/>", b"<methodResponse><params/></methodResponse>", b"{}", b"<a/>"]
)
def test_what_is_no_answer_is_told(content: bytes) -> None:
    with pytest.raises(MalformedError):
        read_answer(content)


@pytest.mark.parametrize("value", [2**63, "\x01", {"\x01": 1}, b"", object()])
def test_what_no_value_can_be_is_told(value: object) -> None:
    with pytest.raises(ValueError, match=r"beyond|character|is no value"):
        write_answer(value)


def test_what_is_nested_too_deeply_is_told() -> None:
    value: object = 1
    for _ in range(100):
        value = [value]
    with pytest.raises(ValueError, match="more than 64 levels"):
        write_answer(value)
