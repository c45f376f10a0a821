from typing import Annotated

import pytest

from crossway.daemon.registry import load_dialects
from crossway.dialects.contract import Concept, Dialect, Foreign, Ignored, Language, Mapped, Refused
from crossway.dialects.parity import parity
from crossway.errors import Bug
from dialects.toy import TOY


def test_every_field_of_every_concept_is_told_with_its_fate():
    fields = {(field.kind, field.path): type(field.fate) for field in parity(TOY)}
    assert fields["toy/shop", "doors[].when[].path"] is Mapped
    assert fields["toy/shop", "doors[].guard"] is Refused
    assert fields["toy/shop", "paint"] is Ignored
    assert ("toy/shop", "doors") not in fields


def test_a_field_without_a_fate_is_a_bug():
    class Silent(Foreign):
        word: str

    dialect = Dialect("x", "X", Language("x", (), lambda _: None), (Concept("x/silent", Silent),))
    with pytest.raises(Bug, match="word"):
        parity(dialect)


def test_a_schema_that_holds_itself_is_told_once():
    class Term(Foreign):
        word: Annotated[str, Mapped("a")] = ""
        both: "dict[str, Term]" = {}  # noqa: RUF012 - a default of pydantic

    dialect = Dialect("x", "X", Language("x", (), lambda _: None), (Concept("x/term", Term),))
    assert [field.path for field in parity(dialect)] == ["word"]


@pytest.mark.parametrize("dialect", load_dialects(), ids=lambda dialect: dialect.name)
def test_every_dialect_says_what_becomes_of_every_field(dialect: Dialect):
    assert parity(dialect)
