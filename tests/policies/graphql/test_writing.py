"""Interfaces as plans."""

import pytest
from graphql import build_schema

from crossway.model.graphql_plan import Operation
from crossway.policies.graphql.interface import MOST_FIELDS, DefinitionError, FieldDef, Interface, ObjectDef, Type
from crossway.policies.graphql.writing import written


def interface(**fields: FieldDef) -> Interface:
    query = FieldDef(Type("A", required=False), operation="one.a", description='Says "a"\nand more.' + " x" * 1000)
    operations = {name: Operation("one", "", "GET", f"/{name[-1]}") for name in ("one.a", "one.b")}
    return Interface({"A": ObjectDef(fields), "B": ObjectDef({})}, {"a": query}, operations=operations)


def test_a_plan_has_what_a_query_can_reach() -> None:
    plan = written(interface(x=FieldDef(Type("Int"), key="the-x"), y=FieldDef(Type("A"))), {"one": "cluster"})
    assert set(plan.operations) == {"one.a"}
    assert plan.operations["one.a"].service == "cluster"
    assert plan.fields == {"Query": {"a": plan.fields["Query"]["a"]}, "A": {"x": plan.fields["A"]["x"]}}
    assert plan.fields["A"]["x"].key == "the-x"
    assert "B" not in build_schema(plan.sdl).type_map


def test_descriptions_are_short() -> None:
    field = build_schema(written(interface(x=FieldDef(Type("Int"))), {"one": "one"}).sdl).query_type
    assert field is not None
    described = field.fields["a"].description or ""
    assert described.startswith('Says "a" and more. x x')
    assert len(described) == 500


def test_fields_have_a_bound() -> None:
    many = {f"f{number}": FieldDef(Type("Int")) for number in range(MOST_FIELDS)}
    with pytest.raises(DefinitionError, match="more than 20,000 fields"):
        written(interface(**many), {"one": "one"})
