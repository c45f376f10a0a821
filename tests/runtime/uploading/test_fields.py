"""What stands in the headers of uploads."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.runtime.uploading import fields
from crossway.sdk.http import Headers


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("12", 12), ("012", None), ("-1", None), ("+1", None), ("1.0", None), ("", None), (None, None)],
)
def test_integers(text: str | None, number: int | None) -> None:
    assert fields.integer(text) == number


def test_a_number_with_more_digits_than_a_structured_field_has_is_none() -> None:
    assert fields.integer("9" * 15) == 10**15 - 1
    assert fields.integer("9" * 16) is None


def test_the_strongest_digest_counts() -> None:
    text = ", ".join(f"{name}=:{base64.b64encode(b'x' * size).decode()}:" for name, size in (("sha-256", 32), ("a", 1)))
    found = fields.digest(text)
    assert found == fields.Digest("sha256", b"x" * 32)
    assert fields.digest("unixsum=:AAA=:") is None


@pytest.mark.parametrize("text", ["sha-256=abc", "sha-256", "sha-256=:AAA=:", "=:AAA=:", "sha-256=:*:"])
def test_what_is_no_digest_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"digest|base64|bytes"):
        fields.digest(text)


@given(st.dictionaries(st.from_regex(r"[A-Za-z]{1,8}", fullmatch=True), st.text(max_size=40), max_size=5))
def test_metadata_becomes_headers_whatever_it_says(said: dict[str, str]) -> None:
    text = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    assert fields.metadata(text) == said
    for name, value in fields.described(said):
        Headers().add(name, value)


def test_a_type_that_is_none_does_not_reach_the_backend() -> None:
    assert fields.described({"filetype": "text/html\r\nx: y"})[0] == ("content-type", "application/octet-stream")


def test_a_name_cannot_leave_its_quotes() -> None:
    (_, disposition, *_) = fields.described({"filename": 'a"; filename="b\\'})
    assert disposition[1].startswith('attachment; filename="a_; filename=_b_"; filename*=UTF-8')
