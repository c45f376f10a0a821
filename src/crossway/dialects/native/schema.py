"""The native configuration as a JSON Schema, for editors that complete and check what is written.

Law: what the reader takes, the schema takes; a key that the reader does not know, the schema refuses. It says less
than the reader otherwise: no reference is followed, and fields that exclude each other may stand together.
"""

from __future__ import annotations

from typing import Final

from pydantic.json_schema import GenerateJsonSchema, JsonRef, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import DictSchema

from crossway.compile.contract import Policies
from crossway.model import KINDS, POLICIES_SCHEMA, Part

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
NAME: Final = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"


def schema(policies: Policies) -> JsonSchemaValue:
    """Return the schema of a document (JSON Schema 2020-12) in which *policies* may be used."""
    parts = [*KINDS.values(), *(policy.spec for policy in policies.values())]
    references, described = models_json_schema([(part, "validation") for part in parts], schema_generator=_Generator)
    definitions: JsonSchemaValue = described["$defs"]
    kinds = {
        kind: {
            "type": ["object", "null"],
            "propertyNames": {"pattern": NAME},
            "additionalProperties": _unless_empty(part, references[part, "validation"]),
            "description": definitions[part.__name__]["description"],
        }
        for kind, part in KINDS.items()
    }
    inside = {kind: section for kind, section in kinds.items() if kind != "namespaces"}
    definitions["Namespace"]["properties"] |= inside
    definitions[POLICIES_SCHEMA.rpartition("/")[2]] = {
        "type": "object",
        "description": "Policies, by name.",
        "properties": {
            name: _unless_empty(policy.spec, references[policy.spec, "validation"])
            for name, policy in sorted(policies.items())
        },
        "additionalProperties": False,
    }
    return {
        "$schema": DIALECT,
        "title": "Crossway",
        "type": ["object", "null"],
        "properties": kinds,
        "additionalProperties": False,
        "$defs": definitions,
    }


def _unless_empty(part: type[Part], reference: JsonSchemaValue) -> JsonSchemaValue:
    """Return the schema of what stands under a name: nothing there means a *part* with all its defaults."""
    if any(field.is_required() for field in part.model_fields.values()):
        return reference
    return {"anyOf": [reference, {"type": "null"}]}


class _Generator(GenerateJsonSchema):
    """Pydantic's own, without titles that repeat the key, and knowing that the policies are described elsewhere."""

    def field_title_should_be_set(self, _schema: object) -> bool:
        return False

    def get_schema_from_definitions(self, json_ref: JsonRef) -> JsonSchemaValue | None:
        return None if json_ref == POLICIES_SCHEMA else super().get_schema_from_definitions(json_ref)

    def dict_schema(self, schema: DictSchema) -> JsonSchemaValue:
        described = super().dict_schema(schema)
        if "patternProperties" in described:
            described["additionalProperties"] = False
        return described
