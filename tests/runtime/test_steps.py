"""Each kind of step, made of settings as they are compiled."""

import time
from collections.abc import Awaitable, Callable

import pytest
from msgspec import Raw, json
from pydantic import ValidationError

from crossway.compile.contract import step
from crossway.compile.program import PROCESS, RUNS, SERVER, Code, Entry, PluginStep, Step, digest
from crossway.model.caching import Cache
from crossway.model.composition import Composition
from crossway.model.transformation import Transform
from crossway.runtime.handler import Handler, Tools
from crossway.runtime.loading import ProgramError
from crossway.runtime.steps import APART, FACTORIES
from crossway.runtime.stores import MemoryStore
from crossway.sdk.http import Request, Response

CODE = Code(
    "tag.py",
    """
from crossway import Plugin, Request, Response, plugin

@plugin
async def tag(request: Request, response: Response) -> None:
    response.headers["x-tag"] = "1"

class Ends(Plugin):
    def __init__(self, _: object) -> None:
        raise SystemExit(3)

    async def on_request(self, request: Request) -> None: ...

class Hangs(Plugin):
    def __init__(self, _: object) -> None:
        while True:
            pass

    async def on_request(self, request: Request) -> None: ...
""",
)


async def cart(service: str, _: Request) -> Response:
    return Response(200, json={"service": service})


def left_out(_: Callable[[], Awaitable[None]]) -> None:
    raise AssertionError("nothing is left to do")


async def backend(_: Request) -> Response:
    return Response(200, {"content-type": "application/json", "cache-control": "max-age=9"}, b'{"a": 1}')


def made(given: Step) -> Handler:
    entry = Entry("routes.a", (given,), "inner", "word")
    return FACTORIES[given.kind](
        given, entry, Tools(cart, MemoryStore(2**20), time.time, left_out), {digest(CODE): CODE}
    )


def plugin(kind: str, attribute: str = "tag") -> Step:
    return Step(kind, Raw(json.encode(PluginStep("tag", digest(CODE), attribute))))


def request(path: str) -> Request:
    return Request("GET", path, {"host": "steps.test", "x-forwarded-proto": "http"})


async def test_a_cache_answers_from_the_memory_of_its_thread():
    given = step("cache", Cache())
    first = await made(given)(request("/steps"), backend)
    await first.read()
    again = await made(given)(request("/steps"), backend)
    assert "hit" in (again.headers["cache-status"] or "")


async def test_a_transformation_changes_what_comes_back():
    given = step("transform", Transform.model_validate({"response": ["json_to_xml"]}))
    response = await made(given)(request("/"), backend)
    assert b"<a>1</a>" in await response.read()


async def test_a_composition_calls_services():
    compose = {"steps": {"cart": {"service": "cart", "path": "/"}}, "body": {"from": "steps.cart.body.service"}}
    given = step("compose", Composition.model_validate({"compose": compose}))
    response = await made(given)(request("/"), backend)
    assert json.decode(await response.read()) == {"from": "cart"}


async def test_a_plugin_runs_in_the_loop():
    response = await made(plugin("plugin"))(request("/"), backend)
    assert response.headers["x-tag"] == "1"


@pytest.mark.parametrize("attribute", ["nonesuch", "Ends"])
async def test_a_plugin_that_cannot_be_made_is_an_error_of_its_user(attribute):
    with pytest.raises(ProgramError, match=r"tag\.py"):
        made(plugin("plugin", attribute))


async def test_a_plugin_that_holds_the_loop_while_it_is_made_is_ended():
    with pytest.raises(ProgramError, match=r"tag\.py:\d+: Interrupted"):
        made(plugin("plugin", "Hangs"))


@pytest.mark.parametrize("kind", sorted(APART))
async def test_a_plugin_in_a_process_of_its_own_is_not_loaded_here(kind):
    assert callable(made(Step(kind, Raw(json.encode(PluginStep("tag", digest(CODE), "nonesuch"))))))


async def test_settings_of_another_version_are_refused():
    with pytest.raises(ValidationError, match="newer"):
        made(Step("cache", Raw(b'{"newer": 1}')))


def test_what_people_wrote_is_among_the_kinds():
    assert FACTORIES.keys() > RUNS
    assert {PROCESS, SERVER} == APART < RUNS
