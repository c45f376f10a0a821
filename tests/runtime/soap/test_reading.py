"""XML to JSON by a table of types, and what is not even read."""

from decimal import Decimal
from typing import Any

import pytest

from crossway.model.messages import Element, Field, Type
from crossway.runtime.soap import envelope
from crossway.runtime.soap.reading import Reader, UnreadableError, parse
from crossway.runtime.soap.writing import Writer

ANYTHING = (Type(fields=(Field("any", "any", 1),)), Type("anything"))


@pytest.mark.parametrize(
    "value",
    ["text", {"{urn:x}a": "1"}, {"a": ["1", "2"], "@b": "c", "@{urn:y}d": "e"}, {"#text": "t", "a": {"b": ""}}],
)
def test_an_element_without_a_schema_says_all_of_itself(value: Any) -> None:
    element = Element("Root", "Root", 0)
    writer = Writer(ANYTHING, [element])
    written = envelope.write("1.1", writer.element(element, {"any": value}), (), writer.declarations)
    assert Reader(ANYTHING).read(0, envelope.read(written).body[0]) == {"any": value}


def test_elements_are_found_without_the_namespace_that_they_ought_to_have() -> None:
    types = (Type(fields=(Field("a", "{urn:a}a", 1),)), Type("integer"))
    for text in ("<r><a>1</a></r>", '<r xmlns:x="urn:other"><x:a> 1 </x:a></r>', "<r><b/><a>1</a><c><a>2</a></c></r>"):
        assert Reader(types).read(0, parse(text.encode())) == {"a": 1}


def test_a_decimal_is_exact_or_a_number() -> None:
    types = (Type("decimal"),)
    assert Reader(types).read(0, parse(b"<r>12.10</r>")) == Decimal("12.10")
    assert Reader(types, exact=False).read(0, parse(b"<r>12.10</r>")) == 12.1
    assert Reader(types, exact=False).read(0, parse(b"<r>12</r>")) == 12


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b'<!DOCTYPE r [<!ENTITY a "x">]><r>&a;</r>', "entity"),
        (b'<?xml version="1.0"?>\n<!-- c -->\n<!DOCTYPE r SYSTEM "http://127.0.0.1/x"><r/>', "entity"),
        ('\ufeff<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r><r/>'.encode("utf-16-le"), "entity"),
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r><r/>'.encode("utf-16"), "entity"),
        (b"<r>&nbsp;</r>", "entity"),
        (b'<?xml version="1.0" encoding="utf-7"?><r/>', "encoding"),
        (b'<?xml version="1.0" encoding="cp037"?><r/>', "encoding"),
        (b"<?php echo 1 ?><r/>", "malformed"),
        (b"", "malformed"),
        (b"{}", "malformed"),
        (b"<r>", "malformed"),
        (b"<r>\x00</r>", "malformed"),
        (b"<r>\xff</r>", "malformed"),
        (b"<r>" + b"<a/>" * 100_001 + b"</r>", "too_large"),
    ],
)
def test_what_is_no_plain_xml_is_refused(content: bytes, word: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        parse(content)
    assert caught.value.word == word


@pytest.mark.parametrize(
    "content",
    [
        b"<r><![CDATA[<!DOCTYPE html>]]></r>",
        '<?xml version="1.0" encoding="utf-16"?><r><![CDATA[<!DOCTYPE html>]]></r>'.encode("utf-16"),
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<r>&lt;!DOCTYPE html&gt;</r>',
        b'<?xml version="1.0" encoding="ISO-8859-1"?><r>&lt;!DOCTYPE html></r>',
    ],
)
def test_a_document_type_in_a_text_is_a_text(content: bytes) -> None:
    assert parse(content).text == "<!DOCTYPE html>"
