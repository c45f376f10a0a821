from datetime import date

import pytest
from pydantic import ValidationError

from crossway.model.transformation import BodyToHeaders, JsonSchema, Template, Transform, Transformation


def transform(**settings: object) -> Transform:
    return Transform.model_validate(settings)


def test_operations_have_short_forms():
    spec = transform(
        request=["xml_to_json", {"json_to_xml": None}, {"charset": "latin1"}], response=[{"template": "x"}]
    )
    assert [step.kind for step in spec.request] == ["xml_to_json", "json_to_xml", "charset"]
    assert spec.response[0].operation == Template.model_validate({"text": "x"})


@pytest.mark.parametrize(
    "settings",
    [
        {"request": ["xml_to_json", {"json_schema": {"body_schema": {"type": "object"}}}], "max_size": "2MiB"},
        {"response": [{"template": {"text": "{{ body }}", "on": [200]}}], "on_error": "pass"},
        {"request": [{"set_json": {"values": {"/a": [1, {"b": None}]}}}, {"remove_json": {"pointers": ["/a"]}}]},
        {"request": [{"csv_to_json": {"columns": ["a"], "types": "guess"}}], "max_depth": 3, "max_items": 10},
    ],
)
def test_settings_survive_the_way_to_the_proxy(settings):
    spec = transform(**settings)
    assert Transform.model_validate_json(spec.model_dump_json(exclude_unset=True)) == spec


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "at least one operation"),
        ({"request": [{}]}, "exactly one key"),
        ({"request": [{"xml_to_json": {}, "json_to_xml": {}}]}, "exactly one key"),
        ({"request": ["xml_to_yaml"]}, "Extra inputs"),
        ({"request": [{"xml_to_json": {"on": ["2xx"]}}]}, "on is about the status of answers"),
        ({"response": [{"query_to_body": {"fields": {"/a": "a"}}}]}, "is for requests"),
        ({"response": [{"body_to_query": {"parameters": {"a": "a"}}}]}, "is for requests"),
        ({"request": ["xml_to_json"] * 33}, "at most 32"),
        ({"request": ["xml_to_json"], "max_size": 0}, "greater than or equal"),
        ({"request": ["xml_to_json"], "max_size": "1GiB"}, "less than or equal"),
        ({"request": ["xml_to_json"], "max_depth": 1000}, "less than or equal"),
    ],
)
def test_what_makes_no_sense_is_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        transform(**settings)


@pytest.mark.parametrize(
    "name", ["Content-Length", "host", "transfer-encoding", "x-consumer-username", "X-Crossway-Entry", "x-envoy-a"]
)
def test_headers_of_the_gateway_are_not_written(name):
    with pytest.raises(ValidationError, match="written by the gateway itself"):
        BodyToHeaders.model_validate({"headers": {name: "a"}})


@pytest.mark.parametrize("pointer", ["", "a", "/a~2", "/~", "#/a", "/" * 2000])
def test_pointers(pointer):
    assert Transformation.model_validate({"remove_json": {"pointers": ["/", "/a~0~1/-/0"]}})
    with pytest.raises(ValidationError):
        Transformation.model_validate({"remove_json": {"pointers": [pointer]}})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([{"a": float("nan")}], "no infinite numbers"),
        ({"a": {1: 2}}, "keys of JSON"),
        ([date(2026, 1, 1)], "JSON has no date"),
        ("\ud800", "surrogates"),
    ],
)
def test_what_yaml_can_say_and_json_cannot_is_refused(value, message):
    with pytest.raises(ValidationError, match=message):
        transform(request=[{"set_json": {"values": {"/a": value}}}])
    with pytest.raises(ValidationError, match=message):
        transform(request=[{"json_schema": {"body_schema": {"const": value}}}])


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "strange"}, "no JSON Schema.* at /type"),
        ({"properties": {"a": {"minLength": -1}}}, "at /properties/a/minLength"),
        ({"$ref": "http://127.0.0.1:9/a.json"}, "Retrieval is disabled"),
        ({"$ref": "file:///etc/passwd"}, "Retrieval is disabled"),
        ({"$ref": "#/$defs/none"}, "no JSON Schema"),
        ({"pattern": "("}, "regex"),
        ({"pattern": r"(a)\1"}, "regex"),
        ({"pattern": "(?=a)b"}, "regex"),
        ({"pattern": "((a{1000}){1000}){1000}"}, "regex"),
    ],
)
def test_a_schema_is_read_with_the_configuration(schema, message):
    assert JsonSchema.model_validate({"body_schema": True})
    with pytest.raises(ValidationError, match=message):
        JsonSchema.model_validate({"body_schema": schema})
