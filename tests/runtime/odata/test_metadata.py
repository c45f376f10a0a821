"""What a service says of itself, as a reader of other people understands it."""

import json
from xml.etree import ElementTree as ET

from odatapy.edm.xml_io import parse_metadata

from crossway.model.odata import OData
from crossway.runtime.odata import metadata
from runtime.odata.shop import settings

SPEC = OData.model_validate({"sets": settings(), "databases": {"main": "sqlite:///x"}})


def test_xml() -> None:
    text = metadata.as_xml(SPEC, "4.0")
    assert ET.fromstring(text).get("Version") == "4.0"
    (schema,) = parse_metadata(text)
    types = {each.name: each for each in schema.entity_types}
    assert types.keys() == SPEC.sets.keys()
    kinds = {each.name: (each.type, each.nullable) for each in types["Orders"].properties}
    assert kinds["id"] == ("Edm.Int64", False)
    assert kinds["note"] == ("Edm.String", True)
    ways = {each.name: (each.type, each.partner) for each in types["Orders"].navigation_properties}
    assert ways == {"customer": ("Default.Customers", "orders"), "items": ("Default.Items", "order")}


def test_json() -> None:
    said = json.loads(metadata.as_json(SPEC))
    orders = said["Default"]["Orders"]
    assert orders["$Key"] == ["id"]
    assert orders["placed"] == {"$Type": "Edm.DateTimeOffset", "$Nullable": True}
    assert orders["items"]["$Collection"] is True
    assert orders["customer"]["$ReferentialConstraint"] == {"customer_id": "id"}
    assert said["Default"]["Container"]["Orders"]["$NavigationPropertyBinding"] == {
        "customer": "Customers",
        "items": "Items",
    }


def test_service_document() -> None:
    said = metadata.service_document(SPEC, "http://shop.test/odata")
    assert said["@odata.context"] == "http://shop.test/odata/$metadata"
    assert said["value"] == [{"name": name, "kind": "EntitySet", "url": name} for name in SPEC.sets]
