import pytest

from crossway.model.transformation import JsonSchema
from crossway.runtime.converting.refusal import Refusal
from crossway.runtime.converting.schema import Check

ORDER = {
    "type": "object",
    "properties": {"id": {"type": "integer", "minimum": 1}, "tags": {"type": "array", "items": {"maxLength": 3}}},
    "required": ["id"],
    "additionalProperties": False,
}


def errors(schema: object, value: object, **settings: object) -> tuple[dict[str, str], ...]:
    check = Check(JsonSchema.model_validate({"body_schema": schema, **settings}))
    with pytest.raises(Refusal) as caught:
        check.check(value)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.status) == ("transform.schema", 400)
    return caught.value.errors


def passes(schema: object, value: object, **settings: object) -> bool:
    Check(JsonSchema.model_validate({"body_schema": schema, **settings})).check(value)  # type: ignore[arg-type]
    return True


def test_what_fits_passes():
    assert passes(ORDER, {"id": 1, "tags": ["a"]})
    assert passes(True, "anything")


def test_errors_have_their_place_and_no_value():
    found = errors(ORDER, {"id": 0, "tags": ["ok", "secret value"], "more": 1})
    assert [error["path"] for error in found] == ["", "/id", "/tags/1"] or {e["path"] for e in found} == {
        "",
        "/id",
        "/tags/1",
    }
    assert not any("secret" in error["message"] for error in found)
    assert errors({"properties": {"a/b~c": {"type": "string"}}}, {"a/b~c": 1})[0]["path"] == "/a~1b~0c"


def test_the_number_and_length_of_errors_is_bounded():
    assert len(errors({"items": {"type": "string"}}, list(range(1000)))) == 10
    assert len(errors({"items": {"type": "string"}}, list(range(1000)), max_errors=3)) == 3
    [error] = errors({"additionalProperties": False}, {"x" * 10_000: 1})
    assert len(error["message"]) <= 300


def test_formats_are_checked_unless_told_otherwise():
    assert errors({"format": "date-time"}, "yesterday")
    assert passes({"format": "date-time"}, "yesterday", formats=False)


def test_references_stay_inside():
    recursive = {
        "$ref": "#/$defs/tree",
        "$defs": {"tree": {"properties": {"of": {"$ref": "#/$defs/tree"}}, "type": "object"}},
    }
    assert passes(recursive, {"of": {"of": {}}})
    assert errors(recursive, {"of": {"of": 1}})[0]["path"] == "/of/of"


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)*x"])
@pytest.mark.timeout(5)
def test_no_pattern_takes_long(pattern):
    assert errors({"pattern": pattern}, "a" * 100_000 + "!")
