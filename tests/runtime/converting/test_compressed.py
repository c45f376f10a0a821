import gzip
import tracemalloc
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.runtime.converting.compressed import decompress
from crossway.runtime.converting.refusal import Refusal

LIMIT = 10_000


def raw(data: bytes) -> bytes:
    writer = zlib.compressobj(wbits=-15)
    return writer.compress(data) + writer.flush()


def refused(data: bytes, coding: str) -> str:
    with pytest.raises(Refusal) as caught:
        decompress(data, coding, LIMIT)
    return caught.value.code


@given(st.binary(max_size=200))
def test_what_was_compressed_comes_back(data):
    assert decompress(gzip.compress(data), "gzip", LIMIT) == data
    assert decompress(zlib.compress(data), "deflate", LIMIT) == data
    assert decompress(gzip.compress(zlib.compress(data)), "deflate, X-Gzip", LIMIT) == data
    assert decompress(brotli.compress(data), "br", LIMIT) == data
    assert decompress(gzip.compress(brotli.compress(data)), "BR, gzip", LIMIT) == data
    assert decompress(data, "identity", LIMIT) == data


def test_a_deflate_without_its_frame_is_read_too():
    assert decompress(raw(b"hello hello"), "deflate", LIMIT) == b"hello hello"


def test_a_body_in_pieces_is_one_body():
    assert decompress(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", LIMIT) == b"ab"
    assert refused(gzip.compress(b"") * 17, "gzip") == "transform.malformed"


def test_a_bomb_is_refused_before_it_is_unpacked():
    assert decompress(gzip.compress(bytes(LIMIT)), "gzip", LIMIT) == bytes(LIMIT)
    assert refused(gzip.compress(bytes(LIMIT + 1)), "gzip") == "transform.too_large"
    assert refused(gzip.compress(bytes(100_000_000), 1), "gzip") == "transform.too_large"
    assert refused(gzip.compress(bytes(LIMIT // 2)) * 3, "gzip") == "transform.too_large"
    assert refused(gzip.compress(gzip.compress(bytes(100_000))), "gzip, gzip") == "transform.too_large"


def test_a_bomb_of_brotli_is_refused_before_it_is_unpacked():
    assert decompress(brotli.compress(bytes(LIMIT)), "br", LIMIT) == bytes(LIMIT)
    assert refused(brotli.compress(bytes(LIMIT + 1)), "br") == "transform.too_large"
    bomb = brotli.compress(bytes(100_000_000))
    tracemalloc.start()
    try:
        assert refused(bomb, "br") == "transform.too_large"
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "data",
    [b"", b"garbage", brotli.compress(b"hello")[:-1], brotli.compress(b"hello") + b"x"],
    ids=["empty", "no brotli", "cut off", "more"],
)
def test_what_is_broken_brotli_is_refused(data):
    assert refused(data, "br") == "transform.malformed"


@pytest.mark.parametrize(
    "data",
    [b"", b"x", gzip.compress(b"hello")[:-1], gzip.compress(b"hello") + b"x", b"\x1f\x8b\x08\x00broken"],
    ids=["empty", "no gzip", "cut off", "more", "broken"],
)
def test_what_is_broken_is_refused(data):
    assert refused(data, "gzip") == "transform.malformed"


def test_what_cannot_be_read_is_refused():
    assert refused(b"", "zstd") == "transform.encoding"
    assert refused(b"", "gzip, gzip, gzip") == "transform.encoding"
    assert refused(zlib.compress(b"a") + b"x", "deflate") == "transform.malformed"
