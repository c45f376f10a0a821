import pytest

from crossway.model.transformation import Transform
from crossway.runtime.converting.content import Content, is_json, is_text, is_xml, media_type_of
from crossway.runtime.converting.refusal import Refusal

LIMITS = Transform.model_validate({"request": ["xml_to_json"]})


@pytest.mark.parametrize(
    ("content_type", "found"),
    [
        ("application/json", "json text"),
        ("Application/JSON ; charset=utf-8", "json text"),
        ("application/problem+json", "json text"),
        ("text/json", "json text"),
        ("application/xml", "xml text"),
        ("text/xml;charset=x", "xml text"),
        ("application/soap+xml", "xml text"),
        ("text/csv", "text"),
        ("text/plain", "text"),
        ("text/event-stream", ""),
        ("application/octet-stream", ""),
        ("application/jsonx", ""),
        ("", ""),
    ],
)
def test_types(content_type, found):
    kinds = {"json": is_json, "xml": is_xml, "text": is_text}
    media_type = media_type_of(content_type)
    assert " ".join(name for name, kind in kinds.items() if kind(media_type)) == found


def test_a_body_is_read_and_written_once():
    content = Content(b'{"a": 1}', "application/json", LIMITS)
    value = content.value
    assert content.value is value
    assert not content.changed
    content.say({"b": 2})
    assert (content.data, content.content_type, content.changed) == (b'{"b":2}', "application/json", True)
    content.become(b"[]", "application/problem+json; charset=x")
    content.content_type = "application/problem+json"
    assert content.value == []
    content.say(None)
    assert (content.data, content.value, content.content_type) == (b"null", None, "application/problem+json")


def test_the_character_set_of_the_type_is_read():
    content = Content('{"a": "é"}'.encode("latin-1"), "application/json; charset=iso-8859-1", LIMITS)
    assert content.value == {"a": "é"}
    content.say(content.value)
    assert (content.data, content.content_type) == ('{"a":"é"}'.encode(), "application/json")


def test_what_is_no_json_is_refused():
    with pytest.raises(Refusal):
        _ = Content(b"{", "application/json", LIMITS).value
    assert not Content(b"", "", LIMITS)
