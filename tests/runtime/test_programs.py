import asyncio
import gc
import sys
import time
from collections.abc import Awaitable, Callable

import pytest
from msgspec import Raw, json

from crossway.compile.program import CALL, Code, Entry, PluginStep, Program, Purge, Step, digest
from crossway.errors import RemoteError
from crossway.runtime import programs
from crossway.runtime.caching import memory_here
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.stores import MemoryStore
from crossway.sdk.http import Request, Response


async def nowhere(service: str, _: Request) -> Response:
    raise ConnectionError(service)


def at_once(_: Callable[[], Awaitable[None]]) -> None:
    raise AssertionError("nothing is left to do")


TOOLS = Tools(nowhere, MemoryStore(2**20), time.time, at_once)


class Backend:
    """Answers with its cluster and the word, and keeps what it was sent."""

    def __init__(self) -> None:
        self.sent: list[Request] = []

    async def __call__(self, cluster: str, word: str, request: Request) -> Response:
        self.sent.append(request)
        return Response(200, {"x-trace": "backend"}, f"{cluster} {word}")


class Marking:
    """Leaves its mark on what comes by, and says when it is over."""

    made: list[str] = []  # noqa: RUF012  # of all of them
    over: list[str] = []  # noqa: RUF012

    def __init__(self, step: Step, *_: object) -> None:
        self.mark = json.decode(step.settings, type=str)
        self.made.append(self.mark)

    async def __call__(self, request: Request, call_next: Next) -> Response:
        request.headers.add("x-trace", self.mark)
        response = await call_next(request)
        response.headers.add("x-trace", self.mark)
        return response

    async def stop(self) -> None:
        self.over.append(self.mark)


def calling(_: Step, __: Entry, tools: Tools, *___: object) -> Handler:
    async def handler(request: Request, _: Next) -> Response:
        return await tools.call("cart", request)

    return handler


@pytest.fixture(autouse=True)
def _collecting():
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.fixture
def _kinds(monkeypatch):
    monkeypatch.setattr(programs, "FACTORIES", {"mark": Marking, "call": calling})
    Marking.made.clear()
    Marking.over.clear()


kinds = pytest.mark.usefixtures("_kinds")


def entry(*steps: Step, **more: Code) -> tuple[str, Program]:
    made = Entry("routes.a", steps, "inner", "word")
    return digest(made), Program({digest(made): made}, {digest(code): code for code in more.values()})


def mark(text: str) -> Step:
    return Step("mark", Raw(json.encode(text)))


def plugin(code: Code) -> Step:
    return Step("plugin", Raw(json.encode(PluginStep("it", digest(code), "it"))))


def build(*given: Program, known: dict[str, programs.Ready] | None = None, send: programs.Send | None = None):
    return programs.build(given, known or {}, TOOLS, send or Backend())


@kinds
async def test_the_first_step_is_the_outermost():
    backend = Backend()
    name, program = entry(mark("a"), mark("b"))
    response = await build(program, send=backend)[name].answer(Request("GET", "/"))
    assert response.body == b"inner word"
    assert backend.sent[0].headers.get_all("x-trace") == ["a", "b"]
    assert response.headers.get_all("x-trace") == ["backend", "b", "a"]


@kinds
async def test_a_step_calls_services_through_the_inner_listener_of_its_route():
    name, program = entry(Step("call", Raw(b"{}")))
    response = await build(program)[name].answer(Request("GET", "/"))
    assert response.body == f"inner {CALL}cart".encode()


@kinds
async def test_an_entry_that_is_known_keeps_its_handlers():
    """They have state: the requests that are under way, for example."""
    name, program = entry(mark("a"))
    other, next_program = entry(mark("b"))
    first = build(program)
    await first[name].answer(Request("GET", "/"))
    second = build(program, next_program, known=first)
    assert second.keys() == {name, other}
    await second[name].answer(Request("GET", "/"))
    assert Marking.made == ["a"]


@kinds
async def test_handlers_are_made_once_and_for_the_first_request():
    name, program = entry(mark("a"))
    ready = build(program, program)[name]
    assert (Marking.made, ready.stops) == ([], ())
    for _ in range(2):
        await ready.answer(Request("GET", "/"))
    assert (Marking.made, len(ready.stops)) == (["a"], 1)


@kinds
async def test_what_is_over_is_told():
    name, program = entry(mark("a"), mark("b"))
    ready = build(program)[name]
    await ready.answer(Request("GET", "/"))
    await programs.end([ready, *build(entry(mark("never asked"))[1]).values()])
    assert sorted(Marking.over) == ["a", "b"]


@kinds
async def test_what_is_gone_is_told_after_its_last_requests(monkeypatch):
    monkeypatch.setattr(programs, "LAST_REQUESTS", 0.01)
    name, program = entry(mark("a"))
    ready = build(program)[name]
    await ready.answer(Request("GET", "/"))
    programs.retire([ready])
    assert Marking.over == []
    await asyncio.gather(*programs._stopping)
    assert Marking.over == ["a"]
    assert not programs._stopping


def test_a_kind_that_is_not_known_refuses_the_program():
    _, program = entry(mark("a"), Step("newer", Raw(b"{}")))
    with pytest.raises(RemoteError, match="'mark'"):
        programs.prepare(program)


async def test_code_that_does_not_load_closes_its_own_entries_and_says_so_once(capsys):
    broken = Code("broken.py", "import sys\nsys.stderr.write('loaded\\n')\nraise ValueError('no')")
    text = "from crossway import Head, Response, plugin\n@plugin\nasync def it(head: Head): return Response(body='it')"
    good = Code("good.py", text)
    (one, closed), (two, fine) = entry(plugin(broken), broken=broken), entry(plugin(good), good=good)
    both = Program({**closed.entries, **fine.entries}, {**closed.codes, **fine.codes})
    programs.prepare(both)
    assert capsys.readouterr().err == "loaded\ncrossway: broken.py:3: ValueError: no\n"
    ready = build(both)
    answer = await ready[one].answer(Request("GET", "/"))
    assert (answer.status, json.decode(answer.body)["code"]) == (503, "plugin.broken")
    assert (await ready[two].answer(Request("GET", "/"))).body == b"it"
    # It is not executed again on a loop that answers requests: that may take long.
    assert capsys.readouterr().err == "crossway: routes.a: broken.py:3: ValueError: no\n"


async def test_settings_that_cannot_be_read_close_their_own_entry(capsys):
    name, program = entry(Step("cache", Raw(b'{"newer": true}')))
    answer = await build(program)[name].answer(Request("GET", "/"))
    assert (answer.status, json.decode(answer.body)["code"]) == (503, "plugin.broken")
    assert "newer" in capsys.readouterr().err


def test_code_stays_as_long_as_a_program_has_it():
    codes = [Code(f"{number}.py", f"number = {number}") for number in range(3)]
    made = [entry(plugin(code), it=code)[1] for code in codes]
    for program in made:
        programs.prepare(program)
    programs.hold(made[1:])
    assert f"crossway_code_{digest(codes[0])}" not in sys.modules
    assert {f"crossway_code_{digest(code)}" for code in codes[1:]} <= sys.modules.keys()
    programs.hold(())
    assert not any(name.startswith("crossway_code_") for name in sys.modules)


def test_purges_hold_in_the_memory_of_this_thread():
    purge = Purge("p", 10.0, everything=True)
    programs.obey((purge,), 10.0, 10.0)
    try:
        assert memory_here()._purges.all == (purge,)
    finally:
        programs.obey((), 11.0, 11.0)


async def test_each_loop_has_tools_of_its_own_and_all_have_one_store():
    one, other = programs.toolbox(), programs.toolbox()
    assert one.store is other.store
    assert one.background != other.background
    with pytest.raises(ConnectionError, match="outside of a route"):
        await one.call("cart", Request("GET", "/"))
    await one.close()


class Able(Marking):
    """A handler that can take requests as they come."""

    async def raw(self, *_: object) -> None:
        raise AssertionError("nobody asks")


async def test_what_takes_requests_as_they_come_does_so_where_it_stands_alone(monkeypatch):
    monkeypatch.setattr(programs, "FACTORIES", {"mark": Marking, "raw": Able})
    able = Step("raw", Raw(b'"a"'))
    steps = {"alone": (able,), "unable": (mark("a"),), "not alone": (able, mark("b"))}
    names = {which: entry(*what) for which, what in steps.items()}
    ready = build(*(program for _, program in names.values()))
    raw = [which for which, (name, _) in names.items() if ready[name].raw is not None]
    assert raw == ["alone"]
    alone = ready[names["alone"][0]]
    assert alone.stops, "it is told that it is over, however it was asked"
