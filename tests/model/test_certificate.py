import pytest
from pydantic import ValidationError

from crossway.model import Certificate, Secret


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


def test_only_relative_paths_are_placed():
    pem = "-----BEGIN CERTIFICATE-----"
    given = Certificate.model_validate({"certificate": "tls.crt", "key": "tls.key", "ca": pem, "crl": "secret:crl"})
    placed = given.placed(lambda path: f"conf/{path}")
    assert (placed.certificate, placed.key) == ("conf/tls.crt", Secret("conf/tls.key"))
    assert (placed.ca, placed.crl) == (pem, "secret:crl")
    absolute = Certificate(ca="/etc/ca.pem")
    assert absolute.placed(lambda path: f"conf/{path}") is absolute
