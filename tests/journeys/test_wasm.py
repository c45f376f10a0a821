"""Modules of one's own on routes: each on its own, changed while requests come, broken, away."""

import uuid
from collections.abc import Iterator
from hashlib import sha256

import pytest

from harness import wasm
from harness.background import Background
from harness.client import Answer
from harness.gateway import Gateway
from harness.load import Load
from harness.upstreams import Echo, Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

HEAD = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo"}
routes:
  native: {matches: [{path: /native}], to: echo}
"""
ROUTES = """
  first: {matches: [{path: /first}], to: echo, policies: {wasm: {module: {inline: $first}}}}
  second: {matches: [{path: /second}], to: echo, policies: {wasm: {module: {inline: $second}}}}
  respond: {matches: [{path: /respond}], respond: {body: hello}, policies: {wasm: {module: {inline: $first}}}}
  refused: {matches: [{path: /refused}], to: echo, policies: {wasm: {module: {inline: $refusing}}}}
  fragile: {matches: [{path: /fragile}], to: echo, policies: {wasm: {module: {inline: $trapping}}}}
  twin: {matches: [{path: /twin}], to: echo, policies: {wasm: {module: {inline: $trapping}}}}
  open: {matches: [{path: /open}], to: echo, policies: {wasm: {module: {inline: $trapping}, on_failure: allow}}}
"""
EVERYWHERE = """
gateways: {edge: {listeners: {http: $http}, policies: {wasm: {module: {inline: $first}}}}}
services: {echo: "http://127.0.0.1:$echo"}
routes:
  inherits: {matches: [{path: /inherits}], to: echo}
  other: {matches: [{path: /other}], to: echo, policies: {wasm: {module: {inline: $second}}}}
  none: {matches: [{path: /none}], to: echo, policies: {wasm: false}}
"""
CHANGING = """
  changing: {matches: [{path: /changing}], to: echo, policies: {wasm: SETTINGS}}
"""
BREAK = {"x-trap": "1"}


@pytest.fixture(scope="module")
def echo(upstreams: Upstreams) -> Echo:
    return upstreams.echo()


@pytest.fixture(scope="module")
def gateway(background: Background, echo: Echo) -> Iterator[Gateway]:
    modules = {
        "first": wasm.marking("first"),
        "second": wasm.marking("second"),
        "refusing": wasm.refusing(),
        "trapping": wasm.trapping(),
    }
    values = {name: wasm.inline(module) for name, module in modules.items()}
    with background.entered(Gateway(HEAD + ROUTES, echo=echo.port, **values)) as running:
        yield running


def written(answer: Answer) -> str | None:
    """Return what the module wrote into the request."""
    word: str | None = answer.json["headers"].get("x-wasm")
    return word


async def test_each_route_runs_its_own_module(gateway: Gateway) -> None:
    for path, word in (("/first", "first"), ("/second", "second"), ("/native", None)):
        answer = await gateway.get(path)
        assert (answer.status, answer.headers.get("x-wasm"), written(answer)) == (200, word, word)
    answer = await gateway.get("/respond")
    assert (answer.text, answer.headers["x-wasm"]) == ("hello", "first")


async def test_what_a_module_refuses_reaches_no_backend(gateway: Gateway, echo: Echo) -> None:
    case = uuid.uuid4().hex
    assert (await gateway.get("/refused", headers={"x-case-id": case})).status == 403
    assert echo.of_case(case) == []


async def test_a_module_that_breaks_down_closes_its_route_until_it_is_new(gateway: Gateway) -> None:
    assert written(await gateway.get("/fragile")) == "marked"

    async def is_closed() -> bool:
        """Break it, and say whether the next request finds it broken: one that is older than a second is replaced."""
        broken = await gateway.get("/fragile", headers=BREAK)
        assert (broken.status, broken.headers["content-type"]) == (503, "application/problem+json")
        return (await gateway.get("/fragile")).status == 503

    async def is_open() -> bool:
        answer = await gateway.get("/fragile")
        assert (await gateway.get("/native")).status == 200
        assert (await gateway.get("/twin")).status == 200
        return answer.status == 200 and written(answer) == "marked"

    await until(is_closed)
    await until(is_open)


async def test_requests_pass_a_broken_module_only_where_that_is_written(gateway: Gateway) -> None:
    assert written(await gateway.get("/open")) == "marked"
    assert (await gateway.get("/open", headers=BREAK)).status == 503
    answer = await gateway.get("/open")
    assert (answer.status, written(answer)) == (200, None)


async def test_a_module_of_the_gateway_runs_where_no_nearer_one_does(echo: Echo) -> None:
    values = {name: wasm.inline(wasm.marking(name)) for name in ("first", "second")}
    async with Gateway(EVERYWHERE, echo=echo.port, **values) as gateway:
        found = {path: written(await gateway.get(path)) for path in ("/inherits", "/other", "/none")}
    assert found == {"/inherits": "first", "/other": "second", "/none": None}


def changing(settings: str) -> str:
    return HEAD + CHANGING.replace("SETTINGS", settings)


def inline(module: bytes) -> str:
    return changing(f"{{module: {{inline: {wasm.inline(module)}}}}}")


async def test_a_module_changes_without_a_failed_request(echo: Echo) -> None:
    words = [f"build {number}" for number in range(8)]
    async with Gateway(inline(wasm.marking(words[0])), echo=echo.port) as gateway:
        loads = [Load(gateway.port("http"), path) for path in ("/changing", "/native")]
        async with loads[0].running(2), loads[1].running(1):
            for word in words[1:]:
                await gateway.edit(inline(wasm.marking(word)))
                assert written(await gateway.get("/changing")) == word
            file = gateway.directory / "filter-1.wasm"
            file.write_bytes(wasm.marking("from a file"))
            await gateway.edit(changing(str(file)))
            assert written(await gateway.get("/changing")) == "from a file"
            await gateway.edit(HEAD + CHANGING.replace(", policies: {wasm: SETTINGS}", ""))
            assert written(await gateway.get("/changing")) is None
        assert [load.failed for load in loads] == [[], []]
        touched = await gateway.envoy.get("/stats?filter=listener_manager.(listener_modified|total_listeners_draining)")
        assert sorted(touched.decode().split("\n")) == [
            "",
            "listener_manager.listener_modified: 0",
            "listener_manager.total_listeners_draining: 0",
        ]


async def test_its_settings_change_with_the_same_module(echo: Echo) -> None:
    async with Gateway(HEAD, echo=echo.port) as gateway:
        for level in ("debug", "info"):
            told = f"{{module: {{inline: {wasm.inline(wasm.telling())}}}, environment: {{LEVEL: {level}}}}}"
            await gateway.edit(changing(told))
            assert written(await gateway.get("/changing")) == f"LEVEL={level}"
            repeated = f"{{module: {{inline: {wasm.inline(wasm.repeating())}}}, configuration: {{level: {level}}}}}"
            await gateway.edit(changing(repeated))
            assert written(await gateway.get("/changing")) == f'{{"level":"{level}"}}'


async def test_a_module_that_cannot_run_hurts_its_own_route_alone(echo: Echo) -> None:
    async with Gateway(changing("/nowhere/filter.wasm"), echo=echo.port) as gateway:

        async def codes() -> set[str]:
            return {finding["code"] for finding in (await gateway.api("/v1/findings")).json["items"]}

        closed = await gateway.get("/changing")
        assert (closed.status, closed.json["code"]) == (503, "proxy.refused")
        assert (await gateway.get("/native")).status == 200
        await gateway.edit(inline(wasm.marking("good")))
        assert written(await gateway.get("/changing")) == "good"
        assert await codes() == set()
        nonsense = gateway.directory / "nonsense.wasm"
        nonsense.write_bytes(wasm.marking()[:100])
        for settings in (
            str(nonsense),
            "/nowhere/filter.wasm",
            f"{{module: {{inline: {wasm.inline(wasm.unwilling())}}}}}",
        ):
            await gateway.edit(changing(settings))
            assert await codes() == {"proxy.refused"}
            assert written(await gateway.get("/changing")) == "good"
            assert (await gateway.get("/native")).status == 200


async def test_a_module_behind_a_url_runs_once_it_is_here(echo: Echo) -> None:
    module, other = wasm.marking("fetched"), wasm.marking("another")
    checksum = sha256(module).hexdigest()
    async with wasm.Shelf() as shelf:
        shelf.files["/wrong.wasm"] = other

        def named(path: str) -> str:
            return changing(f"{{module: {{url: {shelf.url}{path}, sha256: {checksum}}}}}")

        async with Gateway(named("/wrong.wasm"), echo=echo.port) as gateway:

            async def refused() -> str:
                answer = await gateway.get("/changing")
                assert (answer.status, answer.json["code"]) == (503, "artifact.unfetched")
                assert (await gateway.get("/native")).status == 200
                (finding,) = (await gateway.api("/v1/findings")).json["items"]
                assert (finding["code"], finding["line"]) == ("artifact.unfetched", 7)
                message: str = finding["message"]
                return message

            assert sha256(other).hexdigest() in await refused()
            await gateway.edit(named("/late.wasm"))
            assert "404" in await refused()
            shelf.files["/late.wasm"] = module

            async def runs() -> bool:
                answer = await gateway.get("/changing")
                return answer.status == 200 and written(answer) == "fetched"

            await until(runs)
            assert (await gateway.api("/v1/findings")).json["items"] == []
            shelf.files.clear()
            asked = shelf.asked
            await gateway.edit(named("/late.wasm") + "  # the same\n")
            assert (await runs(), shelf.asked) == (True, asked)
