import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.runtime.dubbo.reading import MalformedError, read


@pytest.mark.parametrize(
    ("data", "value"),
    [
        # The examples of the specification.
        (b"\x90", 0),
        (b"\x80", -16),
        (b"\xbf", 47),
        (b"\xc8\x00", 0),
        (b"\xc0\x00", -2048),
        (b"\xcf\xff", 2047),
        (b"\xd4\x00\x00", 0),
        (b"\xd7\xff\xff", 262143),
        (b"I\x00\x04\x00\x00", 262144),
        (b"\xe0", 0),
        (b"\xd8", -8),
        (b"\xef", 15),
        (b"\xf8\x00", 0),
        (b"\xf0\x00", -2048),
        (b"\x3c\x00\x00", 0),
        (b"\x38\x00\x00", -262144),
        (b"\x59\x80\x00\x00\x00", -(2**31)),
        (b"\x5b", 0.0),
        (b"\x5c", 1.0),
        (b"\x5d\x80", -128.0),
        (b"\x5e\x7f\xff", 32767.0),
        (b"\x5f\x00\x00\x30\x39", 12.345),
        (b"D\x40\x28\x80\x00\x00\x00\x00\x00", 12.25),
        (b"\x00", ""),
        (b"\x05hello", "hello"),
        (b"\x01\xc3\x83", "\u00c3"),
        (b"S\x00\x05hello", "hello"),
        (b"R\x00\x07hello, \x05world", "hello, world"),
        (b"\x30\x02ab", "ab"),
        (b"\x20", ""),
        (b"\x23\x01\x02\x03", "AQID"),
        (b"\x34\x01\xff", "/w=="),
        (b"J\x00\x00\x00\xd0\x4b\x92\x84\xb8", "1998-05-08T09:51:31Z"),
        (b"K\x00\xe3\x83\x8f", "1998-05-08T09:51:00Z"),
        (b"V\x04[int\x92\x90\x91", [0, 1]),
        (b"\x72\x04[int\x90\x91", [0, 1]),
        (b"\x57\x90\x91Z", [0, 1]),
        (b"U\x04[int\x90\x91Z", [0, 1]),
        (b"\x7a\x90\x91", [0, 1]),
        (b"X\x92\x90\x91", [0, 1]),
        (b"H\x91\x03fee\xa0\x03fieZ", {"1": "fee", "16": "fie"}),
        (b"M\x13com.caucho.test.Car\x05color\x0aaquamarineZ", {"color": "aquamarine"}),
        (
            b"C\x0bexample.Car\x92\x05color\x05modelO\x90\x03red\x08corvette",
            {"color": "red", "model": "corvette"},
        ),
        (b"\x7aC\x01a\x91\x01b\x60\x90\x51\x91", [{"b": 0}, {"b": 0}]),
        (b"\x02\xed\xa0\xbd\xed\xb8\x80", "\U0001f600"),
        (b"\x02\xf0\x9f\x98\x80", "\U0001f600"),
    ],
)
def test_every_kind_is_read(data: bytes, value: object) -> None:
    assert read(data) == value


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "ends too early"),
        (b"\x05hell", "ends too early|value that is none"),
        (b"I\0", "ends too early"),
        (b"\x90\x90", "goes on behind its end"),
        (b"\x7f" + b"\x7f" * 100, "levels deep"),
        (b"\x79\x51\x90", "holds itself"),
        (b"@", "of no kind"),
        (b"\x51\x90", "ends too early"),
        (b"X\x7e\x90", "levels deep"),
        (b"XI\x7f\xff\xff\xff", "ends too early"),
        (b"D\x7f\xf0\0\0\0\0\0\0", "a number that JSON has not"),
        (b"H\x78\x90Z", "no text"),
        (b"\x01\xff", "value that is none|ends too early"),
        (b"J\x7f\xff\xff\xff\xff\xff\xff\xff", "value that is none"),
        (b"C\x01a\x91\x01bO\x95", "ends too early"),
    ],
)
def test_what_is_none_is_told(data: bytes, told: str) -> None:
    with pytest.raises(MalformedError, match=told):
        read(data)


def test_little_that_means_much_is_refused() -> None:
    """Lists that each hold the one before them ten times: a few hundred bytes for ten to the fortieth values."""
    bomb = b"X" + b"I\0\0\0\x28" + b"\x78"
    for number in range(1, 40):
        bomb += b"X\x9a" + (b"\x51" + bytes((0x90 + number,))) * 10
    with pytest.raises(MalformedError, match=r"more than 200000 values|levels deep"):
        read(bomb)


@given(st.binary(max_size=60))
def test_nothing_else_is_raised(data: bytes) -> None:
    with contextlib.suppress(MalformedError):
        read(data)
