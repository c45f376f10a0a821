"""What a person writes about SOAP."""

import pytest
from pydantic import ValidationError

from crossway.model.soap import Soap, SoapBackend


@pytest.mark.parametrize("path", ["/orders/{id}", "/orders", "/{a.b}/c", "/a-b_c~1"])
def test_a_path_has_fields_in_it(path: str) -> None:
    spec = SoapBackend.model_validate({"definition": "d", "operations": {"Get": {"path": path, "method": "get"}}})
    assert (spec.operations["Get"].path, spec.operations["Get"].method) == (path, "GET")


@pytest.mark.parametrize("path", ["orders", "/", "/a b", "/{}", "/{a}b", "/a?b", "/a//b"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(ValidationError):
        SoapBackend.model_validate({"definition": "d", "operations": {"Get": {"path": path}}})


def test_a_secret_of_the_store_is_refused_since_it_could_not_be_read() -> None:
    token = {"username": "ada", "password": "secret:bank"}
    with pytest.raises(ValidationError, match="cannot be used here"):
        SoapBackend.model_validate({"definition": "d", "username_token": token})


def test_a_service_needs_no_definition() -> None:
    assert Soap.model_validate({}).operations == {}
    with pytest.raises(ValidationError):
        Soap.model_validate({"namespace": "urn:with space"})
