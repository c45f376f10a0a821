import pytest
from pydantic import ValidationError

from crossway.model.procedures import JsonRpc, JsonRpcBackend, XmlRpc

METHOD = {"service": "orders", "path": "/orders"}
ENDPOINT = {"path": "/orders/{id}", "call": "get"}


@pytest.mark.parametrize("kind", [JsonRpc, XmlRpc])
@pytest.mark.parametrize("name", ["rpc.discover", "system.listMethods", ""])
def test_names_of_the_protocols_own_are_refused(kind: type[JsonRpc] | type[XmlRpc], name: str):
    with pytest.raises(ValidationError):
        kind.model_validate({"methods": {name: METHOD}})


@pytest.mark.parametrize(
    "given",
    [
        {"methods": {}},
        {"methods": {"a": METHOD}, "max_batch": 10_000},
        {"methods": {"a": METHOD | {"errors": {"x": 1}}}},
    ],
)
def test_bounds_are_bounded(given: object):
    with pytest.raises(ValidationError):
        JsonRpc.model_validate(given)


def test_a_status_of_an_error_is_one_of_errors():
    with pytest.raises(ValidationError):
        JsonRpcBackend.model_validate({"service": "a", "endpoints": {"get": ENDPOINT | {"errors": {-1: 200}}}})
