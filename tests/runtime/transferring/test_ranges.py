import pytest

from crossway.runtime.transferring.ranges import Range, Version, asking, range_of, version_of
from crossway.sdk.http import Response


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bytes 0-9/100", Range(0, 10, 100)),
        ("bytes 99-99/100", Range(99, 100, 100)),
        ("bytes 0-9/*", None),
        ("bytes */100", None),
        ("bytes 9-0/100", None),
        ("bytes 0-100/100", None),
        ("items 0-9/100", None),
    ],
)
def test_a_range_is_what_is_known_of_it(text: str, expected: Range | None):
    assert range_of(Response(206, {"content-range": text})) == expected
    assert range_of(Response(200, {"content-range": text})) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"etag": '"a"', "last-modified": "x"}, Version('"a"', None, 7)),
        ({"etag": 'W/"a"', "last-modified": "x"}, Version(None, "x", 7)),
        ({}, Version(None, None, 7)),
    ],
)
def test_a_weak_tag_tells_nothing(fields: dict[str, str], expected: Version):
    assert version_of(Response(206, fields), 7) == expected


def test_the_last_byte_is_named():
    assert asking(0, 10) == "bytes=0-9"
