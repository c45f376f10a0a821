import pytest
from pydantic import ValidationError

from crossway.model.dubbo import DubboBackend

GET = {"path": "/{id}", "call": "get"}


def backend(**given: object) -> DubboBackend:
    return DubboBackend.model_validate({"service": "s", "interface": "a.B", "endpoints": {"get": GET}} | given)


@pytest.mark.parametrize(
    "given",
    [
        {"interface": "a/b"},
        {"version": "1 0"},
        {"endpoints": {}},
        {"endpoints": {"get": GET | {"call": "get-it"}}},
        {"endpoints": {"get": GET | {"types": ["java lang"]}}},
        {"definition": "d", "endpoints": {"get": GET | {"types": ["int"]}}},
    ],
)
def test_what_no_backend_can_be_is_refused(given: dict[str, object]):
    with pytest.raises(ValidationError):
        backend(**given)


def test_types_are_those_of_java():
    assert (
        backend(endpoints={"get": GET | {"types": ["int", "long[][]", "a.B$C"]}}).endpoints["get"].types[2] == "a.B$C"
    )


def test_triple_is_told_what_is_said():
    assert backend().triple == {}
    assert backend(version="1.0", group="g").triple == {"tri-service-version": "1.0", "tri-service-group": "g"}
