import pytest
from pydantic import ValidationError

from crossway.model.transfer import Download, Split


@pytest.mark.parametrize("kind", [Download, Split])
def test_a_size_alone_is_enough(kind: type[Download] | type[Split]):
    assert kind.model_validate("1MiB").size == kind.model_validate({"size": 2**20}).size == 2**20


@pytest.mark.parametrize(("kind", "value"), [(Download, 1), (Split, 1), (Download, True), (Split, [])])
def test_what_is_no_size_is_refused(kind: type[Download] | type[Split], value: object):
    with pytest.raises(ValidationError):
        kind.model_validate(value)
