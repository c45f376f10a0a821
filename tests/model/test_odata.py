"""The settings of OData: what is written in one line, and what is refused without being told to anybody."""

import pytest
from pydantic import ValidationError

from crossway.model.odata import Collection, Database, EntitySet, OData, ODataLimits, Pushdown, Table, check_url

SET = {"key": "id", "properties": {"id": "Int64"}}


def test_a_source_is_a_table_or_a_collection() -> None:
    table = EntitySet.model_validate(SET | {"source": {"table": "orders"}})
    collection = EntitySet.model_validate(SET | {"source": {"service": "shop", "path": "/orders"}})
    assert isinstance(table.source, Table)
    assert isinstance(collection.source, Collection)
    assert table.properties["id"].type == "Int64"


@pytest.mark.parametrize("url", ["mysql://root:sesame@host/x", "sesame", "postgresql+psycopg2://sesame", "http://["])
def test_the_url_of_a_database_is_not_told(url: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Database.model_validate(url)
    assert "sesame" not in "".join(error["msg"] for error in raised.value.errors())


def test_the_url_of_a_database_prints_as_nothing() -> None:
    spec = OData.model_validate(
        {"sets": {"Orders": SET | {"source": {"table": "orders"}}}, "databases": {"main": "postgresql://a:sesame@b/c"}}
    )
    assert "sesame" not in repr(spec) + spec.model_dump_json()
    assert check_url("sqlite:////x") == "sqlite:////x"


@pytest.mark.parametrize("pushdown", [{"skip": "offset"}, {"filter": {"a like": "a"}}, {"filter": {"a ne": "a"}}])
def test_what_no_parameter_stands_for(pushdown: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Pushdown.model_validate(pushdown)


def test_limits_have_those_of_queries() -> None:
    assert ODataLimits().max_top == OData.model_fields["limits"].default.max_top
