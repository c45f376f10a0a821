"""What is written beside the bytes of an upload."""

import pytest
from msgspec import DecodeError
from msgspec.structs import replace

from crossway.runtime.uploading.records import Record, decode, encode

RECORD = Record(protocol="ietf", created=1000.0, limit=10, lifetime=60, max_age=600, method="PUT", target="/a?b")


def test_a_record_is_read_as_it_was_written() -> None:
    record = replace(RECORD, headers=(("content-type", "a/b"),), parts=("x",), verified=3, status=200)
    assert decode(encode(record)) == record


def test_what_is_no_record_is_an_error() -> None:
    for content in (b"", b"{", b'{"protocol": "ftp"}', encode(RECORD)[:-5]):
        with pytest.raises(DecodeError):
            decode(content)


def test_it_is_kept_after_its_last_piece_and_not_for_ever() -> None:
    assert RECORD.expires(1010.0) == 1070.0
    assert RECORD.expires(1599.0) == 1600.0
