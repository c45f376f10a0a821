import asyncio

from msgspec import Raw

from crossway.compile.program import Bounds, Code, PluginStep, digest
from crossway.runtime.process.application import Application
from crossway.runtime.process.order import Run
from crossway.sdk.http import Request, Response

from .scene import HEAD

CODE = Code(
    "stamp.py",
    HEAD
    + """
from pydantic import BaseModel
class Settings(BaseModel):
    word: str

@plugin
async def stamp(request: Request, call_next: Next, settings: Settings) -> Response:
    if settings.word == "memory":
        raise MemoryError
    return await call_next(request) if settings.word == "next" else Response(200, body=settings.word)
""",
)


def run(word: str) -> Run:
    settings = Raw(b'{"word": "%s"}' % word.encode() if word else b"{}")
    return Run(PluginStep("stamp", digest(CODE), "stamp", settings=settings, bounds=Bounds()), "routes.a", "inner")


async def behind(_: Request) -> Response:
    return Response(200, body="behind")


async def told(app: Application, word: str) -> str:
    response = await app.answer(word, Request("GET", "/", {"x-request-id": "7"}), behind)
    return response.text if response.ok else response.json()["code"]


async def test_each_place_has_its_settings() -> None:
    app = Application(CODE)
    await app.adopt({"a": run("one"), "b": run("two"), "c": run("next")})
    assert [await told(app, word) for word in "abc"] == ["one", "two", "behind"]
    await app.end(1)


async def test_a_place_whose_settings_do_not_fit_is_unavailable_alone() -> None:
    app = Application(CODE)
    await app.adopt({"a": run(""), "b": run("two")})
    assert [await told(app, word) for word in "ab"] == ["plugin.unavailable", "two"]
    await app.end(1)


async def test_a_request_may_be_ahead_of_its_order() -> None:
    app = Application(CODE)
    asking = asyncio.ensure_future(told(app, "late"))
    await asyncio.sleep(0)
    await app.adopt({"late": run("here")})
    assert await asking == "here"
    await app.end(1)


async def test_a_plugin_that_wants_too_much_memory_is_noted() -> None:
    app = Application(CODE)
    await app.adopt({"a": run("memory")})
    assert await told(app, "a") == "plugin.out_of_memory"
    assert app.is_out_of_memory
    await app.end(1)


async def test_the_end_waits_for_requests() -> None:
    app = Application(CODE)
    with app.under_way():
        ending = asyncio.ensure_future(app.end(60))
        await asyncio.sleep(0)
        assert not ending.done()
    await ending
    assert (app.begun, app.requests) == (1, 0)
