"""The order of steps: found in the expressions, and of no influence on what they say."""

import asyncio
import json
import zlib
from dataclasses import dataclass

import jmespath
from hypothesis import given
from hypothesis import strategies as st

from crossway.model import PathMatch
from crossway.model.composition import Compose, Composition
from crossway.runtime.composing import compose
from crossway.runtime.composing.plan import plan, variables
from crossway.sdk.http import Request, Response
from runtime.composing.services import Services, nothing_behind, settings


def test_each_step_stands_behind_those_it_waits_for() -> None:
    found = plan(
        settings(
            """
            steps:
              c: {service: s, path: "/{steps.b.body}", headers: {x: "{steps.a.status}"}}
              b: {service: s, path: /b, when: steps.a.body}
              a: {service: s, path: /a}
              d: {service: s, method: POST, path: /d, body: {x: ["steps.c"]}}
              e: {service: s, path: /e}
            """
        )
    )
    assert [step.name for step in found.steps] == ["a", "e", "b", "c", "d"]
    assert [step.name for step in found.first] == ["a", "e"]
    assert {step.name: sorted(step.waits_for) for step in found.steps} == {
        "a": [],
        "b": ["a"],
        "c": ["a", "b"],
        "d": ["c"],
        "e": [],
    }


def test_variables_of_a_path() -> None:
    path = PathMatch.model_validate("/a.b/{one}-{two}/x/*")
    composition = Composition(compose=settings("steps: {a: {service: a, path: '/{path.one}'}}").compose, path=path)
    pattern = plan(composition).variables
    assert pattern is not None
    assert variables(composition, pattern, "/a.b/1-2%2F3/x/y/z") == {"one": "1", "two": "2/3"}
    assert variables(composition, pattern, "/a.b/1-2/x") == {"one": "1", "two": "2"}
    assert variables(composition, pattern, "/aXb/1-2/x") == {}


@dataclass(frozen=True)
class Drawn:
    """A step as it was drawn: which ones it mentions, and how."""

    mentions: tuple[int, ...]
    when: int | None
    loops: int | None
    fails_softly: bool
    pace: int


@st.composite
def graphs(draw: st.DrawFn) -> list[Drawn]:
    graph: list[Drawn] = []
    for index in range(draw(st.integers(1, 6))):
        earlier = st.integers(0, index - 1) if index else st.nothing()
        plain = [other for other in range(index) if graph[other].loops is None]
        graph.append(
            Drawn(
                tuple(draw(st.sets(earlier, max_size=3))) if index else (),
                draw(st.sampled_from([None, *plain])),
                draw(st.sampled_from([None, *plain])),
                draw(st.booleans()),
                draw(st.integers(0, 4)),
            )
        )
    return graph


def composition(graph: list[Drawn], order: list[int]) -> Compose:
    """Return the composition of the steps in *graph*, written in *order*."""
    steps = {}
    for index in order:
        drawn = graph[index]
        query = {
            f"q{other}": f"{{length(steps.s{other})}}"
            if graph[other].loops is not None
            else f"{{steps.s{other}.body.n}}"
            for other in drawn.mentions
        }
        step: dict[str, object] = {"service": f"s{index}", "path": f"/s{index}", "query": query, "accept": ["2xx"]}
        if drawn.when is not None:
            step["when"] = f"steps.s{drawn.when}.body.n > `3`"
        if drawn.loops is not None:
            step |= {"for_each": f"steps.s{drawn.loops}.body.l", "parallel": 3}
            step["path"] = f"/s{index}/{{item}}"
        if drawn.fails_softly:
            step["fallback"] = {"n": 5, "l": [7, 8]}
        steps[f"s{index}"] = step
    return Compose.model_validate({"steps": steps, "on_failure": "omit", "body": {"steps": "steps"}})


def service(request: Request) -> Response:
    """Answer by what the target says alone; a fifth of the targets is broken."""
    number = zlib.crc32(request.target.encode())
    status = 500 if number % 5 == 0 else 200
    return Response(status, json={"n": number % 9, "l": list(range(number % 4))})


def one_after_the_other(graph: list[Drawn]) -> dict[str, object]:
    """Return what each step comes to if they are made in the order in which they were drawn."""
    steps: dict[str, object] = {}
    for index, drawn in enumerate(graph):
        fallback = {"n": 5, "l": [7, 8]} if drawn.fails_softly else None

        def call(path: str, drawn: Drawn = drawn, fallback: object = fallback) -> dict[str, object]:
            values = {
                other: len(steps[f"s{other}"])  # type: ignore[arg-type]
                if graph[other].loops is not None
                else jmespath.search(f"steps.s{other}.body.n", {"steps": steps})
                for other in drawn.mentions
            }
            query = "&".join(f"q{other}={value}" for other, value in values.items() if value is not None)
            answer = service(Request("GET", f"{path}?{query}" if query else path))
            good = answer.status == 200
            return {"status": answer.status, "body": answer.json() if good else fallback, "failed": not good}

        if drawn.when is not None and not jmespath.search(f"steps.s{drawn.when}.body.n > `3`", {"steps": steps}):
            steps[f"s{index}"] = {"status": None, "body": fallback, "failed": False} if drawn.loops is None else []
        elif drawn.loops is None:
            steps[f"s{index}"] = call(f"/s{index}")
        else:
            items = jmespath.search(f"steps.s{drawn.loops}.body.l", {"steps": steps}) or []
            steps[f"s{index}"] = [call(f"/s{index}/{item}") | {"item": item} for item in items]
    return steps


def seen(result: object) -> object:
    if isinstance(result, list):
        return [seen(item) for item in result]
    assert isinstance(result, dict)
    kept = {name: result[name] for name in ("status", "body", "item") if name in result}
    return kept | {"failed": result["error"] is not None}


@given(graphs(), st.randoms(use_true_random=False))
def test_steps_beside_each_other_say_what_they_say_one_after_the_other(graph: list[Drawn], random: object) -> None:
    order = list(range(len(graph)))
    random.shuffle(order)  # type: ignore[attr-defined]

    def paced(index: int):  # type: ignore[no-untyped-def]
        async def answer(request: Request) -> Response:
            for _ in range(graph[index].pace):
                await asyncio.sleep(0)
            return service(request)

        return answer

    services = Services(**{f"s{index}": paced(index) for index in range(len(graph))})

    async def run() -> Response:
        handler = compose(Composition(compose=composition(graph, order)), "routes/page", services.tools)
        return await handler(Request("GET", "/"), nothing_behind)

    response = asyncio.run(run())
    assert response.status == 200, response.text
    steps = json.loads(response.body)["steps"]
    assert {name: seen(result) for name, result in steps.items()} == one_after_the_other(graph)
    assert len(services.targets) == len(set(services.targets))
