"""WSDL as a contract: what is read, what is refused, and what zeep reads in the same documents."""

from pathlib import Path

import pytest
import zeep

from crossway.compile.wsdl import Described, WsdlError, described
from crossway.model import Defined
from crossway.model.messages import Type

DATA = Path(__file__).parents[2] / "data" / "wsdl"
BESIDE = {str(file.relative_to(DATA)): file.read_bytes() for file in DATA.rglob("*.xsd")}


def read(name: str, port: str = "", *changes: tuple[str, str]) -> Described | WsdlError:
    text = (DATA / name).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return described(Defined(text.encode(), BESIDE), port)


def good(name: str, port: str = "", *changes: tuple[str, str]) -> Described:
    found = read(name, port, *changes)
    assert isinstance(found, Described), found
    return found


def field(found: Described, operation: str, *keys: str) -> Type:
    types = found.contract.types
    kind = types[found.contract.operations[operation].input.type]
    for key in keys:
        kind = types[next(each.type for each in (*kind.fields, *kind.attributes) if each.key == key)]
    return kind


@pytest.mark.parametrize(("port", "version"), [("", "1.1"), ("CalculatorSoap", "1.1"), ("CalculatorSoap12", "1.2")])
def test_a_port_says_which_version(port: str, version: str) -> None:
    contract = good("calculator.wsdl", port).contract
    assert (contract.version, contract.path, list(contract.operations)) == (
        version,
        "/calculator.asmx",
        ["Add", "Divide"],
    )
    assert contract.operations["Add"].action == "http://example.com/calculator/Add"
    assert contract.operations["Add"].documentation == "Adds two integers."


def test_imports_are_read_from_beside() -> None:
    found = good("bank.wsdl")
    assert field(found, "Transfer", "amount", "@currency").values == ("EUR", "USD")
    assert field(found, "Transfer", "iban").kind == "string"  # of an included schema without a namespace of its own
    assert field(found, "Transfer", "tags").listed
    assert list(field(found, "Transfer", "to").derived) == ["Person", "Company"]
    assert found.contract.operations["Notify"].output is None


def test_rpc_has_its_parts_in_a_wrapper() -> None:
    operation = good("weather.wsdl").contract.operations["Forecast"]
    assert operation.input.tag == "{urn:example:weather:rpc}Forecast"
    assert operation.output is not None
    assert operation.output.tag == "{urn:example:weather:rpc}ForecastResponse"


@pytest.mark.parametrize("name", ["calculator.wsdl", "bank.wsdl", "weather.wsdl"])
def test_zeep_finds_the_same_operations_and_elements(name: str) -> None:
    contract = good(name).contract
    document = zeep.Client(str(DATA / name)).wsdl
    (service,) = document.services.values()
    operations = next(iter(service.ports.values())).binding._operations
    assert sorted(operations) == sorted(contract.operations)
    for operation, theirs in operations.items():
        ours = contract.types[contract.operations[operation].input.type]
        kind = theirs.input.body.type
        if hasattr(kind, "elements"):
            known = {each for each, _ in kind.elements if not each.startswith("_")}
            known.discard("Instruction")  # it does not know what stands in for an abstract element
            assert known <= {each.key for each in ours.fields}


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (("<types>", "<!DOCTYPE x><types>"), "broken", "not well-formed"),
        (("</definitions>", ""), "broken", "not well-formed"),
        (("b:BankBinding", "b:Nothing"), "broken", "there is no binding {urn:example:bank}Nothing"),
        (('element="b:Transfer"', 'element="b:Transfers"'), "broken", "there is no element"),
        (('type="t:Transfer"', 'type="u:Transfer"'), "broken", "the prefix of 'u:Transfer' is not declared"),
        (('type="xs:int"', 'type="xs:inte"'), "broken", "XML Schema has no type 'inte'"),
        (("bank/types.xsd", "http://example.com/types.xsd"), "broken", "there is no type"),
        (('maxOccurs="unbounded"', 'maxOccurs="many"'), "broken", "which is no number"),
        (('<soap:body use="literal"/>', '<soap:body use="encoded"/>'), "unsupported", "is rpc/encoded"),
        (("soap/http", "soap/smtp"), "unsupported", "another transport than HTTP"),
        (('<part name="body" element="b:GetUnit"/>', ""), "unsupported", "has 0 parts in its body"),
        (('part name="body" element="b:GetUnit"', 'part name="body" type="xs:int"'), "unsupported", "no element"),
        (("http://schemas.xmlsoap.org/wsdl/", "http://www.w3.org/ns/wsdl"), "unsupported", "WSDL 2.0"),
    ],
)
def test_what_cannot_be_used_is_told(change: tuple[str, str], code: str, message: str) -> None:
    found = read("bank.wsdl", "", change)
    assert isinstance(found, WsdlError)
    assert (found.code, message in str(found)) == (code, True), found


def test_an_import_of_an_address_is_not_fetched() -> None:
    found = read("bank.wsdl", "", ("bank/types.xsd", "http://example.com/types.xsd"))
    assert isinstance(found, WsdlError)
    assert found.hint == "these imports were not found, and nothing is fetched: http://example.com/types.xsd"


def test_entities_are_refused() -> None:
    found = described(Defined(b'<!DOCTYPE d [<!ENTITY a "x">]><d>&a;</d>'))
    assert isinstance(found, WsdlError)
    assert "document type" in str(found)


@pytest.mark.parametrize("port", ["Other"])
def test_a_port_that_is_not_there(port: str) -> None:
    found = read("calculator.wsdl", port)
    assert isinstance(found, WsdlError)
    assert found.hint == "there are: CalculatorSoap, CalculatorSoap12"


def test_a_wsdl_that_changes_is_read_again() -> None:
    before = good("calculator.wsdl")
    assert good("calculator.wsdl") is before
    after = good("calculator.wsdl", "", ("calculator/Divide", "calculator/Share"))
    assert after.contract.operations["Divide"].action == "http://example.com/calculator/Share"
    assert before.contract.operations["Divide"].action == "http://example.com/calculator/Divide"
