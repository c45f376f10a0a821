"""Messages with attachments."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.runtime.soap.attachments import MOST_PARTS, Attached, Beside, read, write
from crossway.runtime.soap.reading import UnreadableError


@given(st.lists(st.binary(max_size=200), max_size=5), st.booleans())
def test_what_is_written_is_read(contents: list[bytes], xop: bool) -> None:
    parts = [Attached(f"{number}@x", "image/png", content) for number, content in enumerate(contents)]
    content_type, message = write(b"<e/>", "text/xml", "urn:a", parts, "b" * 32, xop=xop)
    found = read(message, content_type)
    assert found.root == b"<e/>"
    assert found.parts == {part.id: base64.b64encode(part.content).decode() for part in parts}
    assert set(found.types.values()) <= {"image/png"}


def test_small_values_stay_in_the_envelope() -> None:
    beside = Beside()
    assert beside.take("AAAA") == "AAAA"
    assert "cid:1@crossway" in beside.take("AAAA" * 500)
    assert len(beside.parts[0].content) == 1500


def test_parts_in_base64_are_read() -> None:
    message = b"--b\r\n\r\n<e/>\r\n--b\nContent-ID: <a>\nContent-Transfer-Encoding: Base64\n\nYWJj\r\n--b--"
    found = read(message, "multipart/related; boundary=b")
    assert (found.root, found.parts) == (b"<e/>", {"a": "YWJj"})


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        ("multipart/related", b"--b\r\n\r\n<e/>\r\n--b--"),
        ("multipart/related; boundary=" + "b" * 71, b""),
        ("multipart/related; boundary=b", b""),
        ("multipart/related; boundary=b", b"--b\r\n\r\n<e/>\r\n--b"),
        ("multipart/related; boundary=b", b"--b\r\nno headers\r\n--b--"),
        ('multipart/related; boundary=b; start="<a>"', b"--b\r\n\r\n<e/>\r\n--b--"),
        ("multipart/related; boundary=b", b"--b\r\n\r\n<e/>\r\n" * (MOST_PARTS + 2) + b"--b--"),
        ("multipart/related; boundary=b", b"--b\r\ncontent-transfer-encoding: base64\r\n\r\na\r\n--b--"),
    ],
)
def test_what_cannot_be_read_is_told(content_type: str, message: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(message, content_type)
