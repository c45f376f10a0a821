"""The REST API of a service of SOAP, described."""

from pathlib import Path

import pytest

from crossway.compile.wsdl import Described, described
from crossway.model import Defined
from crossway.model.soap import RestRoute
from crossway.policies.soap_backend.openapi import document

DATA = Path(__file__).parents[2] / "data" / "wsdl"


@pytest.fixture(scope="module")
def bank() -> Described:
    beside = {str(file.relative_to(DATA)): file.read_bytes() for file in DATA.rglob("*.xsd")}
    found = described(Defined((DATA / "bank.wsdl").read_bytes(), beside))
    assert isinstance(found, Described)
    return found


def test_a_path_and_a_query_have_parameters(bank: Described) -> None:
    made = document(bank, [RestRoute("GetUnit", "GET", "/units/{name}")], {})
    operation = made["paths"]["/units/{name}"]["get"]  # type: ignore[index]
    assert operation["parameters"] == [
        {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "depth", "in": "query", "required": False, "schema": {"type": "integer"}},
    ]
    assert "requestBody" not in operation
    assert sorted(operation["responses"]) == ["200", "400", "502"]


def test_faults_have_their_statuses(bank: Described) -> None:
    made = document(bank, [RestRoute("Transfer", "POST", "/transfers")], {"NoFundsFault": 409})
    operation = made["paths"]["/transfers"]["post"]  # type: ignore[index]
    assert operation["responses"]["409"]["description"] == "NoFundsFault"
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Transfer"
    }
    transfer = made["components"]["schemas"]["Transfer"]  # type: ignore[index]
    assert transfer["properties"]["note"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert transfer["properties"]["iban"] == {"type": "string", "minLength": 15, "maxLength": 34}
    assert transfer["required"] == ["amount", "to"]


def test_an_operation_without_an_answer_is_taken(bank: Described) -> None:
    made = document(bank, [RestRoute("Notify", "POST", "/notices")], {})
    assert "202" in made["paths"]["/notices"]["post"]["responses"]  # type: ignore[index]
