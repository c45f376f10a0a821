"""Where an upload is."""

import pytest

from crossway.runtime.uploading.address import identity_in, located
from crossway.sdk.http import Request

IDENTITY = "abcdefghijklmnopqrstuvwxyz-_0123"


@pytest.mark.parametrize("target", ["/files", "/files?album=7&x=%26"])
def test_an_address_is_that_of_the_first_request_with_the_id(target: str) -> None:
    address = located(Request("POST", target), IDENTITY)
    assert address.startswith(target)
    assert identity_in(address.partition("?")[2]) == IDENTITY


@pytest.mark.parametrize(
    "query", ["", "upload", "upload=1", f"x={IDENTITY}", f"upload={IDENTITY}0", "upload=../../etc"]
)
def test_what_is_no_id_names_no_upload(query: str) -> None:
    assert identity_in(query) is None
