import pytest
from pydantic import TypeAdapter, ValidationError

from crossway.compile.tags import Tags, compile_tags

TAGS = TypeAdapter(Tags)


def test_a_tag_is_text_or_a_variable_in_braces():
    tags = TAGS.validate_python({"share": "100% {of} it", "tenant": "{request.headers.x-tenant}"})
    assert [(tag.tag, tag.value) for tag in compile_tags(tags)] == [
        ("share", "100%% {of} it"),
        ("tenant", "%REQ(x-tenant)%"),
    ]


@pytest.mark.parametrize("value", ["{x-tenant}", "{request.headers.cookie}", "{request.query.access_token}", ""])
def test_what_is_unknown_or_a_credential_is_refused(value):
    with pytest.raises(ValidationError):
        TAGS.validate_python({"tag": value})
