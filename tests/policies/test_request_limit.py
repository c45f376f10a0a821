from pathlib import Path

import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import Ref
from crossway.policies import request_limit
from crossway.policies.request_limit import RequestLimit, compile_request_limit
from crossway.policies.request_limit._counter import CODE
from crossway.protos import unpack

SITE = Site(Ref("routes", "uploads"), "default")
FOLDER = Path(request_limit.__path__[0])
UNLIMITED = str(2**63 - 1)
NAMES = 0
"""The kind of section that holds names for people (WebAssembly 1.0, section 5.5.3)."""


def test_the_counter_is_what_its_text_says():
    wasmtime = pytest.importorskip("wasmtime", reason="the package wasmtime assembles WebAssembly")
    assembled = bytes(wasmtime.wat2wasm((FOLDER / "counter.wat").read_text()))
    assert sections(CODE) == [section for section in sections(assembled) if section[0] != NAMES]


def sections(module: bytes) -> list[tuple[int, bytes]]:
    """Return the kind and the content of each section of a WebAssembly module."""
    found, at = [], 8
    while at < len(module):
        kind, at = module[at], at + 1
        size = shift = 0
        while module[at] & 0x80:
            size, shift, at = size | (module[at] & 0x7F) << shift, shift + 7, at + 1
        size, at = size | module[at] << shift, at + 1
        found.append((kind, module[at : at + size]))
        at += size
    return found


@pytest.mark.parametrize(
    ("settings", "bounds"),
    [
        ("1MiB", ("1048576", UNLIMITED)),
        (10, ("10", UNLIMITED)),
        ({"body": 0}, ("0", UNLIMITED)),
        ({"headers": "8KiB"}, (UNLIMITED, "8192")),
        ({"body": "1KB", "headers": "1KiB"}, ("1000", "1024")),
    ],
)
def test_the_counter_is_named_after_its_bounds(settings, bounds):
    fragment = compile_request_limit(RequestLimit.model_validate(settings), SITE)
    assert isinstance(fragment, Fragment)
    (counter,) = fragment.per_route["request_limit"].filter_chain.filters
    config = unpack(counter.typed_config).config
    assert (config.name, config.root_id) == bounds
