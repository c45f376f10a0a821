from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

import pytest
from pydantic import Field, ValidationError, model_validator

from crossway.model import (
    Duration,
    Gateway,
    Part,
    Ref,
    Route,
    ServiceName,
    Spec,
    attached_policies,
    did_you_mean,
    named_resources,
    problems,
)
from crossway.model.part import Names


class Leaf(Part):
    port: Annotated[int, Field(ge=1)]
    service: ServiceName | None = None


class Branch(Part):
    short_forms = ("leaves",)

    leaves: tuple[Leaf, ...] = ()
    by_name: Mapping[str, Leaf] = Field(default_factory=dict)
    either: Leaf | str = ""
    others: tuple[Annotated[str, Names("certificates")], ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> "Branch":
        if len(self.leaves) > 2:
            raise ValueError("At most two leaves")
        return self


def found(settings: object, kind: type[Part] = Branch) -> list[str]:
    with pytest.raises(ValidationError) as raised:
        kind.model_validate(settings)
    return [f"{item.field}: {item.message} [{item.code}]" for item in problems(raised.value, kind)]


def test_every_problem_has_the_path_that_stands_in_the_document():
    assert found({"leaves": [{"port": 0}, {"prt": 1}], "by_name": {"x y": {}}, "nope": 1}) == [
        "leaves[0].port: input should be greater than or equal to 1 [field.invalid]",
        "leaves[1].port: port is required [field.missing]",
        "leaves[1].prt: unknown key 'prt' [field.unknown]",
        "by_name.x y.port: port is required [field.missing]",
        "nope: unknown key 'nope' [field.unknown]",
    ]


def test_a_union_adds_no_steps():
    assert found({"either": {"port": 0}})[0].startswith("either.port: ")


def test_a_problem_of_the_whole_is_told_in_one_sentence():
    assert found({"leaves": [{"port": 1}] * 3}) == [": at most two leaves [field.invalid]"]


class Clock(Part):
    tick: Annotated[Duration, Field(gt=timedelta(), le=timedelta(days=1, milliseconds=1))]


def test_a_bound_of_time_is_told_as_people_write_it():
    assert found({"tick": 0}, Clock) == ["tick: input should be greater than 0s [field.invalid]"]
    assert found({"tick": "2d"}, Clock) == ["tick: input should be less than or equal to 1d1ms [field.invalid]"]


def test_an_unknown_key_is_guessed():
    with pytest.raises(ValidationError) as raised:
        Branch.model_validate({"leaves": [{"prt": 1, "port": 1}], "leafs": []})
    assert [item.hint for item in problems(raised.value, Branch)] == ["did you mean 'port'?", "did you mean 'leaves'?"]
    assert did_you_mean("zzz", ["abc"]) == ""


def test_findings_are_about_their_resource():
    with pytest.raises(ValidationError) as raised:
        Route.model_validate({})
    assert {item.about for item in problems(raised.value, Route, Ref("routes", "a"))} == {Ref("routes", "a")}


def test_names_are_found_wherever_they_stand():
    branch = Branch.model_validate(
        {
            "leaves": [{"port": 1}, {"port": 1, "service": "a"}],
            "by_name": {"x": {"port": 1, "service": "other/b"}},
            "either": {"port": 1, "service": "c"},
            "others": ["d", "e"],
        }
    )
    assert list(named_resources(branch, "shop")) == [
        (("leaves", 1, "service"), Ref("services", "a", "shop")),
        (("by_name", "x", "service"), Ref("services", "b", "other")),
        (("either", "service"), Ref("services", "c", "shop")),
        (("others", 0), Ref("certificates", "d", "shop")),
        (("others", 1), Ref("certificates", "e", "shop")),
    ]


def test_policies_are_looked_at_where_they_hold():
    gateway = Gateway.model_validate({"listeners": {"a": {"port": 1, "policies": {"mirror": {"to": "x"}}}}})
    assert list(named_resources(gateway, "default")) == []


def test_a_part_is_frozen_and_closed():
    leaf = Leaf(port=1)
    with pytest.raises(ValidationError):
        leaf.port = 2
    with pytest.raises(ValidationError):
        Leaf.model_validate({"port": 1, "nope": 2})


def test_policies_are_found_wherever_they_are_attached():
    timeout = Spec()
    listeners = {"http": {"port": 80, "policies": {"inner": timeout}}}
    gateway = Gateway.model_validate({"listeners": listeners, "policies": {"outer": timeout}})
    assert dict(attached_policies(gateway)) == {
        ("policies",): {"outer": timeout},
        ("listeners", "http", "policies"): {"inner": timeout},
    }
    route = Route.model_validate({"to": ["a", {"service": "b", "policies": {"own": timeout}}]})
    assert dict(attached_policies(route)) == {
        ("policies",): {},
        ("to", 0, "policies"): {},
        ("to", 1, "policies"): {"own": timeout},
    }
    assert list(attached_policies(Leaf(port=1))) == []


def test_a_key_may_look_like_a_step_of_pydantic():
    """What is written is known, so a key that begins with a capital is not taken for the tag of a union."""

    class Tree(Part):
        leaves: dict[str, Leaf | dict[str, Leaf]]

    written = {"leaves": {"Leaf": {"port": "x"}, "Other": {"Inner": {"port": "y"}}}}
    with pytest.raises(ValidationError) as raised:
        Tree.model_validate(written)
    paths = {finding.path for finding in problems(raised.value, Tree, written=written)}
    assert ("leaves", "Leaf", "port") in paths
    assert ("leaves", "Other", "Inner", "port") in paths
