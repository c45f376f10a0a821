import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.model.conversion import CHARSETS
from crossway.runtime.converting import charset
from crossway.runtime.converting.refusal import Refusal


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/plain; charset=UTF-8", "utf-8"),
        ('text/xml;charset="iso-8859-1"', "iso-8859-1"),
        ("text/plain", ""),
        ("text/plain; a=b; Charset = latin1 ", "latin1"),
        ("text/plain; xcharset=a", ""),
    ],
)
def test_the_set_that_a_type_names(content_type, expected):
    assert charset.named_in(content_type) == expected


@pytest.mark.parametrize("name", sorted(CHARSETS))
def test_every_set_is_known_to_python(name):
    assert charset.decode(charset.encode("a", name), name) == "a"


@pytest.mark.parametrize("name", ["idna", "punycode", "unicode_escape", "base64", "rot13", "utf-7", "x", "", "../etc"])
def test_nothing_else_is_read(name):
    with pytest.raises(Refusal) as caught:
        charset.decode(b"a", name)
    assert (caught.value.code, caught.value.status) == ("transform.charset", 415)


def test_wrong_bytes_are_refused_or_replaced():
    with pytest.raises(Refusal, match="byte 1 ") as caught:
        charset.decode(b"a\xff", "utf-8")
    assert caught.value.code == "transform.charset"
    assert charset.decode(b"a\xff", "utf-8", replace=True) == "a\ufffd"
    with pytest.raises(Refusal):
        charset.encode("日", "iso-8859-1")
    assert charset.encode("日", "iso-8859-1", replace=True) == b"?"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["utf-8", "utf-16", "utf-16le", "gb18030"]))
def test_text_comes_back_as_it_was(text, name):
    assert charset.decode(charset.encode(text, name), name) == text.removeprefix("\ufeff")


def test_utf8_is_left_alone():
    assert charset.to_utf8(b"\xff", "utf-8") == b"\xff"
    assert charset.to_utf8(b"\xe9", "iso-8859-1") == "é".encode()


def test_declarations_of_xml():
    declared = '<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?><a/>'
    assert charset.declared(declared.encode()) == "iso-8859-1"
    assert charset.declared(b"<a encoding='x'/>") == ""
    assert charset.declared(b"\xff\xfe<\x00") == "utf-16"
    assert charset.with_declaration(declared, "utf-8") == declared.replace("ISO-8859-1", "UTF-8")
    assert charset.with_parameter("text/xml; charset=x; a=b", "utf-8") == "text/xml; a=b; charset=utf-8"
