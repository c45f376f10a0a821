"""The table of types, as it travels to the runtime."""

import msgspec

from crossway.model.messages import Contract, Element, Field, Operation, Type


def test_a_contract_is_short_as_json_and_comes_back_as_it_was() -> None:
    types = (Type(fields=(Field("a", "{urn:a}a", 1), Field("me", "me", 0, 0))), Type("integer"))
    contract = Contract("Orders", "urn:a", {"Get": Operation(Element("Get", "{urn:a}Get", 0))}, types)
    text = msgspec.json.encode(contract)
    assert msgspec.json.decode(text, type=Contract) == contract
    assert b"nillable" not in text


def test_a_type_is_a_text_unless_there_is_something_beside_it() -> None:
    assert Type("string").is_text
    assert not Type("string", attributes=(Field("@a", "a", 0),)).is_text
    assert not Type("anything").is_text
    assert not Type().is_text
