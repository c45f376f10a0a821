"""Values between JSON and Python."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from crossway.runtime.odata.error import ODataError
from crossway.runtime.odata.values import entity, from_json, to_json
from runtime.odata.shop import sets

each = pytest.mark.parametrize


@each(
    ("kind", "said", "meant"),
    [
        ("Int32", 7, 7),
        ("Int64", 7.0, 7),
        ("Double", 1.5, 1.5),
        ("Boolean", True, True),
        ("Date", "2024-02-29", date(2024, 2, 29)),
        ("DateTimeOffset", "2024-02-29T10:00:00Z", datetime(2024, 2, 29, 10, tzinfo=UTC)),
        ("TimeOfDay", "10:00:00.500000", time(10, 0, 0, 500_000)),
        ("Duration", "P1DT30S", timedelta(days=1, seconds=30)),
        ("Binary", "AQID", b"\1\2\3"),
        ("Guid", "7f0a1b2c-1111-2222-3333-444455556666", "7f0a1b2c-1111-2222-3333-444455556666"),
    ],
)
def test_there_and_back(kind: str, said: object, meant: object) -> None:
    assert from_json(kind, said) == meant
    assert to_json(from_json(kind, said)) == said


@each(
    ("kind", "said"), [("Byte", 256), ("Int16", 2**15), ("Int32", 1.5), ("Int64", True), ("String", 1), ("Date", "x")]
)
def test_what_is_not_of_its_type(kind: str, said: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        from_json(kind, said)


def test_numbers_that_json_has_not() -> None:
    assert [to_json(float(text)) for text in ("nan", "inf", "-inf")] == ["NaN", "INF", "-INF"]
    assert to_json(-timedelta(hours=1, microseconds=500_000)) == "-P0DT3600.5S"


def test_annotations_are_left_out_of_an_entity() -> None:
    spec = sets()["Customers"]
    assert entity(spec, {"@odata.type": "x", "id": 1, "name@a": 2, "name": "n"}, whole=True) == {"id": 1, "name": "n"}
    with pytest.raises(ODataError):
        entity(spec, [], whole=False)
