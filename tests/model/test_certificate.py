import pytest
from pydantic import ValidationError

from crossway.model import Certificate


@pytest.mark.parametrize(
    "fields", [{"certificate": "a", "key": "b"}, {"ca": "a"}, {"certificate": "a", "key": "b", "ca": "c"}]
)
def test_a_certificate(fields):
    assert Certificate.model_validate(fields).ca == fields.get("ca")


@pytest.mark.parametrize(
    "fields", [{}, {"certificate": "a"}, {"key": "a"}, {"certificate": "a", "ca": "b"}, {"ca": "a", "key": "b"}]
)
def test_a_certificate_that_is_none(fields):
    with pytest.raises(ValidationError):
        Certificate.model_validate(fields)
