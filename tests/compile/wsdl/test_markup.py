"""XML as a tree that keeps prefixes."""

import pytest

from crossway.compile.wsdl.markup import DEEPEST, WsdlError, read


def test_prefixes_mean_what_they_mean_where_they_stand() -> None:
    root = read(b'<a xmlns="urn:a" xmlns:p="urn:p"><b xmlns:p="urn:q"/><p:c xmlns=""/></a>', "it")
    assert (root.namespace, root.local) == ("urn:a", "a")
    first, second = root.children
    assert root.qualified("p:x") == "{urn:p}x"
    assert first.qualified(" p:x ") == "{urn:q}x"
    assert (second.namespace, second.qualified("x"), second.qualified("p:x")) == ("urn:p", "x", "{urn:p}x")
    assert first.qualified("xml:lang") == "{http://www.w3.org/XML/1998/namespace}lang"
    assert [each.local for each in root.each("urn:a")] == ["b"]
    assert root.first("urn:p", "c") is second
    assert root.first("urn:p", "d") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<a>",
        b"<a></b>",
        b"<p:a/>",
        b"<!DOCTYPE a><a/>",
        b'<?xml version="1.0" encoding="nothing"?><a/>',
        b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1),
    ],
)
def test_what_cannot_be_read_is_told(content: bytes) -> None:
    with pytest.raises(WsdlError) as caught:
        read(content, "orders.wsdl")
    assert caught.value.code == "broken"
    assert str(caught.value).startswith("orders.wsdl ")


def test_a_prefix_that_is_not_declared_is_told() -> None:
    with pytest.raises(WsdlError, match="the prefix of 'q:x' is not declared"):
        read(b"<a/>", "it").qualified("q:x")
