"""No setting of a policy brings the compiler down: what Envoy cannot count to is refused where it is written."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Document

POLICIES = load_policies()
EXTREMES = {
    "integer": [0, -1, 2**31, 2**32, 2**53, 10**30],
    "number": [0, -1e300, 1e-300, 1e300],
    "string": ["", "0s", "1us", "36500d", "99999999d", "3GiB", "4GiB", "9999999GiB", "0%", "100%", "a\r\nb", "%", "é"],
    "boolean": [True, False],
}


def extremes(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int = 0) -> Iterator[object]:
    """Yield settings of *schema* in each of which one value is as far out as its type allows."""
    if depth > 5:
        return
    if "$ref" in schema:
        yield from extremes(definitions.get(schema["$ref"].rpartition("/")[2], {}), definitions, depth + 1)
    for way in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from extremes(way, definitions, depth + 1)
    kinds = schema.get("type", ())
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        yield from EXTREMES.get(kind, ())
    yield from schema.get("examples", ())
    fields = schema.get("properties", {})
    usual = {name: next(extremes(fields[name], definitions, depth + 1), "x") for name in schema.get("required", ())}
    for name, field in fields.items():
        yield from ({**usual, name: value} for value in extremes(field, definitions, depth + 1))
    if isinstance(inner := schema.get("additionalProperties"), dict):
        yield from ({"x": value} for value in extremes(inner, definitions, depth + 1))
    if isinstance(inner := schema.get("items"), dict):
        yield from ([value] for value in extremes(inner, definitions, depth + 1))


def configured(name: str, settings: object) -> str:
    attached = {"policies": {name: settings}}
    return json.dumps(
        {
            "gateways": {"edge": {"listeners": {"http": 8080}, **attached}},
            "services": {"one": {"endpoints": ["127.0.0.1:1"], **attached}},
            "routes": {"r": {"to": "one", **attached}},
        }
    )


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_every_setting_is_compiled_or_refused(name):
    schema = POLICIES[name].spec.model_json_schema()
    pipeline = Pipeline(POLICIES)
    for settings in extremes(schema, schema.get("$defs", {})):
        pipeline.adopt(pipeline.read([Document("c.yaml", configured(name, settings))]))
        pipeline.resources()
        pipeline.findings()
