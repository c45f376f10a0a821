"""What the reader takes, the schema takes; a key that the reader does not know, the schema refuses."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from crossway.cli.init import STARTER
from crossway.daemon.registry import load_policies
from crossway.dialects.native import Native
from crossway.dialects.native.schema import schema
from crossway.dialects.native.values import parse_yaml
from crossway.model import Document
from harness.cases import all_cases

ROOT = Path(__file__).parents[3]
FILES = [STARTER, *sorted((ROOT / "examples").glob("*/*.yaml"))]
VALIDATOR = Draft202012Validator(schema(load_policies()))


def as_json(value):
    """As an editor sees YAML: every key is a text."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, list | tuple) else value


def is_taken(document) -> bool:
    return VALIDATOR.is_valid(as_json(document))


def unknown_keys(document) -> list[str]:
    findings = Native(load_policies()).read([Document("x.yaml", json.dumps(as_json(document)))]).findings
    return [finding.code for finding in findings if finding.code.endswith(".unknown")]


@pytest.mark.parametrize("case", [case for case in all_cases() if not case.is_wrong], ids=repr)
def test_what_the_cases_give_is_taken(case):
    assert list(VALIDATOR.iter_errors(as_json(case.document()))) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_files_that_we_ship_are_taken(path):
    text = path.read_text()
    for name in ("$", "{{"):
        if name in text and path != STARTER:
            pytest.skip("a template, filled in when it runs")
    for document in parse_yaml(text):
        assert list(VALIDATOR.iter_errors(as_json(document))) == []


SHORT = {
    "listener-port": {"gateways": {"edge": {"listeners": {"http": 8080}}}},
    "service-url": {"services": {"echo": "h2c://[::1]:9001"}},
    "one-endpoint": {"services": {"echo": {"endpoints": "127.0.0.1:9001"}}},
    "one-backend": {"routes": {"a": {"to": {"service": "echo", "subset": "v2"}}}},
    "backend-names": {"routes": {"a": {"to": ["echo", {"service": "other", "weight": 2}]}}},
    "path-kind": {"routes": {"a": {"matches": [{"path": {"prefix": "/a"}}], "to": "echo"}}},
    "header-values": {
        "routes": {"a": {"matches": [{"headers": {"X-A": 1, "b": True, "c": {"absent": True}}}], "to": "echo"}}
    },
    "opposites": {
        "routes": {
            "a": {"matches": [{"headers": {"a": {"not": 1}}, "queries": {"b": {"not": {"prefix": "x"}}}}], "to": "echo"}
        }
    },
    "opposite-of-absence": {
        "routes": {"a": {"matches": [{"cookies": {"a": {"not": {"absent": True}}}}], "to": "echo"}}
    },
    "path-by-text": {"routes": {"a": {"matches": [{"path": "^/a"}, {"path": {"starts_with": "/b"}}], "to": "echo"}}},
    "method-in-small-letters": {"routes": {"a": {"matches": [{"methods": ["get"]}], "to": "echo"}}},
    "namespaces": {"namespaces": {"shop": {"services": {"echo": "http://a:1"}, "policies": {"timeout": "5s"}}}},
    "nothing-in-a-policy": {"routes": {"a": {"to": "echo", "policies": {"client_ip": None}}}},
    "nothing-in-a-kind": {"routes": None},
    "nothing": None,
}


@pytest.mark.parametrize("document", SHORT.values(), ids=SHORT)
def test_short_forms_are_taken(document):
    assert unknown_keys(document) == []
    assert is_taken(document)


UNKNOWN = {
    "kind": {"route": {"a": {"to": "echo"}}},
    "field": {"routes": {"a": {"too": "echo"}}},
    "deep-field": {"routes": {"a": {"to": "echo", "matches": [{"headers": {"x": {"exakt": "1"}}}]}}},
    "field-after-not": {"routes": {"a": {"to": "echo", "matches": [{"headers": {"x": {"not": {"exakt": "1"}}}}]}}},
    "policy": {"routes": {"a": {"to": "echo", "policies": {"retri": 2}}}},
    "field-of-a-policy": {"routes": {"a": {"to": "echo", "policies": {"retry": {"attempt": 2}}}}},
    "field-in-a-namespace": {"namespaces": {"shop": {"routes": {"a": {"too": "echo"}}}}},
    "kind-in-a-namespace": {"namespaces": {"shop": {"namespaces": {}}}},
}


@pytest.mark.parametrize("document", UNKNOWN.values(), ids=UNKNOWN)
def test_unknown_keys_are_refused(document):
    assert unknown_keys(document) != []
    assert not is_taken(document)


def test_every_field_is_described():
    for name, definition in VALIDATOR.schema["$defs"].items():
        for part in (definition, *definition.get("anyOf", ())):
            for field, described in part.get("properties", {}).items():
                if "$ref" not in described and "anyOf" not in described and "description" in part:
                    assert "description" in described, f"{name}.{field}"
