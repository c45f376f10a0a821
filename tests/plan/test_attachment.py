from collections.abc import Mapping
from dataclasses import replace

import pytest
from pydantic import Field

from crossway.model import Broken, Finding, Ref, Spec
from crossway.plan.attachment import Attachment, Merge, Rule, Target, effective, misplaced, requestless, union


class Inner(Spec):
    x: int = 0
    y: int = 0


class Some(Spec):
    number: int = 0
    names: tuple[str, ...] = ()
    table: Mapping[str, str] = Field(default_factory=dict)
    inner: Inner | None = None


ALL = frozenset(Target)
FROM_FAR = list(Target)
BROKEN = Broken((Finding("field.invalid", "no"),))


def attached(*places: tuple[Target, dict[str, Spec | Broken]]) -> list[Attachment]:
    return [Attachment(target, Ref("routes", target), ("policies",), policies) for target, policies in places]


def rule(merge: Merge = Merge.CLOSEST, applies: Target = Target.ROUTE, targets: frozenset[Target] = ALL) -> Rule:
    return Rule(applies, targets, merge)


@pytest.mark.parametrize("closest", range(5))
def test_the_closest_attachment_holds_as_a_whole(closest):
    places = [(target, {"p": Some(number=number)}) for number, target in enumerate(FROM_FAR[: closest + 1])]
    (held,) = effective(Target.ROUTE, attached(*places), {"p": rule()})
    assert held.spec == Some(number=closest)
    assert (held.about.name, held.path) == (FROM_FAR[closest], ("policies", "p"))


def test_the_order_from_the_farthest_to_the_closest():
    farther = [Target.NAMESPACE, Target.GATEWAY, Target.LISTENER, Target.SERVICE]
    assert [*farther, Target.ROUTE, Target.BACKEND] == FROM_FAR


def test_a_union_adds_up_and_the_closer_is_right():
    far = Some(number=1, names=("a", "b"), table={"x": "far", "y": "far"}, inner=Inner(x=1, y=1))
    near = Some(names=("b", "c"), table={"x": "near"}, inner=Inner(x=2))
    places = attached((Target.GATEWAY, {"p": far}), (Target.ROUTE, {"p": near}))
    (held,) = effective(Target.ROUTE, places, {"p": rule(Merge.UNION)})
    assert held.spec.model_dump() == {
        "number": 1,
        "names": ("a", "b", "c"),
        "table": {"x": "near", "y": "far"},
        "inner": {"x": 2, "y": 1},
    }
    assert held.about.name == Target.ROUTE


def test_a_union_of_three():
    places = attached(*((target, {"p": Some(names=(target.value,))}) for target in FROM_FAR[:3]))
    (held,) = effective(Target.ROUTE, places, {"p": rule(Merge.UNION)})
    assert held.spec.names == ("namespace", "gateway", "listener")


def test_a_union_knows_what_it_was_made_of():
    places = attached(*((target, {"p": Some(names=(target.value,))}) for target in FROM_FAR[:3]))
    (held,) = effective(Target.ROUTE, places, {"p": rule(Merge.UNION)})
    assert [(part.about.name, part.spec.names) for part in held.parts] == [
        ("namespace", ("namespace",)),
        ("gateway", ("gateway",)),
        ("listener", ("listener",)),
    ]
    (alone,) = effective(Target.ROUTE, places, {"p": rule()})
    assert alone.parts == ()


def test_a_union_remembers_what_was_written_by_either():
    far, middle, near = Some(number=5), Some(names=("a",)), Some(table={"x": "y"})
    assert union(union(far, middle), near).number == 5


@pytest.mark.parametrize("closer", [True, False])
def test_a_broken_policy_is_never_opened_by_another(closer):
    here = {"p": BROKEN}, {"p": Some()}
    places = attached((Target.GATEWAY, here[not closer]), (Target.ROUTE, here[closer]))
    (held,) = effective(Target.ROUTE, places, {"p": rule(Merge.UNION)})
    assert held.spec == here[closer]["p"]


def test_policies_about_something_else_do_not_hold_here():
    places = attached((Target.ROUTE, {"route": Some(), "service": Some()}))
    rules = {"route": rule(), "service": rule(applies=Target.SERVICE)}
    assert [held.name for held in effective(Target.ROUTE, places, rules)] == ["route"]


def test_a_policy_that_is_misplaced_does_not_hold_and_is_told():
    places = attached((Target.GATEWAY, {"p": Some()}), (Target.ROUTE, {"p": Some()}))
    rules = {"p": rule(targets=frozenset({Target.GATEWAY, Target.LISTENER}))}
    (held,) = effective(Target.ROUTE, places, rules)
    assert held.about.name == Target.GATEWAY
    (finding,) = misplaced(places, rules)
    assert (finding.code, finding.field, finding.expected) == (
        "policy.misplaced",
        "routes.route.policies.p",
        "gateway or listener",
    )


def test_a_name_that_nobody_knows_holds_wherever_it_is():
    places = attached((Target.NAMESPACE, {"p": BROKEN}))
    assert [held.name for held in effective(Target.ROUTE, places, {})] == ["p"]
    assert misplaced(places, {}) == ()


def test_the_order_is_that_of_the_names():
    places = attached((Target.ROUTE, {"b": Some(), "a": Some()}))
    assert [held.name for held in effective(Target.ROUTE, places, {"a": rule(), "b": rule()})] == ["a", "b"]


def test_a_policy_about_requests_is_told_where_there_are_none():
    places = attached((Target.LISTENER, {"p": Some(), "q": Some(), "r": Some(), "nobody": Some()}))
    rules = {
        "p": rule(),
        "q": rule(applies=Target.LISTENER),
        "r": replace(rule(), also=frozenset({Target.LISTENER})),
    }
    (finding,) = requestless(places, rules)
    assert (finding.code, finding.path[-1], finding.expected) == (
        "policy.misplaced",
        "p",
        "a listener that speaks HTTP",
    )
