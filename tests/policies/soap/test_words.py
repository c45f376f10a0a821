"""Fields in words."""

import pytest

from crossway.policies.soap.words import schema


def test_words_are_json_schema() -> None:
    assert schema({"id": "string", "count": "integer?", "tags": "string[]", "to": {"name": "date"}, "lines": [{}]}) == {
        "type": "object",
        "required": ["id", "to"],
        "properties": {
            "id": {"type": "string"},
            "count": {"type": "integer"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "to": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string", "format": "date"}},
            },
            "lines": {"type": "array", "items": {"type": "object", "required": [], "properties": {}}},
        },
    }


@pytest.mark.parametrize("said", ["text", "string[][]", "", 1, None, ["string", "string"]])
def test_a_word_that_means_nothing_is_told(said: object) -> None:
    with pytest.raises(ValueError, match=r"of a|^a is"):
        schema({"a": said})
