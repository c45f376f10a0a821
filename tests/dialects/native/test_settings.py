"""Settings: from what stands under a name to a part of the model, with everything that is wrong at once."""

import pytest

from crossway.dialects.native.settings import Reading, Settings
from crossway.dialects.native.text import Entry
from crossway.model import Broken, Document, Gateway, Ref, Route, Service
from dialects.native.reading import POLICIES

SETTINGS = Settings(POLICIES)
REPLY = {"respond": {"body": "x"}}


def read(kind: str, value: object, name: str = "a", namespace: str = "default") -> Reading:
    return SETTINGS.read(Entry(Document("c.yaml", ""), kind, name, "", 0, (name,), value, namespace))


def said(reading: Reading) -> list[str]:
    return [f"{finding.code} {finding.field}" for finding in reading.findings]


def test_settings_become_a_part_with_the_policies_that_were_written() -> None:
    reading = read("routes", {**REPLY, "policies": {"retry": {"attempts": 2}}})
    assert reading.findings == ()
    assert isinstance(reading.part, Route)
    assert reading.part.policies["retry"] == POLICIES["retry"].spec(attempts=2)


def test_nothing_at_all_says_what_the_defaults_say() -> None:
    assert read("namespaces", None) == read("namespaces", {})
    assert said(read("namespaces", None)) == []
    assert read("routes", {**REPLY, "policies": {"retry": None}}) == read(
        "routes", {**REPLY, "policies": {"retry": {}}}
    )


def test_a_service_may_be_its_address() -> None:
    assert isinstance(read("services", "http://127.0.0.1:1").part, Service)


def test_every_mistake_is_told_at_once_and_none_has_a_place_yet() -> None:
    reading = read(
        "routes", {"respond": {"status": "many"}, "nope": 1, "policies": {"retri": {}, "retry": {"often": 1}}}
    )
    assert reading.part is None
    assert sorted(said(reading)) == [
        "field.invalid routes.a.respond.status",
        "field.unknown routes.a.nope",
        "field.unknown routes.a.policies.retry.often",
        "policy.unknown routes.a.policies.retri",
    ]
    assert {finding.origin for finding in reading.findings} == {None}
    assert {finding.about for finding in reading.findings} == {Ref("routes", "a")}


def test_a_policy_that_cannot_be_read_leaves_the_rest_of_its_route() -> None:
    """So that the route can be closed with the reason, and its neighbours live."""
    reading = read("routes", {**REPLY, "policies": {"retri": {"attempts": 2}, "retry": {"attempts": 2}}})
    assert isinstance(reading.part, Route)
    assert isinstance(reading.part.policies["retri"], Broken)
    assert said(reading) == ["policy.unknown routes.a.policies.retri"]
    assert "retry" in reading.findings[0].hint


def test_a_policy_of_a_listener_is_looked_at_too() -> None:
    listeners = {"http": {"port": 80, "policies": {"stranger": {}}}}
    reading = read("gateways", {"listeners": listeners, "policies": {"retry": {"often": 1}}})
    assert isinstance(reading.part, Gateway)
    assert said(reading) == [
        "field.unknown gateways.a.policies.retry.often",
        "policy.unknown gateways.a.listeners.http.policies.stranger",
    ]


@pytest.mark.parametrize("value", [[], "text", 5, {"policies": "none"}, {"policies": [1]}])
def test_what_is_not_even_of_the_right_shape_is_a_finding(value: object) -> None:
    reading = read("routes", value)
    assert reading.part is None
    assert reading.findings


@pytest.mark.parametrize("name", ["", "a b", "-a", "a/b", "a."])
def test_a_name_that_is_none_is_all_there_is_to_say(name: str) -> None:
    reading = read("routes", {"nope": 1}, name)
    assert (reading.part, [finding.code for finding in reading.findings]) == (None, ["name.invalid"])


def test_a_resource_is_known_by_its_namespace_too() -> None:
    assert said(read("routes", {**REPLY, "nope": 1}, namespace="shop")) == ["field.unknown routes.shop/a.nope"]
