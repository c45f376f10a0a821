"""The OpenAPI document is one, and says what is so: every answer to whatever is sent is one of those it names."""

import json
from collections import Counter

import pytest
from jsonschema import Draft202012Validator

from crossway.admin.application import PAGES, openapi

DOCUMENT = json.loads(openapi())
OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]


def test_it_is_for_who_has_a_token():
    assert DOCUMENT["openapi"].startswith("3.1")
    assert DOCUMENT["security"] == [{"token": []}]
    scheme = DOCUMENT["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_it_says_something_of_every_page():
    named = Counter(operation["operationId"] for _, _, operation in (item.values for item in OPERATIONS))
    assert named == Counter(page.operation_id for page in PAGES)


def test_every_reference_leads_somewhere():
    text = json.dumps(DOCUMENT)
    for reference in {part.split('"')[0] for part in text.split('"$ref": "')[1:]}:
        assert reference.startswith("#/components/schemas/")
        assert reference.rpartition("/")[2] in DOCUMENT["components"]["schemas"]


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_an_operation_is_described(path, method, operation):
    assert operation["summary"]
    assert not operation["summary"].endswith(".")
    assert {"400", "401", "403", "429", "500", "503"} <= set(operation["responses"])
    for status, answer in operation["responses"].items():
        assert answer["description"]
        if status >= "400" and status not in {"409", "422"}:
            ((kind, content),) = answer["content"].items()
            assert kind == "application/problem+json"
            assert content["schema"]["$ref"].endswith("/Problem")
            (example,) = content["examples"].values()
            _validator("Problem").validate(example["value"])
            assert example["value"]["status"] == int(status)
    if method in {"put", "delete"} or "{" in path:
        assert "404" in operation["responses"]


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_a_schema_is_one(name):
    schema = DOCUMENT["components"]["schemas"][name]
    Draft202012Validator.check_schema(schema)
    if schema.get("type") == "object":
        assert schema["additionalProperties"] is False


async def test_it_is_served_to_viewers(admin):
    answer = await admin.ask("/v1/openapi.json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json == DOCUMENT


def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]})
