from dataclasses import replace
from typing import Any

import pytest

from crossway.dialects.contract import Concept, Foreign, Ignored, Mapped, Refused, as_written
from crossway.dialects.fate import examine, fates, shape
from crossway.errors import Bug
from dialects.toy import TOY, Shop

CONCEPT: Concept[Any] = next(concept for concept in TOY.concepts if concept.schema is Shop)
RIGHT: dict[str, Any] = {"shop": "a", "at": "b", "doors": [{"when": [{"path": "/a"}, {"path": "/b"}]}]}


def said(value: dict[str, Any]) -> tuple[Any, list[tuple[str, str]]]:
    """Return what is left of *value* as plain data, and the codes and paths of what is wrong."""
    left, wrong, _ = examine(CONCEPT, value)
    plain = left.model_dump(exclude_unset=True, mode="json") if left is not None else None
    return plain, [(finding.code, shape(finding.path)) for finding in wrong]


def test_what_is_right_stays():
    assert said(RIGHT) == (RIGHT, [])


def test_an_unknown_key_is_found_and_left_out():
    assert said({**RIGHT, "colour": "red"}) == (RIGHT, [("field.unknown", "colour")])


def test_a_hint_names_the_key_that_was_meant():
    _, (finding,), _ = examine(CONCEPT, {**RIGHT, "pant": "red"})
    assert finding.hint == "did you mean 'paint'?"


def test_a_refused_field_is_found_with_its_reason():
    door = {"when": [{"path": "/a"}], "guard": "dog"}
    left, (finding,), _ = examine(CONCEPT, {**RIGHT, "doors": [door]})
    assert (finding.code, finding.message, finding.path) == (
        "dialect.refused",
        "nobody guards doors here",
        ("doors", 0, "guard"),
    )
    assert left is not None


def test_of_conditions_none_is_lost_singly():
    wrong = {"path": "/b", "method": ["GET"]}
    left, found = said({**RIGHT, "doors": [{"when": [{"path": "/a"}, wrong]}]})
    assert left["doors"] == [{"when": [{"path": "/a"}]}]
    assert found == [("field.invalid", "doors[].when[].method")]


def test_with_its_last_condition_goes_the_part_itself():
    doors = [{"when": [{"path": 1}]}, {"when": [{"path": "/a"}]}]
    left, found = said({**RIGHT, "doors": doors})
    assert left["doors"] == [{"when": [{"path": "/a"}]}]
    assert found == [("field.invalid", "doors[].when[].path")]


def test_what_stands_after_an_item_that_is_gone_keeps_its_place():
    doors = [{"when": [{"path": 1}]}, {"when": [{"path": "/a"}, {"path": 2}]}, {"guard": "dog", "when": [{"path": 3}]}]
    _, wrong, gone = examine(CONCEPT, {**RIGHT, "doors": doors, "colour": "red"})
    places = [(finding.code, finding.path) for finding in wrong]
    assert ("field.invalid", ("doors", 1, "when", 1, "path")) in places
    assert sorted(gone) == [("doors", 0), ("doors", 1, "when", 1), ("doors", 2)]
    assert as_written(("doors", 0, "when", 0), gone) == ("doors", 1, "when", 0)


def test_with_all_its_conditions_goes_the_part_itself():
    left, _ = said({**RIGHT, "doors": [{"when": [{"path": 1}, {"path": 2}]}, {"when": [{"path": "/a"}]}]})
    assert left["doors"] == [{"when": [{"path": "/a"}]}]


def test_nothing_is_left_of_an_object_without_what_it_needs():
    assert said({"shop": "a"}) == (None, [("field.missing", "at")])


def test_what_is_no_object_is_said():
    left, wrong, _ = examine(CONCEPT, ["a"])
    assert left is None
    assert wrong


def test_nothing_is_left_of_an_object_whose_only_part_is_wrong():
    assert said({**RIGHT, "doors": [{"when": [{"path": 1}]}]}) == (None, [("field.invalid", "doors[].when[].path")])


def test_every_field_has_a_fate():
    left, _, _ = examine(CONCEPT, {**RIGHT, "paint": "red"})
    assert left is not None
    kinds = {shape(item.path): type(item.fate) for item in fates(left)}
    assert kinds == {"shop": Mapped, "at": Mapped, "doors[].when[].path": Mapped, "paint": Ignored}
    assert Refused not in kinds.values()


def test_a_field_without_a_fate_is_a_bug():
    class Silent(Foreign):
        word: str

    concept = replace(CONCEPT, schema=Silent)
    with pytest.raises(Bug, match="word"):
        examine(concept, {"word": "a"})


def test_a_list_that_lets_nothing_through_when_it_is_empty_stays():
    concept = replace(CONCEPT, emptied=frozenset({"doors"}))
    left, wrong, gone = examine(concept, {**RIGHT, "doors": [{"when": 1}]})
    assert isinstance(left, Shop)
    assert (left.doors, {finding.path[:2] for finding in wrong}, gone) == ((), {("doors", 0)}, (("doors", 0),))
