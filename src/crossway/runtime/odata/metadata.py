"""What a service says of itself: `$metadata` in XML and JSON (OData CSDL 4.01), and the service document."""

from __future__ import annotations

from typing import Final

from msgspec import json

from crossway.model.odata import EntitySet, OData

_EDMX: Final = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM: Final = "http://docs.oasis-open.org/odata/ns/edm"
CONTAINER: Final = "Container"


def partner(spec: OData, name: str, navigation: str) -> str | None:
    """Return the navigation property that leads back, if there is one."""
    way = spec.sets[name].navigation[navigation]
    for other, back in spec.sets[way.set].navigation.items():
        if back.set == name and back.by == way.by and back.many != way.many:
            return other
    return None


def as_xml(spec: OData, version: str) -> bytes:
    """Return the metadata document in XML. All names are identifiers, so nothing needs an escape."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<edmx:Edmx Version="{version}" xmlns:edmx="{_EDMX}">',
        f'<edmx:DataServices><Schema Namespace="{spec.namespace}" xmlns="{_EDM}">',
    ]
    for name, each in spec.sets.items():
        lines.append(f'<EntityType Name="{name}"><Key><PropertyRef Name="{each.key}"/></Key>')
        for title, known in each.properties.items():
            nullable = "" if known.nullable and title != each.key else ' Nullable="false"'
            facet = ' Scale="variable"' if known.type == "Decimal" else _precision(known.type)
            lines.append(f'<Property Name="{title}" Type="Edm.{known.type}"{nullable}{facet}/>')
        for title, way in each.navigation.items():
            type_ = f"{spec.namespace}.{way.set}"
            other = partner(spec, name, title)
            back = f' Partner="{other}"' if other else ""
            kind = f'Type="Collection({type_})"' if way.many else f'Type="{type_}"'
            constraint = (
                f'<ReferentialConstraint Property="{way.by}" ReferencedProperty="{spec.sets[way.set].key}"/>'
                if not way.many
                else ""
            )
            lines.append(f'<NavigationProperty Name="{title}" {kind}{back}>{constraint}</NavigationProperty>')
        lines.append("</EntityType>")
    lines.append(f'<EntityContainer Name="{CONTAINER}">')
    for name, each in spec.sets.items():
        lines.append(f'<EntitySet Name="{name}" EntityType="{spec.namespace}.{name}">')
        lines += [
            f'<NavigationPropertyBinding Path="{title}" Target="{way.set}"/>' for title, way in each.navigation.items()
        ]
        lines.append("</EntitySet>")
    lines.append("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>")
    return "\n".join(lines).encode()


def _precision(kind: str) -> str:
    return ' Precision="6"' if kind in {"DateTimeOffset", "TimeOfDay", "Duration"} else ""


def as_json(spec: OData) -> bytes:
    """Return the metadata document in JSON (OData CSDL JSON Representation 4.01)."""
    schema: dict[str, object] = {name: _type(spec, name, each) for name, each in spec.sets.items()}
    container: dict[str, object] = {"$Kind": "EntityContainer"}
    for name, each in spec.sets.items():
        bindings = {title: way.set for title, way in each.navigation.items()}
        container[name] = {"$Collection": True, "$Type": f"{spec.namespace}.{name}"} | (
            {"$NavigationPropertyBinding": bindings} if bindings else {}
        )
    schema[CONTAINER] = container
    return json.encode(
        {"$Version": "4.01", "$EntityContainer": f"{spec.namespace}.{CONTAINER}", spec.namespace: schema}
    )


def _type(spec: OData, name: str, each: EntitySet) -> dict[str, object]:
    members: dict[str, object] = {"$Kind": "EntityType", "$Key": [each.key]}
    for title, known in each.properties.items():
        member: dict[str, object] = {} if known.type == "String" else {"$Type": f"Edm.{known.type}"}
        if known.nullable and title != each.key:
            member["$Nullable"] = True
        if known.type == "Decimal":
            member["$Scale"] = "variable"
        members[title] = member
    for title, way in each.navigation.items():
        member = {"$Kind": "NavigationProperty", "$Type": f"{spec.namespace}.{way.set}"}
        member |= {"$Collection": True} if way.many else {"$Nullable": True}
        if other := partner(spec, name, title):
            member["$Partner"] = other
        if not way.many:
            member["$ReferentialConstraint"] = {way.by: spec.sets[way.set].key}
        members[title] = member
    return members


def service_document(spec: OData, root: str) -> dict[str, object]:
    """Return what stands at the root of a service: its sets."""
    value = [{"name": name, "kind": "EntitySet", "url": name} for name in spec.sets]
    return {"@odata.context": f"{root}/$metadata", "value": value}
