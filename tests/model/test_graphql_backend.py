import pytest
from pydantic import ValidationError

from crossway.model.graphql_backend import GraphqlBackend

GET = {"method": "GET", "path": "/orders/{id}", "query": "{ a }"}


def backend(**given: object) -> GraphqlBackend:
    return GraphqlBackend.model_validate({"service": "s", "definition": "d", "endpoints": {"get": GET}} | given)


def test_it_is_asked_where_most_are():
    assert backend().path == "/graphql"


@pytest.mark.parametrize(
    "given",
    [{"endpoints": {}}, {"endpoints": {"get": GET | {"query": ""}}}, {"endpoints": {"get": GET | {"path": "x"}}}],
)
def test_what_no_backend_can_be_is_refused(given: dict[str, object]):
    with pytest.raises(ValidationError):
        backend(**given)
