"""Plugins in processes of their own, and WebSockets, asked of the running product."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from harness.background import Background
from harness.gateway import Gateway, is_alive
from harness.load import Load
from harness.upstreams import Echo, Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

CONFIG = """
gateways: {edge: {listeners: {http: {port: $http}}}}
services: {echo: "http://127.0.0.1:$echo"}
consumers: {ann: {credentials: {api_key: [k-ann]}}}
plugins:
  stamp:
    isolation: process
    memory: 128MiB
    source: |
      import os
      from crossway import Next, Request, Response, plugin

      if open("/proc/self/comm").read().startswith("envoy"):
          os._exit(1)

      @plugin
      async def stamp(request: Request, call_next: Next) -> Response:
          if request.params.get("do") == "exit":
              os._exit(3)
          if request.params.get("do") == "hog":
              return Response(200, body=bytes(2**30))
          response = await call_next(request)
          response.headers["x-stamp"] = f"WORD {os.getpid()}"
          return response
  here:
    source: |
      import os
      from crossway import Request, Response, plugin

      @plugin
      async def here(request: Request, response: Response) -> None:
          response.headers["x-here"] = str(os.getpid())
  talk:
    isolation: process
    source: |
      from crossway import WebSocket, plugin

      @plugin
      async def talk(socket: WebSocket) -> None:
          await socket.send(f"hello {socket.consumer} at {socket.path} with {socket.params}")
          async for message in socket:
              if message == "fail":
                  raise ValueError(message)
              await socket.send(message)
routes:
  native: {matches: [{path: /native}], to: echo}
  stamped:
    matches: [{path: /stamped}]
    to: echo
    policies: {plugins: [stamp], headers: {request: {set: {x-native: "yes"}}}}
  both: {matches: [{path: /both}], to: echo, policies: {plugins: [stamp, here]}}
  talk: {matches: [{path: /talk}], policies: {app: talk, api_key: {}}}
"""


@pytest.fixture(scope="module")
def echo(upstreams: Upstreams) -> Echo:
    return upstreams.echo()


@pytest.fixture(scope="module")
def gateway(background: Background, echo: Echo) -> Iterator[Gateway]:
    with background.entered(Gateway(CONFIG.replace("WORD", "one"), echo=echo.port)) as running:
        yield running


def descendants(pid: int) -> list[int]:
    """Return the ids of the processes that *pid* started, and of theirs."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for each in lists for child in each.read_text().split()]
    return [*found, *(one for child in found for one in descendants(child))]


async def test_a_plugin_in_a_process_stands_in_the_chain_of_its_route(gateway: Gateway) -> None:
    answer = await gateway.get("/stamped", method="POST", body="x" * 100_000)
    word, pid = answer.headers["x-stamp"].split()
    assert (answer.status, word, answer.json["body"]) == (200, "one", "x" * 100_000)
    assert answer.json["headers"]["x-native"] == "yes"
    assert "x-crossway-entry" not in answer.json["headers"]
    (envoy,) = gateway.children()
    assert int(pid) in descendants(envoy)
    answer = await gateway.get("/both")
    assert answer.headers["x-here"] == str(envoy)
    assert answer.headers["x-stamp"].split()[1] == pid


async def test_what_a_process_does_to_itself_touches_no_native_route(gateway: Gateway) -> None:
    load = Load(gateway.port("http"), "/native")
    async with load.running(2):
        for do, code in (("exit", "plugin.crashed"), ("hog", "plugin.out_of_memory"), ("exit", "plugin.crashed")):

            async def is_back() -> bool:
                return (await gateway.get("/stamped")).status == 200

            await until(is_back)
            answer = await gateway.get(f"/stamped?do={do}")
            assert answer.json["code"] == code
            assert answer.json["request_id"] == answer.headers["x-request-id"]
        await until(is_back)
    assert load.failed == []


async def test_a_websocket_passes_its_policies_and_reaches_its_handler(gateway: Gateway) -> None:
    url = f"ws://127.0.0.1:{gateway.port('http')}/talk?a=b"
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url):
            pass
    assert refused.value.response.status_code == 401
    async with connect(url, additional_headers={"x-api-key": "k-ann"}) as socket:
        assert await socket.recv() == "hello ann at /talk with {'a': 'b'}"
        for message in ("text", b"bytes", "x" * 1_000_000):
            await socket.send(message)
            assert await socket.recv() == message
        await socket.send("fail")
        with pytest.raises(ConnectionClosedError) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1011
    answer = await gateway.get("/talk", headers={"x-api-key": "k-ann"})
    assert (answer.status, answer.json["code"]) == (426, "websocket.required")


NATIVE = CONFIG[: CONFIG.index("  stamped:")]
"""No route with Python is left."""


async def test_new_code_goes_live_without_a_failed_request_and_all_processes_go_with_their_routes(echo: Echo) -> None:
    async with Gateway(CONFIG.replace("WORD", "0"), echo=echo.port) as gateway:
        (envoy,) = gateway.children()
        load = Load(gateway.port("http"), "/stamped")
        async with load.running(2):
            for word in ("1", "2"):
                await gateway.edit(CONFIG.replace("WORD", word))

                async def is_new(word: str = word) -> bool:
                    return (await gateway.get("/stamped")).headers["x-stamp"].startswith(f"{word} ")

                await until(is_new)
        assert load.failed == []
        assert len(descendants(envoy)) == 4  # three of `stamp`, for requests of routes that follow late, and `talk`
        async with asyncio.TaskGroup() as tasks:
            last = tasks.create_task(gateway.get("/stamped?delay=2s", headers={"x-case-id": "last"}))
            await until(lambda: echo.of_case("last"))
            await gateway.edit(NATIVE)
        assert last.result().headers["x-stamp"].startswith("2 ")
        await until(lambda: descendants(envoy) == [])
        await gateway.edit(CONFIG)
        assert (await gateway.get("/stamped")).status == 200


async def test_no_process_outlives_a_proxy_that_is_killed(echo: Echo) -> None:
    async with Gateway(CONFIG, echo=echo.port) as gateway:
        await gateway.get("/stamped")
        (envoy,) = gateway.children()
        processes = descendants(envoy)
        assert processes
        os.kill(envoy, signal.SIGKILL)
        await until(lambda: not any(is_alive(pid) for pid in processes))

        async def is_back() -> bool:
            try:
                return (await gateway.get("/stamped")).status == 200
            except OSError:
                return False

        await until(is_back)
