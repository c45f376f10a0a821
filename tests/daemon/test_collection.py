"""The garbage collector is off inside, and on again afterwards, whatever happened."""

import gc

import pytest

from crossway.daemon.collection import without_collection


def test_it_is_off_inside_and_on_afterwards() -> None:
    with without_collection():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), without_collection():
        raise ZeroDivisionError
    assert gc.isenabled()
    gc.unfreeze()
