"""Envoy's own client, in plugins that do not wait for it."""

from collections.abc import Iterator

import pytest

from harness.background import Background
from harness.gateway import Gateway
from harness.scripted import Scripted, beginning, saying
from harness.waiting import until

pytestmark = pytest.mark.journey

CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services: {peer: {endpoints: ["127.0.0.1:$peer"]}}
plugins:
  impatient:
    source: |
      import asyncio
      from crossway import Request, Response, plugin

      @plugin
      async def impatient(request: Request, call_next) -> Response:
          try:
              async with asyncio.timeout(0.1):
                  response = await call_next(request)
                  await response.read()
                  return response
          except TimeoutError:
              return Response(200, body="gave up")
  twice:
    source: |
      import asyncio
      from crossway import Request, Response, plugin

      @plugin
      async def twice(request: Request, call_next) -> Response:
          await request.read()
          one, two = await asyncio.gather(call_next(request), call_next(request))
          return Response(200, body=await one.read() + await two.read())
routes:
  impatient: {matches: [{path: /impatient/*}], to: peer, policies: {plugins: [impatient]}}
  twice: {matches: [{path: /twice}], to: peer, policies: {plugins: [twice]}}
"""


@pytest.fixture(scope="module")
def peer(background: Background) -> Iterator[Scripted]:
    with background.entered(Scripted()) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(background: Background, peer: Scripted) -> Iterator[Gateway]:
    with background.entered(Gateway(CONFIG, peer=peer.port)) as running:
        yield running


@pytest.mark.parametrize(
    "begun", [b"", b"HTTP/1.1 200 OK\r\n\r\nbegun", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbegun"]
)
async def test_who_gives_up_ends_the_call_and_is_answered_all_the_same(gateway, peer, begun):
    path = f"/impatient/{len(begun)}"
    peer.scripts[path] = beginning(begun)
    assert (await gateway.get(path)).text == "gave up"
    exchange = await peer.reached(path)
    await until(lambda: exchange.is_left)
    assert (await gateway.get(path)).text == "gave up"
    assert "InvalidStateError" not in gateway.log
    assert "Traceback" not in gateway.log


async def test_a_request_may_be_sent_more_than_once(gateway, peer):
    peer.scripts["/twice"] = saying(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    answer = await gateway.get("/twice", method="POST", body="x")
    assert answer.status == 200, answer.text
    assert answer.text == "okok"
