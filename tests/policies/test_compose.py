"""What cases cannot say of `compose`: where it stands, and what a route with it is."""

from typing import Any

import pytest
import yaml

from crossway.compile.contract import Fragment, Site
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.daemon.views import View
from crossway.model import Document, Finding, PathMatch, Ref
from crossway.model.composition import Compose, Composition
from crossway.policies.compose import POLICY, compile_compose

SETTINGS = {"steps": {"a": {"service": "users", "path": "/{path.id}"}, "b": {"service": "other/users", "path": "/b"}}}


def compiled(settings: dict[str, Any], path: str = "/page/{id}") -> Fragment | Finding:
    site = Site(Ref("routes", "page"), "shop", PathMatch.model_validate(path))
    return compile_compose(Compose.model_validate(settings), site)


def test_the_step_names_clusters_and_the_path() -> None:
    fragment = compiled(SETTINGS)
    assert isinstance(fragment, Fragment)
    (step,) = fragment.steps
    assert step.kind == "compose"
    told = Composition.model_validate_json(bytes(step.settings))
    assert [call.service for call in told.compose.steps.values()] == ["shop/users", "other/users"]
    assert told.path.variables == ("id",)


def test_one_route_with_two_paths_needs_the_variables_of_both() -> None:
    found = compiled(SETTINGS, "/page")
    assert isinstance(found, Finding)
    assert (found.code, found.path) == ("compose.unknown_name", ("steps", "a", "path"))


@pytest.mark.parametrize(
    ("steps", "message", "path"),
    [
        ({"a": "a"}, "the step a waits for itself", ("steps", "a", "path")),
        ({"c": "b", "a": "c", "b": "a"}, "these steps wait for each other: c, b, a, c", ("steps", "c", "path")),
        ({"z": "a", "a": "b", "b": "a"}, "these steps wait for each other: a, b, a", ("steps", "a", "path")),
    ],
)
def test_cycles_are_told_where_they_begin(steps: dict[str, str], message: str, path: tuple[str, ...]) -> None:
    calls = {name: {"service": "s", "path": f"/{{steps.{other}.body}}"} for name, other in steps.items()}
    found = compiled({"steps": calls})
    assert isinstance(found, Finding)
    assert (found.code, found.message, found.path) == ("compose.cycle", message, path)


def test_a_step_that_mentions_all_waits_for_itself() -> None:
    found = compiled({"steps": {"a": {"service": "s", "path": "/", "query": {"x": "{length(steps)}"}}}})
    assert isinstance(found, Finding)
    assert (found.code, found.path) == ("compose.cycle", ("steps", "a", "query", "x"))


def findings(text: str) -> list[tuple[str, str]]:
    gateways = {"edge": {"listeners": {"http": 8080}}}
    document = {"gateways": gateways, "services": {"users": "http://127.0.0.1:9001"}, "routes": yaml.safe_load(text)}
    pipeline = Pipeline(load_policies())
    pipeline.adopt(pipeline.read([Document("x.yaml", yaml.safe_dump(document))]))
    assert pipeline.resources(View())
    found = [*pipeline.loaded.findings, *pipeline.findings()]
    return sorted({(finding.code, ".".join(map(str, finding.path))) for finding in found})


COMPOSE = "policies: {compose: {steps: {a: {service: users, path: /}}}}"


@pytest.mark.parametrize(
    ("route", "found"),
    [
        (COMPOSE, []),
        (f"{COMPOSE}, to: users", [("field.invalid", "")]),
        (f"{COMPOSE}, respond: {{status: 404}}", [("field.invalid", "")]),
        ("matches: [{path: /x}]", [("field.invalid", "")]),
        ("policies: {compose: {steps: {}}}", [("field.invalid", "policies.compose.steps")]),
        (
            "policies: {compose: {steps: {a: {service: nobody, path: /}}}}",
            [("reference.dangling", "policies.compose.steps.a.service")],
        ),
        (
            "policies: {compose: {steps: {a: {service: users, path: '/{path.x}'}}}}",
            [("compose.unknown_name", "policies.compose.steps.a.path")],
        ),
    ],
)
def test_a_route_that_composes_has_no_other_action(route: str, found: list[tuple[str, str]]) -> None:
    assert findings(f"page: {{{route}}}") == found


def test_it_stands_at_routes_alone() -> None:
    assert {target.name for target in POLICY.targets} == {"ROUTE"}
